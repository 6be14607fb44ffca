//! A day, by the browser's own calendar; without one it is typed as year-month-day.

use jiff::{Timestamp, tz::TimeZone};
use leptos::prelude::*;

use super::field::{frame, wire};

fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).date().to_string()
}

#[component]
pub fn DateField(
    #[prop(into)] form: String,
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] help: Option<String>,
    #[prop(optional)] value: Option<Timestamp>,
    min: Timestamp,
) -> impl IntoView {
    let wiring = wire(&form, name, help.is_some());
    let shown = if wiring.value.is_empty() { value.map(day).unwrap_or_default() } else { wiring.value.clone() };
    let is_bad = wiring.problem.is_some();
    let control = view! {
        <input
            type="date"
            id=wiring.id.clone()
            name=name
            value=shown
            min=day(min)
            autofocus=is_bad
            aria-invalid=is_bad.then_some("true")
            aria-describedby=wiring.described_by.clone()
        />
    };
    frame(&wiring, label, help, true, control.into_any())
}
