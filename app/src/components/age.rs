//! Times: relative for the eye, exact UTC in the title and in print.

use jiff::Timestamp;
use leptos::prelude::*;

use crate::relative_time::{duration, relative};

/// The time this page is rendered for, from the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now(pub Timestamp);

/// Without a clock in the context nothing is "ago": ages then read as in 1970's future, which a test would notice.
pub fn now() -> Timestamp {
    use_context::<Now>().map_or(Timestamp::UNIX_EPOCH, |now| now.0)
}

/// For example `2026-11-23 09:30:12 UTC`.
pub fn exact(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn machine(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// When the server rendered the page: what the browser counts ages from, should its own clock be wrong.
#[component]
pub fn RenderedAt() -> impl IntoView {
    view! { <time hidden=true data-rendered-at="" datetime=machine(now())></time> }
}

#[component]
pub fn Age(at: Timestamp) -> impl IntoView {
    let secs = now().as_second() - at.as_second();
    view! { <time class="age" datetime=machine(at) title=exact(at) data-age="">{relative(secs)}</time> }
}

/// A time whose order matters more than its age: events, audit rows.
#[component]
pub fn Exact(at: Timestamp) -> impl IntoView {
    view! { <time class="exact" datetime=machine(at)>{exact(at)}</time> }
}

/// For logs: the day is left out while it is today.
#[component]
pub fn TimeOfDay(at: Timestamp) -> impl IntoView {
    const DAY: &str = "%Y-%m-%d";
    let is_today = at.strftime(DAY).to_string() == now().strftime(DAY).to_string();
    let shown = if is_today { at.strftime("%H:%M:%S UTC").to_string() } else { exact(at) };
    view! { <time class="exact" datetime=machine(at) title=exact(at)>{shown}</time> }
}

/// How long something took, or has been taking; the browser keeps counting the latter.
#[component]
pub fn Took(from: Timestamp, to: Option<Timestamp>) -> impl IntoView {
    let secs = to.unwrap_or_else(now).as_second() - from.as_second();
    let running = to.is_none().then_some("");
    let title = match to {
        Some(to) => format!("{} to {}", exact(from), exact(to)),
        None => format!("since {}", exact(from)),
    };
    view! { <time class="took" datetime=machine(from) title=title data-running=running>{duration(secs.max(0))}</time> }
}
