//! A form that acts: a plain post to a server function, with the error of the last try and the fields as typed.

use domain::stack::Condition;
use leptos::prelude::*;

use super::Notice;
use crate::form::{FORM_FIELD, use_form_state};

/// `action` is a server function's path.
#[component]
pub fn ActForm(
    action: &'static str,
    /// Unique on the page; after a refused try the page is shown at this form again.
    #[prop(into)]
    form: String,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView {
    let state = use_form_state(&form);
    let error = state.form_error();
    let class = format!("form {class}");
    view! {
        <form method="post" action=action id=form.clone() class=class data-draft="">
            <input type="hidden" name=FORM_FIELD value=form.clone() />
            {error.map(|error| view! { <div class="form-error" role="alert"><p>{error}</p></div> })}
            {state.notice.map(|notice| {
                view! { <Notice condition=Condition::Attention><p>{notice}</p></Notice> }
            })}
            {children()}
        </form>
    }
}

/// A button with a verb. `action` lets one form offer two acts.
#[component]
pub fn Submit(
    #[prop(into)] label: String,
    #[prop(optional)] primary: bool,
    #[prop(optional)] danger: bool,
    #[prop(optional)] action: Option<&'static str>,
    /// Only pressable once the phrase of the same form is typed.
    #[prop(optional)]
    needs_phrase: bool,
    /// For screen readers, where several buttons carry the same verb.
    #[prop(optional_no_strip, into)]
    describes: Option<String>,
) -> impl IntoView {
    let class = match (primary, danger) {
        (_, true) => "button button-danger",
        (true, false) => "button button-primary",
        (false, false) => "button",
    };
    view! {
        <button
            type="submit"
            class=class
            formaction=action
            data-needs-phrase=needs_phrase.then_some("")
            aria-label=describes
        >
            {label}
        </button>
    }
}
