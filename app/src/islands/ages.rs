//! Keeps every age and every running duration of the page current.

use leptos::prelude::*;

use super::browser::{REFRESHED, all_in_page, datetime_secs, every, now_secs, on_document};
use crate::relative_time::{duration, relative};

const TICK_MILLIS: i32 = 1000;

#[island]
pub fn Ages() -> impl IntoView {
    Effect::new(|_| {
        // The browser's clock may be wrong; the server rendered against its own. What is added is time that passed here.
        let skew = std::cell::Cell::new(None);
        let skew = std::rc::Rc::new(skew);
        let first = std::rc::Rc::clone(&skew);
        let update = move || tell(&first);
        update();
        let again = std::rc::Rc::clone(&skew);
        on_document(REFRESHED, move |_| tell(&again));
        every(TICK_MILLIS, update);
    });
}

/// `skew` is the browser's time minus the server's, learnt once from the page's own rendering time.
fn tell(skew: &std::cell::Cell<Option<i64>>) {
    let skew = skew.get().unwrap_or_else(|| {
        let rendered = all_in_page("[data-rendered-at]").first().and_then(datetime_secs);
        let found = rendered.map_or(0, |rendered| now_secs() - rendered);
        skew.set(Some(found));
        found
    });
    let now = now_secs() - skew;
    for element in all_in_page("time[data-age]") {
        if let Some(at) = datetime_secs(&element) {
            write(&element, &relative(now - at));
        }
    }
    for element in all_in_page("time[data-running]") {
        if let Some(from) = datetime_secs(&element) {
            write(&element, &duration((now - from).max(0)));
        }
    }
}

/// Only what changed, so that selections survive and nothing is repainted for nothing.
fn write(element: &web_sys::Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}
