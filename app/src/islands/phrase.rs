//! Opens the button of a dangerous act when the phrase is typed, and says how far the typing is.
//!
//! A courtesy: without it the button is always open and the server says that the phrase is wrong.

use leptos::{prelude::*, wasm_bindgen::JsCast};
use web_sys::{Element, HtmlInputElement};

use super::browser::{REFRESHED, all, all_in_page, closest, on_document};

#[island]
pub fn PhraseGate() -> impl IntoView {
    Effect::new(|_| {
        let look_at_all = || all_in_page("[data-phrase]").iter().for_each(look_at);
        look_at_all();
        on_document(REFRESHED, move |_| look_at_all());
        on_document("input", |event| {
            if let Some(field) = closest(&event, "[data-phrase]") {
                look_at(&field);
            }
        });
    });
}

fn look_at(field: &Element) {
    let wanted = field.get_attribute("data-phrase").unwrap_or_default();
    let typed = all(field, "input")
        .into_iter()
        .find_map(|input| input.dyn_into::<HtmlInputElement>().ok())
        .map(|input| input.value())
        .unwrap_or_default();
    let is_complete = typed == wanted;
    for progress in all(field, "[data-phrase-progress]") {
        progress.set_text_content(Some(&progress_words(&typed, &wanted)));
    }
    let Some(form) = field.closest("form").ok().flatten() else { return };
    for button in all(&form, "button[data-needs-phrase]") {
        let _ = if is_complete { button.remove_attribute("disabled") } else { button.set_attribute("disabled", "") };
    }
}

pub fn progress_words(typed: &str, wanted: &str) -> String {
    if typed.is_empty() {
        return String::new();
    }
    if typed == wanted {
        return "The phrase is complete.".to_owned();
    }
    if wanted.starts_with(typed) {
        let missing = wanted.chars().count() - typed.chars().count();
        return if missing == 1 { "1 character to go.".to_owned() } else { format!("{missing} characters to go.") };
    }
    if typed.eq_ignore_ascii_case(wanted) {
        return "Upper and lower case count.".to_owned();
    }
    "This is not the phrase.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::progress_words;

    #[test]
    fn only_the_exact_phrase_is_complete() {
        let phrase = "DEPLOY TO PRODUCTION";
        assert_eq!(progress_words("", phrase), "");
        assert_eq!(progress_words("DEPLOY", phrase), "14 characters to go.");
        assert_eq!(progress_words("deploy to production", phrase), "Upper and lower case count.");
        assert_eq!(progress_words("DEPLOY TO STAGING", phrase), "This is not the phrase.");
        assert_eq!(progress_words("DEPLOY TO PRODUCTION ", phrase), "This is not the phrase.");
        assert_eq!(progress_words(phrase, phrase), "The phrase is complete.");
    }
}
