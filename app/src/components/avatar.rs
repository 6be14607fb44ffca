//! A person as initials; the name stands beside it.

use leptos::prelude::*;

#[component]
pub fn Avatar(#[prop(into)] name: String) -> impl IntoView {
    let initials: String = name
        .split(|c: char| c.is_whitespace() || c == '.' || c == '@')
        .filter_map(|part| part.chars().next())
        .take(2)
        .flat_map(char::to_uppercase)
        .collect();
    view! { <span class="avatar" aria-hidden="true">{initials}</span> }
}
