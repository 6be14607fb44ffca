//! How the services speak: which protocol each has, and what a failure looks like in it.

use super::{
    faults::Fault,
    identity::user_arn,
    request::{Refusal, Request},
    xml::Xml,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// A form in, XML out.
    Query,
    /// The same with EC2's own envelope.
    Ec2,
    /// A document in, a document out; the version stands in the content type.
    Json(&'static str),
    RestJson,
    RestXml,
    S3,
}

pub(super) struct Service {
    /// As in the scope of signatures.
    pub(super) name: &'static str,
    pub(super) protocol: Protocol,
    /// What stands before the operation in `X-Amz-Target`.
    pub(super) target: &'static str,
    /// Of XML answers.
    namespace: &'static str,
}

const fn query(name: &'static str, namespace: &'static str) -> Service {
    Service { name, protocol: Protocol::Query, target: "", namespace }
}

const fn json(name: &'static str, version: &'static str, target: &'static str) -> Service {
    Service { name, protocol: Protocol::Json(version), target, namespace: "" }
}

const SERVICES: [Service; 18] = [
    json("budgets", "1.1", "AWSBudgetServiceGateway"),
    json("ce", "1.1", "AWSInsightsIndexService"),
    json("cloudcontrolapi", "1.0", "CloudApiService"),
    query("cloudformation", "http://cloudformation.amazonaws.com/doc/2010-05-15/"),
    Service {
        name: "cloudfront",
        protocol: Protocol::RestXml,
        target: "",
        namespace: "http://cloudfront.amazonaws.com/doc/2020-05-31/",
    },
    json("cloudtrail", "1.1", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"),
    Service { name: "ec2", protocol: Protocol::Ec2, target: "", namespace: "http://ec2.amazonaws.com/doc/2016-11-15/" },
    query("elasticache", "http://elasticache.amazonaws.com/doc/2015-02-02/"),
    Service { name: "guardduty", protocol: Protocol::RestJson, target: "", namespace: "" },
    Service { name: "lambda", protocol: Protocol::RestJson, target: "", namespace: "" },
    json("logs", "1.1", "Logs_20140328"),
    query("monitoring", "http://monitoring.amazonaws.com/doc/2010-08-01/"),
    query("rds", "http://rds.amazonaws.com/doc/2014-10-31/"),
    Service { name: "s3", protocol: Protocol::S3, target: "", namespace: "" },
    json("secretsmanager", "1.1", "secretsmanager"),
    query("sns", "http://sns.amazonaws.com/doc/2010-03-31/"),
    query("sts", "https://sts.amazonaws.com/doc/2011-06-15/"),
    json("wafv2", "1.1", "AWSWAF_20190729"),
];

pub(super) fn service(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == name)
}

pub(super) fn namespace(name: &str) -> &'static str {
    service(name).map_or("", |service| service.namespace)
}

/// Operation, method and path of what is asked for by its address; `{}` stands for one part.
const PATHS: [(&str, &str, &str, &str); 4] = [
    ("cloudfront", "GetDistribution", "GET", "/2020-05-31/distribution/{}"),
    ("guardduty", "GetDetector", "GET", "/detector/{}"),
    ("guardduty", "ListDetectors", "GET", "/detector"),
    ("lambda", "GetFunctionConfiguration", "GET", "/2015-03-31/functions/{}/configuration"),
];

/// The operation at an address with the variable parts of it; the address itself where there is none.
pub(super) fn rest_operation<'p>(service: &str, method: &str, path: &'p str) -> (String, Vec<&'p str>) {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let found = PATHS.iter().find_map(|(of, operation, by, pattern)| {
        let wanted: Vec<&str> = pattern.trim_matches('/').split('/').collect();
        let fits = *of == service
            && *by == method
            && wanted.len() == parts.len()
            && wanted.iter().zip(&parts).all(|(wanted, part)| *wanted == "{}" || wanted == part);
        let variables = || wanted.iter().zip(&parts).filter(|(wanted, _)| **wanted == "{}").map(|(_, part)| *part);
        fits.then(|| ((*operation).to_owned(), variables().collect()))
    });
    found.unwrap_or_else(|| (format!("{method} {path}"), Vec::new()))
}

