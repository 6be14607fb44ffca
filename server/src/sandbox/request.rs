//! Reading the signed HTTP requests of the SDK: who asks, where, for what, with which arguments.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

use super::protocol::{Protocol, Service, rest_operation, service};

/// What every header of an object's own metadata begins with.
pub(super) const METADATA: &str = "x-amz-meta-";

/// A failure answered with an HTTP status and an AWS error code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// `ValidationError`, which `CloudFormation` uses for nearly everything.
    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Request {
    /// The name in the signature's scope: `cloudformation`, but `monitoring` for `CloudWatch`.
    pub(super) service: String,
    pub(super) protocol: Protocol,
    pub(super) operation: String,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) session: Option<String>,
    /// The form of an awsQuery request.
    pub(super) form: BTreeMap<String, String>,
    /// The document of a JSON request; null where there is none.
    pub(super) input: Value,
    /// What stands in the variable parts of a REST path, in order.
    pub(super) path: Vec<String>,
    /// Bucket and key of a path-style S3 request.
    pub(super) object: (String, String),
    pub(super) bucket_owner: Option<String>,
    /// What the caller wants kept with an object, without the header's prefix.
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn read(request: &HttpRequest) -> Result<Self, Refusal> {
        let scope = Scope::read(request.headers().get("authorization").unwrap_or_default())?;
        let Some(body) = request.body().bytes() else {
            return Err(Refusal::new(501, "NotImplemented", "The sandbox does not read streamed bodies."));
        };
        let Some(known) = service(&scope.service) else {
            let message = format!("The sandbox does not know the service {}.", scope.service);
            return Err(Refusal::new(400, "InvalidAction", message));
        };
        let headers = request.headers();
        let mut read = Self {
            protocol: known.protocol,
            session: headers.get("x-amz-security-token").map(str::to_owned),
            bucket_owner: headers.get("x-amz-expected-bucket-owner").map(str::to_owned),
            metadata: headers
                .iter()
                .filter_map(|(name, value)| Some((name.strip_prefix(METADATA)?.to_owned(), value.to_owned())))
                .collect(),
            ..Self::of(&scope.service, &scope.account, &scope.region)
        };
        match known.protocol {
            Protocol::Query | Protocol::Ec2 => read.read_form(body),
            Protocol::Json(_) => read.read_document(known, headers.get("x-amz-target").unwrap_or_default(), body)?,
            Protocol::RestJson | Protocol::RestXml => {
                let (operation, variables) = rest_operation(known.name, request.method(), path(request.uri()));
                read.operation = operation;
                read.path = variables.into_iter().map(percent_decoded).collect();
            }
            Protocol::S3 => {
                read.operation = object_operation(request.method(), request.uri());
                read.object = bucket_and_key(path(request.uri()));
                read.body = body.to_vec();
            }
        }
        Ok(read)
    }

    fn read_form(&mut self, body: &[u8]) {
        self.form = form_urlencoded::parse(body).into_owned().collect();
        self.operation = self.form.get("Action").cloned().unwrap_or_default();
    }

    fn read_document(&mut self, known: &Service, target: &str, body: &[u8]) -> Result<(), Refusal> {
        let operation = target.strip_prefix(known.target).and_then(|rest| rest.strip_prefix('.'));
        let Some(operation) = operation else {
            return Err(Refusal::new(400, "UnknownOperationException", format!("{target:?} is no operation")));
        };
        operation.clone_into(&mut self.operation);
        let malformed = |error: serde_json::Error| Refusal::new(400, "SerializationException", error.to_string());
        self.input = serde_json::from_slice(if body.is_empty() { b"{}" } else { body }).map_err(malformed)?;
        Ok(())
    }

    /// Stands for whoever seeds the world.
    pub(super) fn seed(account: &str, region: &str) -> Self {
        Self::of("seed", account, region)
    }

    fn of(service: &str, account: &str, region: &str) -> Self {
        Self {
            service: service.to_owned(),
            protocol: Protocol::Query,
            operation: String::new(),
            account: account.to_owned(),
            region: region.to_owned(),
            session: None,
            form: BTreeMap::new(),
            input: Value::Null,
            path: Vec::new(),
            object: (String::new(), String::new()),
            bucket_owner: None,
            metadata: BTreeMap::new(),
            body: Vec::new(),
        }
    }

    /// An argument that is there and not empty.
    pub(super) fn argument(&self, name: &str) -> Option<&str> {
        self.form.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.argument(name).ok_or_else(|| {
            let field = name.chars().take(1).flat_map(char::to_lowercase).chain(name.chars().skip(1));
            Refusal::validation(format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                field.collect::<String>()
            ))
        })
    }

    /// A member of a JSON request that is a text and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name).and_then(Value::as_str).filter(|value| !value.is_empty())
    }

    /// The same, where the operation cannot do without; `code` is what the service calls a wrong request.
    pub(super) fn required_text(&self, name: &str, code: &'static str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| {
            let message = format!(
                "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
            );
            Refusal::new(400, code, message)
        })
    }

    /// Whatever stands under `name` as text, from `name.1`, `name.2` on.
    pub(super) fn numbered(&self, name: &str) -> Vec<&str> {
        (1..).map_while(|i| self.form.get(&format!("{name}.{i}")).map(String::as_str)).collect()
    }

    /// `Parameters.member.1.ParameterKey` and the like.
    pub(super) fn pairs(&self, list: &str, key: &str, value: &str) -> BTreeMap<String, String> {
        (1..)
            .map_while(|i| {
                let key = self.form.get(&format!("{list}.member.{i}.{key}"))?;
                let value = self.form.get(&format!("{list}.member.{i}.{value}")).cloned().unwrap_or_default();
                Some((key.clone(), value))
            })
            .collect()
    }

    pub(super) fn strings(&self, list: &str) -> Vec<&str> {
        (1..).map_while(|i| self.form.get(&format!("{list}.member.{i}")).map(String::as_str)).collect()
    }
}

