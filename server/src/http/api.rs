//! The routes for machines beside the server functions. One list: the router is made from it, and so is the description
//! at `/api/openapi.json`.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::Method,
    routing::{MethodRouter, get, post},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

use super::{AppState, evidence, openapi, releases};

/// One route with what is to be said about it.
pub struct ApiRoute {
    pub path: &'static str,
    pub method: Method,
    pub summary: &'static str,
    pub(super) handler: fn() -> MethodRouter<AppState>,
    /// The body it takes, as media type and schema.
    pub(super) takes: Option<fn() -> (&'static str, Value)>,
    /// The status of success, and the media type and schema of what is answered then.
    pub(super) answers: (u16, &'static str, fn(&mut SchemaGenerator) -> Schema),
}

const JSON: &str = "application/json";

/// Every route below `/api/` that is no server function.
pub fn routes() -> Vec<ApiRoute> {
    vec![
        ApiRoute {
            path: "/api/applications/{application}/releases",
            method: Method::POST,
            summary: "Create a release from a ZIP with one folder per environment",
            handler: || post(releases::upload).layer(DefaultBodyLimit::disable()),
            takes: Some(upload_form),
            answers: (201, JSON, SchemaGenerator::subschema_for::<ReleaseCreated>),
        },
        ApiRoute {
            path: "/api/deployments/{id}/evidence",
            method: Method::GET,
            summary: "The signed evidence of one deployment",
            handler: || get(evidence::bundle),
            takes: None,
            answers: (200, "application/zip", |_| json_schema!({ "type": "string", "format": "binary" })),
        },
        ApiRoute {
            path: "/api/evidence",
            method: Method::GET,
            summary: "The signed evidence of the deployments of some days",
            handler: || get(evidence::range),
            takes: None,
            answers: (200, "application/zip", |_| json_schema!({ "type": "string", "format": "binary" })),
        },
        ApiRoute {
            path: "/api/openapi.json",
            method: Method::GET,
            summary: "This description",
            handler: || get(openapi::serve),
            takes: None,
            answers: (200, JSON, SchemaGenerator::subschema_for::<serde_json::Map<String, Value>>),
        },
    ]
}

pub(super) fn router() -> Router<AppState> {
    routes().into_iter().fold(Router::new(), |router, route| router.route(route.path, (route.handler)()))
}

/// What became of an upload.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReleaseCreated {
    pub id: String,
    pub application: String,
    pub version: String,
    /// Where its page is.
    pub path: String,
    /// What has to be true before a deployment and could not be seen from the upload.
    pub notices: Vec<String>,
}

fn upload_form() -> (&'static str, Value) {
    let schema = json!({
        "type": "object",
        "required": ["version", "archive"],
        "properties": {
            "version": { "type": "string", "maxLength": 64 },
            "source_revision": { "type": "string" },
            "archive": { "type": "string", "format": "binary" }
        }
    });
    ("multipart/form-data", schema)
}
