//! What waits for a person: first for me, then for others.

use leptos::prelude::*;

use crate::{
    components::{Age, ChangeFigures, DeploymentTable, Empty, Icon, IconName, PageHead},
    layout::{Page, load_page},
    views::{ApprovalsView, DeploymentRow},
};

#[component]
pub fn ApprovalsPage() -> impl IntoView {
    load_page(
        async |ports, caller| ports.reads.approvals(&caller).await,
        |view, _, _| Page::new("Approvals", body(view)),
    )
}

fn body(view: ApprovalsView) -> impl IntoView {
    let sentence = match (view.mine.len(), view.sign_offs.len()) {
        (0, 0) => "Nothing waits for you.".to_owned(),
        (plans, 0) => format!("{} for your approval.", wait(plans, "plan")),
        (0, lists) => format!("{} for your signature.", wait(lists, "checklist")),
        (plans, lists) => {
            format!("{} for your approval, and {} for your signature.", wait(plans, "plan"), wait(lists, "checklist"))
        }
    };
    let is_empty = view.mine.is_empty() && view.sign_offs.is_empty() && view.others.is_empty();
    let mine = (!view.mine.is_empty()).then(|| {
        let cards = view.mine.into_iter().map(|row| card(row, "Review the plan", "#plan")).collect_view();
        view! { <section class="section" aria-labelledby="mine-heading"><header class="section-head"><h2 id="mine-heading">"Plans for you to approve or reject"</h2></header>{cards}</section> }
    });
    let sign_offs = (!view.sign_offs.is_empty()).then(|| {
        let cards = view.sign_offs.into_iter().map(|row| card(row, "Open the checklist", "/checklist")).collect_view();
        view! { <section class="section" aria-labelledby="signs-heading"><header class="section-head"><h2 id="signs-heading">"Checklists for you to sign"</h2></header>{cards}</section> }
    });
    let others = (!view.others.is_empty()).then(|| {
        let missing = view
            .others
            .iter()
            .map(|(row, missing)| {
                view! { <li><a href=format!("/deployments/{}", row.id)>{format!("{} to {}", row.version, row.band.title)}</a> ": " {missing.clone()}</li> }
            })
            .collect_view();
        let rows = view.others.into_iter().map(|(row, _)| row).collect();
        view! {
            <section class="section" aria-labelledby="others-heading">
                <header class="section-head"><h2 id="others-heading">"Waiting for others"</h2></header>
                <ul class="plain-list">{missing}</ul>
                <DeploymentTable caption="Deployments that wait for others" rows=rows />
            </section>
        }
    });
    view! {
        <div data-live="approvals">
            <PageHead title="Approvals" sentence=sentence />
            {is_empty.then(|| view! {
                <Empty title="All clear">
                    <p>"Plans of protected environments appear here when they need approval, checklists when they need a signature."</p>
                </Empty>
            })}
            {mine} {sign_offs} {others}
        </div>
    }
}

fn wait(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what} waits") } else { format!("{count} {what}s wait") }
}

fn card(row: DeploymentRow, verb: &'static str, anchor: &'static str) -> impl IntoView {
    let href = format!("/deployments/{}{anchor}", row.id);
    let class = format!("waiting-card env-edge env-{}", row.band.colour.name());
    view! {
        <article class=class>
            <div class="waiting-text">
                <h3>{format!("{} to {} {}", row.version, row.band.application_title, row.band.title)}</h3>
                <p>{row.reason}</p>
                <p class="muted">{format!("requested by {} ", row.requested_by)} <Age at=row.requested_at /></p>
            </div>
            <ChangeFigures counts=row.counts />
            <a class="button button-primary" href=href>{verb} <Icon name=IconName::Arrow /></a>
        </article>
    }
}
