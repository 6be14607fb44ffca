//! Deployments as pages see them.

use std::collections::BTreeMap;

use app::{
    ports::Caller,
    views::{CheckRow, DeploymentFilter, DeploymentOffers, DeploymentView, DeploymentsView, Offer, WorkProblem},
};
use domain::{
    deployment::{Deployment, Effect, State},
    permission::Action,
};
use uuid::Uuid;

use crate::db::{self, Page, check_results::CheckResult, deployments::Filter, effects::QueuedEffect};

use super::{
    ServiceError, Services,
    acts::cannot_be_followed,
    audit::audit_row,
    authorise::Subject,
    place::{FORGOTTEN, Place},
    rows::{band_at, event_row, rows_of},
};

const PER_PAGE: u32 = 25;
const EVENTS: i64 = 500;

impl Services {
    pub(super) async fn deployments_view(
        &self,
        caller: &Caller,
        filter: &DeploymentFilter,
    ) -> Result<DeploymentsView, ServiceError> {
        let visible: Vec<_> = self.blueprints.all().into_iter().filter(|b| self.may_view(caller, b, None)).collect();
        let mut environments: Vec<String> =
            visible.iter().flat_map(|b| &b.environments).map(|e| e.name.clone()).collect();
        environments.sort();
        environments.dedup();
        let mut connection = self.db.read().await?;
        let wanted = Filter {
            application: filter.application.clone(),
            environment: filter.environment.clone(),
            state: filter.state,
            release: None,
            places: self.visible_places(caller, &mut connection).await?,
        };
        let total = db::deployments::count(&mut connection, &wanted).await?;
        let (page, paging) = rows_of(filter.page, PER_PAGE, filter.is_export, total);
        let found = db::deployments::list(&mut connection, &wanted, filter.sort.as_ref(), page).await?;
        Ok(DeploymentsView {
            applications: visible.iter().map(|b| (b.application.name.clone(), b.application.title.clone())).collect(),
            environments,
            filter: filter.clone(),
            rows: found.into_iter().map(|d| self.deployment_row(d)).collect(),
            paging,
        })
    }

    pub(super) async fn deployment_view(&self, caller: &Caller, id: Uuid) -> Result<DeploymentView, ServiceError> {
        let deployment = self.load(id).await?;
        if !self.may_see(caller, &deployment.application, &deployment.environment) {
            return Err(ServiceError::NotFound("This deployment".to_owned()));
        }
        let place = self.place_of(&deployment).await?;
        let mut connection = self.db.read().await?;
        let mut plan = db::stack_plans::list(&mut connection, id).await?;
        let order = |name: &str| deployment.stacks.iter().position(|s| s.logical_name == name);
        plan.sort_by_key(|p| order(&p.logical_name));
        let events = match deployment.started_at {
            None => Vec::new(),
            Some(from) => {
                let (application, environment) = (&deployment.application, &deployment.environment);
                let until = deployment.finished_at;
                db::stack_events::list_between(&mut connection, application, environment, from, until, EVENTS).await?
            }
        };
        let results = db::check_results::list(&mut connection, id).await?;
        let audit = db::audit::list_for_subject(&mut connection, "deployment", &id.to_string()).await?;
        let waiting = db::effects::list_waiting(&mut connection, id).await?;
        let poll = db::polls::find(&mut connection, &deployment.application, &deployment.environment).await?;
        let newest = Filter {
            application: Some(deployment.application.clone()),
            environment: Some(deployment.environment.clone()),
            ..Filter::default()
        };
        let newest = db::deployments::list(&mut connection, &newest, None, Page::of(1, 1)).await?;
        let ours = |name: &str| deployment.stacks.iter().any(|s| s.stack_name == name);
        Ok(DeploymentView {
            band: band_at(&deployment.application, &place.application_title, &place.environment),
            plan,
            events: events.into_iter().filter(|e| ours(&e.stack_name)).map(event_row).collect(),
            checks: check_rows(&deployment, &results),
            audit: audit.into_iter().map(|(event, hash)| audit_row(event, hash)).collect(),
            offers: self.offers(caller, &deployment, &place, cannot_be_followed(&waiting)),
            problems: waiting.into_iter().filter_map(work_problem).collect(),
            freshness: self.freshness(poll.as_ref()),
            newer: newest.first().map(|d| d.id).filter(|newest| *newest != id),
            deployment,
        })
    }

