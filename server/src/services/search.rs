//! Finding things by words: what there is, and what the caller may do with it. Only what the caller may see is found.

use app::{
    ports::Caller,
    views::{DeploymentRow, EnvironmentBand, Hit, HitKind, SearchView},
};
use domain::{
    blueprint::{Blueprint, Environment},
    deployment::State,
    permission::Action,
};

use crate::db;

use super::{ServiceError, Services, authorise::Subject, rows::band};

/// Hits of one kind at most: a list to choose from, not a report.
const MOST: usize = 8;
/// Rows read to find them: some may be of places the caller may not see.
const ROWS: i64 = 50;
/// More text than this is nothing anybody searches for.
const MAX_TEXT: usize = 200;

impl Services {
    pub(super) async fn search_view(&self, caller: &Caller, text: &str) -> Result<SearchView, ServiceError> {
        let text: String = text.chars().take(MAX_TEXT).collect();
        let words: Vec<String> = text.split_whitespace().take(db::words::MOST).map(str::to_lowercase).collect();
        let overview = self.overview_view(caller).await?;
        let mut acts: Vec<Hit> = overview.waiting.iter().map(waiting).collect();
        let mut places = Vec::new();
        let mut stacks = Vec::new();
        for blueprint in self.blueprints.all() {
            for environment in &blueprint.environments {
                if !self.may_view(caller, &blueprint, Some(environment)) {
                    continue;
                }
                let band = band(&blueprint, environment);
                if self.may_request(caller, &blueprint, environment) {
                    acts.push(plan_a_deployment(&band));
                }
                stacks.extend(blueprint.stacks.iter().map(|s| stack(&s.stack_name(&environment.name), &band)));
                places.push(place(&band));
            }
        }
        let mut connection = self.db.read().await?;
        let deployments = db::deployments::search(&mut connection, &words.join(" "), ROWS).await?;
        let releases = if words.is_empty() {
            Vec::new()
        } else {
            db::releases::search(&mut connection, &words.join(" "), ROWS).await?
        };
        drop(connection);
        let deployments = deployments.into_iter().filter(|d| self.may_see(caller, &d.application, &d.environment));
        let deployments = deployments.map(|d| deployment(&self.deployment_row(d)));
        let releases = releases.into_iter().filter_map(|r| {
            let blueprint = self.blueprints.get(&r.application).filter(|b| self.may_view(caller, b, None))?;
            Some(Hit {
                kind: HitKind::Release,
                title: format!("{} {}", blueprint.application.title, r.version),
                note: format!("created by {}", r.created_by_name),
                href: format!("/releases/{}", r.id),
            })
        });
        let fits = |hit: &Hit| {
            let name = format!("{} {} {}", hit.kind.words(), hit.title, hit.note).to_lowercase();
            words.iter().all(|word| name.contains(word.as_str()))
        };
        // Before anything is typed nobody wants a list of every stack.
        let stacks = if words.is_empty() { Vec::new() } else { stacks };
        let mut hits: Vec<Hit> = acts.into_iter().filter(fits).take(MOST).collect();
        hits.extend(places.into_iter().filter(fits).take(MOST));
        hits.extend(deployments.take(MOST));
        hits.extend(releases.take(MOST));
        hits.extend(stacks.into_iter().filter(fits).take(MOST));
        Ok(SearchView { hits })
    }

    fn may_request(&self, caller: &Caller, blueprint: &Blueprint, environment: &Environment) -> bool {
        let subject = Subject {
            application: Some(&blueprint.application.name),
            environment: Some(environment),
            kind: "environment",
            id: &environment.name,
        };
        self.decision(caller, Action::RequestDeployment, subject).may_be_offered()
    }
}

fn address(band: &EnvironmentBand) -> String {
    format!("/applications/{}/environments/{}", band.application, band.environment)
}

fn place(band: &EnvironmentBand) -> Hit {
    Hit {
        kind: HitKind::Environment,
        title: format!("{} {}", band.application_title, band.title),
        note: band.region.clone(),
        href: address(band),
    }
}

fn plan_a_deployment(band: &EnvironmentBand) -> Hit {
    Hit {
        kind: HitKind::Act,
        title: format!("Plan a deployment to {}", band.title),
        note: band.application_title.clone(),
        href: format!("{}#request", address(band)),
    }
}

fn stack(name: &str, band: &EnvironmentBand) -> Hit {
    Hit {
        kind: HitKind::Stack,
        title: name.to_owned(),
        note: format!("{} {}", band.application_title, band.title),
        href: format!("{}#stacks", address(band)),
    }
}

/// What waits for the caller, as something to do.
fn waiting(row: &DeploymentRow) -> Hit {
    let (verb, anchor) = match row.state {
        State::AwaitingSignOff => ("Sign the checklist of", "#checklist"),
        State::Planned => ("Start", "#plan"),
        _ => ("Review the plan of", "#plan"),
    };
    Hit {
        kind: HitKind::Act,
        title: format!("{verb} {} for {}", row.version, row.band.title),
        note: format!("{}, requested by {}", row.band.application_title, row.requested_by),
        href: format!("/deployments/{}{anchor}", row.id),
    }
}

fn deployment(row: &DeploymentRow) -> Hit {
    Hit {
        kind: HitKind::Deployment,
        title: format!("{} to {} {}", row.version, row.band.application_title, row.band.title),
        note: format!("{}, requested by {}", row.state.words().to_lowercase(), row.requested_by),
        href: format!("/deployments/{}", row.id),
    }
}