/// `AWS4-HMAC-SHA256 Credential=AKIA…/20260301/us-east-1/cloudformation/aws4_request, …`
struct Scope {
    account: String,
    region: String,
    service: String,
}

impl Scope {
    fn read(authorization: &str) -> Result<Self, Refusal> {
        let unsigned = || Refusal::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
        let (_, credential) = authorization.split_once("Credential=").ok_or_else(unsigned)?;
        let mut parts = credential.split([',', ' ']).next().unwrap_or_default().split('/');
        let (Some(key), Some(_date), Some(region), Some(service)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(unsigned());
        };
        let invalid = || {
            let message = "The security token included in the request is invalid.";
            Refusal::new(403, "InvalidClientTokenId", message)
        };
        Ok(Self {
            account: account_of_key(key).ok_or_else(invalid)?,
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }
}

/// Access keys of the sandbox name their account: `AKIA` or `ASIA`, twelve digits, four zeros.
pub(super) fn access_key(prefix: &str, account: &str) -> String {
    format!("{prefix}{account}0000")
}

fn account_of_key(key: &str) -> Option<String> {
    let account = key.strip_prefix("AKIA").or_else(|| key.strip_prefix("ASIA"))?.strip_suffix("0000")?;
    (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())).then(|| account.to_owned())
}

fn object_operation(method: &str, uri: &str) -> String {
    let sub_resource =
        uri.split_once('?').map_or("", |(_, query)| query).split('&').any(|q| !q.is_empty() && !q.starts_with("x-id="));
    match method {
        "HEAD" if !sub_resource => "HeadObject".to_owned(),
        "PUT" if !sub_resource => "PutObject".to_owned(),
        _ => format!("{method} {}", path(uri)),
    }
}

fn path(uri: &str) -> &str {
    let after_scheme = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let path = after_scheme.find('/').map_or("", |at| &after_scheme[at..]);
    path.split('?').next().unwrap_or_default()
}

fn bucket_and_key(path: &str) -> (String, String) {
    let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
    (bucket.to_owned(), percent_decoded(key))
}

/// The object a path-style template URL names.
pub(super) fn object_of_url(url: &str) -> Option<(String, String)> {
    let host = url.strip_prefix("https://")?.split('/').next()?;
    let is_path_style = host.starts_with("s3.") || host.starts_with("s3-");
    let (bucket, key) = bucket_and_key(path(url));
    (is_path_style && !bucket.is_empty() && !key.is_empty()).then_some((bucket, key))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let decoded = (first == b'%')
            .then(|| tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_says_account_region_and_service() {
        let header = format!(
            "AWS4-HMAC-SHA256 Credential={}/20260301/eu-west-1/cloudformation/aws4_request, SignedHeaders=host",
            access_key("AKIA", "123456789012")
        );
        let scope = Scope::read(&header).unwrap();
        assert_eq!((scope.account.as_str(), scope.region.as_str()), ("123456789012", "eu-west-1"));
        assert_eq!(scope.service, "cloudformation");
    }

    #[test]
    fn a_key_of_no_account_is_refused() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260301/eu-west-1/sts/aws4_request";
        assert_eq!(Scope::read(header).err().unwrap().code, "InvalidClientTokenId");
    }

    #[test]
    fn template_urls_are_path_style_only() {
        let object = object_of_url("https://s3.us-east-1.amazonaws.com/bucket/a%20b/t.json");
        assert_eq!(object, Some(("bucket".to_owned(), "a b/t.json".to_owned())));
        assert_eq!(object_of_url("https://bucket.s3.us-east-1.amazonaws.com/t.json"), None);
    }
}
