//! Rows under a head that sorts, with a choice of columns and a file to take along. On a phone each row is a card.
//!
//! Everything it can do is a link or a form: sorting, columns and pages live in the address.

use leptos::prelude::*;

use super::{Icon, IconName, Pager};
use crate::{
    query::{Query, cookie},
    tables::{Column, DEFAULT_COLUMNS, Shown, Table},
    views::{Paging, Sort},
};

/// Where a table stands: the page's path and query, the part of the page it is in, and where its file is.
pub struct TablePlace {
    pub path: String,
    pub query: Query,
    /// `#events`, or empty where the table is the page.
    pub fragment: &'static str,
    pub csv_path: String,
}

impl TablePlace {
    /// The page with another query, at this table.
    fn href(&self, query: &Query) -> String {
        format!("{}{}", query.address(&self.path), self.fragment)
    }
}

#[component]
pub fn DataTable<R: Send + 'static>(
    table: &'static Table<R>,
    rows: Vec<R>,
    place: TablePlace,
    #[prop(optional)] paging: Option<Paging>,
    #[prop(optional)] class: &'static str,
    /// A box with its own scroll bar, for logs that stand beside other parts.
    #[prop(optional, into)]
    log: Option<String>,
) -> impl IntoView {
    let remembered = use_context::<http::request::Parts>().and_then(|parts| cookie(&parts.headers, &table.cookie()));
    let shown = table.shown(&place.query, remembered.as_deref());
    let sort = table.sort(&place.query);
    let head = shown.iter().map(|column| head_cell(table, column, sort.as_ref(), &place)).collect_view();
    let tools = tools(table, &shown, &place);
    let base = place.query.without(&table.name("page")).base(&place.path);
    let fragment = place.fragment;
    let pager =
        paging.map(|paging| view! { <Pager paging=paging base=base name=table.name("page") fragment=fragment label=format!("Pages of {}", table.caption.to_lowercase()) /> });
    view! {
        <div class="data-table">
            {frame(table, &shown, head.into_any(), rows, class, log)}
            <div class="table-foot">{pager} {tools}</div>
        </div>
    }
}

/// The same rows without anything to choose, where they are only a part of a page.
#[component]
pub fn PlainTable<R: Send + 'static>(
    table: &'static Table<R>,
    #[prop(into)] caption: String,
    rows: Vec<R>,
    /// Columns that would say the same in every row.
    #[prop(optional)]
    without: &'static [&'static str],
    #[prop(optional)] class: &'static str,
    #[prop(optional, into)] log: Option<String>,
) -> impl IntoView {
    let shown: Vec<_> = table
        .columns
        .iter()
        .filter(|column| column.shown != Shown::WhenChosen && !without.contains(&column.id))
        .collect();
    let head =
        shown.iter().map(|column| view! { <th scope="col" class=column.class>{column.title}</th> }).collect_view();
    let body = body(&shown, rows);
    let table = view! {
        <table class=format!("table {class}")>
            <caption class="visually-hidden">{caption.clone()}</caption>
            <thead>
                <tr>{head}</tr>
            </thead>
            {body}
        </table>
    };
    boxed(table.into_any(), log, &caption)
}

fn frame<R: Send + 'static>(
    table: &'static Table<R>,
    shown: &[&'static Column<R>],
    head: AnyView,
    rows: Vec<R>,
    class: &'static str,
    log: Option<String>,
) -> AnyView {
    let body = body(shown, rows);
    let content = view! {
        <table class=format!("table {class}")>
            <caption class="visually-hidden">{table.caption}</caption>
            <thead>
                <tr>{head}</tr>
            </thead>
            {body}
        </table>
    };
    boxed(content.into_any(), log, table.caption)
}

fn boxed(table: AnyView, log: Option<String>, caption: &str) -> AnyView {
    match log {
        Some(id) => view! {
            <div class="table-frame log" id=id data-follow="" tabindex="0" role="region" aria-label=format!("Log: {caption}")>
                {table}
            </div>
        }
        .into_any(),
        None => view! { <div class="table-frame">{table}</div> }.into_any(),
    }
}

