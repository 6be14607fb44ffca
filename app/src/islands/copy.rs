//! Copy buttons: put the text of `data-copy` on the clipboard and say so.

use leptos::{prelude::*, task::spawn_local};

use super::browser::{after, closest, copy_text, on_document};

const SAID_MILLIS: i32 = 1600;

#[island]
pub fn CopyButtons() -> impl IntoView {
    Effect::new(|_| {
        on_document("click", |event| {
            let Some(button) = closest(&event, "[data-copy]") else { return };
            let Some(text) = button.get_attribute("data-copy") else { return };
            let Some(done) = copy_text(&text) else { return };
            spawn_local(async move {
                let outcome = if js_sys::futures::JsFuture::from(done).await.is_ok() { "yes" } else { "no" };
                let _ = button.set_attribute("data-copied", outcome);
                after(SAID_MILLIS, move || {
                    let _ = button.remove_attribute("data-copied");
                });
            });
        });
    });
}
