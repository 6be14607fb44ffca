//! Who am I, and what may I do where.

use app::{ports::Caller, views::AccountView};
use domain::permission::{Action, Role};

use super::{Services, authorise::Subject, rows::band};

impl Services {
    pub(super) fn account_view(&self, caller: &Caller) -> AccountView {
        let mut permissions = Vec::new();
        for blueprint in self.blueprints.all() {
            for environment in blueprint.environments.iter().filter(|e| self.may_view(caller, &blueprint, Some(e))) {
                let subject = Subject {
                    application: Some(&blueprint.application.name),
                    environment: Some(environment),
                    kind: "environment",
                    id: &environment.name,
                };
                let decisions = Action::ALL.map(|action| (action, self.decision(caller, action, subject)));
                permissions.push((band(&blueprint, environment), decisions.to_vec()));
            }
        }
        let mut roles: Vec<Role> = caller.actor.grants.iter().map(|g| g.role).collect();
        roles.sort();
        roles.dedup();
        AccountView {
            name: caller.actor.name.clone(),
            email: caller.actor.email.clone(),
            id: caller.actor.id.clone(),
            authenticated_at: caller.actor.authenticated_at,
            groups: caller.actor.groups.clone(),
            grants: caller.actor.grants.clone(),
            permissions,
            roles,
        }
    }
}
