//! Keys of a long list: `j` and `k` go from row to row, `x` ticks the row, `n` opens it at its note.

use leptos::{prelude::*, wasm_bindgen::JsCast};
use web_sys::{HtmlElement, KeyboardEvent};

use super::browser::{all_in_page, document, draft, is_typing, keep_draft, on_document, one, window};

/// Set on the way to an item that is opened to write something down.
const TO_NOTE: &str = "list:to-note";

#[island]
pub fn ListKeys() -> impl IntoView {
    Effect::new(|_| {
        on_document("keydown", |event| {
            if let Some(key) = event.dyn_ref::<KeyboardEvent>() {
                pressed(key);
            }
        });
        // After an act the page is shown at the row it was about: the keys go on from there.
        if let Some(row) = row_of_the_address() {
            focus(&row);
        }
    });
}

fn pressed(event: &KeyboardEvent) {
    let is_command = event.ctrl_key() || event.meta_key() || event.alt_key();
    if is_command || is_typing() {
        return;
    }
    match event.key().as_str() {
        "j" => step(event, 1),
        "k" => step(event, -1),
        "x" => {
            if let Some(control) = current().and_then(|row| within(&row, "[data-tick]")) {
                event.prevent_default();
                control.click();
            }
        }
        "n" => {
            let Some(row) = current() else { return };
            event.prevent_default();
            match within(&row, "textarea") {
                Some(field) => drop(field.focus()),
                None => open(&row),
            }
        }
        _ => {}
    }
}

fn rows() -> Vec<HtmlElement> {
    all_in_page(".item [data-row]").into_iter().filter_map(|link| link.dyn_into().ok()).collect()
}

/// The row the focus is in.
fn current() -> Option<HtmlElement> {
    let active = document()?.active_element()?;
    active.closest(".item").ok().flatten()?.dyn_into().ok()
}

fn within(row: &HtmlElement, selector: &str) -> Option<HtmlElement> {
    row.query_selector(selector).ok().flatten()?.dyn_into().ok()
}

fn step(event: &KeyboardEvent, by: isize) {
    event.prevent_default();
    let rows = rows();
    let here = current().and_then(|row| rows.iter().position(|link| row.contains(Some(link))));
    let next = match here {
        Some(here) => here.checked_add_signed(by),
        None => Some(0),
    };
    if let Some(link) = next.and_then(|next| rows.get(next)) {
        let _ = link.focus();
    }
}

/// Goes to the row's own address, and there to the note.
fn open(row: &HtmlElement) {
    if let Some(link) = within(row, "[data-row]") {
        keep_draft(TO_NOTE, Some("1"));
        link.click();
    }
}

fn row_of_the_address() -> Option<HtmlElement> {
    let hash = window()?.location().hash().ok()?;
    let id = hash.strip_prefix("#item-")?.replace(['"', '\\'], "");
    one(&format!("[id=\"item-{id}\"]"))?.dyn_into().ok()
}

fn focus(row: &HtmlElement) {
    let wants_note = draft(TO_NOTE).is_some();
    keep_draft(TO_NOTE, None);
    let target = if wants_note { within(row, "textarea") } else { None };
    if let Some(target) = target.or_else(|| within(row, "[data-row]")) {
        let _ = target.focus();
    }
}
