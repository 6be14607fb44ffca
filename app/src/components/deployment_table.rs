//! Deployments as a part of a page about something else.

use leptos::prelude::*;

use super::PlainTable;
use crate::{tables::deployments::TABLE, views::DeploymentRow};

#[component]
pub fn DeploymentTable(
    #[prop(into)] caption: String,
    rows: Vec<DeploymentRow>,
    /// Leaves out the column that would say the same in every row.
    #[prop(optional)]
    is_of_one_place: bool,
) -> impl IntoView {
    let without: &'static [&'static str] = if is_of_one_place { &["where"] } else { &[] };
    view! { <PlainTable table=&TABLE caption=caption rows=rows without=without /> }
}
