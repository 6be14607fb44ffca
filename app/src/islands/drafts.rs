//! Keeps what is typed into a form for this tab, so that a reload or a lost connection takes nothing away.
//!
//! What the server gives back after a refused or interrupted post wins over the draft. A draft ends when the page says
//! that the act was done.

use leptos::{
    prelude::*,
    wasm_bindgen::{JsCast, JsValue},
};
use web_sys::{Element, HtmlFormElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

use super::browser::{REFRESHED, all, all_in_page, closest, draft, keep_draft, on_document, one, window};

/// Without the phrase: typing it again is its purpose.
const FIELDS: &str = "input[type=text]:not(.phrase-input), textarea, select";
/// Which form was sent last from this tab.
const SENT: &str = "draft:sent";

#[island]
pub fn DraftKeeper() -> impl IntoView {
    Effect::new(|_| {
        if one("[data-notice]").is_some() {
            forget_sent();
        }
        restore();
        on_document(REFRESHED, |_| restore());
        on_document("input", |event| {
            if let Some(form) = closest(&event, "form[data-draft]") {
                keep(&form);
            }
        });
        on_document("submit", |event| {
            if let Some(form) = closest(&event, "form[data-draft]") {
                keep_draft(SENT, Some(&prefix(&form)));
            }
        });
    });
}

fn prefix(form: &Element) -> String {
    let path = window().and_then(|window| window.location().pathname().ok()).unwrap_or_default();
    format!("draft:{path}#{}", form.id())
}

fn forget_sent() {
    let Some(sent) = draft(SENT) else { return };
    keep_draft(SENT, None);
    for form in all_in_page("form[data-draft]") {
        if prefix(&form) == sent {
            for field in all(&form, FIELDS) {
                keep_draft(&key(&form, &field), None);
            }
        }
    }
}

fn key(form: &Element, field: &Element) -> String {
    format!("{}:{}", prefix(form), field.get_attribute("name").unwrap_or_default())
}

fn keep(form: &Element) {
    for field in all(form, FIELDS) {
        let value = value(&field).filter(|value| !value.is_empty());
        keep_draft(&key(form, &field), value.as_deref());
    }
}

fn restore() {
    for form in all_in_page("form[data-draft]") {
        let form: &Element = form.unchecked_ref::<HtmlFormElement>();
        let mut has_restored = false;
        for field in all(form, FIELDS) {
            let is_select = field.tag_name() == "SELECT";
            let is_empty = is_select || value(&field).is_none_or(|value| value.is_empty());
            if let Some(text) = draft(&key(form, &field)).filter(|_| is_empty) {
                set_value(&field, &text);
                has_restored |= !is_select;
            }
        }
        // What was typed must not hide in a closed fold.
        if let Some(fold) = form.closest("details").ok().flatten().filter(|_| has_restored) {
            let _ = fold.set_attribute("open", "");
        }
    }
}

fn value(field: &Element) -> Option<String> {
    let field: &JsValue = field.as_ref();
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        return Some(input.value());
    }
    if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
        return Some(area.value());
    }
    field.dyn_ref::<HtmlSelectElement>().map(HtmlSelectElement::value)
}

fn set_value(field: &Element, text: &str) {
    let field: &JsValue = field.as_ref();
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        input.set_value(text);
    } else if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
        area.set_value(text);
    } else if let Some(select) = field.dyn_ref::<HtmlSelectElement>() {
        select.set_value(text);
    }
}