fn body<R: Send + 'static>(shown: &[&'static Column<R>], rows: Vec<R>) -> impl IntoView + use<R> {
    let rows = rows
        .iter()
        .map(|row| {
            let cells = shown
                .iter()
                .map(|column| {
                    let class = (!column.class.is_empty()).then_some(column.class);
                    view! { <td class=class data-label=column.title>{(column.cell)(row)}</td> }
                })
                .collect_view();
            view! { <tr data-row="">{cells}</tr> }
        })
        .collect_view();
    view! { <tbody>{rows}</tbody> }
}

fn head_cell<R>(table: &Table<R>, column: &Column<R>, sort: Option<&Sort>, place: &TablePlace) -> AnyView {
    let class = (!column.class.is_empty()).then_some(column.class);
    if !column.is_sortable {
        return view! { <th scope="col" class=class>{column.title}</th> }.into_any();
    }
    let current = sort.filter(|sort| sort.column == column.id);
    let (aria, icon) = match current {
        Some(Sort { is_descending: true, .. }) => (Some("descending"), Some(IconName::Descending)),
        Some(_) => (Some("ascending"), Some(IconName::Ascending)),
        None => (None, None),
    };
    // A second click turns the order round.
    let next =
        if current.is_some_and(|sort| !sort.is_descending) { format!("-{}", column.id) } else { column.id.to_owned() };
    let href = place.href(&place.query.without(&table.name("page")).with(&table.name("sort"), &next));
    view! {
        <th scope="col" class=class aria-sort=aria>
            <a class="sort" href=href>{column.title} {icon.map(|icon| view! { <Icon name=icon /> })}</a>
        </th>
    }
    .into_any()
}

/// What stands at the foot: the choice of columns, and the file.
fn tools<R>(table: &Table<R>, shown: &[&'static Column<R>], place: &TablePlace) -> impl IntoView + use<R> {
    let name = table.name("columns");
    let keep = place.query.without(&name);
    let hidden = keep
        .pairs()
        .map(|(name, value)| view! { <input type="hidden" name=name.to_owned() value=value.to_owned() /> })
        .collect_view();
    let boxes = table
        .columns
        .iter()
        .filter(|column| column.shown != Shown::Always)
        .map(|column| {
            let is_shown = shown.iter().any(|one| one.id == column.id);
            view! {
                <label class="check">
                    <input type="checkbox" name=name.clone() value=column.id checked=is_shown />
                    {column.title}
                </label>
            }
        })
        .collect_view();
    // What the browser is to remember: a choice made in the address.
    let remember = place.query.get(&name).map(|first| {
        let ids: Vec<&str> = if first == DEFAULT_COLUMNS { Vec::new() } else { shown.iter().map(|c| c.id).collect() };
        format!("{}={}", table.cookie(), ids.join("."))
    });
    // The name of the row is always there: sent along so that a form with every box empty still says something.
    let always = table.columns.iter().find(|column| column.shown == Shown::Always).map(|column| {
        view! { <input type="hidden" name=name.clone() value=column.id /> }
    });
    let usual = place.href(&keep.with(&name, DEFAULT_COLUMNS));
    let file = place.query.without(&table.name("page")).address(&place.csv_path);
    view! {
        <div class="table-tools" data-remember=remember>
            <details class="columns-choice" id=format!("columns-{}", table.id)>
                <summary class="button button-quiet">"Columns"</summary>
                <form class="columns-form" method="get" action=format!("{}{}", place.path, place.fragment)>
                    {hidden} {always}
                    <fieldset>
                        <legend>"Columns of this table"</legend>
                        {boxes}
                    </fieldset>
                    <div class="button-row">
                        <button type="submit" class="button">"Show these columns"</button>
                        <a class="button button-quiet" href=usual>"The usual ones"</a>
                    </div>
                </form>
            </details>
            <a class="button button-quiet" href=file download="">"Download CSV"</a>
        </div>
    }
}
