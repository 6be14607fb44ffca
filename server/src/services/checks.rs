//! Suites of an environment: asking for a run, looking at what it said.

use app::{
    ports::Caller,
    views::{ChecksFilter, ChecksView, SuiteCard, SuiteResultRow, SuiteRunRow, SuiteRunView},
};
use domain::{
    blueprint::{Blueprint, Environment, Suite},
    check::Verdict,
    permission::Action,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    clock::new_id,
    db::{
        self,
        suite_runs::{AskedCheck, SuiteRun},
    },
};

use super::{
    ServiceError, Services,
    authorise::{Subject, audit_event},
};

/// Runs of an environment the page knows, over all suites.
const RUNS: i64 = 100;
/// Runs of one suite that are shown.
const HISTORY: usize = 10;

impl Services {
    pub(super) async fn run_suite_once(
        &self,
        caller: &Caller,
        application: &str,
        environment: &str,
        suite: &str,
    ) -> Result<Uuid, ServiceError> {
        let (blueprint, environment) = self.place(application, environment)?;
        if !self.may_view(caller, &blueprint, Some(&environment)) {
            return Err(ServiceError::NotFound(format!("Environment {}", environment.name)));
        }
        let subject = place_of(&blueprint, &environment);
        self.authorise(caller, Action::RunChecks, subject).await?;
        let suite = blueprint.suite(suite).ok_or_else(|| ServiceError::NotFound(format!("Suite {suite}")))?;
        let now = self.clock.now();
        let run = SuiteRun {
            id: new_id(now),
            application: blueprint.application.name.clone(),
            environment: environment.name.clone(),
            suite: suite.id.clone(),
            title: suite.title.clone(),
            blueprint_digest: blueprint.digest.clone(),
            checks: asked(&blueprint, &environment, suite),
            requested_by: caller.actor.name.clone(),
            requested_at: now,
            finished_at: None,
        };
        if run.checks.is_empty() {
            let message = format!("No check of “{}” is for {}. Nothing was started.", suite.title, environment.title);
            return Err(ServiceError::Rejected { message, field: None });
        }
        let mut tx = self.db.write().await?;
        if db::suite_runs::is_running(&mut tx, &run.application, &run.environment, &run.suite).await? {
            let message = format!(
                "“{}” is running here already. Nothing was started; its results appear as they come.",
                suite.title
            );
            return Err(ServiceError::Conflict(message));
        }
        db::suite_runs::insert(&mut tx, &run).await?;
        let detail = json!({ "suite": run.suite, "run": run.id, "checks": run.checks.len() });
        db::audit::append(&mut tx, audit_event(caller, "run_suite", subject, detail), now).await?;
        tx.commit().await.map_err(db::DbError::from)?;
        self.suite_work.notify_one();
        self.live.publish(&format!("environment:{}/{}", run.application, run.environment));
        Ok(run.id)
    }

    pub(super) async fn checks_view(
        &self,
        caller: &Caller,
        application: &str,
        environment: &str,
        filter: &ChecksFilter,
    ) -> Result<ChecksView, ServiceError> {
        let (blueprint, environment) = self.place(application, environment)?;
        if !self.may_view(caller, &blueprint, Some(&environment)) {
            return Err(ServiceError::NotFound(format!("Environment {}", environment.name)));
        }
        let mut connection = self.db.read().await?;
        let runs = db::suite_runs::list(&mut connection, &blueprint.application.name, &environment.name, RUNS).await?;
        let oldest = runs.last().map_or_else(|| self.clock.now(), |run| run.requested_at);
        let (name, place) = (&blueprint.application.name, &environment.name);
        let verdicts = db::suite_runs::verdicts_since(&mut connection, name, place, oldest).await?;
        let wanted = filter.suite.clone().or_else(|| runs.first().map(|run| run.suite.clone()));
        let wanted = wanted.or_else(|| blueprint.suites.first().map(|suite| suite.id.clone()));
        let mut suites = Vec::new();
        let mut shown = None;
        for suite in &blueprint.suites {
            let mut history = Vec::new();
            for run in runs.iter().filter(|run| run.suite == suite.id).take(HISTORY) {
                history.push(run_row(run, &verdicts));
            }
            if wanted.as_ref() == Some(&suite.id) {
                let chosen = filter.run.or_else(|| history.first().map(|row| row.id));
                let run = chosen.and_then(|id| runs.iter().find(|run| run.id == id && run.suite == suite.id));
                let row = chosen.and_then(|id| history.iter().find(|row| row.id == id).cloned());
                let results = match (run, row) {
                    (Some(run), Some(row)) => {
                        let stored = db::suite_runs::results(&mut connection, run.id).await?;
                        Some((row, result_rows(run, &stored)))
                    }
                    _ => None,
                };
                let checks = asked(&blueprint, &environment, suite);
                shown = Some(SuiteRunView {
                    suite: suite.id.clone(),
                    title: suite.title.clone(),
                    checks: checks.into_iter().map(|check| check.title).collect(),
                    run: results,
                    history: history.clone(),
                });
            }
            let count = u32::try_from(asked(&blueprint, &environment, suite).len()).unwrap_or(u32::MAX);
            let last = history.into_iter().next();
            suites.push(SuiteCard { id: suite.id.clone(), title: suite.title.clone(), checks: count, last });
        }
        let subject = place_of(&blueprint, &environment);
        Ok(ChecksView {
            band: super::rows::band(&blueprint, &environment),
            suites,
            shown,
            run: self.offer(caller, Action::RunChecks, subject, None),
        })
    }
}

fn place_of<'a>(blueprint: &'a Blueprint, environment: &'a Environment) -> Subject<'a> {
    Subject {
        application: Some(&blueprint.application.name),
        environment: Some(environment),
        kind: "environment",
        id: &environment.name,
    }
}

/// The checks of a suite that are for an environment.
fn asked(blueprint: &Blueprint, environment: &Environment, suite: &Suite) -> Vec<AskedCheck> {
    let checks = suite.checks.iter().filter_map(|id| blueprint.check(id));
    checks
        .filter(|check| check.applies_to(&environment.name))
        .map(|check| AskedCheck { id: check.id.clone(), title: check.title.clone(), severity: check.severity })
        .collect()
}

fn run_row(run: &SuiteRun, verdicts: &[(Uuid, String, u32)]) -> SuiteRunRow {
    let count = |verdict: Verdict| {
        verdicts.iter().find(|(id, name, _)| *id == run.id && name == verdict.name()).map_or(0, |(_, _, n)| *n)
    };
    SuiteRunRow {
        id: run.id,
        requested_by: run.requested_by.clone(),
        requested_at: run.requested_at,
        finished_at: run.finished_at,
        total: u32::try_from(run.checks.len()).unwrap_or(u32::MAX),
        passed: count(Verdict::Pass),
        warned: count(Verdict::Warn),
        failed: count(Verdict::Fail),
        inconclusive: count(Verdict::Inconclusive),
    }
}

fn result_rows(run: &SuiteRun, results: &[db::check_results::CheckResult]) -> Vec<SuiteResultRow> {
    run.checks
        .iter()
        .map(|check| {
            let result = results.iter().find(|result| result.check == check.id);
            SuiteResultRow {
                id: check.id.clone(),
                title: check.title.clone(),
                severity: check.severity,
                outcome: result.map(|r| r.outcome.clone()),
                finished_at: result.map(|r| r.finished_at),
                took_ms: result.map(|r| r.took_ms),
                attempts: result.map(|r| r.attempts),
            }
        })
        .collect()
}
