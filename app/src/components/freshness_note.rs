//! How old a live block is, and why it is not newer.

use domain::stack::Condition;
use leptos::prelude::*;

use super::{Age, StateBadge};
use crate::views::Freshness;

#[component]
pub fn FreshnessNote(freshness: Freshness) -> impl IntoView {
    let Freshness { observed_at, is_stale, problem } = freshness;
    let age = match observed_at {
        Some(at) => view! { <span>"as of " <Age at=at /></span> }.into_any(),
        None => view! { <span>"never observed"</span> }.into_any(),
    };
    let stale = (is_stale || observed_at.is_none())
        .then(|| view! { <StateBadge condition=Condition::Unknown words="Stale" /> });
    view! {
        <p class="freshness">
            {stale} {age} {problem.map(|problem| view! { <span class="freshness-problem">{problem}</span> })}
        </p>
    }
}
