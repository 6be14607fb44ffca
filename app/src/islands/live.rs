//! Follows the server: when something on this page changed, fetches the page again and replaces the parts that differ.
//!
//! One code path for data: an event carries nothing but "look again", so losing one costs only time. The page's own
//! HTML is the answer, so that a refreshed page and a reloaded one are the same.

mod merge;

use std::{cell::Cell, rc::Rc};

use leptos::{prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use web_sys::{EventSource, EventTarget, Response};

use self::merge::merge;
use super::browser::{REFRESHED, after, document, on, on_document, parse_html, say, window};

/// Several events in one moment are one look.
const SETTLE_MILLIS: i32 = 150;
/// And however much happens, the page is not fetched more often than this.
const PAUSE_MILLIS: i32 = 1_500;
/// The server ends every stream now and then and the browser opens the next; only what lasts longer is worth a word.
const BLINK_MILLIS: i32 = 5_000;
const PATIENCE_MILLIS: i32 = 25_000;

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

/// Whether a look is under way or due.
struct Looking {
    is_due: Cell<bool>,
    is_pausing: Cell<bool>,
    was_lost: Cell<bool>,
}

fn follow(topics: &str, set_link: WriteSignal<Link>) {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        // Controls that need scripts become visible.
        let _ = root.set_attribute("data-alive", "");
    }
    let query: Vec<String> =
        topics.split(',').map(|topic| format!("topic={}", String::from(js_sys::encode_uri_component(topic)))).collect();
    let Ok(source) = EventSource::new(&format!("/live?{}", query.join("&"))) else { return };
    let looking =
        Rc::new(Looking { is_due: Cell::new(false), is_pausing: Cell::new(false), was_lost: Cell::new(false) });
    let target: &EventTarget = source.unchecked_ref();

    for name in ["changed", "missed"] {
        let looking = Rc::clone(&looking);
        on(target, name, move |_| look_soon(&looking));
    }
    let opened = Rc::clone(&looking);
    on(target, "open", move |_| {
        set_link.set(Link::Live);
        // What happened while nobody listened is not repeated by the server.
        if opened.was_lost.replace(false) {
            look_soon(&opened);
        }
    });
    let lost = Rc::clone(&looking);
    let watched = source.clone();
    on(target, "error", move |_| {
        lost.was_lost.set(true);
        for (millis, said) in [(BLINK_MILLIS, Link::Reconnecting), (PATIENCE_MILLIS, Link::Offline)] {
            let watched = watched.clone();
            after(millis, move || {
                if watched.ready_state() != EventSource::OPEN {
                    set_link.set(said);
                }
            });
        }
    });
    on_document("visibilitychange", move |_| {
        if document().is_some_and(|document| !document.hidden()) {
            look_soon(&looking);
        }
    });
}

fn look_soon(looking: &Rc<Looking>) {
    if looking.is_due.replace(true) {
        return;
    }
    let millis = if looking.is_pausing.replace(true) { PAUSE_MILLIS } else { SETTLE_MILLIS };
    let looking = Rc::clone(looking);
    after(millis, move || {
        looking.is_due.set(false);
        let paused = Rc::clone(&looking);
        after(PAUSE_MILLIS, move || paused.is_pausing.set(paused.is_due.get()));
        spawn_local(async {
            // A look that fails is repeated by the next event, or by the reconnection.
            if let Some(html) = fetch_page().await {
                merge(&parse_html(&html));
                say(REFRESHED);
            }
        });
    });
}

/// The page as the server renders it now; `None` when it answers with anything but this page.
async fn fetch_page() -> Option<String> {
    let window = window()?;
    let address = window.location().href().ok()?;
    let address = address.split('#').next().unwrap_or_default().to_owned();
    let response = js_sys::futures::JsFuture::from(window.fetch_with_str(&address)).await.ok()?;
    let response: Response = response.dyn_into().ok()?;
    // A redirect is a login page; what is shown stays, with what was typed.
    if !response.ok() || response.redirected() {
        return None;
    }
    js_sys::futures::JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}
