//! The phrase a person types before something irreversible happens.
//!
//! The server compares; the browser only says how far the typing is (`islands::PhraseField` looks for `data-phrase`).

use leptos::prelude::*;

use crate::form::use_form_state;

#[component]
pub fn PhraseField(#[prop(into)] form: String, #[prop(into)] phrase: String) -> impl IntoView {
    let state = use_form_state(&form);
    let id = format!("{form}-phrase");
    let problem = state.field_error("phrase");
    let is_bad = problem.is_some();
    let described = format!("{id}-help{}", if is_bad { format!(" {id}-problem") } else { String::new() });
    view! {
        <div class="field phrase" class:field-bad=is_bad data-phrase=phrase.clone()>
            <label for=id.clone()>"Confirmation phrase"</label>
            <p class="field-help" id=format!("{id}-help")>
                "Type " <strong class="phrase-text">{phrase.clone()}</strong> " exactly. Approving needs it, rejecting does not."
            </p>
            {problem.map(|problem| view! { <p class="field-problem" id=format!("{id}-problem")>{problem}</p> })}
            <input
                type="text"
                id=id.clone()
                name="phrase"
                class="phrase-input"
                autocomplete="off"
                autocapitalize="characters"
                spellcheck="false"
                autofocus=is_bad
                aria-invalid=is_bad.then_some("true")
                aria-describedby=described
            />
            <p class="phrase-progress" data-phrase-progress="" role="status"></p>
        </div>
    }
}
