//! A part of a page with a heading one can link to. Its content is refreshed while the page is open.

use leptos::prelude::*;

/// Without a `key` the part is replaced whenever its HTML changes. With one (parts that hold forms) it is replaced when
/// the key changes, and never while somebody is typing in it. A container leaves that to the parts inside it.
#[component]
pub fn Section(
    #[prop(into)] id: String,
    #[prop(into)] title: String,
    #[prop(optional_no_strip, into)] aside: Option<AnyView>,
    #[prop(optional, into)] key: Option<String>,
    #[prop(optional)] is_container: bool,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-heading");
    let outdated = key.is_some().then(|| view! { <Outdated /> });
    view! {
        <section
            class="section"
            id=id.clone()
            aria-labelledby=heading.clone()
            data-live=id
            data-key=key
            data-container=is_container.then_some("")
        >
            <header class="section-head">
                <h2 id=heading.clone()>{title}</h2>
                {aside}
            </header>
            {outdated}
            {children()}
        </section>
    }
}

/// Shown by the browser instead of taking a half-typed form away.
#[component]
pub fn Outdated() -> impl IntoView {
    view! {
        <p class="outdated">
            "This part has changed since you began typing. What you typed is kept. " <a href="">"Show how it is now"</a>
        </p>
    }
}
