//! Deployments as rows.

use domain::deployment::State;
use leptos::prelude::*;

use super::{
    Column,
    Shown::{Always, ByDefault, WhenChosen},
    Table, time,
};
use crate::{
    components::{Age, Code, StateBadge, Took},
    query::Query,
    relative_time::duration,
    views::{DeploymentFilter, DeploymentRow},
};

pub static TABLE: Table<DeploymentRow> =
    Table { id: "deployments", caption: "Deployments", prefix: "", columns: &COLUMNS, sort: "-requested" };

pub fn filter(query: &Query) -> DeploymentFilter {
    DeploymentFilter {
        application: query.filter("application"),
        environment: query.filter("environment"),
        state: query.get("state").and_then(State::parse),
        sort: TABLE.sort(query),
        page: TABLE.page(query),
        is_export: false,
    }
}

static COLUMNS: [Column<DeploymentRow>; 14] = [
    Column {
        id: "release",
        title: "Release",
        shown: Always,
        is_sortable: true,
        class: "row-name",
        cell: |row| {
            let href = format!("/deployments/{}", row.id);
            view! {
                <a class="row-link" href=href>{row.version.clone()}</a>
                <span class="row-note">{row.reason.clone()}</span>
            }
            .into_any()
        },
        text: |row| row.version.clone(),
    },
    Column {
        id: "state",
        title: "State",
        shown: ByDefault,
        is_sortable: true,
        class: "",
        cell: |row| view! { <StateBadge condition=row.state.condition() words=row.state.words() /> }.into_any(),
        text: |row| row.state.words().to_owned(),
    },
    Column {
        id: "where",
        title: "Where",
        shown: ByDefault,
        is_sortable: true,
        class: "",
        cell: |row| {
            let band = &row.band;
            let address = format!("/applications/{}/environments/{}", band.application, band.environment);
            let class = format!("env-word env-{}", band.colour.name());
            view! {
                <a class=class href=address>{band.title.clone()}</a>
                <span class="row-note">{band.application_title.clone()}</span>
            }
            .into_any()
        },
        text: |row| format!("{} {}", row.band.application, row.band.environment),
    },
    Column {
        id: "changes",
        title: "Changes",
        shown: ByDefault,
        is_sortable: false,
        class: "number",
        cell: |row| {
            let counts = row.counts;
            let total = if counts.total() == 0 { "none".to_owned() } else { counts.total().to_string() };
            let losses = counts.replaced + counts.removed;
            let losses = (losses > 0).then(
                || view! { <span class="row-note row-note-bad">{format!("{losses} replaced or removed")}</span> },
            );
            view! { {total} {losses} }.into_any()
        },
        text: |row| row.counts.total().to_string(),
    },
    count("added", "Added", |row| row.counts.added.into_any(), |row| row.counts.added.to_string()),
    count("modified", "Modified", |row| row.counts.modified.into_any(), |row| row.counts.modified.to_string()),
    count("replaced", "Replaced", |row| row.counts.replaced.into_any(), |row| row.counts.replaced.to_string()),
    count("removed", "Removed", |row| row.counts.removed.into_any(), |row| row.counts.removed.to_string()),
    Column {
        id: "requested",
        title: "Requested",
        shown: ByDefault,
        is_sortable: true,
        class: "",
        cell: |row| {
            view! { <Age at=row.requested_at /> <span class="row-note">{row.requested_by.clone()}</span> }.into_any()
        },
        text: |row| time(row.requested_at),
    },
    Column {
        id: "by",
        title: "Requested by",
        shown: WhenChosen,
        is_sortable: true,
        class: "",
        cell: |row| row.requested_by.clone().into_any(),
        text: |row| row.requested_by.clone(),
    },
    Column {
        id: "finished",
        title: "Finished",
        shown: WhenChosen,
        is_sortable: true,
        class: "",
        cell: |row| match row.finished_at {
            Some(at) => view! { <Age at=at /> }.into_any(),
            None => view! { <span class="muted">"not yet"</span> }.into_any(),
        },
        text: |row| row.finished_at.map(time).unwrap_or_default(),
    },
    Column {
        id: "took",
        title: "Took",
        shown: ByDefault,
        is_sortable: true,
        class: "number",
        cell: |row| view! { <Took from=row.requested_at to=row.finished_at /> }.into_any(),
        text: |row| {
            let until = row.finished_at.map(|at| at.as_second() - row.requested_at.as_second());
            until.map(|secs| duration(secs.max(0))).unwrap_or_default()
        },
    },
    Column {
        id: "reason",
        title: "Reason",
        shown: WhenChosen,
        is_sortable: false,
        class: "",
        cell: |row| row.reason.clone().into_any(),
        text: |row| row.reason.clone(),
    },
    Column {
        id: "id",
        title: "Id",
        shown: WhenChosen,
        is_sortable: false,
        class: "",
        cell: |row| view! { <Code text=row.id.to_string() /> }.into_any(),
        text: |row| row.id.to_string(),
    },
];

/// One of the four numbers of a plan.
const fn count(
    id: &'static str,
    title: &'static str,
    cell: fn(&DeploymentRow) -> AnyView,
    text: fn(&DeploymentRow) -> String,
) -> Column<DeploymentRow> {
    Column { id, title, shown: WhenChosen, is_sortable: false, class: "number", cell, text }
}
