//! The state badge for long lists: the icons are drawn once per page, and each badge only points to its own.

use domain::stack::Condition;
use leptos::prelude::*;

use super::IconName;

const CONDITIONS: [Condition; 7] = [
    Condition::Good,
    Condition::Attention,
    Condition::Bad,
    Condition::Running,
    Condition::Waiting,
    Condition::Unknown,
    Condition::NotApplicable,
];

/// Stands once on a page that has lean badges.
#[component]
pub fn StateSprite() -> impl IntoView {
    let symbols = CONDITIONS
        .map(|condition| {
            view! {
                <symbol id=format!("state-{}", condition.name()) viewBox="0 0 16 16">
                    <path d=IconName::for_condition(condition).path() />
                </symbol>
            }
        })
        .collect_view();
    view! { <svg class="sprite" aria-hidden="true" focusable="false">{symbols}</svg> }
}

#[component]
pub fn LeanBadge(condition: Condition, words: &'static str) -> impl IntoView {
    let name = condition.name();
    view! {
        <span class=format!("badge badge-{name} badge-line")>
            <svg class="icon" width="16" height="16" aria-hidden="true"><use_ href=format!("#state-{name}") /></svg>
            <span class="badge-words">{words}</span>
        </span>
    }
}
