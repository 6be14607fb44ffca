//! Runs one check of a deployment and reports what it said.

use domain::deployment::Event;
use serde_json::json;

use crate::{db::check_results::CheckResult, ports::CheckPort as _, services::engine::Along};

use super::{
    Workers,
    effects::{Happened, Job, Outcome},
};

pub(super) async fn run(workers: &Workers, job: &Job, id: &str, run: u32) -> Outcome {
    let wanted = job.deployment.checks.iter().any(|c| c.id == id && c.run == run && c.verdict.is_none());
    if !wanted {
        return Outcome::Nothing;
    }
    let deployment = &job.deployment;
    let Some(blueprint) = workers.services.blueprints.get(&deployment.application) else {
        return Outcome::Problem(format!("There is no blueprint of {} any more. Put it back.", deployment.application));
    };
    let results = workers.checks.run(&blueprint, &deployment.environment, &[id.to_owned()]).await;
    let Some(result) = results.into_iter().next().map(|result| CheckResult { run, ..result }) else {
        return Outcome::Nothing;
    };
    let verdict = result.outcome.verdict;
    let detail = json!({ "check": id, "verdict": verdict.name(), "found": result.outcome.found });
    let event = Event::CheckFinished { check: id.to_owned(), run, verdict };
    let along = Along { check_result: Some(result), ..Along::default() };
    Happened::outcome(event, along, "check", detail)
}
