//! Audit events as rows.

use domain::stack::Condition;
use leptos::prelude::*;

use super::{
    Column,
    Shown::{Always, ByDefault, WhenChosen},
    Table, time,
};
use crate::{
    components::{DigestCode, Exact, StateBadge},
    query::Query,
    views::{AuditFilter, AuditRow},
};

pub static TABLE: Table<AuditRow> =
    Table { id: "audit", caption: "Audit events", prefix: "", columns: &COLUMNS, sort: "-number" };

pub fn filter(query: &Query) -> AuditFilter {
    AuditFilter {
        application: query.filter("application"),
        environment: query.filter("environment"),
        action: query.filter("action"),
        actor: query.filter("actor"),
        sort: TABLE.sort(query),
        page: TABLE.page(query),
        is_export: false,
    }
}

static COLUMNS: [Column<AuditRow>; 10] = [
    Column {
        id: "number",
        title: "No.",
        shown: Always,
        is_sortable: true,
        class: "number",
        cell: |row| row.sequence.into_any(),
        text: |row| row.sequence.to_string(),
    },
    Column {
        id: "time",
        title: "Time",
        shown: ByDefault,
        is_sortable: false,
        class: "nowrap",
        cell: |row| view! { <Exact at=row.at /> }.into_any(),
        text: |row| time(row.at),
    },
    Column {
        id: "who",
        title: "Who",
        shown: ByDefault,
        is_sortable: true,
        class: "",
        cell: |row| {
            let address = row.address.clone().map(|address| view! { <span class="row-note">{address}</span> });
            view! { {row.actor.clone()} {address} }.into_any()
        },
        text: |row| row.actor.clone(),
    },
    Column {
        id: "what",
        title: "What",
        shown: ByDefault,
        is_sortable: false,
        class: "",
        cell: what,
        text: |row| row.summary.clone(),
    },
    Column {
        id: "act",
        title: "Act",
        shown: WhenChosen,
        is_sortable: true,
        class: "mono",
        cell: |row| row.action.clone().into_any(),
        text: |row| row.action.clone(),
    },
    Column {
        id: "outcome",
        title: "Outcome",
        shown: WhenChosen,
        is_sortable: true,
        class: "",
        cell: |row| outcome(row).into_any(),
        text: |row| outcome(row).to_owned(),
    },
    Column {
        id: "where",
        title: "Where",
        shown: ByDefault,
        is_sortable: true,
        class: "",
        cell: |row| place(row).into_any(),
        text: place,
    },
    Column {
        id: "subject",
        title: "About",
        shown: WhenChosen,
        is_sortable: false,
        class: "mono",
        cell: |row| subject(row).into_any(),
        text: subject,
    },
    Column {
        id: "address",
        title: "Address",
        shown: WhenChosen,
        is_sortable: false,
        class: "",
        cell: |row| row.address.clone().unwrap_or_default().into_any(),
        text: |row| row.address.clone().unwrap_or_default(),
    },
    Column {
        id: "hash",
        title: "Hash",
        shown: ByDefault,
        is_sortable: false,
        class: "",
        cell: |row| view! { <DigestCode digest=row.hash.clone() /> }.into_any(),
        text: |row| row.hash.as_str().to_owned(),
    },
];

fn what(row: &AuditRow) -> AnyView {
    let denied = row.was_denied.then(|| view! { <StateBadge condition=Condition::Bad words="Denied" /> });
    let summary = row.summary.clone();
    let summary = match row.subject_kind.as_str() {
        "deployment" => {
            view! { <a class="row-link-plain" href=format!("/deployments/{}", row.subject_id)>{summary}</a> }.into_any()
        }
        "release" => {
            view! { <a class="row-link-plain" href=format!("/releases/{}", row.subject_id)>{summary}</a> }.into_any()
        }
        _ => summary.into_any(),
    };
    view! { {denied} " " {summary} <span class="row-note mono">{row.action.clone()}</span> }.into_any()
}

fn outcome(row: &AuditRow) -> &'static str {
    if row.was_denied { "denied" } else { "done" }
}

fn place(row: &AuditRow) -> String {
    [&row.application, &row.environment].into_iter().flatten().cloned().collect::<Vec<_>>().join(" / ")
}

fn subject(row: &AuditRow) -> String {
    format!("{} {}", row.subject_kind, row.subject_id).trim_end().to_owned()
}
