//! Not found, forbidden, and every other way a page cannot be shown, by the error's variant and with its true status.

use leptos::prelude::*;

use crate::{
    components::{Code, PageHead},
    error::ApiError,
    layout::{Page, load_page},
};

pub fn refusal_title(error: &ApiError) -> &'static str {
    match error {
        ApiError::NotFound { .. } => "Not found",
        ApiError::Denied { .. } => "Not allowed",
        ApiError::NeedsRecentLogin { .. } => "A fresh login is needed",
        ApiError::Rejected { .. } => "This cannot be shown",
        ApiError::Conflict { .. } => "Somebody was faster",
        ApiError::Unavailable { .. } => "Not available right now",
        ApiError::Internal { .. } => "Something went wrong",
    }
}

#[component]
pub fn RefusalPage(error: ApiError) -> impl IntoView {
    let sentence = match &error {
        // The reference stands below, where it can be copied.
        ApiError::Internal { .. } => "Something went wrong on our side. Nothing was changed.".to_owned(),
        error => format!("{error}."),
    };
    let next = match &error {
        ApiError::NotFound { .. } => "Check the address, or start from the overview.",
        ApiError::Denied { .. } => "See what your login grants, or ask an administrator for the role you need.",
        ApiError::NeedsRecentLogin { .. } => "Log in again and open the page once more.",
        ApiError::Unavailable { .. } => "Reload the page in a moment. Running deployments are not affected.",
        _ => "Go back, reload the page and try again. If it stays, tell an administrator the reference.",
    };
    let reference = match &error {
        ApiError::Internal { reference } => Some(reference.clone()),
        _ => None,
    };
    view! {
        <div class="refusal">
            <PageHead title=refusal_title(&error) sentence=sentence />
            <p>{next}</p>
            {reference.map(|reference| view! { <p>"Reference: " <Code text=reference /></p> })}
            <p class="button-row">
                <a class="button button-primary" href="/">"Go to the overview"</a>
                <a class="button" href="/account">"See what I may do"</a>
            </p>
        </div>
    }
}

#[component]
pub fn NotFoundPage() -> impl IntoView {
    load_page(
        async |_, _| Err::<(), _>(ApiError::NotFound { what: "This page".to_owned() }),
        |(), _, _| Page::new("Not found", ()),
    )
}
