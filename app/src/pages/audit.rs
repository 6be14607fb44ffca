//! The audit log: every act and every denied act, newest first, with the head of its chain.

use leptos::prelude::*;

use super::{address::query, table_filters::KeptQuery};
use crate::{
    components::{DataTable, DigestCode, Empty, PageHead, Submit, TablePlace, TextField},
    layout::{Page, load_page},
    query::Query,
    tables::audit::{TABLE, filter},
    views::AuditView,
};

const PATH: &str = "/audit";

#[component]
pub fn AuditPage() -> impl IntoView {
    let query = query();
    let wanted = filter(&query);
    load_page(
        async move |ports, caller| ports.reads.audit(&caller, &wanted).await,
        |view, _, _| {
            let head = view.head.clone();
            let page = Page::new("Audit", body(view, query));
            match head {
                Some((sequence, hash)) => page.printed_with(&format!("Chain head {sequence}"), &hash),
                None => page,
            }
        },
    )
}

fn body(view: AuditView, query: Query) -> impl IntoView {
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
    let table = if rows.is_empty() {
        view! { <Empty title="No event matches"><p><a href="/audit">"Show all events"</a></p></Empty> }.into_any()
    } else {
        let place =
            TablePlace { path: PATH.to_owned(), query: query.clone(), fragment: "", csv_path: "/audit.csv".to_owned() };
        view! { <DataTable table=&TABLE rows=rows place=place paging=paging class="table-dense" /> }.into_any()
    };
    view! {
        <PageHead title="Audit" sentence=sentence />
        {head}
        <form method="get" action="/audit" class="filters" role="search" aria-label="Filter events">
            <KeptQuery query=query filters=&["actor", "action", "application", "environment"] />
            <TextField form="filter" name="actor" label="Who" value=filter.actor />
            <TextField form="filter" name="action" label="Act" value=filter.action />
            <TextField form="filter" name="application" label="Application" value=filter.application />
            <TextField form="filter" name="environment" label="Environment" value=filter.environment />
            <Submit label="Filter" />
            <a class="button button-quiet" href="/audit">"Clear"</a>
        </form>
        {table}
    }
}
