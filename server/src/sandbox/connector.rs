//! The seam: in place of a connection, a function from an HTTP request to an HTTP response.

use std::{fmt, sync::Arc};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;

use super::{
    World,
    faults::Fault,
    protocol::{self, Protocol, namespace},
    request::{METADATA, Refusal, Request},
    session::{Answer, operation},
};

#[derive(Clone)]
pub(super) struct Connector(pub(super) Arc<World>);

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector(sandbox)")
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.0.answer(&request))
    }
}

impl World {
    /// One signed request of any service; the failure is that of a connection.
    pub fn answer(&self, http: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = match Request::read(http) {
            Ok(request) => request,
            Err(refusal) => return Ok(refused(None, &refusal, &self.request_id(""))),
        };
        let lost = match self.faults.take(&request.service, &request.operation) {
            Some(Fault::Timeout) => return Err(ConnectorError::timeout("the sandbox did not answer in time".into())),
            Some(Fault::AnswerLost) => true,
            Some(fault) => {
                let request_id = self.request_id(&request.operation);
                return Ok(refused(Some(&request), &protocol::fault(&request, &fault), &request_id));
            }
            None => false,
        };
        let response = self.work(&request);
        if lost { Err(ConnectorError::io("the sandbox broke the connection".into())) } else { Ok(response) }
    }

    fn work(&self, request: &Request) -> HttpResponse {
        let request_id = self.request_id(&request.operation);
        let result = operation(request).and_then(|operation| {
            self.session(request, |session| {
                let answer = (operation.handler)(session);
                (!operation.is_read && answer.is_ok(), answer)
            })
        });
        match result {
            Ok(answer) => answered(request, answer, &request_id),
            Err(refusal) => refused(Some(request), &refusal, &request_id),
        }
    }
}

fn answered(request: &Request, answer: Answer, request_id: &str) -> HttpResponse {
    let id = ("x-amzn-requestid", request_id.to_owned());
    let text_xml = ("content-type", "text/xml".to_owned());
    match answer {
        Answer::Result(xml) if request.protocol == Protocol::Ec2 => {
            let (operation, namespace) = (&request.operation, namespace(&request.service));
            let inner = xml.into_string();
            let body = format!(
                "<{operation}Response xmlns=\"{namespace}\"><requestId>{request_id}</requestId>{inner}\
                 </{operation}Response>"
            );
            response(200, body, &[id, text_xml])
        }
        Answer::Result(xml) => {
            let body = xml.response(&request.operation, namespace(&request.service), request_id);
            response(200, body, &[id, text_xml])
        }
        Answer::Document(value) => {
            let content_type = match request.protocol {
                Protocol::Json(version) => format!("application/x-amz-json-{version}"),
                _ => "application/json".to_owned(),
            };
            response(200, value.to_string(), &[id, ("content-type", content_type)])
        }
        Answer::Element { name, inner, etag } => {
            let body = format!("<{name} xmlns=\"{}\">{}</{name}>", namespace(&request.service), inner.into_string());
            response(200, body, &[id, text_xml, ("etag", etag)])
        }
        Answer::Object { etag, size, metadata } => {
            let mut headers = vec![("x-amz-request-id", request_id.to_owned()), ("etag", format!("\"{etag}\""))];
            headers.extend(size.map(|size| ("content-length", size.to_string())));
            let mut response = response(200, String::new(), &headers);
            for (name, value) in metadata {
                response.headers_mut().insert(format!("{METADATA}{name}"), value);
            }
            response
        }
    }
}

fn refused(request: Option<&Request>, refusal: &Refusal, request_id: &str) -> HttpResponse {
    let (body, headers) = protocol::refusal(request, refusal, request_id);
    response(refusal.status, body, &headers)
}

fn response(status: u16, body: String, headers: &[(&'static str, String)]) -> HttpResponse {
    // Every status here is one of a few constants; the fallback is never taken.
    let status = StatusCode::try_from(status).unwrap_or_else(|_| StatusCode::from(http::StatusCode::BAD_GATEWAY));
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.clone());
    }
    response
}
