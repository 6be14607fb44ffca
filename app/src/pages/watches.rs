//! Every watch: first those in which something is still to be done.

use leptos::prelude::*;

use super::address::query;
use crate::{
    components::{Age, Empty, PageHead, Pager, StateBadge, WatchProgress},
    layout::{Page, load_page},
    views::{WatchRow, WatchesView},
};

#[component]
pub fn WatchesPage() -> impl IntoView {
    let page = query().page("page");
    load_page(
        async move |ports, caller| ports.reads.watches(&caller, page).await,
        |view, _, _| Page::new("Watches", body(view)),
    )
}

fn body(view: WatchesView) -> impl IntoView {
    let raised = view.open.iter().filter(|row| !row.brief.holding.is_empty()).count();
    let sentence = match (view.open.len(), raised) {
        (0, _) => "No watch is open.".to_owned(),
        (1, 0) => "1 watch is open; no rollback trigger holds.".to_owned(),
        (open, 0) => format!("{open} watches are open; no rollback trigger holds."),
        (open, raised) => format!("{open} open; a rollback trigger holds in {raised} of them."),
    };
    let open = if view.open.is_empty() {
        view! {
            <Empty title="Nothing is being watched">
                <p>"A watch opens when a deployment to a protected environment is verified, if its blueprint says how to watch."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <WatchTable caption="Open watches" rows=view.open /> }.into_any()
    };
    let over = (!view.over.is_empty()).then(|| {
        view! {
            <section class="section" aria-labelledby="over-heading">
                <header class="section-head"><h2 id="over-heading">"Over"</h2></header>
                <WatchTable caption="Watches that are over, newest first" rows=view.over />
                <Pager paging=view.paging base="/watches?".to_owned() />
            </section>
        }
    });
    view! {
        <div data-live="watches">
            <PageHead title="Watches" sentence=sentence />
            {open}
            {over}
        </div>
    }
}

#[component]
fn WatchTable(caption: &'static str, rows: Vec<WatchRow>) -> impl IntoView {
    let rows = rows.into_iter().map(row).collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Deployment"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Next"</th>
                        <th scope="col" class="number">"Rounds over"</th>
                        <th scope="col" class="number">"Missed"</th>
                        <th scope="col">"Rollback triggers"</th>
                        <th scope="col">"Opened"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(row: WatchRow) -> impl IntoView {
    let WatchRow { band, brief } = row;
    let name = format!("{} to {} {}", brief.version, band.application_title, band.title);
    let href = format!("/deployments/{}/watch", brief.deployment);
    let triggers = if brief.holding.is_empty() { "none hold".to_owned() } else { brief.holding.join(", ") };
    view! {
        <tr>
            <td data-label="Deployment"><a href=href>{name}</a></td>
            <td data-label="State"><StateBadge condition=brief.condition words=brief.state.words() /></td>
            <td data-label="Next"><WatchProgress brief=brief.clone() /></td>
            <td data-label="Rounds over" class="number">{format!("{} of {}", brief.over, brief.total)}</td>
            <td data-label="Missed" class="number">{brief.missed}</td>
            <td data-label="Rollback triggers">{triggers}</td>
            <td data-label="Opened">{brief.opened_at.map(|at| view! { <Age at=at /> })}</td>
        </tr>
    }
}
