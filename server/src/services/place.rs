//! Where a deployment belongs, also when the blueprint has forgotten it.
//!
//! An environment that was taken out of its blueprint while something was going on there must not become a trap: what
//! was recorded with the deployment goes on saying what it is called, who may do what there and what it is protected by,
//! until the deployment is ended. Nothing is carried out there any more.

use domain::{
    blueprint::{Blueprint, Environment},
    deployment::Deployment,
};

use crate::{blueprint, db};

use super::{ServiceError, Services};

/// Said wherever something could only be done if the environment were still described.
pub(super) const FORGOTTEN: &str = "The blueprint no longer describes this environment. Put it back, or cancel the \
                                    deployment or end it as failed.";

/// The environment of a deployment.
pub(super) struct Place {
    pub application_title: String,
    pub environment: Environment,
    /// The blueprint in force describes it.
    pub is_in_force: bool,
}

impl Place {
    fn of(blueprint: &Blueprint, environment: &Environment, is_in_force: bool) -> Self {
        let application_title = blueprint.application.title.clone();
        Self { application_title, environment: environment.clone(), is_in_force }
    }
}

impl Services {
    pub(super) async fn place_of(&self, deployment: &Deployment) -> Result<Place, ServiceError> {
        let (application, name) = (&deployment.application, &deployment.environment);
        if let Some(blueprint) = self.blueprints.get(application)
            && let Some(environment) = blueprint.environment(name)
        {
            return Ok(Place::of(&blueprint, environment, true));
        }
        let mut connection = self.db.read().await?;
        let text = db::blueprints::find(&mut connection, &deployment.blueprint_digest).await?;
        let recorded = text.and_then(|text| blueprint::parse("recorded", &text).ok());
        if let Some(blueprint) = &recorded
            && let Some(environment) = blueprint.environment(name)
        {
            return Ok(Place::of(blueprint, environment, false));
        }
        // A text this version cannot read: the deployment itself knows the name and the rules.
        let environment = Environment {
            name: name.clone(),
            title: name.clone(),
            protection: deployment.protection.clone(),
            ..Environment::default()
        };
        Ok(Place { application_title: application.clone(), environment, is_in_force: false })
    }
}
