//! The left navigation: the product's pages, then every application with its environments.

use leptos::prelude::*;

use crate::{
    components::{Icon, IconName},
    views::{EnvironmentSummary, OverviewView},
};

pub(super) const PAGES: [(&str, &str, IconName); 6] = [
    ("Overview", "/", IconName::Overview),
    ("Approvals", "/approvals", IconName::Approvals),
    ("Deployments", "/deployments", IconName::Deployments),
    ("Watches", "/watches", IconName::Watches),
    ("Releases", "/releases", IconName::Releases),
    ("Audit", "/audit", IconName::Audit),
];

#[component]
pub fn Navigation(overview: OverviewView, #[prop(into)] path: String) -> impl IntoView {
    let waiting = overview.waiting.len();
    let pages = PAGES
        .map(|(title, href, icon)| {
            let is_here = if href == "/" { path == "/" } else { path.starts_with(href) };
            let count = (href == "/approvals" && waiting > 0).then_some(waiting);
            view! {
                <li>
                    <a class="nav-link" href=href aria-current=is_here.then_some("page")>
                        <Icon name=icon />
                        <span>{title}</span>
                        {count.map(|count| view! { <span class="count" title="waiting for you">{count}</span> })}
                    </a>
                </li>
            }
        })
        .collect_view();
    let applications = overview
        .applications
        .into_iter()
        .map(|application| {
            let environments =
                application.environments.into_iter().map(|summary| environment(summary, &path)).collect_view();
            view! {
                <li>
                    <p class="nav-title">{application.title}</p>
                    <ul>{environments}</ul>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="navigation" id="navigation" aria-label="Main" data-live="navigation">
            <ul class="nav-pages">{pages}</ul>
            <ul class="nav-applications">{applications}</ul>
        </nav>
    }
}

fn environment(summary: EnvironmentSummary, path: &str) -> impl IntoView + use<> {
    let href = format!("/applications/{}/environments/{}", summary.band.application, summary.band.environment);
    let is_here = path == href;
    let class = format!("nav-link env-{}", summary.band.colour.name());
    let state = format!("nav-state nav-state-{}", summary.condition.name());
    view! {
        <li>
            <a class=class href=href aria-current=is_here.then_some("page")>
                <span class="nav-dot" aria-hidden="true"></span>
                <span>{summary.band.title}</span>
                {summary.band.is_protected.then(|| view! { <Icon name=IconName::Lock /> })}
                <span class=state title=summary.condition.name()>
                    <Icon name=IconName::for_condition(summary.condition) />
                    <span class="visually-hidden">{summary.condition.name()}</span>
                </span>
            </a>
        </li>
    }
}
