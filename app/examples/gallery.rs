//! The pages with a small world behind them, to look at while working on them:
//!
//! `cargo run -p app --example gallery --features ssr -- 127.0.0.1:3111 [SITE]`
//!
//! The style sheet is compiled at every request. With SITE, the directory `cargo xtask site` wrote, the islands run too
//! and `/live` says every three seconds that something changed. The user agent says who looks: `engineer`, `viewer` or
//! `admin`; anybody else is a lead.

#[path = "../tests/pages/fake.rs"]
mod fake;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use app::{form::FormStates, ports::Caller, site::SiteFiles};
use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use domain::permission::Role;
use fake::{FakeActs, caller, ports, world::World};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};

fn who() -> Caller {
    let agent = use_context::<http::request::Parts>()
        .and_then(|parts| parts.headers.get(header::USER_AGENT)?.to_str().ok().map(str::to_owned))
        .unwrap_or_default();
    match agent.as_str() {
        "engineer" => caller("Eli Novak", Role::Engineer),
        "viewer" => caller("Vic Stone", Role::Viewer),
        "admin" => caller("Ada Reyes", Role::Admin),
        _ => caller("Lea Moreau", Role::Lead),
    }
}

async fn css() -> impl IntoResponse {
    let sheet =
        grass::from_path("style/main.scss", &grass::Options::default()).unwrap_or_else(|error| error.to_string());
    ([(header::CONTENT_TYPE, "text/css")], sheet)
}

fn asset(site: &std::path::Path, name: &str) -> axum::response::Response {
    let kind = match name.rsplit('.').next() {
        Some("wasm") => "application/wasm",
        Some("js") => "text/javascript",
        _ => "application/octet-stream",
    };
    match std::fs::read(site.join(name)) {
        Ok(content) => ([(header::CONTENT_TYPE, kind)], content).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// One event, then the end: the browser comes back for the next.
async fn live() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from("retry: 3000\n\nevent: changed\ndata: overview\n\n"))
}

fn files(site: Option<&PathBuf>) -> SiteFiles {
    let manifest = site.and_then(|site| std::fs::read_to_string(site.join("site.json")).ok()).unwrap_or_default();
    let manifest: BTreeMap<String, String> = serde_json::from_str(&manifest).unwrap_or_default();
    let address = |name: &str| manifest.get(name).map(|file| format!("/assets/{file}"));
    SiteFiles { css: "/style.css".to_owned(), js: address("js"), wasm: address("wasm") }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3111".to_owned());
    let site = arguments.next().map(PathBuf::from);
    let options = LeptosOptions::builder().output_name("lockkeeper").build();
    let files = files(site.as_ref());
    let context = move || {
        provide_context(ports(World::default(), Arc::new(FakeActs::default())));
        provide_context(who());
        provide_context(FormStates::default());
        provide_context(files.clone());
    };
    let shell_options = options.clone();
    let shell = move || app::shell(shell_options.clone());
    let fallback = render_app_async_with_context(context.clone(), shell.clone());
    let router: Router = Router::new()
        .route("/style.css", get(css))
        .route("/live", get(live))
        .route(
            "/assets/{name}",
            get(move |Path(name): Path<String>| std::future::ready(asset(&site.clone().unwrap_or_default(), &name))),
        )
        .leptos_routes_with_context(&options, generate_route_list(app::App), context, shell)
        .fallback(fallback)
        .with_state(options);
    let listener = tokio::net::TcpListener::bind(&address).await?;
    axum::serve(listener, router).await
}
