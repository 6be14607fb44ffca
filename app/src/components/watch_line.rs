//! A watch in one line, with a link to it: "Watch: round 3 of 22 due in 12 min".

use domain::{
    stack::Condition,
    watch::{RoundState, State},
};
use leptos::prelude::*;

use super::{Age, StateBadge};
use crate::views::WatchBrief;

#[component]
pub fn WatchLine(brief: WatchBrief) -> impl IntoView {
    let href = format!("/deployments/{}/watch", brief.deployment);
    let triggers = (!brief.holding.is_empty()).then(|| {
        let words = format!("Rollback trigger: {}", brief.holding.join(", "));
        view! { <StateBadge condition=Condition::Bad words=words /> }
    });
    let missed = (brief.missed > 0 && brief.state.is_open()).then(|| {
        let words =
            if brief.missed == 1 { "1 round missed".to_owned() } else { format!("{} rounds missed", brief.missed) };
        view! { <StateBadge condition=Condition::Attention words=words /> }
    });
    view! {
        <p class="watch-line">
            <a href=href>{format!("Watch of {}", brief.version)}</a> ": "
            <WatchProgress brief=brief /> " " {triggers} " " {missed}
        </p>
    }
}

/// What comes next, with its time.
#[component]
pub fn WatchProgress(brief: WatchBrief) -> impl IntoView {
    let total = brief.total;
    match (brief.state, brief.next) {
        (State::Watching, Some((number, RoundState::Planned, at))) => {
            view! { {format!("round {number} of {total} due ")} <Age at=at /> }.into_any()
        }
        (State::Watching, Some((number, RoundState::Waiting, at))) => {
            view! { {format!("round {number} of {total} waits for somebody to look; missed ")} <Age at=at /> }
                .into_any()
        }
        (State::Watching, Some((number, _, at))) => {
            view! { {format!("round {number} of {total} was due ")} <Age at=at /> ", its checks run" }.into_any()
        }
        (State::AwaitingSignOff, _) => {
            view! { {format!("all {total} rounds are over; it waits for its signature")} }.into_any()
        }
        (state, _) => view! { {state.words().to_lowercase()} }.into_any(),
    }
}
