//! CloudFormation's own events as rows.

use leptos::prelude::*;

use super::{
    Column,
    Shown::{Always, ByDefault, WhenChosen},
    Table, time,
};
use crate::{
    components::{StateBadge, TimeOfDay},
    views::StackEventRow,
};

pub static TABLE: Table<StackEventRow> =
    Table { id: "events", caption: "Stack events", prefix: "events-", columns: &COLUMNS, sort: "-time" };

static COLUMNS: [Column<StackEventRow>; 6] = [
    Column {
        id: "time",
        title: "Time",
        shown: Always,
        is_sortable: true,
        class: "row-name",
        cell: |row| view! { <TimeOfDay at=row.at /> }.into_any(),
        text: |row| time(row.at),
    },
    Column {
        id: "resource",
        title: "Resource",
        shown: ByDefault,
        is_sortable: true,
        class: "",
        cell: |row| {
            view! {
                <strong>{row.logical_id.clone()}</strong>
                <span class="row-note">{row.resource_type.clone()}</span>
            }
            .into_any()
        },
        text: |row| row.logical_id.clone(),
    },
    Column {
        id: "type",
        title: "Type",
        shown: WhenChosen,
        is_sortable: true,
        class: "",
        cell: |row| row.resource_type.clone().into_any(),
        text: |row| row.resource_type.clone(),
    },
    Column {
        id: "status",
        title: "Status",
        shown: ByDefault,
        is_sortable: true,
        class: "",
        cell: |row| view! { <StateBadge condition=row.condition words=row.status.clone() /> }.into_any(),
        text: |row| row.status.clone(),
    },
    Column {
        id: "stack",
        title: "Stack and reason",
        shown: ByDefault,
        is_sortable: true,
        class: "",
        cell: |row| {
            let reason = row.reason.clone().map(|reason| view! { <span class="row-note">{reason}</span> });
            view! { {row.stack_name.clone()} {reason} }.into_any()
        },
        text: |row| row.stack_name.clone(),
    },
    Column {
        id: "reason",
        title: "Reason",
        shown: WhenChosen,
        is_sortable: false,
        class: "",
        cell: |row| row.reason.clone().unwrap_or_default().into_any(),
        text: |row| row.reason.clone().unwrap_or_default(),
    },
];
