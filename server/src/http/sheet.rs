//! What is printed at the foot of every sheet of a page. Nothing but what the address says: who prints may see the page.

use axum::{extract::Query, http::header, response::IntoResponse};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    foot: String,
}

pub(super) async fn style(Query(sheet): Query<Sheet>) -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, rule(&sheet.foot))
}

/// Words and hexadecimal digits; anything else would end the text.
fn rule(foot: &str) -> String {
    let foot: String = foot.chars().filter(|c| c.is_ascii_alphanumeric() || " .:-".contains(*c)).take(200).collect();
    format!("@page {{ @bottom-left {{ content: \"{foot}\"; font-size: 7pt; }} }}")
}

#[cfg(test)]
mod tests {
    use super::rule;

    #[test]
    fn a_foot_cannot_say_more_than_words() {
        let safe = "@page { @bottom-left { content: \"Plan digest 0a b: url\"; font-size: 7pt; } }";
        assert_eq!(rule("Plan digest 0a\" b:\\ {}url;()\n"), safe);
    }
}
