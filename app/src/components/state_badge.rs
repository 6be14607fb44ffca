//! State as word, icon and colour. One set of states for the whole product.

use domain::stack::Condition;
use leptos::prelude::*;

use super::{Icon, IconName};

const SHORT: usize = 24;

#[component]
pub fn StateBadge(condition: Condition, #[prop(into)] words: String) -> impl IntoView {
    // Short words stay on one line; a sentence may wrap.
    let line = if words.len() <= SHORT { " badge-line" } else { "" };
    let class = format!("badge badge-{}{line}", condition.name());
    view! {
        <span class=class>
            <Icon name=IconName::for_condition(condition) />
            <span class="badge-words">{words}</span>
        </span>
    }
}
