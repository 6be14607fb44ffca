//! Puts a freshly rendered page into the open one, part by part, without disturbing the person who reads it.
//!
//! - `data-live="id"`: a part; replaced when its HTML differs, ages and folds aside.
//! - `data-key`: the part holds forms; replaced when the key differs, and never while somebody is typing in it.
//! - `data-container`: never replaced itself, only the parts inside it.
//! - `data-parts`: a list of parts; new ones are put in their place, those that are gone are taken away.

use leptos::wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

use crate::islands::browser::{all, document};

pub fn merge(fresh: &Document) {
    let Some(page) = document() else { return };
    for list in all(fresh, "[data-parts]") {
        if let Some(here) = page.get_element_by_id(&list.id()) {
            merge_list(&here, &list);
        }
    }
    for part in all(fresh, "[data-live]:not([data-container])") {
        let id = part.get_attribute("data-live").unwrap_or_default();
        if let Some(here) = find(&page, &id) {
            merge_part(&here, &part);
        }
    }
}

fn find(page: &Document, id: &str) -> Option<Element> {
    // Ids hold letters, digits and dashes; a quote would end the selector.
    let selector = format!("[data-live=\"{}\"]", id.replace('"', ""));
    page.query_selector(&selector).ok().flatten()
}

fn children(list: &Element) -> Vec<Element> {
    let mut found = Vec::new();
    let mut next = list.first_element_child();
    while let Some(child) = next {
        next = child.next_element_sibling();
        found.push(child);
    }
    found
}

fn live_id(part: &Element) -> Option<String> {
    part.get_attribute("data-live")
}

fn merge_list(here: &Element, fresh: &Element) {
    let wanted: Vec<Element> = children(fresh);
    for child in children(here) {
        let is_gone = live_id(&child).is_some_and(|id| !wanted.iter().any(|w| live_id(w).as_ref() == Some(&id)));
        if is_gone && !is_being_used(&child) {
            child.remove();
        }
    }
    let mut before: Option<Element> = None;
    for part in wanted {
        let Some(id) = live_id(&part) else { continue };
        let existing = children(here).into_iter().find(|child| live_id(child).as_ref() == Some(&id));
        let placed = if let Some(existing) = existing {
            let is_in_place = match (&before, existing.previous_element_sibling()) {
                (Some(before), Some(previous)) => before.is_same_node(Some(&previous)),
                (None, None) => true,
                _ => false,
            };
            if !is_in_place && !is_being_used(&existing) {
                insert_after(here, before.as_ref(), &existing);
            }
            existing
        } else {
            let node = part.clone_node_with_deep(true).ok();
            let Some(node) = node.and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
            insert_after(here, before.as_ref(), &node);
            node
        };
        before = Some(placed);
    }
}

fn insert_after(list: &Element, before: Option<&Element>, node: &Element) {
    let next = match before {
        Some(before) => before.next_sibling(),
        None => list.first_child(),
    };
    let _ = list.insert_before(node, next.as_ref());
}

fn merge_part(here: &Element, fresh: &Element) {
    let key = fresh.get_attribute("data-key");
    if key.is_some() {
        if here.get_attribute("data-key") == key {
            return;
        }
        if is_being_used(here) {
            let _ = here.set_attribute("data-outdated", "");
            return;
        }
    } else if is_being_used(here) || comparable(here) == comparable(fresh) {
        return;
    }
    replace(here, fresh);
}

/// The HTML without what changes by itself or belongs to the reader: ages, and which folds are open.
fn comparable(part: &Element) -> String {
    let Some(copy) = part.clone_node_with_deep(true).ok().and_then(|node| node.dyn_into::<Element>().ok()) else {
        return String::new();
    };
    for time in all(&copy, "time[data-age], time[data-running]") {
        time.set_text_content(None);
    }
    for fold in all(&copy, "details") {
        let _ = fold.remove_attribute("open");
    }
    for button in all(&copy, "[data-copied]") {
        let _ = button.remove_attribute("data-copied");
    }
    copy.inner_html()
}

/// Somebody types here, or has typed and not sent; or an island keeps its own state here.
fn is_being_used(part: &Element) -> bool {
    let active = document().and_then(|document| document.active_element());
    let is_typing = active.is_some_and(|active| {
        active.matches("input, textarea, select").unwrap_or(false) && part.contains(Some(&active))
    });
    let has_island = part.query_selector("leptos-island").ok().flatten().is_some();
    let is_dirty = all(part, "input[type=text], textarea").iter().any(|field| {
        let input = field.dyn_ref::<HtmlInputElement>().map(|input| input.value() != input.default_value());
        let area = field
            .dyn_ref::<HtmlTextAreaElement>()
            .map(|area| area.default_value().is_ok_and(|default| area.value() != default));
        input.or(area).unwrap_or(false)
    });
    is_typing || has_island || is_dirty
}

fn replace(here: &Element, fresh: &Element) {
    let folds: Vec<(String, bool)> = all(here, "details[id]")
        .into_iter()
        .map(|fold| {
            let is_open = fold.has_attribute("open");
            (fold.id(), is_open)
        })
        .collect();
    let scrolls: Vec<(String, i32, bool)> = all(here, "[data-follow]")
        .into_iter()
        .map(|log| {
            let is_at_end = log.scroll_top() + log.client_height() >= log.scroll_height() - 4;
            (log.id(), log.scroll_top(), is_at_end)
        })
        .collect();
    let focused = document()
        .and_then(|document| document.active_element())
        .filter(|active| here.contains(Some(active)))
        .map(|active| (active.id(), active.get_attribute("href")));

    here.set_inner_html(&fresh.inner_html());
    for name in ["class", "data-key"] {
        let _ = match fresh.get_attribute(name) {
            Some(value) => here.set_attribute(name, &value),
            None => here.remove_attribute(name),
        };
    }
    let _ = here.remove_attribute("data-outdated");

    let by_id = |id: &str| all(here, "[id]").into_iter().find(|element| element.id() == id);
    for (id, is_open) in folds {
        if let Some(fold) = by_id(&id) {
            let _ = if is_open { fold.set_attribute("open", "") } else { fold.remove_attribute("open") };
        }
    }
    for (id, top, is_at_end) in scrolls {
        if let Some(log) = by_id(&id) {
            // A log that was read to its end follows; one that was scrolled back stays where it is.
            log.set_scroll_top(if is_at_end { log.scroll_height() } else { top });
        }
    }
    if let Some((id, href)) = focused {
        let same = all(here, "a, button, summary, [tabindex]").into_iter().find(|element| {
            (!id.is_empty() && element.id() == id) || (href.is_some() && element.get_attribute("href") == href)
        });
        if let Some(element) = same.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.focus();
        }
    }
}
