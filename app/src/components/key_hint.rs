//! A key to press.

use leptos::prelude::*;

#[component]
pub fn KeyHint(#[prop(into)] keys: String) -> impl IntoView {
    view! { <kbd class="key">{keys}</kbd> }
}
