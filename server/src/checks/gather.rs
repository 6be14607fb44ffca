//! The facts of each kind of check.

mod account;
mod http;
mod logs;
mod metrics;
mod secrets;
mod services;
mod subjects;

use domain::{blueprint::CheckKind, check::CheckFacts};

use crate::ports::{AwsError, AwsErrorKind};

use super::round::Round;

/// Facts with the request id of the call they rest on.
pub(super) struct Gathered {
    /// The check with its placeholders replaced.
    pub(super) kind: CheckKind,
    pub(super) facts: CheckFacts,
    pub(super) request_id: Option<String>,
}

impl Gathered {
    fn new(kind: &CheckKind, (facts, request_id): (CheckFacts, Option<String>)) -> Self {
        Self { kind: kind.clone(), facts, request_id }
    }
}

pub(super) async fn facts(round: &Round<'_>, kind: &CheckKind) -> Gathered {
    let gathered = match kind {
        CheckKind::Http(check) => return http::gather(round, check).await,
        CheckKind::Secret(check) => return secrets::gather(round, check).await,
        CheckKind::Metric(check) => return metrics::metric(round, check).await,
        CheckKind::StackStatus { stack } => {
            let stack_name = round.stack_name(stack);
            match round.stack(stack).await {
                Ok(found) => (CheckFacts::StackStatus { stack_name, status: found.map(|s| s.status.clone()) }, None),
                Err(error) => unavailable(format!("status of stack {stack_name}"), &error),
            }
        }
        CheckKind::StackOutput { stack, output, .. } => {
            let stack_name = round.stack_name(stack);
            match round.output(stack, output).await {
                Ok(value) => (CheckFacts::StackOutput { stack_name, output: output.clone(), value }, None),
                Err(error) => unavailable(format!("output {output} of stack {stack_name}"), &error),
            }
        }
        CheckKind::Resource(check) => services::resources(round, check).await,
        CheckKind::ResourceCount(check) => services::count(round, check).await,
        CheckKind::Database(check) => services::database(round, check).await,
        CheckKind::Cache(check) => services::cache(round, check).await,
        CheckKind::Distribution(check) => services::distribution(round, check).await,
        CheckKind::WebAcl(check) => services::web_acl(round, check).await,
        CheckKind::FlowLog(check) => services::flow_log(round, check).await,
        CheckKind::Backup(check) => services::backup(round, check).await,
        CheckKind::Alarm(check) => metrics::alarm(round, check).await,
        CheckKind::Dashboard(check) => metrics::dashboard(round, check).await,
        CheckKind::Topic(check) => metrics::topic(round, check).await,
        CheckKind::LogRetention(check) => logs::retention(round, check).await,
        CheckKind::LogErrors(check) => logs::errors(round, check).await,
        CheckKind::SavedQuery(check) => logs::queries(round, check).await,
        CheckKind::Trail(_) => account::trails(round).await,
        CheckKind::Detector(_) => account::detectors(round).await,
        CheckKind::Drift(check) => account::drift(round, check).await,
        CheckKind::Budget(_) => account::budgets(round).await,
        CheckKind::Cost(check) => account::cost(round, check).await,
    };
    Gathered::new(kind, gathered)
}

fn unavailable(asked: String, error: &AwsError) -> (CheckFacts, Option<String>) {
    (CheckFacts::Unavailable { asked, why: why(error) }, error.request_id.clone())
}

/// Why something could not be asked, with the remedy where one is known.
fn why(error: &AwsError) -> String {
    match &error.kind {
        AwsErrorKind::Denied { action } => {
            format!("the role of this environment may not {action}; allow it, then run the check again. {error}")
        }
        AwsErrorKind::Throttled => format!("AWS asks for patience; run the check again later. {error}"),
        _ => error.to_string(),
    }
}
