//! Text for the two places where Leptos writes what it is given as it is: `<textarea>` and the document's title.

/// Escapes a text that will not be escaped by anybody else.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
