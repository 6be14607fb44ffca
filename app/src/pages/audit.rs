//! The audit log: every act and every denied act, newest first, with the head of its chain.

use domain::stack::Condition;
use leptos::prelude::*;

use super::address::{filter, page_number, with_filters};
use crate::{
    components::{DigestCode, Empty, Exact, PageHead, Pager, StateBadge, Submit, TextField},
    layout::{Page, load_page},
    views::{AuditFilter, AuditRow, AuditView},
};

#[component]
pub fn AuditPage() -> impl IntoView {
    let wanted = AuditFilter {
        application: filter("application"),
        environment: filter("environment"),
        action: filter("action"),
        actor: filter("actor"),
        page: page_number(),
    };
    load_page(
        async move |ports, caller| ports.reads.audit(&caller, &wanted).await,
        |view, _, _| Page::new("Audit", body(view)),
    )
}

fn body(view: AuditView) -> impl IntoView {
    let AuditView { filter, rows, paging, head } = view;
    let sentence = match &head {
        Some((sequence, _)) => format!("{sequence} events in an unbroken numbering; {} match.", paging.total),
        None => "No event is recorded yet.".to_owned(),
    };
    let head = head.map(|(sequence, hash)| {
        view! {
            <p class="chain-head">
                {format!("Head of the chain: event {sequence}, ")} <DigestCode digest=hash />
                <span class="muted">" Compare it with a kept copy, or run " <code>"lockkeeper audit verify"</code> ". " <a href="/evidence">"Export evidence"</a></span>
            </p>
        }
    });
    let base = with_filters(
        "/audit",
        &[
            ("application", filter.application.as_deref()),
            ("environment", filter.environment.as_deref()),
            ("action", filter.action.as_deref()),
            ("actor", filter.actor.as_deref()),
        ],
    );
    let table = if rows.is_empty() {
        view! { <Empty title="No event matches"><p><a href="/audit">"Show all events"</a></p></Empty> }.into_any()
    } else {
        view! { <AuditTable rows=rows /> }.into_any()
    };
    view! {
        <PageHead title="Audit" sentence=sentence />
        {head}
        <form method="get" action="/audit" class="filters" role="search" aria-label="Filter events">
            <TextField form="filter" name="actor" label="Who" value=filter.actor />
            <TextField form="filter" name="action" label="Act" value=filter.action />
            <TextField form="filter" name="application" label="Application" value=filter.application />
            <TextField form="filter" name="environment" label="Environment" value=filter.environment />
            <Submit label="Filter" />
            <a class="button button-quiet" href="/audit">"Clear"</a>
        </form>
        {table}
        <Pager paging=paging base=base />
    }
}

#[component]
pub fn AuditTable(rows: Vec<AuditRow>) -> impl IntoView {
    let rows = rows.into_iter().map(row).collect_view();
    view! {
        <div class="table-frame">
            <table class="table table-dense">
                <caption class="visually-hidden">"Audit events"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="number">"No."</th>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Who"</th>
                        <th scope="col">"What"</th>
                        <th scope="col">"Where"</th>
                        <th scope="col">"Hash"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(row: AuditRow) -> impl IntoView {
    let place = [row.application, row.environment].into_iter().flatten().collect::<Vec<_>>().join(" / ");
    let denied = row.was_denied.then(|| view! { <StateBadge condition=Condition::Bad words="Denied" /> });
    let is_deployment = row.subject_kind == "deployment";
    let summary = if is_deployment {
        view! { <a href=format!("/deployments/{}", row.subject_id)>{row.summary}</a> }.into_any()
    } else {
        view! { {row.summary} }.into_any()
    };
    view! {
        <tr>
            <td data-label="No." class="number">{row.sequence}</td>
            <td data-label="Time" class="nowrap"><Exact at=row.at /></td>
            <td data-label="Who">{row.actor} {row.address.map(|address| view! { <span class="row-note">{address}</span> })}</td>
            <td data-label="What">{denied} " " {summary} <span class="row-note mono">{row.action}</span></td>
            <td data-label="Where">{place}</td>
            <td data-label="Hash"><DigestCode digest=row.hash /></td>
        </tr>
    }
}
