//! Keys for the whole page: jump-to on Ctrl-K, the search field on `/`, the list of keys on `?`.
//!
//! What is typed narrows the list at once; the server's answer, the rows of its search page, replaces it a moment later.

use std::{cell::Cell, rc::Rc};

use leptos::{prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use web_sys::{Element, Event, HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent};

use super::browser::{after, all, all_in_page, closest, document, fetch_page, is_typing, on_document, one, parse_html};

/// Typing that pauses this long is asked about.
const PAUSE_MILLIS: i32 = 160;
const LIST: &str = "#jump [data-jump-list]";

#[island]
pub fn JumpTo() -> impl IntoView {
    Effect::new(|_| {
        let near = one(LIST).map(|list| list.inner_html()).unwrap_or_default();
        let jump = Rc::new(Jump { near, asked: Cell::new(0) });
        let keys = Rc::clone(&jump);
        on_document("keydown", move |event| {
            if let Some(key) = event.dyn_ref::<KeyboardEvent>() {
                pressed(key, &keys);
            }
        });
        let button = Rc::clone(&jump);
        on_document("click", move |event| {
            if closest(&event, "[data-jump-open]").is_some() {
                event.prevent_default();
                button.open();
            }
        });
        on_document("input", move |event| {
            let input = closest(&event, "[data-jump-input]").and_then(|e| e.dyn_into::<HtmlInputElement>().ok());
            if let Some(input) = input {
                jump.typed(&input.value());
            }
        });
    });
}

struct Jump {
    /// The rows the page came with: what is offered before anything is typed.
    near: String,
    /// Numbers what was typed, so that an answer to something older is dropped.
    asked: Cell<u32>,
}

impl Jump {
    fn open(self: &Rc<Self>) {
        if open("#jump") {
            if let Some(input) = one("[data-jump-input]").and_then(|e| e.dyn_into::<HtmlInputElement>().ok()) {
                input.set_value("");
            }
            self.typed("");
        }
    }

    fn typed(self: &Rc<Self>, text: &str) {
        let number = self.asked.get().wrapping_add(1);
        self.asked.set(number);
        let text = text.trim().to_owned();
        if text.is_empty() {
            show(&self.near);
            narrow("");
            return;
        }
        narrow(&text);
        let jump = Rc::clone(self);
        after(PAUSE_MILLIS, move || {
            if jump.asked.get() == number {
                spawn_local(async move { jump.ask(&text, number).await });
            }
        });
    }

    async fn ask(&self, text: &str, number: u32) {
        let address = format!("/search?q={}", String::from(js_sys::encode_uri_component(text)));
        let Some(html) = fetch_page(&address).await else { return };
        if self.asked.get() == number {
            let hits = all(&parse_html(&html), "[data-jump-hits]");
            show(&hits.first().map(Element::inner_html).unwrap_or_default());
            narrow("");
        }
    }
}

fn show(rows: &str) {
    if let Some(list) = one(LIST) {
        list.set_inner_html(rows);
    }
}

fn pressed(event: &KeyboardEvent, jump: &Rc<Jump>) {
    let is_command = event.ctrl_key() || event.meta_key();
    match event.key().as_str() {
        "k" if is_command => {
            event.prevent_default();
            jump.open();
        }
        "/" if !is_command && !is_typing() => {
            event.prevent_default();
            let field = ".filters input:not([type=hidden]), .filters select";
            match one(field).and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
                Some(field) => {
                    let _ = field.focus();
                }
                None => jump.open(),
            }
        }
        "?" if !is_command && !is_typing() => {
            open("#keys");
        }
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
            // With nothing to go to, the form is sent and the search page says so.
            if let Some(first) = shown_links().first() {
                event.prevent_default();
                first.click();
            }
        }
        _ => {}
    }
}

fn in_jump_input(event: &Event) -> bool {
    closest(event, "[data-jump-input]").is_some()
}

/// Answers whether the dialog was opened now.
fn open(dialog: &str) -> bool {
    let Some(dialog) = one(dialog).and_then(|e| e.dyn_into::<HtmlDialogElement>().ok()) else { return false };
    !dialog.open() && dialog.show_modal().is_ok()
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
