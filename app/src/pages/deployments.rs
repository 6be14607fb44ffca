//! All deployments, newest first, filtered and sorted by the address.

use domain::deployment::State;
use leptos::prelude::*;

use super::{address::query, table_filters::KeptQuery};
use crate::{
    components::{DataTable, Empty, PageHead, SelectField, Submit, TablePlace},
    layout::{Page, load_page},
    query::Query,
    tables::deployments::{TABLE, filter},
    views::DeploymentsView,
};

const PATH: &str = "/deployments";

#[component]
pub fn DeploymentsPage() -> impl IntoView {
    let query = query();
    let wanted = filter(&query);
    load_page(
        async move |ports, caller| ports.reads.deployments(&caller, &wanted).await,
        |view, _, _| Page::new("Deployments", body(view, query)),
    )
}

fn body(view: DeploymentsView, query: Query) -> impl IntoView {
    let DeploymentsView { applications, environments, filter, rows, paging } = view;
    let is_filtered = filter.application.is_some() || filter.environment.is_some() || filter.state.is_some();
    let open = rows.iter().filter(|row| !row.state.is_final()).count();
    let sentence = match (paging.total, is_filtered) {
        (0, true) => "No deployment matches these filters.".to_owned(),
        (0, false) => "There is no deployment yet.".to_owned(),
        (total, filtered) => format!(
            "{total} {}{}; {} on this page.",
            if total == 1 { "deployment" } else { "deployments" },
            match (filtered, total) {
                (true, 1) => " matches these filters",
                (true, _) => " match these filters",
                (false, _) => "",
            },
            match open {
                0 => "none is under way".to_owned(),
                1 => "1 is under way".to_owned(),
                open => format!("{open} are under way"),
            }
        ),
    };
    let any = |words: &str| (String::new(), words.to_owned());
    let application_options: Vec<_> = std::iter::once(any("Every application")).chain(applications).collect();
    let environment_options: Vec<_> =
        std::iter::once(any("Every environment")).chain(environments.into_iter().map(|e| (e.clone(), e))).collect();
    let state_options: Vec<_> = std::iter::once(any("Every state"))
        .chain(State::ALL.map(|state| (state.name().to_owned(), state.words().to_owned())))
        .collect();
    let table = if rows.is_empty() {
        view! {
            <Empty title="Nothing to show">
                {if is_filtered {
                    view! { <p><a href="/deployments">"Show all deployments"</a></p> }.into_any()
                } else {
                    view! { <p>"Choose a " <a href="/releases">"release"</a> " and plan its first deployment."</p> }.into_any()
                }}
            </Empty>
        }
        .into_any()
    } else {
        let place = TablePlace {
            path: PATH.to_owned(),
            query: query.clone(),
            fragment: "",
            csv_path: "/deployments.csv".to_owned(),
        };
        view! { <DataTable table=&TABLE rows=rows place=place paging=paging /> }.into_any()
    };
    view! {
        <div data-live="deployments-head"><PageHead title="Deployments" sentence=sentence /></div>
        <form method="get" action="/deployments" class="filters" role="search" aria-label="Filter deployments">
            <KeptQuery query=query filters=&["application", "environment", "state"] />
            <SelectField form="filter" name="application" label="Application" options=application_options selected=filter.application />
            <SelectField form="filter" name="environment" label="Environment" options=environment_options selected=filter.environment />
            <SelectField
                form="filter"
                name="state"
                label="State"
                options=state_options
                selected=filter.state.map(|state| state.name().to_owned())
            />
            <Submit label="Filter" />
            {is_filtered.then(|| view! { <a class="button button-quiet" href="/deployments">"Clear"</a> })}
        </form>
        <div data-live="deployments">{table}</div>
    }
}
