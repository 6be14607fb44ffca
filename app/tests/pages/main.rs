//! What a person would notice on the pages, rendered without a browser and without scripts.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a page that cannot be rendered fails its test")]

mod checks_page;
mod contrast;
mod deployment_page;
mod fake;
mod forms;
mod other_pages;
mod watches;

use std::sync::{Arc, Mutex, OnceLock};

use app::{
    form::{FormState, FormStates, FormStore},
    ports::Caller,
    site::SiteFiles,
};
use axum::{Router, body::Body, http::Request, routing::post};
use fake::{FakeActs, FakeForms, ports, world::World};
use http::{StatusCode, header};
use http_body_util::BodyExt as _;
use leptos::prelude::*;
use leptos_axum::{
    AxumRouteListing, LeptosRoutes as _, generate_route_list, handle_server_fns_with_context,
    render_app_async_with_context,
};
use tower::ServiceExt as _;

/// Listing routes beside a render can hang (leptos 4773): once per process.
fn listing() -> Vec<AxumRouteListing> {
    static LISTING: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    LISTING.get_or_init(|| generate_route_list(app::App)).clone()
}

/// A browser without scripts in front of the fake world.
pub struct Browser {
    caller: Caller,
    world: fn() -> World,
    pub forms: Vec<FormState>,
    pub acts: Arc<FakeActs>,
    pub kept: Arc<Mutex<Vec<FormState>>>,
    pub headers: Vec<(&'static str, String)>,
}

pub struct Answer {
    pub status: StatusCode,
    pub location: Option<String>,
    pub html: String,
}

impl Answer {
    /// What a person reads: tags gone, white space folded.
    pub fn text(&self) -> String {
        let main = self.html.split("<main").nth(1).unwrap_or(&self.html);
        words(main.split("</main>").next().unwrap_or(main))
    }

    /// The HTML of one section of the page.
    pub fn part(&self, id: &str) -> String {
        let is_it = |rest: &&str| rest.split('>').next().is_some_and(|tag| tag.contains(&format!(" id=\"{id}\"")));
        let found = self.html.split("<section").skip(1).find(is_it).unwrap_or_default();
        found.split("</section>").next().unwrap_or_default().to_owned()
    }
}

pub fn words(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                text.push(' ');
            }
            c if !is_tag => text.push(c),
            _ => {}
        }
    }
    let text = text.replace("&amp;", "&").replace("&quot;", "\"").replace("&#x27;", "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",").replace(" .", ".")
}

impl Browser {
    pub fn of(caller: Caller) -> Self {
        Self {
            caller,
            world: World::default,
            forms: Vec::new(),
            acts: Arc::default(),
            kept: Arc::default(),
            headers: Vec::new(),
        }
    }

    #[must_use]
    pub fn in_an_empty_world(mut self) -> Self {
        self.world = || World { is_empty: true, ..World::default() };
        self
    }

    #[must_use]
    pub fn in_a_hostile_world(mut self) -> Self {
        self.world = World::hostile;
        self
    }

    #[must_use]
    pub fn whose_acts_are_refused(mut self, error: app::error::ApiError) -> Self {
        self.acts = Arc::new(FakeActs::refusing(error));
        self
    }

    #[must_use]
    pub fn coming_back_with(mut self, state: FormState) -> Self {
        self.forms.push(state);
        self
    }

    fn router(&self) -> Router {
        let (caller, world) = (self.caller.clone(), self.world);
        let (acts, kept) = (Arc::clone(&self.acts), Arc::clone(&self.kept));
        let forms = FormStates(Arc::new(self.forms.clone()));
        let context = move || {
            provide_context(ports(world(), Arc::clone(&acts)));
            provide_context(caller.clone());
            provide_context(forms.clone());
            let page = "/deployments/00000000-0000-0000-0000-00000000000a".to_owned();
            provide_context::<Arc<dyn FormStore>>(Arc::new(FakeForms { page, kept: Arc::clone(&kept) }));
            provide_context(SiteFiles { css: "/assets/style.css".to_owned(), js: None, wasm: None });
        };
        app::api::register();
        let options = LeptosOptions::builder().output_name("lockkeeper").build();
        let for_shell = options.clone();
        let shell = move || app::shell(for_shell.clone());
        let act = context.clone();
        let server_function = move |request| handle_server_fns_with_context(act.clone(), request);
        Router::new()
            .route("/api/{*name}", post(server_function))
            .leptos_routes_with_context(&options, listing(), context.clone(), shell.clone())
            .fallback(render_app_async_with_context(context, shell))
            .with_state(options)
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router().oneshot(request).await.unwrap();
        let status = response.status();
        let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        Answer { status, location, html: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    pub async fn open(&self, path: &str) -> Answer {
        let mut request = Request::get(path).header(header::ACCEPT, "text/html");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Posts a form as a browser without scripts would.
    pub async fn submit(&self, path: &str, body: &str) -> Answer {
        self.post(path, body, "text/html,application/xhtml+xml").await
    }

    pub async fn post(&self, path: &str, body: &str, accept: &str) -> Answer {
        let request = Request::post(path)
            .header(header::ACCEPT, accept)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.send(request).await
    }
}
