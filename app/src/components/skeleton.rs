//! The shape of what is not there yet, while something is being worked out. It says what, and pretends nothing.

use leptos::prelude::*;

#[component]
pub fn Skeleton(
    #[prop(into)] label: String,
    /// About as many lines as there will be.
    lines: usize,
) -> impl IntoView {
    let lines = (0..lines.clamp(1, 12)).map(|_| view! { <span class="skeleton-line"></span> }).collect_view();
    view! {
        <div class="skeleton">
            <p class="skeleton-label">{label}</p>
            <div class="skeleton-lines" aria-hidden="true">{lines}</div>
        </div>
    }
}
