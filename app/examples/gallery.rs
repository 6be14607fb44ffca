//! The pages with a small world behind them, to look at while working on them: `cargo run -p app --example gallery
//! --features ssr -- 127.0.0.1:3111 target/site`. The style sheet is compiled at every request.
//!
//! The user agent says who looks: `engineer`, `viewer` or `admin`; anybody else is a lead.

#[path = "../tests/pages/fake.rs"]
mod fake;

use std::sync::Arc;

use app::{form::FormStates, ports::Caller, site::SiteFiles};
use axum::{Router, http::header, response::IntoResponse, routing::get};
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

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3111".to_owned());
    let options = LeptosOptions::builder().output_name("lockkeeper").build();
    let is_empty = arguments.next().as_deref() == Some("empty");
    let world = move || World { is_empty, ..World::default() };
    let context = move || {
        provide_context(ports(world(), Arc::new(FakeActs::default())));
        provide_context(who());
        provide_context(FormStates::default());
        provide_context(SiteFiles { css: "/style.css".to_owned(), js: None, wasm: None });
    };
    let shell_options = options.clone();
    let shell = move || app::shell(shell_options.clone());
    let fallback = render_app_async_with_context(context, shell.clone());
    let router: Router = Router::new()
        .route("/style.css", get(css))
        .leptos_routes_with_context(&options, generate_route_list(app::App), context, shell)
        .fallback(fallback)
        .with_state(options);
    let listener = tokio::net::TcpListener::bind(&address).await.unwrap();
    axum::serve(listener, router).await.unwrap();
}
