//! Rows by keyboard (`j`, `k`), and the memory for chosen columns: a cookie, so that the server's first paint is right.

use leptos::{prelude::*, wasm_bindgen::JsCast};
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::browser::{all, all_in_page, document, is_typing, on_document, set_cookie};

const YEAR_SECS: u32 = 31_536_000;

#[island]
pub fn TableKeys() -> impl IntoView {
    Effect::new(|_| {
        for tools in all_in_page("[data-remember]") {
            let Some((name, columns)) = tools
                .get_attribute("data-remember")
                .and_then(|text| text.split_once('=').map(|(n, c)| (n.to_owned(), c.to_owned())))
            else {
                continue;
            };
            let age = if columns.is_empty() { 0 } else { YEAR_SECS };
            set_cookie(&format!("{name}={columns}; Path=/; Max-Age={age}; SameSite=Lax"));
        }
        on_document("keydown", |event| {
            let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
            if key.ctrl_key() || key.meta_key() || key.alt_key() || is_typing() || is_dialog_open() {
                return;
            }
            match key.key().as_str() {
                "j" => step(1),
                "k" => step(-1),
                _ => {}
            }
        });
    });
}

fn is_dialog_open() -> bool {
    !all_in_page("dialog[open]").is_empty()
}

/// What Enter opens in a row; the row itself where there is nothing to open.
fn target(row: &Element) -> Option<HtmlElement> {
    let inside = all(row, "a.row-link, a.row-link-plain, summary").into_iter().next();
    inside
        .unwrap_or_else(|| {
            let _ = row.set_attribute("tabindex", "-1");
            row.clone()
        })
        .dyn_into()
        .ok()
}

/// To the next or the previous row on the page, from the one that has the focus.
fn step(by: isize) {
    let rows = all_in_page("tr[data-row]");
    let active = document().and_then(|document| document.active_element());
    let here = active.and_then(|active| active.closest("tr[data-row]").ok().flatten());
    let here = here.and_then(|here| rows.iter().position(|row| row.is_same_node(Some(&here))));
    let next = match here {
        Some(here) => here.checked_add_signed(by),
        None => Some(0),
    };
    if let Some(row) = next.and_then(|next| rows.get(next)).and_then(target) {
        let _ = row.focus();
    }
}
