//! Every operation that can be called, with what is needed to call it.

use super::Protocol;

/// A read operation of a service.
#[derive(Debug)]
pub(in crate::aws) struct ReadOperation {
    /// `service:Operation`, as in [`crate::ports::AwsError`].
    pub(in crate::aws) id: &'static str,
    pub(super) protocol: Protocol,
    /// First label of the host name; with a dot, the whole host below the domain.
    pub(super) host: &'static str,
    pub(super) signing_name: &'static str,
    /// Where the service lives, if not where it is asked about.
    pub(super) region: Option<&'static str>,
    /// What the role must be allowed.
    action: &'static str,
    /// Nano-dollars per call.
    price: i64,
    /// The answer holds what nobody may see.
    pub(super) is_sensitive: bool,
}

impl ReadOperation {
    pub(super) fn service(&self) -> &'static str {
        self.id.split_once(':').map_or(self.id, |(service, _)| service)
    }

    pub(super) fn name(&self) -> &'static str {
        self.id.split_once(':').map_or(self.id, |(_, name)| name)
    }

    pub(super) fn endpoint(&self, region: &str) -> String {
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        match self.host.strip_suffix('.') {
            Some(global) => format!("https://{global}.{domain}"),
            None => format!("https://{}.{region}.{domain}", self.host),
        }
    }
}

const fn operation(
    id: &'static str,
    protocol: Protocol,
    host: &'static str,
    signing_name: &'static str,
    action: &'static str,
) -> ReadOperation {
    ReadOperation { id, protocol, host, signing_name, region: None, action, price: 0, is_sensitive: false }
}

const fn at(mut operation: ReadOperation, region: &'static str) -> ReadOperation {
    operation.region = Some(region);
    operation
}

const fn priced(mut operation: ReadOperation, nano_dollars: i64) -> ReadOperation {
    operation.price = nano_dollars;
    operation
}

const fn sensitive(mut operation: ReadOperation) -> ReadOperation {
    operation.is_sensitive = true;
    operation
}

const HOME: &str = "us-east-1";

