//! A failure: what happened, what was kept, what to do next.

use leptos::prelude::*;

use super::{Icon, IconName};

#[component]
pub fn ErrorPanel(#[prop(into)] what: String, #[prop(optional, into)] next: Option<String>) -> impl IntoView {
    view! {
        <div class="error-panel" role="alert">
            <Icon name=IconName::Cross />
            <div>
                <p class="error-what">{what}</p>
                {next.map(|next| view! { <p class="error-next"><strong>"Next: "</strong>{next}</p> })}
            </div>
        </div>
    }
}
