//! CloudFormation's own events as a log, newest or oldest first as given.

use leptos::prelude::*;

use crate::{components::PlainTable, tables::events::TABLE, views::StackEventRow};

#[component]
pub fn StackEvents(#[prop(into)] id: String, events: Vec<StackEventRow>) -> impl IntoView {
    view! { <PlainTable table=&TABLE caption="Stack events" class="table-dense" log=id rows=events /> }
}
