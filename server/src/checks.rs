//! The check engine: finds out what a check asks about, lets `domain` decide, keeps the evidence.
//!
//! What belongs here: resolving names of a blueprint to what is really there ([`round`]), gathering the facts of each
//! kind ([`gather`]), asking endpoints without being led astray ([`probe`]). What does not: judging (that is
//! `domain::check`), storing results (that is whoever asked).
//!
//! A run asks everything once: checks of one run share what is known about stacks and resources. Every check has a
//! deadline of its own, and none waits for another longer than the account's call budget makes it.

mod gather;
pub mod probe;
mod round;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use app::ports::Clock;
use async_trait::async_trait;
use domain::{
    blueprint::{Blueprint, CheckDefinition, CheckKind},
    check::{CheckOutcome, Verdict, evaluate, expected_words},
};
use futures::{Stream, StreamExt as _, stream};
use tokio::time::{sleep, timeout};

pub use probe::{HttpProbe, ProbeOptions};

use crate::{
    db::check_results::CheckResult,
    ports::{CheckPort, StackPort, Target, inspection::InspectionPort},
};
use round::Round;

/// Checks one run has under way at the same time. What they ask of AWS waits for its turn in the account's budget.
const CONCURRENCY: usize = 32;

/// Runs checks. Cheap to clone.
#[derive(Clone)]
pub struct CheckEngine {
    pub stacks: Arc<dyn StackPort>,
    pub inspection: Arc<dyn InspectionPort>,
    pub probe: HttpProbe,
    pub clock: Arc<dyn Clock>,
}

impl CheckEngine {
    /// Results as they come, each with the place of its check in the list.
    pub fn results<'a>(
        &'a self,
        blueprint: &'a Blueprint,
        environment: &'a str,
        checks: &'a [String],
    ) -> impl Stream<Item = (usize, CheckResult)> + Send + 'a {
        let round = Target::of(blueprint, environment)
            .map(|target| Arc::new(Round::new(self.clone(), blueprint, environment, target)));
        stream::iter(checks.iter().enumerate())
            .map(move |(place, id)| {
                let round = round.clone();
                async move { (place, self.result(round.as_deref(), blueprint, environment, id).await) }
            })
            .buffer_unordered(CONCURRENCY)
    }

    async fn result(
        &self,
        round: Option<&Round<'_>>,
        blueprint: &Blueprint,
        environment: &str,
        id: &str,
    ) -> CheckResult {
        let began = Instant::now();
        let missing = |what: String| CheckOutcome::inconclusive(id.to_owned(), "a definition".to_owned(), what);
        let (outcome, attempts) = match (round, blueprint.check(id)) {
            (Some(round), Some(definition)) => with_retries(round, definition).await,
            (Some(_), None) => (missing("the blueprint no longer has this check".to_owned()), 1),
            (None, _) => (missing(format!("the blueprint has no environment {environment}")), 1),
        };
        CheckResult {
            check: id.to_owned(),
            run: 0,
            outcome,
            finished_at: self.clock.now(),
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            attempts,
        }
    }
}

#[async_trait]
impl CheckPort for CheckEngine {
    async fn run(&self, blueprint: &Blueprint, environment: &str, checks: &[String]) -> Vec<CheckResult> {
        let mut results: Vec<_> = self.results(blueprint, environment, checks).collect().await;
        results.sort_by_key(|(place, _)| *place);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

async fn with_retries(round: &Round<'_>, definition: &CheckDefinition) -> (CheckOutcome, u32) {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let outcome = once(round, definition, attempts > 1).await;
        if outcome.verdict == Verdict::Pass || attempts > definition.retries {
            return (outcome, attempts);
        }
        sleep(Duration::from_secs(u64::from(definition.retry_delay_secs))).await;
    }
}

/// One attempt. A repeated one looks again at everything instead of trusting what this run has seen.
async fn once(round: &Round<'_>, definition: &CheckDefinition, looks_again: bool) -> CheckOutcome {
    let fresh = looks_again.then(|| round.again());
    let round = fresh.as_ref().unwrap_or(round);
    let limit = deadline(&definition.kind);
    match timeout(limit, gather::facts(round, &definition.kind)).await {
        Ok(gathered) => {
            let mut outcome = evaluate(&gathered.kind, definition.severity, &gathered.facts);
            outcome.request_id = gathered.request_id;
            outcome
        }
        Err(_) => CheckOutcome::inconclusive(
            definition.title.clone(),
            expected_words(&definition.kind),
            format!("no answer within {} s", limit.as_secs()),
        ),
    }
}

/// How long one attempt may take, waiting for the call budget included.
fn deadline(kind: &CheckKind) -> Duration {
    match kind {
        // Hops of a redirect and the look-up of names share the time-out of the request.
        CheckKind::Http(check) => Duration::from_secs(u64::from(check.timeout_secs) + 60),
        // CloudFormation itself compares every resource first.
        CheckKind::Drift(_) => Duration::from_mins(10),
        _ => Duration::from_mins(2),
    }
}
