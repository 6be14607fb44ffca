//! The browser's entry point: hydrates the islands of a server-rendered page, nothing else.

// The islands are found by name; nothing calls them from here.
#[allow(unused_imports, reason = "linked for the functions the islands export")]
use app::islands::*;

#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
