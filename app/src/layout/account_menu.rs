//! Who is logged in, and the way out.

use leptos::prelude::*;

use crate::components::Avatar;

#[component]
pub fn AccountMenu(#[prop(into)] name: String) -> impl IntoView {
    view! {
        <div class="account">
            <a class="account-name" href="/account" title="Who am I">
                <Avatar name=name.clone() />
                <span>{name}</span>
            </a>
            <form method="post" action="/logout">
                <button type="submit" class="button button-quiet">"Log out"</button>
            </form>
        </div>
    }
}
