//! State as word, icon and colour. One set of states for the whole product.

use domain::stack::Condition;
use leptos::prelude::*;

use super::{Icon, IconName};

#[component]
pub fn StateBadge(condition: Condition, #[prop(into)] words: String) -> impl IntoView {
    let class = format!("badge badge-{}", condition.name());
    view! {
        <span class=class>
            <Icon name=IconName::for_condition(condition) />
            <span class="badge-words">{words}</span>
        </span>
    }
}
