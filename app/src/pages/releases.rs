//! All releases, newest first, sorted by the address.

use leptos::prelude::*;

use super::address::query;
use crate::{
    components::{DataTable, Empty, PageHead, Tab, TablePlace, Tabs},
    layout::{Page, load_page},
    query::Query,
    tables::releases::{TABLE, filter},
    topics,
    views::ReleasesView,
};

const PATH: &str = "/releases";

#[component]
pub fn ReleasesPage() -> impl IntoView {
    let query = query();
    let wanted = filter(&query);
    load_page(
        async move |ports, caller| ports.reads.releases(&caller, &wanted).await,
        |view, _, _| Page::new("Releases", body(view, query)).listens_to(topics::RELEASES.to_owned()),
    )
}

fn body(view: ReleasesView, query: Query) -> impl IntoView {
    let total = view.paging.total;
    let of = view.filter.application.as_ref().and_then(|name| {
        view.applications.iter().find(|(known, _)| known == name).map(|(_, title)| format!(" of {title}"))
    });
    let sentence = match (total, view.rows.first()) {
        (0, _) | (_, None) => "There is no release yet.".to_owned(),
        (1, Some(newest)) => format!("1 release{}: {}.", of.unwrap_or_default(), newest.version),
        (total, Some(newest)) if view.paging.page <= 1 => format!(
            "{total} releases{}; the newest is {} {}.",
            of.unwrap_or_default(),
            newest.application_title,
            newest.version
        ),
        (total, Some(_)) => format!("{total} releases{}.", of.unwrap_or_default()),
    };
    let current = view.filter.application.clone();
    let mut tabs = vec![Tab {
        title: "All applications".to_owned(),
        href: "/releases".to_owned(),
        is_current: current.is_none(),
        count: None,
    }];
    tabs.extend(view.applications.into_iter().map(|(name, title)| Tab {
        title,
        href: format!("/releases?application={name}"),
        is_current: current.as_deref() == Some(name.as_str()),
        count: None,
    }));
    let table = if view.rows.is_empty() {
        view! {
            <Empty title="No release here">
                <p>"A release is made from the output of " <code>"cdk synth"</code> ", one folder per environment:"</p>
                <pre class="block"><code>"lockkeeper release create --app NAME --version 1.0.0 \\\n  --env staging=cdk.out/staging --env production=cdk.out/production"</code></pre>
                {(!view.create.is_shown()).then(|| view! { <p>"Your login may not create releases; an engineer can."</p> })}
            </Empty>
        }
        .into_any()
    } else {
        let place = TablePlace { path: PATH.to_owned(), query, fragment: "", csv_path: "/releases.csv".to_owned() };
        view! { <DataTable table=&TABLE rows=view.rows place=place paging=view.paging /> }.into_any()
    };
    view! {
        <div data-live="releases">
            <PageHead title="Releases" sentence=sentence />
            <Tabs label="Applications" tabs=tabs />
            {table}
        </div>
    }
}
