//! All releases, newest first.

use leptos::prelude::*;

use super::address::{filter, page_number, with_filters};
use crate::{
    components::{Age, DigestCode, Empty, PageHead, Pager, Tab, Tabs},
    layout::{Page, load_page},
    topics,
    views::{ReleaseFilter, ReleaseRow, ReleasesView},
};

#[component]
pub fn ReleasesPage() -> impl IntoView {
    let wanted = ReleaseFilter { application: filter("application"), page: page_number() };
    load_page(
        async move |ports, caller| ports.reads.releases(&caller, &wanted).await,
        |view, _, _| Page::new("Releases", body(view)).listens_to(topics::RELEASES.to_owned()),
    )
}

fn body(view: ReleasesView) -> impl IntoView {
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
    let base = with_filters("/releases", &[("application", current.as_deref())]);
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
        let rows = view.rows.into_iter().map(row).collect_view();
        view! {
            <div class="table-frame">
                <table class="table">
                    <caption class="visually-hidden">"Releases, newest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Release"</th>
                            <th scope="col">"For"</th>
                            <th scope="col">"Source revision"</th>
                            <th scope="col">"Content digest"</th>
                            <th scope="col">"Created"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <Pager paging=view.paging base=base />
        }
        .into_any()
    };
    view! {
        <div data-live="releases">
            <PageHead title="Releases" sentence=sentence />
            <Tabs label="Applications" tabs=tabs />
            {table}
        </div>
    }
}

fn row(row: ReleaseRow) -> impl IntoView {
    view! {
        <tr>
            <td data-label="Release">
                <a class="row-link" href=format!("/releases/{}", row.id)>{row.version}</a>
                <span class="row-note">{row.application_title}</span>
            </td>
            <td data-label="For">{row.environments.join(", ")}</td>
            <td data-label="Source revision" class="mono">{row.source_revision.unwrap_or_else(|| "not said".to_owned())}</td>
            <td data-label="Content digest"><DigestCode digest=row.digest /></td>
            <td data-label="Created"><Age at=row.created_at /> <span class="row-note">{row.created_by}</span></td>
        </tr>
    }
}
