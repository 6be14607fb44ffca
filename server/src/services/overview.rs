//! The first page: every application and environment, in one look.

use std::collections::BTreeMap;

use app::{
    ports::Caller,
    views::{ApplicationCard, DeploymentRow, EnvironmentSummary, Freshness, OverviewView, ReleaseRef, WatchBrief},
};
use domain::{
    blueprint::{Blueprint, Environment},
    deployment::State,
    permission::Action,
    stack::{Condition, StackStatus},
};

use crate::db::{
    self,
    deployments::{Deployed, Summary},
    polls::Poll,
};

use super::{ServiceError, Services, authorise::Subject, rows::band, watches::brief};

/// Everything the summaries of all environments are made from, read in a handful of statements.
pub(super) struct Known {
    stacks: BTreeMap<(String, String), BTreeMap<String, StackStatus>>,
    polls: BTreeMap<(String, String), Poll>,
    active: BTreeMap<(String, String), Summary>,
    deployed: BTreeMap<(String, String), Deployed>,
    watches: BTreeMap<(String, String), WatchBrief>,
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
        let deployed = db::deployments::list_deployed(&mut connection).await?;
        let now = self.clock.now();
        let watches = db::watches::list_open(&mut connection).await?;
        let watches = watches.into_iter().map(|w| ((w.application.clone(), w.environment.clone()), brief(&w, now)));
        Ok(Known {
            watches: watches.collect(),
            stacks,
            polls: polls.into_iter().map(|p| ((p.application.clone(), p.environment.clone()), p)).collect(),
            active: by_place(db::deployments::list_active(&mut connection).await?),
            deployed: deployed.into_iter().map(|d| ((d.application.clone(), d.environment.clone()), d)).collect(),
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
        let deployed = known.deployed.get(&place);
        let condition = tally.condition(&freshness, active.as_ref(), deployed);
        let sentence = sentence(&environment.title, &tally, deployed, active.as_ref(), &freshness);
        let release =
            deployed.map(|d| ReleaseRef { id: d.release_id, version: d.release_version.clone(), at: d.since });
        EnvironmentSummary {
            band: band(blueprint, environment),
            condition,
            sentence,
            release,
            stacks_total: tally.total,
            stacks_good: tally.good,
            active_deployment: active,
            watch: known.watches.get(&place).cloned(),
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

    fn condition(
        &self,
        freshness: &Freshness,
        active: Option<&DeploymentRow>,
        deployed: Option<&Deployed>,
    ) -> Condition {
        if freshness.observed_at.is_none() || freshness.is_stale {
            Condition::Unknown
        } else if self.bad > 0 {
            Condition::Bad
        } else if self.moving > 0 {
            Condition::Running
        } else if let Some(active) = active {
            active.state.condition()
        } else if self.absent == self.total {
            // Nothing there is as it should be only where nothing was ever deployed.
            if deployed.is_some() { Condition::Bad } else { Condition::NotApplicable }
        } else if self.absent > 0 || deployed.is_some_and(|d| !d.is_complete) {
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
    deployed: Option<&Deployed>,
    active: Option<&DeploymentRow>,
    freshness: &Freshness,
) -> String {
    let is_unseen = freshness.observed_at.is_none();
    let mut text = match deployed {
        Some(d) if d.is_complete => format!("{title} runs {}", d.release_version),
        Some(d) => format!("{title} runs parts of {}: not every stack of it was deployed", d.release_version),
        None if is_unseen => format!("Nothing is known about {title}"),
        None if tally.absent == tally.total => format!("Nothing is deployed in {title}"),
        None => format!("{title} has stacks Lockkeeper did not deploy"),
    };
    if is_unseen {
        text.push_str("; its stacks have not been looked at yet");
    } else {
        let last_seen = if freshness.is_stale { "when last seen, " } else { "" };
        let total = tally.total;
        if tally.bad > 0 {
            text.push_str(&format!("; {last_seen}{} of {total} stacks needed attention", tally.bad));
        } else if tally.moving > 0 {
            text.push_str(&format!("; {last_seen}{} of {total} stacks were changing", tally.moving));
        } else if tally.absent == total && deployed.is_some() {
            text.push_str(&format!("; {last_seen}all {total} stacks were missing"));
        } else if tally.absent > 0 && tally.absent < total {
            text.push_str(&format!("; {last_seen}{} of {total} stacks were missing", tally.absent));
        } else if tally.good == total && total > 0 {
            text.push_str(&format!("; {last_seen}all {total} stacks were fine"));
        }
        if !freshness.is_stale {
            text = text.replace(" needed ", " need ").replace(" were ", " are ");
        }
    }
    text.push('.');
    if let Some(active) = active {
        text.push_str(&format!(" A deployment of {} is {}.", active.version, active.state.words().to_lowercase()));
    }
    text
}
