//! Two dialogs that only scripts open: jump-to (Ctrl-K) and the list of keys (`?`). Without scripts the search page does
//! what jump-to does.

use leptos::prelude::*;

use super::navigation::PAGES;
use crate::{
    components::KeyHint,
    views::{Hit, HitKind, OverviewView},
};

const KEYS: [(&str, &str); 10] = [
    ("Ctrl K", "Jump to a page, an environment, a deployment, or something you may do"),
    ("/", "Search or filter on this page"),
    ("j", "Next row of a table or list"),
    ("k", "Row before"),
    ("Enter", "Open the row"),
    ("?", "This list"),
    ("Esc", "Close a dialog"),
    ("x", "Checklist: tick the item"),
    ("n", "Checklist: write a note"),
    ("Tab", "Move on; the focused element has a ring"),
];

#[component]
pub fn JumpDialogs(overview: OverviewView) -> impl IntoView {
    let keys =
        KEYS.map(|(key, words)| view! { <div><dt><KeyHint keys=key /></dt><dd>{words}</dd></div> }).collect_view();
    view! {
        <dialog class="dialog jump" id="jump" aria-label="Jump to">
            <form method="get" action="/search" role="search">
                <input
                    type="search"
                    class="jump-input"
                    name="q"
                    placeholder="A page, an environment, a deployment, an act"
                    aria-label="Jump to"
                    autocomplete="off"
                    data-jump-input=""
                />
            </form>
            <ul class="jump-list" data-jump-list=""><JumpHits hits=near(overview) /></ul>
            <p class="jump-empty" hidden="">"Nothing you may see has that name."</p>
        </dialog>
        <dialog class="dialog" id="keys" aria-labelledby="keys-title">
            <h2 id="keys-title">"Keys"</h2>
            <dl class="keys">{keys}</dl>
            <form method="dialog"><button class="button" type="submit">"Close"</button></form>
        </dialog>
    }
}

/// Rows of jump-to and of the search page: the same, so that one can be put into the other.
#[component]
pub fn JumpHits(hits: Vec<Hit>) -> impl IntoView {
    hits.into_iter()
        .map(|hit| {
            let note = if hit.note.is_empty() {
                hit.kind.words().to_owned()
            } else {
                format!("{}, {}", hit.kind.words(), hit.note)
            };
            view! { <li><a href=hit.href>{hit.title} " " <span class="jump-note">{note}</span></a></li> }
        })
        .collect_view()
}

fn page(title: &str, href: &str) -> Hit {
    Hit { kind: HitKind::Page, title: title.to_owned(), note: String::new(), href: href.to_owned() }
}

fn pages() -> Vec<Hit> {
    let main = PAGES.map(|(title, href, _)| page(title, href));
    main.into_iter().chain([page("Who am I", "/account"), page("Search", "/search")]).collect()
}

/// The product's own pages with all of these words in their names.
pub fn page_hits(text: &str) -> Vec<Hit> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    pages()
        .into_iter()
        .filter(|page| words.iter().all(|word| page.title.to_lowercase().contains(word.as_str())))
        .collect()
}

/// What is offered before anything is typed, from what the page knows anyway.
fn near(overview: OverviewView) -> Vec<Hit> {
    let mut found = pages();
    for application in overview.applications {
        for summary in application.environments {
            let band = &summary.band;
            found.push(Hit {
                kind: HitKind::Environment,
                title: format!("{} {}", application.title, band.title),
                note: String::new(),
                href: format!("/applications/{}/environments/{}", band.application, band.environment),
            });
            if let Some(row) = summary.active_deployment {
                found.push(Hit {
                    kind: HitKind::Deployment,
                    title: format!("{} to {} {}", row.version, application.title, band.title),
                    note: row.state.words().to_lowercase(),
                    href: format!("/deployments/{}", row.id),
                });
            }
        }
    }
    found
}