const CLOUD_CONTROL: Protocol = Protocol::Json { version: "1.0", target: "CloudApiService" };
const SECRETS: Protocol = Protocol::Json { version: "1.1", target: "secretsmanager" };
const METRICS: Protocol = Protocol::Query { version: "2010-08-01" };
const TOPICS: Protocol = Protocol::Query { version: "2010-03-31" };
const LOGS: Protocol = Protocol::Json { version: "1.1", target: "Logs_20140328" };
const RDS: Protocol = Protocol::Query { version: "2014-10-31" };
const CACHE: Protocol = Protocol::Query { version: "2015-02-02" };
const WAF: Protocol = Protocol::Json { version: "1.1", target: "AWSWAF_20190729" };
const TRAIL: Protocol =
    Protocol::Json { version: "1.1", target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101" };
const EC2: Protocol = Protocol::Query { version: "2016-11-15" };
const BUDGETS: Protocol = Protocol::Json { version: "1.1", target: "AWSBudgetServiceGateway" };
const COSTS: Protocol = Protocol::Json { version: "1.1", target: "AWSInsightsIndexService" };

macro_rules! operations {
    ($($name:ident = $operation:expr;)+) => {
        $(pub(in crate::aws) static $name: ReadOperation = $operation;)+
        /// All of them: what the IAM policy is made of.
        static OPERATIONS: &[&ReadOperation] = &[$(&$name),+];
    };
}

// Prices of us-east-1 (2026): Secrets Manager 0.05 USD per 10,000 calls, CloudWatch 0.01 USD per 1,000 requests or
// metrics asked for, Cost Explorer 0.01 USD per request. The others are free of charge.
operations! {
    GET_RESOURCE = operation(
        "cloudcontrol:GetResource", CLOUD_CONTROL, "cloudcontrolapi", "cloudcontrolapi", "cloudformation:GetResource");
    DESCRIBE_SECRET = priced(operation(
        "secretsmanager:DescribeSecret", SECRETS, "secretsmanager", "secretsmanager",
        "secretsmanager:DescribeSecret"), 5_000);
    GET_SECRET_VALUE = sensitive(priced(operation(
        "secretsmanager:GetSecretValue", SECRETS, "secretsmanager", "secretsmanager",
        "secretsmanager:GetSecretValue"), 5_000));
    DESCRIBE_ALARMS = priced(operation(
        "cloudwatch:DescribeAlarms", METRICS, "monitoring", "monitoring", "cloudwatch:DescribeAlarms"), 10_000);
    GET_METRIC_DATA = priced(operation(
        "cloudwatch:GetMetricData", METRICS, "monitoring", "monitoring", "cloudwatch:GetMetricData"), 10_000);
    GET_DASHBOARD = priced(operation(
        "cloudwatch:GetDashboard", METRICS, "monitoring", "monitoring", "cloudwatch:GetDashboard"), 10_000);
    LIST_SUBSCRIPTIONS = operation(
        "sns:ListSubscriptionsByTopic", TOPICS, "sns", "sns", "sns:ListSubscriptionsByTopic");
    DESCRIBE_LOG_GROUPS = operation("logs:DescribeLogGroups", LOGS, "logs", "logs", "logs:DescribeLogGroups");
    FILTER_LOG_EVENTS = operation("logs:FilterLogEvents", LOGS, "logs", "logs", "logs:FilterLogEvents");
    DESCRIBE_QUERIES = operation(
        "logs:DescribeQueryDefinitions", LOGS, "logs", "logs", "logs:DescribeQueryDefinitions");
    DESCRIBE_CLUSTERS = operation("rds:DescribeDBClusters", RDS, "rds", "rds", "rds:DescribeDBClusters");
    DESCRIBE_SNAPSHOTS = operation(
        "rds:DescribeDBClusterSnapshots", RDS, "rds", "rds", "rds:DescribeDBClusterSnapshots");
    DESCRIBE_CACHES = operation(
        "elasticache:DescribeReplicationGroups", CACHE, "elasticache", "elasticache",
        "elasticache:DescribeReplicationGroups");
    GET_DISTRIBUTION = at(operation(
        "cloudfront:GetDistribution", Protocol::RestXml { path: "/2020-05-31/distribution/{Id}" }, "cloudfront.",
        "cloudfront", "cloudfront:GetDistribution"), HOME);
    GET_WEB_ACL = operation("wafv2:GetWebACL", WAF, "wafv2", "wafv2", "wafv2:GetWebACL");
    GET_GLOBAL_WEB_ACL = at(operation("wafv2:GetWebACL", WAF, "wafv2", "wafv2", "wafv2:GetWebACL"), HOME);
    GET_WEB_ACL_LOGGING = operation(
        "wafv2:GetLoggingConfiguration", WAF, "wafv2", "wafv2", "wafv2:GetLoggingConfiguration");
    GET_GLOBAL_WEB_ACL_LOGGING = at(operation(
        "wafv2:GetLoggingConfiguration", WAF, "wafv2", "wafv2", "wafv2:GetLoggingConfiguration"), HOME);
    DESCRIBE_TRAILS = operation(
        "cloudtrail:DescribeTrails", TRAIL, "cloudtrail", "cloudtrail", "cloudtrail:DescribeTrails");
    GET_TRAIL_STATUS = operation(
        "cloudtrail:GetTrailStatus", TRAIL, "cloudtrail", "cloudtrail", "cloudtrail:GetTrailStatus");
    DESCRIBE_FLOW_LOGS = operation("ec2:DescribeFlowLogs", EC2, "ec2", "ec2", "ec2:DescribeFlowLogs");
    LIST_DETECTORS = operation(
        "guardduty:ListDetectors", Protocol::RestJson { path: "/detector" }, "guardduty", "guardduty",
        "guardduty:ListDetectors");
    GET_DETECTOR = operation(
        "guardduty:GetDetector", Protocol::RestJson { path: "/detector/{detectorId}" }, "guardduty", "guardduty",
        "guardduty:GetDetector");
    DESCRIBE_BUDGETS = at(operation(
        "budgets:DescribeBudgets", BUDGETS, "budgets.", "budgets", "budgets:ViewBudget"), HOME);
    GET_COST_AND_USAGE = at(priced(operation(
        "ce:GetCostAndUsage", COSTS, "ce", "ce", "ce:GetCostAndUsage"), 10_000_000), HOME);
    GET_FUNCTION_CONFIGURATION = operation(
        "lambda:GetFunctionConfiguration",
        Protocol::RestJson { path: "/2015-03-31/functions/{FunctionName}/configuration" }, "lambda", "lambda",
        "lambda:GetFunctionConfiguration");
}

fn named(id: &str) -> Option<&'static ReadOperation> {
    OPERATIONS.iter().copied().find(|operation| operation.id == id)
}

/// What a role needs for an operation of this table.
pub(in crate::aws) fn iam_action(id: &str) -> Option<&'static str> {
    named(id).map(|operation| operation.action)
}

/// Nano-dollars per call of an operation of this table.
pub(in crate::aws) fn price(id: &str) -> Option<i64> {
    named(id).map(|operation| operation.price)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn global_services_have_one_address() {
        assert_eq!(GET_DISTRIBUTION.endpoint("us-east-1"), "https://cloudfront.amazonaws.com");
        assert_eq!(GET_COST_AND_USAGE.endpoint("us-east-1"), "https://ce.us-east-1.amazonaws.com");
        assert_eq!(DESCRIBE_ALARMS.endpoint("eu-west-1"), "https://monitoring.eu-west-1.amazonaws.com");
        assert_eq!(DESCRIBE_ALARMS.endpoint("cn-north-1"), "https://monitoring.cn-north-1.amazonaws.com.cn");
    }

    #[test]
    fn nothing_in_the_table_changes_anything() {
        for operation in OPERATIONS {
            let reads = ["Get", "Describe", "List", "Filter"].iter().any(|verb| operation.name().starts_with(verb));
            assert!(reads, "{}", operation.id);
        }
    }
}
