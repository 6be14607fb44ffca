//! Keys for the whole page: jump-to on Ctrl-K, the search field on `/`, the list of keys on `?`.

use leptos::{prelude::*, wasm_bindgen::JsCast};
use web_sys::{Event, HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent};

use super::browser::{all_in_page, closest, document, on_document, one};

#[island]
pub fn JumpTo() -> impl IntoView {
    Effect::new(|_| {
        on_document("keydown", |event| {
            if let Some(key) = event.dyn_ref::<KeyboardEvent>() {
                pressed(key);
            }
        });
        on_document("click", |event| {
            if closest(&event, "[data-jump-open]").is_some() {
                open("#jump");
            }
        });
        on_document("input", |event| {
            let input = closest(&event, "[data-jump-input]").and_then(|e| e.dyn_into::<HtmlInputElement>().ok());
            if let Some(input) = input {
                narrow(&input.value());
            }
        });
    });
}

fn pressed(event: &KeyboardEvent) {
    let is_command = event.ctrl_key() || event.meta_key();
    match event.key().as_str() {
        "k" if is_command => {
            event.prevent_default();
            open("#jump");
        }
        "/" if !is_command && !is_typing() => {
            event.prevent_default();
            match one(".filters input, .filters select").and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
                Some(field) => {
                    let _ = field.focus();
                }
                None => open("#jump"),
            }
        }
        "?" if !is_command && !is_typing() => open("#keys"),
        // A search field would keep the first Escape for itself.
        "Escape" if in_jump_input(event) => {
            event.prevent_default();
            if let Some(dialog) = one("#jump").and_then(|e| e.dyn_into::<HtmlDialogElement>().ok()) {
                dialog.close();
            }
        }
        "ArrowDown" => step(event, 1),
        "ArrowUp" => step(event, -1),
        "Enter" if in_jump_input(event) => {
            event.prevent_default();
            if let Some(first) = shown_links().first() {
                first.click();
            }
        }
        _ => {}
    }
}

fn in_jump_input(event: &Event) -> bool {
    closest(event, "[data-jump-input]").is_some()
}

fn is_typing() -> bool {
    document()
        .and_then(|document| document.active_element())
        .is_some_and(|element| element.matches("input, textarea, select").unwrap_or(false))
}

fn open(dialog: &str) {
    let Some(dialog) = one(dialog).and_then(|e| e.dyn_into::<HtmlDialogElement>().ok()) else { return };
    if !dialog.open() && dialog.show_modal().is_ok() {
        for input in all_in_page("[data-jump-input]") {
            if let Ok(input) = input.dyn_into::<HtmlInputElement>() {
                input.set_value("");
            }
        }
        narrow("");
    }
}

fn links() -> Vec<HtmlElement> {
    all_in_page("#jump .jump-list a").into_iter().filter_map(|link| link.dyn_into().ok()).collect()
}

fn is_shown(link: &HtmlElement) -> bool {
    link.parent_element().is_some_and(|row| !row.has_attribute("hidden"))
}

fn shown_links() -> Vec<HtmlElement> {
    links().into_iter().filter(is_shown).collect()
}

/// Every word must occur, in any order.
fn narrow(text: &str) {
    let words: Vec<String> = text.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let mut found = false;
    for link in links() {
        let title = link.text_content().unwrap_or_default().to_lowercase();
        let fits = words.iter().all(|word| title.contains(word.as_str()));
        found |= fits;
        if let Some(row) = link.parent_element() {
            let _ = row.toggle_attribute_with_force("hidden", !fits);
        }
    }
    if let Some(empty) = one("#jump .jump-empty") {
        let _ = empty.toggle_attribute_with_force("hidden", found);
    }
}

/// Moves through the links with the arrow keys.
fn step(event: &KeyboardEvent, by: isize) {
    if closest(event, "#jump").is_none() {
        return;
    }
    event.prevent_default();
    let shown = shown_links();
    let active = document().and_then(|document| document.active_element());
    let here = shown.iter().position(|link| active.as_ref().is_some_and(|active| active.is_same_node(Some(link))));
    let next = match here {
        Some(here) => here.checked_add_signed(by),
        None => Some(0),
    };
    match next.and_then(|next| shown.get(next)) {
        Some(link) => {
            let _ = link.focus();
        }
        None if by < 0 => {
            if let Some(input) = one("[data-jump-input]").and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
                let _ = input.focus();
            }
        }
        None => {}
    }
}
