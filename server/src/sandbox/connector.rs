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
    identity::user_arn,
    request::{METADATA, Refusal, Request},
    session::{Answer, operation},
    xml::Xml,
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
    fn answer(&self, http: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = match Request::read(http) {
            Ok(request) => request,
            Err(refusal) => return Ok(refused("", "", &refusal, &self.request_id(""))),
        };
        let lost = match self.faults.take(&request.operation) {
            Some(Fault::Timeout) => return Err(ConnectorError::timeout("the sandbox did not answer in time".into())),
            Some(Fault::AnswerLost) => true,
            Some(fault) => return Ok(self.fault(&request, &fault)),
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
            Err(refusal) => refused(&request.service, &request.operation, &refusal, &request_id),
        }
    }

    fn fault(&self, request: &Request, fault: &Fault) -> HttpResponse {
        let refusal = match fault {
            Fault::Throttle => Refusal::new(400, "Throttling", "Rate exceeded"),
            Fault::AccessDenied { action } => Refusal::new(
                403,
                "AccessDenied",
                format!(
                    "User: {} is not authorized to perform: {action} on resource: * because no identity-based policy \
                     allows the {action} action",
                    user_arn(request)
                ),
            ),
            _ => Refusal::new(500, "InternalFailure", "An internal error occurred"),
        };
        refused(&request.service, &request.operation, &refusal, &self.request_id(&request.operation))
    }
}

fn namespace(service: &str) -> &'static str {
    match service {
        "sts" => "https://sts.amazonaws.com/doc/2011-06-15/",
        _ => "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    }
}

fn answered(request: &Request, answer: Answer, request_id: &str) -> HttpResponse {
    match answer {
        Answer::Result(xml) => {
            let body = xml.response(&request.operation, namespace(&request.service), request_id);
            response(200, body, &[("x-amzn-requestid", request_id), ("content-type", "text/xml")])
        }
        Answer::Object { etag, size, metadata } => {
            let etag = format!("\"{etag}\"");
            let mut headers = vec![("x-amz-request-id", request_id), ("etag", etag.as_str())];
            let size = size.map(|size| size.to_string());
            headers.extend(size.as_deref().map(|size| ("content-length", size)));
            let mut response = response(200, String::new(), &headers);
            for (name, value) in metadata {
                response.headers_mut().insert(format!("{METADATA}{name}"), value);
            }
            response
        }
    }
}

fn refused(service: &str, operation: &str, refusal: &Refusal, request_id: &str) -> HttpResponse {
    let error = Xml::new().text("Code", refusal.code).text("Message", &refusal.message);
    if service == "s3" {
        // A HEAD has no body to say more in.
        let is_head = operation == "HeadObject";
        let body = if is_head { String::new() } else { Xml::new().group("Error", &error).into_string() };
        return response(refusal.status, body, &[("x-amz-request-id", request_id)]);
    }
    let kind = if refusal.status < 500 { "Sender" } else { "Receiver" };
    let error = Xml::new().text("Type", kind).text("Code", refusal.code).text("Message", &refusal.message);
    let inner = Xml::new().group("Error", &error).text("RequestId", request_id).into_string();
    let body = format!("<ErrorResponse xmlns=\"{}\">{inner}</ErrorResponse>", namespace(service));
    response(refusal.status, body, &[("x-amzn-requestid", request_id), ("content-type", "text/xml")])
}

fn response(status: u16, body: String, headers: &[(&'static str, &str)]) -> HttpResponse {
    // Every status here is one of a few constants; the fallback is never taken.
    let status = StatusCode::try_from(status).unwrap_or_else(|_| StatusCode::from(http::StatusCode::BAD_GATEWAY));
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in headers {
        response.headers_mut().insert(*name, (*value).to_owned());
    }
    response
}
