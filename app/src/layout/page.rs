//! How a page comes to be: ask the ports, render the answer or the refusal, inside the frame.
//!
//! No `Resource`: those exist to carry data to the browser, and pages are not rendered there. A `Suspend` in a route
//! of `SsrMode::Async` is awaited before the first byte is sent, so that the status is the true one.

use std::future::Future;

use domain::digest::Digest;
use http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use super::{Crumb, Frame};
use crate::{
    components::Now,
    error::ApiError,
    form::FormsOfThePage,
    pages::{RefusalPage, refusal_title},
    ports::{Caller, Ports},
    topics,
    views::{EnvironmentBand, OverviewView},
};

/// One page, ready to be framed.
pub struct Page {
    pub title: String,
    pub crumbs: Vec<Crumb>,
    /// Pages of an environment carry its band.
    pub band: Option<EnvironmentBand>,
    /// What the open page listens to; see [`crate::topics`].
    pub topics: Vec<String>,
    /// Printed at the foot of every sheet.
    pub foot: Option<String>,
    pub body: AnyView,
}

impl Page {
    pub fn new(title: impl Into<String>, body: impl IntoAny) -> Self {
        Self {
            title: title.into(),
            crumbs: Vec::new(),
            band: None,
            topics: vec![topics::OVERVIEW.to_owned()],
            foot: None,
            body: body.into_any(),
        }
    }

    #[must_use]
    pub fn crumb(mut self, title: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { title: title.into(), href: href.into() });
        self
    }

    #[must_use]
    pub fn in_environment(mut self, band: EnvironmentBand) -> Self {
        self.topics.push(topics::environment(&band.application, &band.environment));
        self.band = Some(band);
        self
    }

    /// Paper comes apart: every sheet says which plan, content or chain it belongs to.
    #[must_use]
    pub fn printed_with(mut self, what: &str, digest: &Digest) -> Self {
        self.foot = Some(format!("{what} {}", digest.as_str()));
        self
    }

    #[must_use]
    pub fn listens_to(mut self, topic: String) -> Self {
        self.topics.push(topic);
        self
    }
}

/// Renders a page from one question to the ports. `render` also gets the overview, which the navigation needs anyway.
pub fn load_page<T, Load, Loading, Render>(load: Load, render: Render) -> AnyView
where
    T: Send + 'static,
    Load: FnOnce(Ports, Caller) -> Loading + Send + 'static,
    Loading: Future<Output = Result<T, ApiError>> + Send + 'static,
    Render: FnOnce(T, &OverviewView, &Caller) -> Page + Send + 'static,
{
    let (Some(ports), Some(caller)) = (use_context::<Ports>(), use_context::<Caller>()) else {
        let error = ApiError::Unavailable {
            message: "This page needs a login. Nothing was changed. Log in and open it again.".to_owned(),
        };
        set_status(use_context::<ResponseOptions>().as_ref(), &error);
        return view! { <RefusalPage error=error /> }.into_any();
    };
    provide_context(Now(ports.clock.now()));
    provide_context(FormsOfThePage::default());
    let response = use_context::<ResponseOptions>();
    Suspend::new(async move {
        let overview = ports.reads.overview(&caller).await;
        let overview = overview.unwrap_or_else(|_| OverviewView {
            applications: Vec::new(),
            waiting: Vec::new(),
            conditions: Vec::new(),
            blueprint_problems: Vec::new(),
        });
        let page = match load(ports, caller.clone()).await {
            Ok(data) => render(data, &overview, &caller),
            Err(error) => {
                set_status(response.as_ref(), &error);
                Page::new(refusal_title(&error), view! { <RefusalPage error=error /> })
            }
        };
        view! { <Frame page=page overview=overview caller=caller /> }
    })
    .into_any()
}

fn set_status(response: Option<&ResponseOptions>, error: &ApiError) {
    if let (Some(response), Ok(status)) = (response, StatusCode::from_u16(error.status())) {
        response.set_status(status);
    }
}
