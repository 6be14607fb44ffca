//! One environment: its stacks, what happened last, and the way to bring a release here.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{
    address::{part, query},
    overview::condition_words,
    request_form::RequestForm,
};
use crate::{
    components::{
        DataTable, Definition, DefinitionList, DeploymentTable, Empty, FreshnessNote, Icon, IconName, PageHead,
        Section, Skeleton, StateBadge, TablePlace, WatchLine,
    },
    layout::{Page, load_page},
    query::Query,
    tables::{events, stacks},
    views::{EnvironmentTables, EnvironmentView, Freshness, StackRow},
};

#[component]
pub fn EnvironmentPage() -> impl IntoView {
    let (application, environment) = (part("application"), part("environment"));
    let query = query();
    let tables = environment_tables(&query);
    load_page(
        async move |ports, caller| ports.reads.environment(&caller, &application, &environment, &tables).await,
        |view, _, _| {
            let band = view.summary.band.clone();
            Page::new(band.title.clone(), body(view, query))
                .crumb(band.application_title.clone(), format!("/releases?application={}", band.application))
                .in_environment(band)
        },
    )
}

/// What the address asks of the page's tables.
pub fn environment_tables(query: &Query) -> EnvironmentTables {
    EnvironmentTables {
        stacks_sort: stacks::TABLE.sort(query),
        events_sort: events::TABLE.sort(query),
        events_page: events::TABLE.page(query),
        is_export: false,
    }
}

fn body(view: EnvironmentView, query: Query) -> impl IntoView {
    let summary = view.summary;
    let band = summary.band.clone();
    let badge =
        view! { <StateBadge condition=summary.condition words=condition_words(summary.condition) /> }.into_any();
    let action = match &summary.active_deployment {
        Some(row) => Some(
            view! {
                <a class="button button-primary" href=format!("/deployments/{}", row.id)>
                    {format!("Look at the deployment of {}", row.version)} <Icon name=IconName::Arrow />
                </a>
            }
            .into_any(),
        ),
        None if view.request.is_usable() && !view.releases.is_empty() => {
            Some(view! { <a class="button button-primary" href="#request">"Plan a deployment"</a> }.into_any())
        }
        None => None,
    };
    let request_key = format!("{:?} {}", view.request, view.releases.len());
    let is_request_shown = view.request.is_shown();
    let request = if view.releases.is_empty() {
        view! {
            <p class="muted">
                "There is no release with content for this environment yet. Create one with "
                <code>"lockkeeper release create"</code> "."
            </p>
        }
        .into_any()
    } else {
        view! { <RequestForm band=band.clone() releases=view.releases offer=view.request /> }.into_any()
    };
    let deployments = if view.deployments.is_empty() {
        view! { <Empty title="No deployment yet"><p>"The first one appears here as soon as it is requested."</p></Empty> }.into_any()
    } else {
        view! { <DeploymentTable caption="Last deployments" is_of_one_place=true rows=view.deployments /> }.into_any()
    };
    let path = format!("/applications/{}/environments/{}", band.application, band.environment);
    let stacks = stack_table(view.stacks, &summary.freshness, &path, &query);
    let events = if view.events.is_empty() {
        view! { <Empty title="No stack events seen"><p>"They appear when a stack changes, whoever changes it."</p></Empty> }.into_any()
    } else {
        let place = TablePlace {
            path: path.clone(),
            query: query.clone(),
            fragment: "#events",
            csv_path: format!("{path}/events.csv"),
        };
        let paging = view.events_paging;
        view! { <DataTable table=&events::TABLE rows=view.events place=place paging=paging class="table-dense" log="events-log" /> }
            .into_any()
    };
    let checks = format!("/applications/{}/environments/{}/checks", band.application, band.environment);
    let all_deployments = format!("/deployments?application={}&environment={}", band.application, band.environment);
    view! {
        <div data-live="environment-head">
            <PageHead title=band.title.clone() sentence=summary.sentence lead=badge action=action />
            {summary.watch.map(|brief| view! { <WatchLine brief=brief /> })}
        </div>
        <div class="two-columns">
            <div class="column-main">
                <Section id="stacks" title="Stacks" aside=view! { <FreshnessNote freshness=summary.freshness /> }.into_any()>
                    {stacks}
                </Section>
                <Section
                    id="deployments"
                    title="Last deployments"
                    aside=view! { <a href=all_deployments>"All deployments here"</a> }.into_any()
                >
                    {deployments}
                </Section>
                <Section id="checks" title="Checks">
                    <p><a href=checks>"Suites of checks, and what they said last"</a></p>
                </Section>
                <Section id="events" title="Stack events">{events}</Section>
            </div>
            <aside class="column-side" aria-label="Requests and settings">
                {is_request_shown
                    .then(|| view! { <Section id="request" title="Plan a deployment" key=request_key>{request}</Section> })}
                <Section id="settings" title="Settings">
                    <DefinitionList>
                        <Definition term="Account">{band.account.unwrap_or_else(|| "of the credentials".to_owned())}</Definition>
                        <Definition term="Region">{band.region}</Definition>
                        <Definition term="Protection">
                            {if band.is_protected { "Approvals, phrase, fresh login" } else { "None" }}
                        </Definition>
                        {pairs("Tag", view.tags)}
                        {pairs("Variable", view.variables)}
                    </DefinitionList>
                </Section>
            </aside>
        </div>
    }
}

/// Until somebody has looked, the shape of what will be there; nothing that could be taken for a state.
fn stack_table(rows: Vec<StackRow>, freshness: &Freshness, path: &str, query: &Query) -> AnyView {
    if rows.is_empty() {
        return view! { <Empty title="No stacks"><p>"The blueprint names no stack for this application."</p></Empty> }
            .into_any();
    }
    if freshness.observed_at.is_none() && freshness.problem.is_none() {
        return view! { <Skeleton label="Waiting for the first look at AWS" lines=rows.len() /> }.into_any();
    }
    let place = TablePlace {
        path: path.to_owned(),
        query: query.clone(),
        fragment: "#stacks",
        csv_path: format!("{path}/stacks.csv"),
    };
    view! { <DataTable table=&stacks::TABLE rows=rows place=place /> }.into_any()
}

fn pairs(kind: &'static str, pairs: BTreeMap<String, String>) -> impl IntoView {
    pairs
        .into_iter()
        .map(|(name, value)| view! { <Definition term=format!("{kind} {name}")>{value}</Definition> })
        .collect_view()
}
