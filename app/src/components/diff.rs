//! What changes in one resource: path, before, after; side by side where there is room.

use domain::plan::{PropertyChange, Replacement};
use leptos::prelude::*;

#[component]
pub fn Diff(properties: Vec<PropertyChange>) -> impl IntoView {
    let rows = properties
        .into_iter()
        .map(|property| {
            let note = match property.replacement {
                Replacement::Always => Some("replaces the resource"),
                Replacement::Conditional => Some("may replace the resource"),
                Replacement::Never => None,
            };
            view! {
                <li class="diff-row" class:diff-replaces=note.is_some()>
                    <p class="diff-path">
                        <code>{property.path}</code>
                        {note.map(|note| view! { " " <strong class="diff-note">{note}</strong> })}
                    </p>
                    <div class="diff-sides">
                        <del class="diff-before">{side("Before", property.before)}</del>
                        <ins class="diff-after">{side("After", property.after)}</ins>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="diff">{rows}</ul> }
}

fn side(label: &'static str, value: Option<String>) -> impl IntoView {
    let value = match value {
        Some(value) => view! { <code>{value}</code> }.into_any(),
        None => view! { <span class="muted">"not set"</span> }.into_any(),
    };
    view! { <span class="diff-label">{label}</span> {value} }
}
