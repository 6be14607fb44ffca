//! What checks look at, service by service.

mod data;
mod logs;
mod metrics;
mod money;
mod secrets;
mod security;
mod stacks;

use async_trait::async_trait;
use domain::check::{SecretFacts, SecretQuestions};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::ports::{
    AwsError, AwsErrorKind, Target,
    inspection::{CostQuery, EventCount, InspectionPort, MetricQuery, Seen, Service, StackDrift, StackResource},
};

use super::{
    Aws,
    call::{Answer, GET_RESOURCE, ReadOperation},
};

impl Answer {
    fn seen<T>(self, read: impl FnOnce(Value) -> T) -> Seen<T> {
        Seen { value: read(self.value), request_id: self.request_id }
    }
}

/// `None` for an answer that there is no such thing, with the request that said so.
fn found(result: Result<Answer, AwsError>) -> Result<Seen<Option<Value>>, AwsError> {
    match result {
        Ok(answer) => Ok(answer.seen(Some)),
        Err(error) if error.kind == AwsErrorKind::NotFound => Ok(Seen { value: None, request_id: error.request_id }),
        Err(error) => Err(error),
    }
}

/// Items of a list that may be absent, or an empty text where XML says nothing.
fn items(value: &Value, name: &str) -> Vec<Value> {
    value.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// JSON protocols write times as seconds, XML ones as text.
fn time(value: &Value, name: &str) -> Option<Timestamp> {
    let value = value.get(name)?;
    match value.as_f64() {
        Some(seconds) => Timestamp::from_millisecond(domain::check::thousandths(&seconds.to_string())?).ok(),
        None => value.as_str()?.parse().ok(),
    }
}

impl Aws {
    /// All pages of a list, however long; the request id is that of the last.
    async fn pages(
        &self,
        target: &Target,
        operation: &'static ReadOperation,
        mut input: Value,
        names: Pages,
    ) -> Result<Seen<Vec<Value>>, AwsError> {
        let mut all = Vec::new();
        loop {
            let answer = self.read(target, operation, &input).await?;
            all.extend(items(&answer.value, names.items));
            match text(&answer.value, names.token_out) {
                Some(token) => input[names.token_in] = json!(token),
                None => return Ok(Seen { value: all, request_id: answer.request_id }),
            }
        }
    }

    /// Cloud Control's view of a resource.
    async fn properties(&self, target: &Target, kind: &str, identifier: &str) -> Result<Seen<Option<Value>>, AwsError> {
        let input = json!({ "TypeName": kind, "Identifier": identifier });
        let answer = found(self.read(target, &GET_RESOURCE, &input).await)?;
        let properties = answer.value.as_ref().and_then(|value| value.pointer("/ResourceDescription/Properties"));
        // A text that holds JSON.
        let properties = properties.and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
        Ok(Seen { value: properties, request_id: answer.request_id })
    }
}

/// How a list is paged.
#[derive(Clone, Copy)]
struct Pages {
    items: &'static str,
    token_in: &'static str,
    token_out: &'static str,
}

/// Cloud Control's identifier of what CloudFormation calls by its physical id. `None`: it needs parts CloudFormation
/// does not give.
fn identifier(target: &Target, kind: &str, physical_id: &str) -> Option<String> {
    const OF_SEVERAL_PARTS: [&str; 9] = [
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::AppConfig::ConfigurationProfile",
        "AWS::AppConfig::Deployment",
        "AWS::AppConfig::Environment",
        "AWS::AppConfig::HostedConfigurationVersion",
        "AWS::Lambda::Permission",
    ];
    match kind {
        "AWS::Events::Rule" => {
            let account = target.account.as_ref()?;
            let rule = physical_id.replace('|', "/");
            Some(format!("arn:aws:events:{}:{account}:rule/{rule}", target.region))
        }
        kind if OF_SEVERAL_PARTS.contains(&kind) => None,
        _ => Some(physical_id.to_owned()),
    }
}

#[async_trait]
impl InspectionPort for Aws {
    async fn stack_resources(&self, target: &Target, stack_name: &str) -> Result<Option<Vec<StackResource>>, AwsError> {
        self.listed_resources(target, stack_name).await
    }

    async fn resource(&self, target: &Target, kind: &str, physical_id: &str) -> Result<Seen<Option<Value>>, AwsError> {
        let Some(identifier) = identifier(target, kind, physical_id) else {
            return Err(cannot_be_looked_at(kind));
        };
        let seen = self.properties(target, kind, &identifier).await;
        // Cloud Control does not serve every type, and may call a thing otherwise than CloudFormation does; some
        // services are asked themselves then.
        let is_answered = match &seen {
            Ok(seen) => seen.value.is_some(),
            Err(error) => error.kind != AwsErrorKind::Invalid,
        };
        if is_answered {
            return seen;
        }
        self.own_call(target, kind, physical_id).await.unwrap_or(seen)
    }

    async fn service(
        &self,
        target: &Target,
        service: Service,
        physical_id: &str,
    ) -> Result<Seen<Vec<Value>>, AwsError> {
        let one = |seen: Seen<Option<Value>>| Seen { value: Vec::from_iter(seen.value), request_id: seen.request_id };
        match service {
            Service::Database => Ok(one(self.database(target, physical_id).await?)),
            Service::Cache => Ok(one(self.cache(target, physical_id).await?)),
            Service::Distribution => Ok(one(self.distribution(target, physical_id).await?)),
            Service::WebAcl => Ok(one(self.web_acl(target, physical_id).await?)),
            Service::FlowLog => self.flow_logs(target, physical_id).await,
        }
    }

    async fn secret(
        &self,
        target: &Target,
        physical_id: &str,
        questions: Option<&SecretQuestions>,
    ) -> Result<Seen<Option<SecretFacts>>, AwsError> {
        self.secret_facts(target, physical_id, questions).await
    }

    async fn alarm(&self, target: &Target, name: &str) -> Result<Seen<Option<Value>>, AwsError> {
        self.named_alarm(target, name).await
    }

    async fn metric(&self, target: &Target, query: &MetricQuery) -> Result<Seen<Option<i64>>, AwsError> {
        self.statistic(target, query).await
    }

    async fn alarm_data(
        &self,
        target: &Target,
        alarm: &Value,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Seen<u64>, AwsError> {
        self.data_points(target, alarm, from, until).await
    }

    async fn dashboard(&self, target: &Target, name: &str) -> Result<Seen<Option<Value>>, AwsError> {
        self.dashboard_body(target, name).await
    }

    async fn subscriptions(&self, target: &Target, topic: &str) -> Result<Seen<Option<Vec<(String, bool)>>>, AwsError> {
        self.topic_subscriptions(target, topic).await
    }

    async fn log_group(&self, target: &Target, name: &str) -> Result<Seen<Option<Value>>, AwsError> {
        self.named_log_group(target, name).await
    }

    async fn log_events(
        &self,
        target: &Target,
        group: &str,
        pattern: &str,
        since: Timestamp,
        limit: u64,
    ) -> Result<Seen<Option<EventCount>>, AwsError> {
        self.counted_events(target, group, pattern, since, limit).await
    }

    async fn saved_query(&self, target: &Target, id: &str) -> Result<Seen<Option<Vec<String>>>, AwsError> {
        self.query_groups(target, id).await
    }

    async fn newest_snapshot(&self, target: &Target, cluster: &str) -> Result<Seen<Option<Timestamp>>, AwsError> {
        self.cluster_snapshot(target, cluster).await
    }

    async fn trails(&self, target: &Target) -> Result<Seen<Vec<Value>>, AwsError> {
        self.region_trails(target).await
    }

    async fn detectors(&self, target: &Target) -> Result<Seen<Vec<Value>>, AwsError> {
        self.region_detectors(target).await
    }

    async fn drift(&self, target: &Target, stack_name: &str) -> Result<Option<StackDrift>, AwsError> {
        self.stack_drift(target, stack_name).await
    }

    async fn budgets(&self, target: &Target) -> Result<Seen<Vec<Value>>, AwsError> {
        self.account_budgets(target).await
    }

    async fn cost(&self, target: &Target, query: &CostQuery) -> Result<Seen<Option<(i64, String)>>, AwsError> {
        self.amount(target, query).await
    }
}

fn cannot_be_looked_at(kind: &str) -> AwsError {
    AwsError {
        operation: GET_RESOURCE.id.to_owned(),
        kind: AwsErrorKind::Invalid,
        message: format!("Cloud Control names resources of type {kind} by more than CloudFormation says of them"),
        request_id: None,
    }
}
