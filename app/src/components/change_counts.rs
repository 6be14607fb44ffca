//! The numbers shown wherever a plan is confirmed.

use domain::plan::ChangeCounts;
use leptos::prelude::*;

#[component]
pub fn ChangeFigures(counts: ChangeCounts) -> impl IntoView {
    let figures = [
        ("replaced", "REPLACED", counts.replaced),
        ("removed", "removed", counts.removed),
        ("modified", "modified", counts.modified),
        ("added", "added", counts.added),
    ]
    .map(|(name, words, count)| {
        let class = format!("figure figure-{name}{}", if count == 0 { " figure-none" } else { "" });
        view! { <li class=class><strong>{count}</strong> <span>{words}</span></li> }
    })
    .collect_view();
    view! { <ul class="figures" aria-label="Resources this plan changes">{figures}</ul> }
}

/// The same in one line of words, leaving out what is nothing.
pub fn counts_in_words(counts: ChangeCounts) -> String {
    let parts: Vec<String> = [
        (counts.replaced, "replaced"),
        (counts.removed, "removed"),
        (counts.modified, "modified"),
        (counts.added, "added"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    if parts.is_empty() { "no changes".to_owned() } else { parts.join(", ") }
}
