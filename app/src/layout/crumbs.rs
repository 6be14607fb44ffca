//! Where this page is.

use leptos::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    pub title: String,
    pub href: String,
}

#[component]
pub fn Crumbs(crumbs: Vec<Crumb>, #[prop(into)] here: String) -> impl IntoView {
    let links = crumbs.into_iter().map(|crumb| view! { <li><a href=crumb.href>{crumb.title}</a></li> }).collect_view();
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <ol>{links} <li aria-current="page">{here}</li></ol>
        </nav>
    }
}
