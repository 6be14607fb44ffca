//! Follows the server: when something on this page changed, fetches the page again and replaces the parts that differ.
//!
//! One code path for data: an event carries nothing but "look again", so losing one costs only time. The page's own
//! HTML is the answer, so that a refreshed page and a reloaded one are the same.

mod merge;

use std::{cell::Cell, rc::Rc};

use leptos::{prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use web_sys::{EventSource, EventTarget};

use self::merge::merge;
use super::browser::{REFRESHED, after, document, fetch_page, on, on_document, parse_html, say, window};

/// Several events in one moment are one look.
const SETTLE_MILLIS: i32 = 150;
/// And however much happens, the page is not fetched more often than this.
const PAUSE_MILLIS: i32 = 1_500;
/// The server ends every stream now and then and the browser opens the next; only what lasts longer is worth a word.
const BLINK_MILLIS: i32 = 5_000;
const PATIENCE_MILLIS: i32 = 25_000;
const RETRY_MILLIS: i32 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Not yet known: what the server renders, and all there is without scripts.
    Connecting,
    Live,
    Reconnecting,
    Offline,
}

impl Link {
    fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Reconnecting => "reconnecting",
            Self::Offline => "offline",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Connecting => "Connecting",
            Self::Live => "Live",
            Self::Reconnecting => "Reconnecting",
            Self::Offline => "Offline",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Connecting => "Connecting for live updates",
            Self::Live => "This page follows what happens",
            Self::Reconnecting => "The connection was lost; what you see may be old. Trying again",
            Self::Offline => "No connection to the server. Nothing you typed is lost. Trying again",
        }
    }
}

/// `topics` are separated by commas; see `crate::topics` for their names.
#[island]
pub fn LiveUpdates(topics: String) -> impl IntoView {
    let (link, set_link) = signal(Link::Connecting);
    Effect::new(move |_| follow(&topics, set_link));
    view! {
        <span class="live" role="status" data-link=move || link.get().name() title=move || link.get().title()>
            <span class="live-dot" aria-hidden="true"></span>
            <span class="live-words">{move || link.get().words()}</span>
        </span>
    }
}

/// What the page knows about its connection and its looks.
struct Following {
    address: String,
    said: WriteSignal<Link>,
    is_open: Cell<bool>,
    /// Counts losses, so that what was planned for one is not said about the next.
    losses: Cell<u32>,
    /// A look is planned.
    is_due: Cell<bool>,
    /// A look has just been taken.
    is_pausing: Cell<bool>,
}

fn follow(topics: &str, said: WriteSignal<Link>) {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        // Controls that need scripts become visible.
        let _ = root.set_attribute("data-alive", "");
    }
    let query: Vec<String> =
        topics.split(',').map(|topic| format!("topic={}", String::from(js_sys::encode_uri_component(topic)))).collect();
    let following = Rc::new(Following {
        address: format!("/live?{}", query.join("&")),
        said,
        is_open: Cell::new(false),
        losses: Cell::new(0),
        is_due: Cell::new(false),
        is_pausing: Cell::new(false),
    });
    connect(&following);
    on_document("visibilitychange", move |_| {
        if document().is_some_and(|document| !document.hidden()) {
            look_soon(&following);
        }
    });
}

fn connect(following: &Rc<Following>) {
    let Ok(source) = EventSource::new(&following.address) else { return };
    let target: &EventTarget = source.unchecked_ref();
    for name in ["changed", "missed"] {
        let following = Rc::clone(following);
        on(target, name, move |_| look_soon(&following));
    }
    let opened = Rc::clone(following);
    on(target, "open", move |_| {
        opened.is_open.set(true);
        opened.said.set(Link::Live);
        // What happened while nobody listened is not repeated by the server: neither during a loss, nor between the
        // moment the page was rendered and this one.
        look_soon(&opened);
    });
    let (failed, stream) = (Rc::clone(following), source.clone());
    on(target, "error", move |_| {
        if failed.is_open.replace(false) || failed.losses.get() == 0 {
            lost(&failed);
        }
        // The browser tries again by itself unless the server answered with an error: a proxy before a server that
        // starts, an expired session.
        if stream.ready_state() == EventSource::CLOSED {
            let failed = Rc::clone(&failed);
            after(RETRY_MILLIS, move || connect(&failed));
        }
    });
}

fn lost(following: &Rc<Following>) {
    let number = following.losses.get() + 1;
    following.losses.set(number);
    for (millis, words) in [(BLINK_MILLIS, Link::Reconnecting), (PATIENCE_MILLIS, Link::Offline)] {
        let following = Rc::clone(following);
        after(millis, move || {
            if following.losses.get() == number && !following.is_open.get() {
                following.said.set(words);
            }
        });
    }
}

fn look_soon(following: &Rc<Following>) {
    if following.is_due.replace(true) {
        return;
    }
    let millis = if following.is_pausing.replace(true) { PAUSE_MILLIS } else { SETTLE_MILLIS };
    let following = Rc::clone(following);
    after(millis, move || {
        following.is_due.set(false);
        let paused = Rc::clone(&following);
        after(PAUSE_MILLIS, move || paused.is_pausing.set(paused.is_due.get()));
        spawn_local(async {
            // A look that fails is repeated by the next event, or by the reconnection.
            if let Some(html) = fetch_page(&here()).await {
                merge(&parse_html(&html));
                say(REFRESHED);
            }
        });
    });
}

fn here() -> String {
    let address = window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    address.split('#').next().unwrap_or_default().to_owned()
}
