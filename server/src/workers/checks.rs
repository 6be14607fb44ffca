//! Runs a check: fetches the facts, lets `domain` decide, keeps the evidence.

use std::time::{Duration, Instant};

use domain::{
    blueprint::{CheckDefinition, CheckKind, HttpCheck, Placeholder, TextPart, parse_text},
    check::{CheckFacts, CheckOutcome, HttpFacts, Verdict, evaluate},
    deployment::Event,
};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    db::check_results::CheckResult,
    ports::{AwsError, StackSnapshot},
    services::engine::Along,
};

use super::{
    Workers,
    effects::{Happened, Job, Outcome},
};

pub(super) async fn run(workers: &Workers, job: &Job, id: &str, run: u32) -> Outcome {
    let wanted = job.deployment.checks.iter().any(|c| c.id == id && c.run == run && c.verdict.is_none());
    if !wanted {
        return Outcome::Nothing;
    }
    let blueprint = workers.services.blueprints.get(&job.deployment.application);
    let definition = blueprint.as_ref().and_then(|b| b.check(id));
    let began = Instant::now();
    let (outcome, attempts) = if let Some(definition) = definition {
        with_retries(workers, job, definition).await
    } else {
        let found = "the blueprint no longer has this check".to_owned();
        let (asked, expected) = (id.to_owned(), "a definition".to_owned());
        (CheckOutcome { verdict: Verdict::Inconclusive, asked, expected, found }, 1)
    };
    let verdict = outcome.verdict;
    let detail = json!({ "check": id, "verdict": verdict.name(), "found": outcome.found });
    let result = CheckResult {
        check: id.to_owned(),
        run,
        outcome,
        finished_at: workers.services.clock.now(),
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        attempts,
    };
    let event = Event::CheckFinished { check: id.to_owned(), run, verdict };
    let along = Along { check_result: Some(result), ..Along::default() };
    Happened::outcome(event, along, "check", detail)
}

async fn with_retries(workers: &Workers, job: &Job, definition: &CheckDefinition) -> (CheckOutcome, u32) {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let facts = facts(workers, job, &definition.kind).await;
        let outcome = evaluate(&definition.kind, definition.severity, &facts);
        if outcome.verdict == Verdict::Pass || attempts > definition.retries {
            return (outcome, attempts);
        }
        sleep(Duration::from_secs(u64::from(definition.retry_delay_secs))).await;
    }
}

async fn facts(workers: &Workers, job: &Job, kind: &CheckKind) -> CheckFacts {
    let unavailable = |asked: String, error: &AwsError| CheckFacts::Unavailable { asked, why: error.to_string() };
    match kind {
        CheckKind::StackStatus { stack } => match find(workers, job, stack).await {
            Ok((stack_name, found)) => CheckFacts::StackStatus { stack_name, status: found.map(|s| s.status) },
            Err(error) => unavailable(format!("status of stack {stack}"), &error),
        },
        CheckKind::StackOutput { stack, output, .. } => match find(workers, job, stack).await {
            Ok((stack_name, found)) => CheckFacts::StackOutput {
                stack_name,
                output: output.clone(),
                value: found.and_then(|s| value_of(&s, output)),
            },
            Err(error) => unavailable(format!("output {output} of stack {stack}"), &error),
        },
        CheckKind::Http(check) => {
            let asked = format!("{} {}", check.method, check.url);
            match ask(workers, job, check).await {
                Ok(facts) => CheckFacts::Http(facts),
                Err(why) => CheckFacts::Unavailable { asked, why },
            }
        }
    }
}

async fn ask(workers: &Workers, job: &Job, check: &HttpCheck) -> Result<HttpFacts, String> {
    let url = address(&resolve(workers, job, &check.url).await?);
    let mut resolved = check.clone();
    for value in resolved.request_headers.values_mut() {
        *value = resolve(workers, job, value).await?;
    }
    workers.probe.ask(&resolved, &url).await
}

/// The physical name of a logical stack and what AWS says about it now.
async fn find(workers: &Workers, job: &Job, stack: &str) -> Result<(String, Option<StackSnapshot>), AwsError> {
    let in_release = job.deployment.stack(stack).map(|s| s.stack_name.clone());
    let stack_name = in_release.unwrap_or_else(|| {
        let blueprint = workers.services.blueprints.get(&job.deployment.application);
        let definition = blueprint.as_ref().and_then(|b| b.stack(stack));
        definition.map_or_else(|| stack.to_owned(), |d| d.stack_name(&job.deployment.environment))
    });
    let snapshot = workers.stacks.describe_stack(&job.target, &stack_name).await?;
    Ok((stack_name, snapshot))
}

fn value_of(snapshot: &StackSnapshot, output: &str) -> Option<String> {
    snapshot.outputs.iter().find(|o| o.key == output).map(|o| o.value.clone())
}

/// Replaces `{output:Stack.Name}` and `{variable:name}` by what is really there.
async fn resolve(workers: &Workers, job: &Job, text: &str) -> Result<String, String> {
    let parts = parse_text(text).map_err(|part| format!("{part} is not a placeholder"))?;
    let mut resolved = String::new();
    for part in parts {
        match part {
            TextPart::Literal(literal) => resolved.push_str(&literal),
            TextPart::Placeholder(Placeholder::Output { stack, output }) => {
                let (name, snapshot) = find(workers, job, &stack).await.map_err(|error| error.to_string())?;
                let value = snapshot.as_ref().and_then(|s| value_of(s, &output));
                let value = value.ok_or_else(|| format!("stack {name} has no output {output}"))?;
                resolved.push_str(value.trim_end_matches('/'));
            }
            TextPart::Placeholder(Placeholder::Variable(name)) => {
                let blueprint = workers.services.blueprints.get(&job.deployment.application);
                let environment = blueprint.as_ref().and_then(|b| b.environment(&job.deployment.environment));
                let value = environment.and_then(|e| e.variables.get(&name));
                resolved.push_str(value.ok_or_else(|| format!("there is no variable {name}"))?);
            }
        }
    }
    Ok(resolved)
}

/// An output may hold a bare domain name, as CloudFront's do, or a whole address: then its own scheme counts.
fn address(text: &str) -> String {
    match text.rfind("://") {
        None => format!("https://{text}"),
        Some(end) => {
            let start = text[..end].rfind(|c: char| !c.is_ascii_alphabetic()).map_or(0, |at| at + 1);
            text[start..].to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_output_with_a_scheme_of_its_own_keeps_it() {
        assert_eq!(address("d1.cloudfront.net/"), "https://d1.cloudfront.net/");
        assert_eq!(address("https://d1.cloudfront.net/"), "https://d1.cloudfront.net/");
        assert_eq!(address("https://http://127.0.0.1:9/Web/"), "http://127.0.0.1:9/Web/");
    }
}
