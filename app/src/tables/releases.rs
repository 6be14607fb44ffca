//! Releases as rows.

use leptos::prelude::*;

use super::{
    Column,
    Shown::{Always, ByDefault, WhenChosen},
    Table, time,
};
use crate::{
    components::{Age, DigestCode},
    query::Query,
    views::{ReleaseFilter, ReleaseRow},
};

pub static TABLE: Table<ReleaseRow> =
    Table { id: "releases", caption: "Releases", prefix: "", columns: &COLUMNS, sort: "-created" };

pub fn filter(query: &Query) -> ReleaseFilter {
    ReleaseFilter {
        application: query.filter("application"),
        sort: TABLE.sort(query),
        page: TABLE.page(query),
        is_export: false,
    }
}

static COLUMNS: [Column<ReleaseRow>; 7] = [
    Column {
        id: "release",
        title: "Release",
        shown: Always,
        is_sortable: false,
        class: "row-name",
        cell: |row| {
            view! {
                <a class="row-link" href=format!("/releases/{}", row.id)>{row.version.clone()}</a>
                <span class="row-note">{row.application_title.clone()}</span>
            }
            .into_any()
        },
        text: |row| row.version.clone(),
    },
    Column {
        id: "application",
        title: "Application",
        shown: WhenChosen,
        is_sortable: true,
        class: "",
        cell: |row| row.application_title.clone().into_any(),
        text: |row| row.application.clone(),
    },
    Column {
        id: "for",
        title: "For",
        shown: ByDefault,
        is_sortable: false,
        class: "",
        cell: |row| row.environments.join(", ").into_any(),
        text: |row| row.environments.join(" "),
    },
    Column {
        id: "revision",
        title: "Source revision",
        shown: ByDefault,
        is_sortable: true,
        class: "mono",
        cell: |row| match row.source_revision.clone() {
            Some(revision) => revision.into_any(),
            None => view! { <span class="muted">"not said"</span> }.into_any(),
        },
        text: |row| row.source_revision.clone().unwrap_or_default(),
    },
    Column {
        id: "digest",
        title: "Content digest",
        shown: ByDefault,
        is_sortable: false,
        class: "",
        cell: |row| view! { <DigestCode digest=row.digest.clone() /> }.into_any(),
        text: |row| row.digest.as_str().to_owned(),
    },
    Column {
        id: "created",
        title: "Created",
        shown: ByDefault,
        is_sortable: true,
        class: "",
        cell: |row| {
            view! { <Age at=row.created_at /> <span class="row-note">{row.created_by.clone()}</span> }.into_any()
        },
        text: |row| time(row.created_at),
    },
    Column {
        id: "by",
        title: "Created by",
        shown: WhenChosen,
        is_sortable: true,
        class: "",
        cell: |row| row.created_by.clone().into_any(),
        text: |row| row.created_by.clone(),
    },
];
