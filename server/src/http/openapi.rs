//! What programs can ask, as an OpenAPI document: made from the routes and from the types they take and answer with.

use app::{
    api::{self, FieldKind},
    error::ApiError,
};
use axum::{
    Extension, Json,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    AppState,
    api::{ApiRoute, routes},
    caller::Visitor,
    releases,
};

/// For whoever is logged in or has a token.
pub(super) async fn serve(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    match releases::caller(&state, &parts, &visitor).await {
        Ok(_) => Json(document()).into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// The whole document.
pub fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
        })
        .into_generator();
    let errors = responses(&generator.subschema_for::<ApiError>().to_value());
    let mut paths: Map<String, Value> = Map::new();
    let mut add = |path: &str, method: &str, operation: Value| {
        let methods = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            methods.insert(method.to_lowercase(), operation);
        }
    };
    for (path, fields) in api::inputs() {
        add(path, "post", act(path, &fields, &errors));
    }
    for route in routes() {
        add(route.path, route.method.as_str(), operation(&route, &errors, &mut generator));
    }
    for (path, summary, media) in OPEN {
        add(path, "get", open(path, summary, media));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lockkeeper",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Acts take what a form sends and answer with JSON. Every error has the shape of ApiError, \
                            whose field `error` says which one it is.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "__Host-lockkeeper",
                    "description": "A person who has logged in. Acts also need `Sec-Fetch-Site: same-origin` or an \
                                    `Origin` of this server."
                },
                "token": { "type": "http", "scheme": "bearer", "description": "`lockkeeper token create`" },
            },
        },
    })
}

/// What anybody may ask.
const OPEN: [(&str, &str, &str); 3] = [
    ("/healthz", "Whether the process lives", "text/plain"),
    ("/readyz", "Whether it can work: the database answers and is at this version", "application/json"),
    ("/version", "Which version it is", "application/json"),
];

fn open(path: &str, summary: &str, media: &str) -> Value {
    let mut answers = json!({ "200": { "description": "Yes", "content": { media: {} } } });
    if path == "/readyz" {
        answers["503"] = json!({ "description": "No, and why", "content": { media: {} } });
    }
    json!({ "summary": summary, "operationId": name(path), "security": [], "responses": answers })
}

/// Every error there is, by status.
fn responses(error: &Value) -> Map<String, Value> {
    let content = json!({ "application/json": { "schema": error } });
    let words = |status: u16| {
        http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error").to_owned()
    };
    ApiError::STATUSES
        .into_iter()
        .chain([413, 429])
        .map(|status| (status.to_string(), json!({ "description": words(status), "content": content })))
        .collect()
}

/// A server function: an act of a person.
fn act(path: &str, fields: &[(&'static str, FieldKind)], errors: &Map<String, Value>) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|(name, kind)| {
            let kind = match kind {
                FieldKind::Text => "string",
                FieldKind::Number => "number",
                FieldKind::Truth => "boolean",
            };
            ((*name).to_owned(), json!({ "type": kind }))
        })
        .collect();
    let mut answers = errors.clone();
    answers.insert("200".to_owned(), json!({ "description": "Done", "content": { "application/json": {} } }));
    let words = name(path).replace('_', " ");
    let summary: String = words.chars().take(1).flat_map(char::to_uppercase).chain(words.chars().skip(1)).collect();
    json!({
        "summary": summary,
        "operationId": name(path),
        "security": [{ "session": [] }],
        "requestBody": { "required": true, "content": { "application/x-www-form-urlencoded": {
            "schema": { "type": "object", "properties": properties }
        } } },
        "responses": answers,
    })
}

fn operation(route: &ApiRoute, errors: &Map<String, Value>, generator: &mut SchemaGenerator) -> Value {
    let (status, media, schema) = route.answers;
    let mut answers = errors.clone();
    let content = json!({ media: { "schema": schema(generator).to_value() } });
    answers.insert(status.to_string(), json!({ "description": "Done", "content": content }));
    let parameters: Vec<Value> = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    let mut operation = json!({
        "summary": route.summary,
        "operationId": format!("{}_{}", route.method.as_str().to_lowercase(), name(route.path)),
        "security": [{ "session": [] }, { "token": [] }],
        "parameters": parameters,
        "responses": answers,
    });
    if let Some((media, schema)) = route.takes.map(|takes| takes()) {
        operation["requestBody"] = json!({ "required": true, "content": { media: { "schema": schema } } });
    }
    operation
}

/// The last word of a path.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".json")
}