    /// Which controls the page shows this caller; the services decide again when one is used.
    fn offers(&self, caller: &Caller, deployment: &Deployment, place: &Place, is_stuck: bool) -> DeploymentOffers {
        let environment = &place.environment;
        let id = deployment.id.to_string();
        let subject = Subject {
            application: Some(&deployment.application),
            environment: Some(environment),
            kind: "deployment",
            id: &id,
        };
        let in_states = |states: &[State], why: &str| {
            if states.contains(&deployment.state) { None } else { Some(why.to_owned()) }
        };
        let is_mine = deployment.requested_by.id == caller.actor.id;
        let has_approved = deployment
            .approvals
            .iter()
            .any(|a| a.by.id == caller.actor.id && Some(&a.plan_digest) == deployment.plan_digest.as_ref());
        let approve = in_states(&[State::AwaitingApproval], "No plan waits for approval.").or_else(|| {
            if is_mine {
                Some("You requested this deployment, so somebody else has to approve it.".to_owned())
            } else if has_approved {
                Some("You have approved this plan; it waits for somebody else.".to_owned())
            } else {
                None
            }
        });
        let cancellable = [State::Planning, State::Planned, State::AwaitingApproval, State::Executing];
        let cancel = in_states(&cancellable, "There is nothing left to cancel.").or_else(|| {
            if deployment.is_stopping() && deployment.cancellation.is_none() {
                return Some("It is stopping already: a stack failed.".to_owned());
            }
            deployment.cancellation.as_ref().map(|c| format!("{} has already asked to cancel it.", c.by.name))
        });
        let listed = [State::Verifying, State::AwaitingSignOff];
        let list = in_states(&listed, "The checklist opens when the stacks have been executed.");
        let signing = in_states(&[State::AwaitingSignOff], "It can be signed when all checks have answered.");
        let offer = |action, obstacle| self.offer(caller, action, subject, obstacle);
        // What would have to be carried out where nothing can be carried out any more.
        let forgotten = (!place.is_in_force).then(|| FORGOTTEN.to_owned());
        let onward = |action, obstacle: Option<String>| offer(action, obstacle.or_else(|| forgotten.clone()));
        let sign_off = deployment.checklist.sign_off_roles.iter().map(|role| {
            let open = deployment.open_items().len();
            let signed = |s: &&domain::checklist::SignOff| s.role == role.id;
            let obstacle = signing.clone().or_else(|| {
                if let Some(signature) = deployment.sign_offs.iter().find(signed) {
                    Some(format!("Signed by {}.", signature.by.name))
                } else if deployment.sign_offs.iter().any(|s| s.by.id == caller.actor.id) {
                    Some("You have signed for another role; a second person has to sign here.".to_owned())
                } else if open > 0 {
                    Some(format!("{open} checklist {} still open.", if open == 1 { "item is" } else { "items are" }))
                } else {
                    forgotten.clone()
                }
            });
            let decision = self.sign_off_decision(caller, role.role, subject);
            (role.id.clone(), Offer { decision, obstacle })
        });
        DeploymentOffers {
            start: onward(Action::StartDeployment, in_states(&[State::Planned], "There is no plan to start.")),
            approve: onward(Action::ApprovePlan, approve),
            cancel: offer(Action::CancelDeployment, cancel),
            run_checks: onward(Action::RunChecks, signing.clone()),
            tick: onward(Action::TickItem, list.clone()),
            waive: onward(Action::WaiveItem, list),
            sign_off: sign_off.collect::<BTreeMap<_, _>>(),
            export: offer(Action::ExportEvidence, None),
            mark_failed: if deployment.state == State::Executing {
                let obstacle = "It can be followed, so it is not ended blindly.";
                offer(Action::AbandonDeployment, (!is_stuck).then(|| obstacle.to_owned()))
            } else {
                let obstacle = "It can be ended as failed when the stacks have been executed.";
                offer(Action::SignOff, in_states(&listed, obstacle))
            },
        }
    }
}

fn check_rows(deployment: &Deployment, results: &[CheckResult]) -> Vec<CheckRow> {
    deployment
        .checks
        .iter()
        .map(|check| {
            let result = results.iter().find(|r| r.check == check.id && r.run == check.run);
            CheckRow {
                id: check.id.clone(),
                title: check.title.clone(),
                severity: check.severity,
                verdict: check.verdict,
                run: check.run,
                outcome: result.map(|r| r.outcome.clone()),
                finished_at: check.finished_at,
                took_ms: result.map(|r| r.took_ms),
                attempts: result.map(|r| r.attempts),
            }
        })
        .collect()
}

fn work_problem(effect: QueuedEffect) -> Option<WorkProblem> {
    let message = effect.problem?;
    let what = match effect.effect {
        Effect::PrepareChangeSet { stack, .. } => format!("Preparing the change set of {stack}"),
        Effect::ExecuteStack { stack } => format!("Executing {stack}"),
        Effect::DiscardChangeSet { stack } => format!("Removing the unused change set of {stack}"),
        Effect::RunCheck { check, .. } => format!("Running check {check}"),
    };
    Some(WorkProblem { what, message, attempts: effect.attempts, next_attempt_at: effect.run_after })
}
