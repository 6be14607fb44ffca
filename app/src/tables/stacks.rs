//! The stacks of one environment as rows.

use leptos::prelude::*;

use super::{
    Column,
    Shown::{Always, ByDefault, WhenChosen},
    Table, time,
};
use crate::{
    components::{Age, Code, Definition, DefinitionList, Icon, IconName, StateBadge},
    views::StackRow,
};

/// In the order of execution, unless a column is chosen.
pub static TABLE: Table<StackRow> =
    Table { id: "stacks", caption: "Stacks", prefix: "stacks-", columns: &COLUMNS, sort: "" };

static COLUMNS: [Column<StackRow>; 6] = [
    Column {
        id: "stack",
        title: "Stack",
        shown: Always,
        is_sortable: true,
        class: "row-name",
        cell: |row| {
            let data = row
                .is_stateful
                .then(|| view! { <span class="tag" title="Holds data"><Icon name=IconName::Database />"data"</span> });
            view! {
                <strong>{row.logical_name.clone()}</strong>
                " "
                {data}
                <span class="row-note">{row.stack_name.clone()}</span>
            }
            .into_any()
        },
        text: |row| row.stack_name.clone(),
    },
    Column {
        id: "state",
        title: "State",
        shown: ByDefault,
        is_sortable: true,
        class: "",
        cell: |row| {
            let status =
                row.status.as_ref().map(|status| view! { <span class="row-note mono">{status.0.clone()}</span> });
            let reason = row.status_reason.clone().map(|reason| view! { <span class="row-note">{reason}</span> });
            view! { <StateBadge condition=row.condition() words=words(row) /> {status} {reason} }.into_any()
        },
        text: |row| row.status.as_ref().map_or_else(|| "not seen".to_owned(), |status| status.0.clone()),
    },
    Column {
        id: "reason",
        title: "Reason",
        shown: WhenChosen,
        is_sortable: false,
        class: "",
        cell: |row| row.status_reason.clone().unwrap_or_default().into_any(),
        text: |row| row.status_reason.clone().unwrap_or_default(),
    },
    Column {
        id: "outputs",
        title: "Outputs",
        shown: ByDefault,
        is_sortable: false,
        class: "",
        cell: outputs,
        text: |row| row.outputs.iter().map(|o| format!("{}={}", o.key, o.value)).collect::<Vec<_>>().join("\n"),
    },
    Column {
        id: "after",
        title: "After",
        shown: WhenChosen,
        is_sortable: false,
        class: "",
        cell: |row| after(row).into_any(),
        text: after,
    },
    Column {
        id: "changed",
        title: "Last change",
        shown: ByDefault,
        is_sortable: true,
        class: "",
        cell: |row| match row.last_changed_at {
            Some(at) => view! { <Age at=at /> }.into_any(),
            None => view! { <span class="muted">"never"</span> }.into_any(),
        },
        text: |row| row.last_changed_at.map(time).unwrap_or_default(),
    },
];

fn words(row: &StackRow) -> String {
    match &row.status {
        Some(status) if status.is_success() && !row.missing_outputs.is_empty() => "Outputs missing".to_owned(),
        Some(status) => status.words().to_owned(),
        None => "Not seen".to_owned(),
    }
}

fn after(row: &StackRow) -> String {
    if row.depends_on.is_empty() { "nothing".to_owned() } else { row.depends_on.join(", ") }
}

fn outputs(row: &StackRow) -> AnyView {
    let missing = (!row.missing_outputs.is_empty()).then(|| {
        view! { <span class="row-note row-note-bad">{format!("missing: {}", row.missing_outputs.join(", "))}</span> }
    });
    let count = row.outputs.len();
    if count == 0 {
        return view! { <span class="muted">"none"</span> {missing} }.into_any();
    }
    let items = row
        .outputs
        .iter()
        .cloned()
        .map(|output| {
            view! {
                <Definition term=output.key>
                    <Code text=output.value />
                    {output.description.map(|text| view! { <span class="row-note">{text}</span> })}
                </Definition>
            }
        })
        .collect_view();
    view! {
        <details class="fold" id=format!("outputs-{}", row.logical_name)>
            <summary>{format!("{count} {}", if count == 1 { "output" } else { "outputs" })}</summary>
            <DefinitionList>{items}</DefinitionList>
        </details>
        {missing}
    }
    .into_any()
}
