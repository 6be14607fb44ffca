//! Machine text a person may want to take along.

use domain::digest::Digest;
use leptos::prelude::*;

use super::{Icon, IconName};

/// The copy button appears only where scripts run.
#[component]
pub fn Code(#[prop(into)] text: String, #[prop(optional, into)] shown: Option<String>) -> impl IntoView {
    let label = format!("Copy {}", shown.as_deref().unwrap_or(&text));
    view! {
        <span class="code">
            <code title=shown.is_some().then(|| text.clone())>{shown.clone().unwrap_or_else(|| text.clone())}</code>
            <button type="button" class="copy" data-copy=text aria-label=label>
                <Icon name=IconName::Copy />
            </button>
        </span>
    }
}

/// Twelve characters for the eye, all of them to copy and in print.
#[component]
pub fn DigestCode(digest: Digest) -> impl IntoView {
    let short = digest.short().to_owned();
    view! {
        <span class="digest">
            <Code text=digest.as_str().to_owned() shown=short />
            <code class="print-only">{digest.as_str().to_owned()}</code>
        </span>
    }
}
