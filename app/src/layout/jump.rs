//! Two dialogs that only scripts open: jump-to (Ctrl-K) and the list of keys (`?`).

use leptos::prelude::*;

use crate::{components::KeyHint, views::OverviewView};

const KEYS: [(&str, &str); 5] = [
    ("Ctrl K", "Jump to a page, an environment or a deployment"),
    ("/", "Search or filter on this page"),
    ("?", "This list"),
    ("Esc", "Close a dialog"),
    ("Tab", "Move on; the focused element has a ring"),
];

#[component]
pub fn JumpDialogs(overview: OverviewView) -> impl IntoView {
    let targets = targets(overview)
        .into_iter()
        .map(|(title, note, href)| {
            view! { <li><a href=href>{title} " " <span class="jump-note">{note}</span></a></li> }
        })
        .collect_view();
    let keys =
        KEYS.map(|(key, words)| view! { <div><dt><KeyHint keys=key /></dt><dd>{words}</dd></div> }).collect_view();
    view! {
        <dialog class="dialog jump" id="jump" aria-label="Jump to">
            <input
                type="search"
                class="jump-input"
                placeholder="Jump to a page, an environment, a deployment"
                aria-label="Jump to"
                autocomplete="off"
                data-jump-input=""
            />
            <ul class="jump-list">{targets}</ul>
            <p class="jump-empty" hidden="">"Nothing here has that name."</p>
        </dialog>
        <dialog class="dialog" id="keys" aria-labelledby="keys-title">
            <h2 id="keys-title">"Keys"</h2>
            <dl class="keys">{keys}</dl>
            <form method="dialog"><button class="button" type="submit">"Close"</button></form>
        </dialog>
    }
}

/// Title, what it is, address.
fn targets(overview: OverviewView) -> Vec<(String, String, String)> {
    let pages = [
        ("Overview", "/"),
        ("Approvals", "/approvals"),
        ("Deployments", "/deployments"),
        ("Releases", "/releases"),
        ("Audit", "/audit"),
        ("Who am I", "/account"),
    ];
    let mut found: Vec<_> =
        pages.map(|(title, href)| (title.to_owned(), "page".to_owned(), href.to_owned())).into_iter().collect();
    for application in overview.applications {
        for summary in application.environments {
            let band = &summary.band;
            let href = format!("/applications/{}/environments/{}", band.application, band.environment);
            found.push((format!("{} {}", application.title, band.title), "environment".to_owned(), href));
            if let Some(row) = summary.active_deployment {
                let title = format!("{} to {} {}", row.version, application.title, band.title);
                let note = format!("deployment, {}", row.state.words().to_lowercase());
                found.push((title, note, format!("/deployments/{}", row.id)));
            }
        }
    }
    found
}
