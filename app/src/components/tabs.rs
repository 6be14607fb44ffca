//! Tabs are links: each has an address.

use leptos::prelude::*;

pub struct Tab {
    pub title: String,
    pub href: String,
    pub is_current: bool,
    pub count: Option<u64>,
}

#[component]
pub fn Tabs(#[prop(into)] label: String, tabs: Vec<Tab>) -> impl IntoView {
    let items = tabs
        .into_iter()
        .map(|tab| {
            view! {
                <li>
                    <a href=tab.href aria-current=tab.is_current.then_some("page")>
                        {tab.title} {tab.count.map(|count| view! { " " <span class="count">{count}</span> })}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <nav class="tabs" aria-label=label><ul>{items}</ul></nav> }
}
