//! Requests as they go over the wire, written by hand: what a service answers is looked at without any SDK in between.

use std::sync::Arc;

use aws_smithy_runtime_api::{
    client::{orchestrator::HttpRequest, result::ConnectorError},
    http::Response,
};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use server::sandbox;

/// Where requests go.
#[expect(dead_code, reason = "each of the two test programs has one of them")]
pub enum Wire {
    Sandbox(Arc<sandbox::World>),
    Http { url: String },
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: String,
    pub error_type: Option<String>,
}

impl Reply {
    pub fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    /// The text of the first element of that name.
    pub fn text(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0)
    }

    pub fn texts(&self, name: &str) -> Vec<&str> {
        let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
        self.body.split(&begin).skip(1).filter_map(|part| Some(part.split_once(&end)?.0)).collect()
    }

    /// The name of the failure, wherever the protocol has it.
    pub fn code(&self) -> String {
        let document: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let found = document["__type"].as_str().or(self.error_type.as_deref()).or_else(|| self.text("Code"));
        found
            .unwrap_or_default()
            .rsplit('#')
            .next()
            .unwrap_or_default()
            .split(':')
            .next()
            .unwrap_or_default()
            .to_owned()
    }
}

/// One request, before it is sent.
struct Letter<'a> {
    service: &'a str,
    method: &'a str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// Somebody with keys of an account, in a region.
pub struct Caller {
    pub wire: Wire,
    pub access_key: String,
    pub region: &'static str,
}

impl Caller {
    /// awsQuery, EC2's included.
    pub async fn query(&self, service: &str, version: &str, action: &str, arguments: &[(&str, &str)]) -> Reply {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", version).extend_pairs(arguments);
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        self.send(Letter { service, method: "POST", path: "/".to_owned(), headers, body: form.finish() }).await
    }

    pub async fn json(&self, service: &str, target: &str, input: Value) -> Reply {
        let version = if service == "cloudcontrolapi" { "1.0" } else { "1.1" };
        let headers =
            vec![("content-type", format!("application/x-amz-json-{version}")), ("x-amz-target", target.to_owned())];
        self.send(Letter { service, method: "POST", path: "/".to_owned(), headers, body: input.to_string() }).await
    }

    pub async fn get(&self, service: &str, path: &str) -> Reply {
        let headers = Vec::new();
        self.send(Letter { service, method: "GET", path: path.to_owned(), headers, body: String::new() }).await
    }

    async fn send(&self, letter: Letter<'_>) -> Reply {
        let scope = format!("{}/20260301/{}/{}/aws4_request", self.access_key, self.region, letter.service);
        let authorization = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        match &self.wire {
            Wire::Sandbox(world) => in_process(world, &letter, &authorization).unwrap(),
            Wire::Http { url } => {
                let method = reqwest::Method::from_bytes(letter.method.as_bytes()).unwrap();
                let mut request = reqwest::Client::new()
                    .request(method, format!("{url}{}", letter.path))
                    .header("authorization", authorization)
                    .body(letter.body);
                for (name, value) in letter.headers {
                    request = request.header(name, value);
                }
                let answer = request.send().await.unwrap();
                let error_type = answer.headers().get("x-amzn-errortype").map(|v| v.to_str().unwrap().to_owned());
                Reply { status: answer.status().as_u16(), error_type, body: answer.text().await.unwrap() }
            }
        }
    }
}

fn in_process(world: &sandbox::World, letter: &Letter<'_>, authorization: &str) -> Result<Reply, ConnectorError> {
    let mut request = HttpRequest::new(SdkBody::from(letter.body.as_str()));
    request.set_method(letter.method).unwrap();
    request.set_uri(format!("https://{}.amazonaws.com{}", letter.service, letter.path)).unwrap();
    request.headers_mut().insert("authorization", authorization.to_owned());
    for (name, value) in &letter.headers {
        request.headers_mut().insert(*name, value.clone());
    }
    let answer: Response = world.answer(&request)?;
    let body = String::from_utf8(answer.body().bytes().unwrap_or_default().to_vec()).unwrap();
    let error_type = answer.headers().get("x-amzn-errortype").map(str::to_owned);
    Ok(Reply { status: answer.status().as_u16(), error_type, body })
}

/// An empty document.
pub fn nothing() -> Value {
    json!({})
}
