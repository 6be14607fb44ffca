//! A form behind a line of text. It lies open when the form comes back with what was typed.

use leptos::prelude::*;

use crate::form::use_form_state;

#[component]
pub fn FormFold(#[prop(into)] form: String, #[prop(into)] summary: String, children: Children) -> impl IntoView {
    let is_open = !use_form_state(&form).is_fresh();
    view! {
        <details class="fold" id=format!("fold-{form}") open=is_open>
            <summary>{summary}</summary>
            {children()}
        </details>
    }
}
