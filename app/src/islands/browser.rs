//! The little of the browser that islands touch, in one place. What `web_sys` offers only behind further features is
//! declared here instead: every feature is compiled into the download's build.

use js_sys::{Array, Promise};
use leptos::wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use web_sys::{Document, Element, Event, EventTarget, RequestInit, RequestRedirect, Response, Window};

#[wasm_bindgen]
extern "C" {
    type Queryable;
    #[wasm_bindgen(method, js_name = querySelectorAll)]
    fn query_selector_all(this: &Queryable, selectors: &str) -> JsValue;

    #[wasm_bindgen(js_name = DOMParser)]
    type DomParser;
    #[wasm_bindgen(constructor, js_class = "DOMParser")]
    fn new() -> DomParser;
    #[wasm_bindgen(method, js_name = parseFromString)]
    fn parse_from_string(this: &DomParser, html: &str, kind: &str) -> Document;

    type CookieJar;
    #[wasm_bindgen(method, setter)]
    fn set_cookie(this: &CookieJar, cookie: &str);

    #[wasm_bindgen(js_namespace = ["window", "localStorage"], js_name = getItem, catch)]
    fn local_get(key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(js_namespace = ["window", "localStorage"], js_name = setItem, catch)]
    fn local_set(key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = ["window", "localStorage"], js_name = removeItem, catch)]
    fn local_remove(key: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = ["window", "sessionStorage"], js_name = getItem, catch)]
    fn session_get(key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(js_namespace = ["window", "sessionStorage"], js_name = setItem, catch)]
    fn session_set(key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = ["window", "sessionStorage"], js_name = removeItem, catch)]
    fn session_remove(key: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = ["navigator", "clipboard"], js_name = writeText, catch)]
    fn write_text(text: &str) -> Result<Promise, JsValue>;
}

/// Said on the document after parts of the page were replaced.
pub const REFRESHED: &str = "lockkeeper:refreshed";

pub fn window() -> Option<Window> {
    web_sys::window()
}

pub fn document() -> Option<Document> {
    window()?.document()
}

/// Everything below `root` that matches, in document order.
pub fn all(root: &JsValue, selectors: &str) -> Vec<Element> {
    let found = root.unchecked_ref::<Queryable>().query_selector_all(selectors);
    Array::from(&found).iter().filter_map(|node| node.dyn_into().ok()).collect()
}

pub fn all_in_page(selectors: &str) -> Vec<Element> {
    document().map(|document| all(&document, selectors)).unwrap_or_default()
}

pub fn one(selectors: &str) -> Option<Element> {
    document()?.query_selector(selectors).ok().flatten()
}

/// Listens for the life of the page.
pub fn on(target: &EventTarget, event: &str, handle: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(handle);
    let listener = closure.as_ref().unchecked_ref();
    // Capturing, because `toggle`, `focus` and the like do not bubble.
    if target.add_event_listener_with_callback_and_bool(event, listener, true).is_ok() {
        closure.forget();
    }
}

pub fn on_document(event: &str, handle: impl FnMut(Event) + 'static) {
    if let Some(document) = document() {
        on(&document, event, handle);
    }
}

/// Runs for the life of the page.
pub fn every(millis: i32, run: impl FnMut() + 'static) {
    let closure = Closure::<dyn FnMut()>::new(run);
    let function = closure.as_ref().unchecked_ref();
    let started =
        window().map(|window| window.set_interval_with_callback_and_timeout_and_arguments_0(function, millis).is_ok());
    if started == Some(true) {
        closure.forget();
    }
}

pub fn after(millis: i32, run: impl FnOnce() + 'static) {
    let function = Closure::once_into_js(run);
    if let Some(window) = window() {
        // A timer that cannot be set is a page that is being closed.
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(function.unchecked_ref(), millis);
    }
}

/// The nearest element around an event's target that matches.
pub fn closest(event: &Event, selectors: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selectors).ok().flatten()
}

/// Keys belong to the field that has the focus.
pub fn is_typing() -> bool {
    document()
        .and_then(|document| document.active_element())
        .is_some_and(|element| element.matches("input, textarea, select").unwrap_or(false))
}

/// A page of ours as the server renders it now; `None` when it answers with anything but a page.
pub async fn fetch_page(address: &str) -> Option<String> {
    // A redirect leads to the login: it is not followed, and what is shown stays, with what was typed.
    let init = RequestInit::new();
    init.set_redirect(RequestRedirect::Manual);
    let answer = window()?.fetch_with_str_and_init(address, &init);
    let response: Response = js_sys::futures::JsFuture::from(answer).await.ok()?.dyn_into().ok()?;
    if !response.ok() {
        return None;
    }
    js_sys::futures::JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

/// A page of ours, to take parts from.
pub fn parse_html(html: &str) -> Document {
    DomParser::new().parse_from_string(html, "text/html")
}

pub fn say(event: &str) {
    if let (Some(document), Ok(event)) = (document(), Event::new(event)) {
        let _ = document.dispatch_event(&event);
    }
}

/// `now` in seconds since 1970, as the browser's clock says.
#[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit far into an i64")]
pub fn now_secs() -> i64 {
    (js_sys::Date::now() / 1000.0) as i64
}

/// Seconds since 1970 of an element's `datetime`.
#[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit far into an i64")]
pub fn datetime_secs(element: &Element) -> Option<i64> {
    let millis = js_sys::Date::parse(&element.get_attribute("datetime")?);
    (!millis.is_nan()).then_some((millis / 1000.0) as i64)
}

/// A small value that outlives the page; `None` also where storage is switched off.
pub fn stored(key: &str) -> Option<String> {
    local_get(key).ok().flatten()
}

/// Storage that is full or switched off only costs the convenience.
pub fn store(key: &str, value: Option<&str>) {
    let _ = match value {
        Some(value) => local_set(key, value),
        None => local_remove(key),
    };
}

pub fn draft(key: &str) -> Option<String> {
    session_get(key).ok().flatten()
}

pub fn keep_draft(key: &str, value: Option<&str>) {
    let _ = match value {
        Some(value) => session_set(key, value),
        None => session_remove(key),
    };
}

pub fn set_cookie(cookie: &str) {
    if let Some(document) = document() {
        document.unchecked_ref::<CookieJar>().set_cookie(cookie);
    }
}

/// `None` where the browser forbids it, for example without TLS.
pub fn copy_text(text: &str) -> Option<Promise> {
    write_text(text).ok()
}
