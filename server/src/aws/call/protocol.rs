//! How an input becomes a request, an answer a JSON document, and a refusal its code and message.

use aws_smithy_runtime_api::{box_error::BoxError, client::orchestrator::HttpRequest, http::Headers};
use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};
use serde_json::Value;

use super::{ReadOperation, xml};

#[derive(Clone, Copy, Debug)]
pub(super) enum Protocol {
    /// AWS JSON: the operation in a header, input and answer as they are.
    Json { version: &'static str, target: &'static str },
    /// AWS Query: a form, answered in XML.
    Query { version: &'static str },
    /// GET with parts of the input in the path, answered in JSON.
    RestJson { path: &'static str },
    /// GET with parts of the input in the path, answered in XML.
    RestXml { path: &'static str },
}

/// A request before it has an endpoint. Inputs are names of things, never secrets.
#[derive(Debug)]
pub(super) struct Parts {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Parts {
    pub(super) fn into_request(self) -> Result<HttpRequest, BoxError> {
        let length = self.body.len();
        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method(self.method)?;
        request.set_uri(self.path)?;
        request.headers_mut().try_insert("user-agent", concat!("lockkeeper/", env!("CARGO_PKG_VERSION")))?;
        for (name, value) in self.headers {
            request.headers_mut().try_insert(name, value)?;
        }
        if length > 0 {
            request.headers_mut().try_insert("content-length", length.to_string())?;
        }
        Ok(request)
    }
}

impl Protocol {
    pub(super) fn request(self, operation: &ReadOperation, input: &Value) -> Parts {
        match self {
            Self::Json { version, target } => Parts {
                method: "POST",
                path: "/".to_owned(),
                headers: vec![
                    ("content-type", format!("application/x-amz-json-{version}")),
                    ("x-amz-target", format!("{target}.{}", operation.name())),
                ],
                body: input.to_string(),
            },
            Self::Query { version } => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.append_pair("Action", operation.name()).append_pair("Version", version);
                // EC2 numbers lists without the word in between.
                flatten("", input, if operation.service() == "ec2" { "" } else { "member." }, &mut form);
                Parts {
                    method: "POST",
                    path: "/".to_owned(),
                    headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
                    body: form.finish(),
                }
            }
            Self::RestJson { path } | Self::RestXml { path } => {
                Parts { method: "GET", path: filled(path, input), headers: Vec::new(), body: String::new() }
            }
        }
    }

    pub(super) fn read(self, operation: &str, body: &[u8]) -> Result<Value, String> {
        match self {
            Self::Json { .. } | Self::RestJson { .. } => serde_json::from_slice(body).map_err(|e| e.to_string()),
            Self::RestXml { .. } => xml::read(body).map(|(_, value)| value),
            Self::Query { .. } => {
                let (_, value) = xml::read(body)?;
                // EC2 has no element around its result.
                Ok(value.get(format!("{operation}Result")).cloned().unwrap_or(value))
            }
        }
    }

    pub(super) fn failure(self, headers: &Headers, body: &[u8]) -> ErrorMetadata {
        let (code, message) = match self {
            Self::Json { .. } | Self::RestJson { .. } => json_failure(headers, body),
            Self::Query { .. } | Self::RestXml { .. } => xml_failure(body),
        };
        let mut builder = ErrorMetadata::builder();
        if let Some(code) = code {
            builder = builder.code(code);
        }
        if let Some(message) = message {
            builder = builder.message(message);
        }
        builder.build()
    }
}

/// The code may have a namespace before it and an address behind it.
fn json_failure(headers: &Headers, body: &[u8]) -> (Option<String>, Option<String>) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |names: [&str; 3]| names.iter().find_map(|name| body.get(name)?.as_str().map(str::to_owned));
    let code = headers.get("x-amzn-errortype").map(str::to_owned).or_else(|| text(["__type", "code", "Code"]));
    let code = code.map(|code| {
        let code = code.split(':').next().unwrap_or_default();
        code.rsplit('#').next().unwrap_or_default().to_owned()
    });
    (code, text(["message", "Message", "errorMessage"]))
}

fn xml_failure(body: &[u8]) -> (Option<String>, Option<String>) {
    let Ok((_, value)) = xml::read(body) else { return (None, None) };
    let error =
        ["/Error", "/Errors/Error", ""].iter().find_map(|at| value.pointer(at).filter(|e| e.get("Code").is_some()));
    // EC2 wraps errors in a list of one.
    let error = error.or_else(|| value.pointer("/Errors/0"));
    let text = |name: &str| error.and_then(|e| e.get(name)).and_then(Value::as_str).map(str::to_owned);
    (text("Code"), text("Message"))
}

/// `{"Names": ["a", "b"]}` is `Names.member.1=a&Names.member.2=b`.
fn flatten(prefix: &str, value: &Value, between: &str, form: &mut form_urlencoded::Serializer<'_, String>) {
    let below = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
    match value {
        Value::Object(map) => map.iter().for_each(|(name, inner)| flatten(&below(name), inner, between, form)),
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                flatten(&below(&format!("{between}{}", i + 1)), inner, between, form);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            form.append_pair(prefix, text);
        }
        other => {
            form.append_pair(prefix, &other.to_string());
        }
    }
}

/// Fills `{Name}` of a path; what an input holds must not be able to change the path.
fn filled(path: &str, input: &Value) -> String {
    let mut filled = String::new();
    for (i, piece) in path.split(['{', '}']).enumerate() {
        if i % 2 == 0 {
            filled.push_str(piece);
            continue;
        }
        let value = input.get(piece).and_then(Value::as_str).unwrap_or_default();
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                filled.push(char::from(byte));
            } else {
                filled.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_and_tables_become_a_form() {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let input = json!({"Names": ["a b", "c"], "Query": [{"Id": "m1", "Max": 5}], "Nothing": null});
        flatten("", &input, "member.", &mut form);
        assert_eq!(form.finish(), "Names.member.1=a+b&Names.member.2=c&Query.member.1.Id=m1&Query.member.1.Max=5");
    }

    #[test]
    fn a_value_cannot_leave_its_place_in_the_path() {
        assert_eq!(filled("/detector/{id}/x", &json!({"id": "a/../b?c"})), "/detector/a%2F..%2Fb%3Fc/x");
    }

    #[test]
    fn refusals_have_a_code_however_they_are_written() {
        let headers = Headers::new();
        let json = Protocol::RestJson { path: "/" };
        let query = Protocol::Query { version: "1" };
        let table = [
            (json, r#"{"__type": "com.amazonaws#ResourceNotFoundException", "Message": "gone"}"#),
            (
                query,
                "<ErrorResponse><Error><Code>ResourceNotFoundException</Code><Message>gone</Message></Error></ErrorResponse>",
            ),
            (
                query,
                "<Response><Errors><Error><Code>ResourceNotFoundException</Code><Message>gone</Message></Error></Errors></Response>",
            ),
            (query, "<Error><Code>ResourceNotFoundException</Code><Message>gone</Message></Error>"),
        ];
        for (protocol, body) in table {
            let failure = protocol.failure(&headers, body.as_bytes());
            assert_eq!(
                (failure.code(), failure.message()),
                (Some("ResourceNotFoundException"), Some("gone")),
                "{body}"
            );
        }
    }
}
