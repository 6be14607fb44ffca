//! One environment: its stacks, what happened last, and the way to bring a release here.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{address::part, overview::condition_words, request_form::RequestForm, stack_events::StackEvents};
use crate::{
    components::{
        Age, Code, Definition, DefinitionList, DeploymentTable, Empty, FreshnessNote, Icon, IconName, PageHead,
        Section, StateBadge,
    },
    layout::{Page, load_page},
    views::{EnvironmentView, StackRow},
};

#[component]
pub fn EnvironmentPage() -> impl IntoView {
    let (application, environment) = (part("application"), part("environment"));
    load_page(
        async move |ports, caller| ports.reads.environment(&caller, &application, &environment).await,
        |view, _, _| {
            let band = view.summary.band.clone();
            Page::new(band.title.clone(), body(view))
                .crumb(band.application_title.clone(), format!("/releases?application={}", band.application))
                .in_environment(band)
        },
    )
}

fn body(view: EnvironmentView) -> impl IntoView {
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
    let events = if view.events.is_empty() {
        view! { <Empty title="No stack events seen"><p>"They appear when a stack changes, whoever changes it."</p></Empty> }.into_any()
    } else {
        view! { <StackEvents id="events-log" events=view.events /> }.into_any()
    };
    let all_deployments = format!("/deployments?application={}&environment={}", band.application, band.environment);
    view! {
        <div data-live="environment-head">
            <PageHead title=band.title.clone() sentence=summary.sentence lead=badge action=action />
        </div>
        <div class="two-columns">
            <div class="column-main">
                <Section id="stacks" title="Stacks" aside=view! { <FreshnessNote freshness=summary.freshness /> }.into_any()>
                    <StackTable rows=view.stacks />
                </Section>
                <Section
                    id="deployments"
                    title="Last deployments"
                    aside=view! { <a href=all_deployments>"All deployments here"</a> }.into_any()
                >
                    {deployments}
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

fn pairs(kind: &'static str, pairs: BTreeMap<String, String>) -> impl IntoView {
    pairs
        .into_iter()
        .map(|(name, value)| view! { <Definition term=format!("{kind} {name}")>{value}</Definition> })
        .collect_view()
}

#[component]
fn StackTable(rows: Vec<StackRow>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <Empty title="No stacks"><p>"The blueprint names no stack for this application."</p></Empty> }
            .into_any();
    }
    let rows = rows.into_iter().map(stack_row).collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="visually-hidden">"Stacks in the order of execution"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Stack"</th>
                        <th scope="col">"State"</th>
                        <th scope="col">"Outputs"</th>
                        <th scope="col">"Last change"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn stack_row(row: StackRow) -> impl IntoView {
    let condition = row.condition();
    let (words, status) = match &row.status {
        Some(status) if status.is_success() && !row.missing_outputs.is_empty() => {
            ("Outputs missing".to_owned(), Some(status.0.clone()))
        }
        Some(status) => (status.words().to_owned(), Some(status.0.clone())),
        None => ("Not seen".to_owned(), None),
    };
    let missing = (!row.missing_outputs.is_empty()).then(|| {
        view! { <span class="row-note row-note-bad">{format!("missing: {}", row.missing_outputs.join(", "))}</span> }
    });
    let count = row.outputs.len();
    let outputs = if count == 0 {
        view! { <span class="muted">"none"</span> }.into_any()
    } else {
        let items = row
            .outputs
            .into_iter()
            .map(|output| {
                view! {
                    <Definition term=output.key>
                        <Code text=output.value />
                        {output.description.map(|text| view! { <span class="row-note">{text}</span> })}
                    </Definition>
                }
            })
            .collect_view();
        view! {
            <details class="fold" id=format!("outputs-{}", row.logical_name)>
                <summary>{format!("{count} {}", if count == 1 { "output" } else { "outputs" })}</summary>
                <DefinitionList>{items}</DefinitionList>
            </details>
        }
        .into_any()
    };
    view! {
        <tr>
            <td data-label="Stack">
                <strong>{row.logical_name}</strong>
                {row.is_stateful.then(|| view! { <span class="tag" title="Holds data"><Icon name=IconName::Database />"data"</span> })}
                <span class="row-note">{row.stack_name}</span>
            </td>
            <td data-label="State">
                <StateBadge condition=condition words=words />
                {status.map(|status| view! { <span class="row-note mono">{status}</span> })}
                {row.status_reason.map(|reason| view! { <span class="row-note">{reason}</span> })}
            </td>
            <td data-label="Outputs">{outputs} {missing}</td>
            <td data-label="Last change">
                {match row.last_changed_at {
                    Some(at) => view! { <Age at=at /> }.into_any(),
                    None => view! { <span class="muted">"never"</span> }.into_any(),
                }}
            </td>
        </tr>
    }
}
