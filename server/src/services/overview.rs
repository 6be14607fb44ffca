//! The first page: every application and environment, in one look.

use std::collections::BTreeMap;

use app::{
    ports::Caller,
    views::{ApplicationCard, DeploymentRow, EnvironmentSummary, Freshness, OverviewView, ReleaseRef},
};
use domain::{
    blueprint::{Blueprint, Environment},
    deployment::State,
    permission::Action,
    stack::{Condition, StackStatus},
};

use crate::db::{self, deployments::Summary, polls::Poll};

use super::{ServiceError, Services, authorise::Subject, rows::band};

/// Everything the summaries of all environments are made from, read in a handful of statements.
pub(super) struct Known {
    stacks: BTreeMap<(String, String), BTreeMap<String, StackStatus>>,
    polls: BTreeMap<(String, String), Poll>,
    active: BTreeMap<(String, String), Summary>,
    running: BTreeMap<(String, String), Summary>,
}

impl Services {
    pub(super) async fn overview_view(&self, caller: &Caller) -> Result<OverviewView, ServiceError> {
        let known = self.known().await?;
        let mut applications = Vec::new();
        let mut waiting = Vec::new();
        for blueprint in self.blueprints.all() {
            let visible: Vec<&Environment> =
                blueprint.environments.iter().filter(|e| self.may_view(caller, &blueprint, Some(e))).collect();
            if visible.is_empty() {
                continue;
            }
            let mut environments: Vec<EnvironmentSummary> = Vec::new();
            for environment in visible {
                let summary = self.summary(&blueprint, environment, &known);
                if let Some(row) = &summary.active_deployment
                    && self.waits_for(caller, &blueprint, environment, row, &known)
                {
                    waiting.push(row.clone());
                }
                environments.push(summary);
            }
            applications.push(ApplicationCard {
                name: blueprint.application.name.clone(),
                title: blueprint.application.title.clone(),
                description: blueprint.application.description.clone(),
                environments,
            });
        }
        Ok(OverviewView { applications, waiting, blueprint_problems: self.blueprints.problems() })
    }

    pub(super) async fn known(&self) -> Result<Known, ServiceError> {
        let mut connection = self.db.read().await?;
        let mut stacks: BTreeMap<(String, String), BTreeMap<String, StackStatus>> = BTreeMap::new();
        for brief in db::stack_snapshots::list_all(&mut connection).await? {
            let place = (brief.application, brief.environment);
            stacks.entry(place).or_default().insert(brief.stack_name, brief.status);
        }
        let by_place = |rows: Vec<Summary>| {
            rows.into_iter().map(|row| ((row.application.clone(), row.environment.clone()), row)).collect()
        };
        let polls = db::polls::list(&mut connection).await?;
        Ok(Known {
            stacks,
            polls: polls.into_iter().map(|p| ((p.application.clone(), p.environment.clone()), p)).collect(),
            active: by_place(db::deployments::list_active(&mut connection).await?),
            running: by_place(db::deployments::list_running(&mut connection).await?),
        })
    }

    pub(super) fn summary(
        &self,
        blueprint: &Blueprint,
        environment: &Environment,
        known: &Known,
    ) -> EnvironmentSummary {
        let place = (blueprint.application.name.clone(), environment.name.clone());
        let freshness = self.freshness(known.polls.get(&place));
        let empty = BTreeMap::new();
        let tally = Tally::of(blueprint, environment, known.stacks.get(&place).unwrap_or(&empty));
        let active = known.active.get(&place).map(|s| self.deployment_row(s.clone()));
        let release = known.running.get(&place).map(|s| ReleaseRef {
            id: s.release_id,
            version: s.release_version.clone(),
            at: s.finished_at.unwrap_or(s.requested_at),
        });
        let condition = tally.condition(&freshness, active.as_ref());
        let sentence = sentence(&environment.title, &tally, release.as_ref(), active.as_ref(), &freshness);
        EnvironmentSummary {
            band: band(blueprint, environment),
            condition,
            sentence,
            release,
            stacks_total: tally.total,
            stacks_good: tally.good,
            active_deployment: active,
            freshness,
        }
    }

