//! Paging whose place is in the address.

use leptos::prelude::*;

use crate::views::Paging;

/// `base` is the address without the page number, ending in `?` or `&`.
#[component]
pub fn Pager(
    paging: Paging,
    #[prop(into)] base: String,
    /// What the page number is called in the address: `page`, unless there are several on the page.
    #[prop(optional, into)]
    name: Option<String>,
    /// The part of the page the list is in, with its `#`.
    #[prop(optional)]
    fragment: &'static str,
    /// What the pages are of, where a page has several lists.
    #[prop(optional, into)]
    label: Option<String>,
) -> impl IntoView {
    let label = label.unwrap_or_else(|| "Pages".to_owned());
    let name = name.unwrap_or_else(|| "page".to_owned());
    let page = paging.page.max(1);
    let last = paging.last_page();
    let first_row = u64::from(page - 1) * u64::from(paging.per_page) + 1;
    let last_row = (u64::from(page) * u64::from(paging.per_page)).min(paging.total);
    let count = if first_row > last_row {
        format!("nothing on page {page}; there are {} in all", paging.total)
    } else {
        format!("{first_row}–{last_row} of {}", paging.total)
    };
    let link = |target: u32, words: &'static str, rel: &'static str| {
        let enabled = target >= 1 && target <= last && target != page;
        if enabled {
            view! { <a class="button" rel=rel href=format!("{base}{name}={target}{fragment}")>{words}</a> }.into_any()
        } else {
            view! { <span class="button button-off" aria-disabled="true">{words}</span> }.into_any()
        }
    };
    (paging.total > 0).then(|| {
        view! {
            <nav class="pager" aria-label=label>
                <p class="pager-count">{count}</p>
                {(last > 1).then(|| view! { {link(page.min(last + 1) - 1, "Previous", "prev")} {link(page + 1, "Next", "next")} })}
            </nav>
        }
    })
}
