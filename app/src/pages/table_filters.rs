//! What a filter form keeps of the address it is sent from.

use leptos::prelude::*;

use crate::query::Query;

/// Everything but the filters themselves and the page number: sorting and columns stay when somebody filters.
#[component]
pub fn KeptQuery(query: Query, filters: &'static [&'static str]) -> impl IntoView {
    query
        .pairs()
        .filter(|(name, _)| *name != "page" && !filters.contains(name))
        .map(|(name, value)| view! { <input type="hidden" name=name.to_owned() value=value.to_owned() /> })
        .collect_view()
}