    /// Whether this caller is the one an active deployment waits for.
    fn waits_for(
        &self,
        caller: &Caller,
        blueprint: &Blueprint,
        environment: &Environment,
        row: &DeploymentRow,
        known: &Known,
    ) -> bool {
        let action = match row.state {
            State::AwaitingApproval => Action::ApprovePlan,
            State::AwaitingSignOff => Action::SignOff,
            State::Planned => Action::StartDeployment,
            _ => return false,
        };
        let id = row.id.to_string();
        let subject = Subject {
            application: Some(&blueprint.application.name),
            environment: Some(environment),
            kind: "deployment",
            id: &id,
        };
        let place = (blueprint.application.name.clone(), environment.name.clone());
        let asked_by_caller = known.active.get(&place).is_some_and(|s| s.requested_by == caller.actor.id);
        self.decision(caller, action, subject).may_be_offered()
            && !(row.state == State::AwaitingApproval && asked_by_caller)
    }
}

/// How many stacks of an environment are in which condition.
pub(super) struct Tally {
    total: u32,
    good: u32,
    bad: u32,
    moving: u32,
    absent: u32,
}

impl Tally {
    fn of(blueprint: &Blueprint, environment: &Environment, stacks: &BTreeMap<String, StackStatus>) -> Self {
        let mut tally = Self { total: 0, good: 0, bad: 0, moving: 0, absent: 0 };
        for stack in &blueprint.stacks {
            tally.total += 1;
            let name = stack.stack_name(&environment.name);
            match stacks.get(&name).map(StackStatus::condition) {
                None | Some(Condition::Waiting) => tally.absent += 1,
                Some(Condition::Good) => tally.good += 1,
                Some(Condition::Running) => tally.moving += 1,
                Some(_) => tally.bad += 1,
            }
        }
        tally
    }

    fn condition(&self, freshness: &Freshness, active: Option<&DeploymentRow>) -> Condition {
        if freshness.observed_at.is_none() || freshness.is_stale {
            Condition::Unknown
        } else if self.bad > 0 {
            Condition::Bad
        } else if self.moving > 0 {
            Condition::Running
        } else if let Some(active) = active {
            active.state.condition()
        } else if self.absent == self.total {
            Condition::NotApplicable
        } else if self.absent > 0 {
            Condition::Attention
        } else {
            Condition::Good
        }
    }
}

/// The state of an environment in one or two sentences.
fn sentence(
    title: &str,
    tally: &Tally,
    release: Option<&ReleaseRef>,
    active: Option<&DeploymentRow>,
    freshness: &Freshness,
) -> String {
    let mut text = match release {
        Some(release) => format!("{title} runs {}", release.version),
        None if tally.absent == tally.total => format!("Nothing is deployed in {title}"),
        None => format!("{title} has stacks Lockkeeper did not deploy"),
    };
    if freshness.observed_at.is_none() {
        text.push_str("; its stacks have not been looked at yet");
    } else if tally.bad > 0 {
        text.push_str(&format!("; {} of {} stacks need attention", tally.bad, tally.total));
    } else if tally.moving > 0 {
        text.push_str(&format!("; {} of {} stacks are changing", tally.moving, tally.total));
    } else if tally.absent > 0 && tally.absent < tally.total {
        text.push_str(&format!("; {} of {} stacks are missing", tally.absent, tally.total));
    } else if tally.good == tally.total && tally.total > 0 {
        text.push_str(&format!("; all {} stacks are fine", tally.total));
    }
    text.push('.');
    if let Some(active) = active {
        text.push_str(&format!(" A deployment of {} is {}.", active.version, active.state.words().to_lowercase()));
    }
    text
}
