//! How far, as a bar with the numbers beside it.

use leptos::prelude::*;

#[component]
pub fn ProgressBar(#[prop(into)] label: String, done: u32, total: u32) -> impl IntoView {
    let words = format!("{done} of {total}");
    view! {
        <div class="progress">
            <progress max=total.max(1).to_string() value=done.to_string() aria-label=label.clone()>
                {words.clone()}
            </progress>
            <span class="progress-words">{format!("{words} {label}")}</span>
        </div>
    }
}
