//! The head of a page: its name, its state in one sentence, and the one next action for this person.

use leptos::prelude::*;

#[component]
pub fn PageHead(
    #[prop(into)] title: String,
    #[prop(into)] sentence: String,
    /// Stands above the title, for example badges.
    #[prop(optional_no_strip, into)]
    lead: Option<AnyView>,
    #[prop(optional_no_strip, into)] action: Option<AnyView>,
) -> impl IntoView {
    view! {
        <header class="page-head">
            <div class="page-head-text">
                <h1>{title} {lead}</h1>
                <p class="page-sentence">{sentence}</p>
            </div>
            {action.map(|action| view! { <div class="page-action">{action}</div> })}
        </header>
    }
}