/// What a fault looks like in a protocol.
pub(super) fn fault(request: &Request, fault: &Fault) -> Refusal {
    let is_json = matches!(request.protocol, Protocol::Json(_) | Protocol::RestJson);
    match fault {
        Fault::Throttle => match request.protocol {
            Protocol::RestJson => Refusal::new(429, "TooManyRequestsException", "Rate exceeded"),
            Protocol::Ec2 => Refusal::new(503, "RequestLimitExceeded", "Request limit exceeded."),
            _ if is_json => Refusal::new(400, "ThrottlingException", "Rate exceeded"),
            _ => Refusal::new(400, "Throttling", "Rate exceeded"),
        },
        Fault::AccessDenied { action } => {
            let (status, code) = match request.service.as_str() {
                "ec2" => (403, "UnauthorizedOperation"),
                "sns" => (403, "AuthorizationError"),
                "lambda" | "guardduty" => (403, "AccessDeniedException"),
                _ if is_json => (400, "AccessDeniedException"),
                _ => (403, "AccessDenied"),
            };
            let user = user_arn(request);
            let message = format!(
                "User: {user} is not authorized to perform: {action} on resource: * because no identity-based policy \
                 allows the {action} action"
            );
            Refusal::new(status, code, message)
        }
        _ if is_json => Refusal::new(500, "InternalServerError", "An internal error occurred"),
        _ => Refusal::new(500, "InternalFailure", "An internal error occurred"),
    }
}

/// The services do not agree on how to spell it.
fn message_member(request: Option<&Request>) -> &'static str {
    let is_small = request.is_some_and(|request| matches!(request.service.as_str(), "logs" | "guardduty"));
    if is_small { "message" } else { "Message" }
}

/// Body and headers of a failure.
pub(super) fn refusal(
    request: Option<&Request>,
    refusal: &Refusal,
    request_id: &str,
) -> (String, Vec<(&'static str, String)>) {
    let protocol = request.map_or(Protocol::Query, |request| request.protocol);
    let error = || Xml::new().text("Code", refusal.code).text("Message", &refusal.message);
    let id = |name| (name, request_id.to_owned());
    let text_xml = || ("content-type", "text/xml".to_owned());
    match protocol {
        Protocol::S3 => {
            // A HEAD has no body to say more in.
            let is_head = request.is_some_and(|request| request.operation == "HeadObject");
            let body = if is_head { String::new() } else { Xml::new().group("Error", &error()).into_string() };
            (body, vec![id("x-amz-request-id")])
        }
        Protocol::Json(version) => {
            let kind = request.map_or_else(String::new, |request| match request.service.as_str() {
                "cloudcontrolapi" => format!("com.amazon.cloudapiservice#{}", refusal.code),
                _ => refusal.code.to_owned(),
            });
            let body = serde_json::json!({ "__type": kind, (message_member(request)): refusal.message });
            (
                body.to_string(),
                vec![id("x-amzn-requestid"), ("content-type", format!("application/x-amz-json-{version}"))],
            )
        }
        Protocol::RestJson => {
            let body = serde_json::json!({ (message_member(request)): refusal.message });
            let headers = vec![
                id("x-amzn-requestid"),
                ("x-amzn-errortype", refusal.code.to_owned()),
                ("content-type", "application/json".to_owned()),
            ];
            (body.to_string(), headers)
        }
        Protocol::Ec2 => {
            let errors = Xml::new().group("Errors", &Xml::new().group("Error", &error())).text("RequestID", request_id);
            (Xml::new().group("Response", &errors).into_string(), vec![id("x-amzn-requestid"), text_xml()])
        }
        Protocol::Query | Protocol::RestXml => {
            let kind = if refusal.status < 500 { "Sender" } else { "Receiver" };
            let error = Xml::new().text("Type", kind).text("Code", refusal.code).text("Message", &refusal.message);
            let inner = Xml::new().group("Error", &error).text("RequestId", request_id).into_string();
            let namespace = request.map_or("", |request| namespace(&request.service));
            let body = format!("<ErrorResponse xmlns=\"{namespace}\">{inner}</ErrorResponse>");
            (body, vec![id("x-amzn-requestid"), text_xml()])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_operations_and_their_variable_parts() {
        let read = |service, path| rest_operation(service, "GET", path);
        let configuration = read("lambda", "/2015-03-31/functions/work/configuration");
        assert_eq!(configuration, ("GetFunctionConfiguration".to_owned(), vec!["work"]));
        assert_eq!(read("guardduty", "/detector"), ("ListDetectors".to_owned(), vec![]));
        assert_eq!(read("guardduty", "/detector/d1"), ("GetDetector".to_owned(), vec!["d1"]));
        assert_eq!(read("lambda", "/2015-03-31/functions").0, "GET /2015-03-31/functions");
    }
}
