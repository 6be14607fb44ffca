//! Search as a page: what jump-to (Ctrl-K) shows while typing, with an address and without scripts.

use leptos::prelude::*;

use super::address::query;
use crate::{
    components::{Empty, PageHead},
    layout::{JumpHits, Page, load_page, page_hits},
    views::SearchView,
};

#[component]
pub fn SearchPage() -> impl IntoView {
    let text = query().get("q").unwrap_or_default().trim().to_owned();
    let asked = text.clone();
    load_page(
        async move |ports, caller| ports.reads.search(&caller, &asked).await,
        |view, _, _| Page::new("Search", body(view, text)),
    )
}

fn body(view: SearchView, text: String) -> impl IntoView {
    // Pages first: who types “depl” wants the deployments before any one of them.
    let mut hits = page_hits(&text);
    hits.extend(view.hits);
    let count = hits.len();
    let sentence = match (text.is_empty(), count) {
        (true, _) => {
            "What is near; type to find pages, environments, deployments, releases, stacks and what you may do."
                .to_owned()
        }
        (false, 0) => format!("Nothing you may see has all of “{text}” in its name."),
        (false, 1) => format!("1 thing has “{text}” in its name."),
        (false, count) => format!("{count} things have “{text}” in their names."),
    };
    let found = if hits.is_empty() {
        view! {
            <Empty title="Nothing found">
                <p>"Try part of a version, an environment, a stack’s name, a deployment’s id, or the name of who asked for it."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <ul class="jump-list search-hits" data-jump-hits=""><JumpHits hits=hits /></ul> }.into_any()
    };
    view! {
        <PageHead title="Search" sentence=sentence />
        <form method="get" action="/search" class="filters search-form" role="search" aria-label="Search">
            <div class="field">
                <label for="search-text">"Search"</label>
                <input type="search" id="search-text" name="q" value=text autocomplete="off" />
            </div>
            <button type="submit" class="button button-primary">"Search"</button>
        </form>
        {found}
    }
}
