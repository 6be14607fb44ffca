//! What was just done, said once, politely.

use domain::stack::Condition;
use leptos::prelude::*;

use super::{Icon, IconName};
use crate::form::{FormState, refused_elsewhere, use_form_state};

/// The name under which an act that succeeded says so; no form has it.
pub const DONE: &str = "done";

#[component]
pub fn Notice(condition: Condition, children: Children) -> impl IntoView {
    let class = format!("notice notice-{}", condition.name());
    view! {
        <div class=class>
            <Icon name=IconName::for_condition(condition) />
            <div class="notice-text">{children()}</div>
        </div>
    }
}

/// The region where the outcome of the last act appears; always there, so that screen readers follow it.
#[component]
pub fn NoticeRegion() -> impl IntoView {
    let said = use_form_state(DONE).notice;
    view! {
        <div class="notice-region" role="status">
            {said.map(|said| view! { <div data-notice=""><Notice condition=Condition::Good><p>{said}</p></Notice></div> })}
            {refused_elsewhere().into_iter().map(refused).collect_view()}
        </div>
    }
}

/// The form is gone from the page: why it was refused is said here, with what was typed into it.
fn refused(state: FormState) -> impl IntoView {
    let error = state.error.map(|error| error.to_string());
    let typed = state.fields.into_values().filter(|text| !text.trim().is_empty());
    let typed: Vec<_> = typed.map(|text| view! { <li><q>{text}</q></li> }).collect();
    view! {
        <Notice condition=Condition::Attention>
            <p>{error}</p>
            {(!typed.is_empty()).then(|| view! { <p>"What you typed:"</p> <ul class="plain-list">{typed}</ul> })}
        </Notice>
    }
}
