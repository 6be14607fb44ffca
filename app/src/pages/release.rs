//! One release: what it holds per environment, and where it went.

use domain::release::StackContent;
use leptos::prelude::*;

use super::{address::id_part, request_form::RequestForm};
use crate::{
    components::{
        Age, Band, Definition, DefinitionList, DeploymentTable, DigestCode, Empty, PageHead, Section, StateBadge, exact,
    },
    layout::{Page, load_page},
    views::{ReleaseEnvironmentView, ReleaseRef, ReleaseView},
};

#[component]
pub fn ReleasePage() -> impl IntoView {
    let id = id_part("release");
    load_page(
        async move |ports, caller| ports.reads.release(&caller, id?).await,
        |view, _, _| {
            let title = format!("{} {}", view.row.application_title, view.row.version);
            let digest = view.row.digest.clone();
            Page::new(title, body(view)).crumb("Releases", "/releases").printed_with("Content digest", &digest)
        },
    )
}

fn body(view: ReleaseView) -> impl IntoView {
    let row = view.row;
    let deployed: Vec<String> = view
        .deployments
        .iter()
        .filter(|d| d.state == domain::deployment::State::Succeeded)
        .map(|d| d.band.title.clone())
        .collect();
    let mut reached: Vec<String> = Vec::new();
    for title in deployed {
        if !reached.contains(&title) {
            reached.push(title);
        }
    }
    let sentence = if reached.is_empty() {
        format!("Not deployed anywhere yet; it has content for {}.", row.environments.join(" and "))
    } else {
        format!("Deployed to {}; it has content for {}.", reached.join(" and "), row.environments.join(" and "))
    };
    let reference = ReleaseRef { id: row.id, version: row.version.clone(), at: row.created_at };
    let environments =
        view.environments.into_iter().map(|content| environment(content, reference.clone())).collect_view();
    let deployments = if view.deployments.is_empty() {
        view! { <Empty title="No deployment of this release"><p>"Plan one above."</p></Empty> }.into_any()
    } else {
        view! { <DeploymentTable caption="Deployments of this release" rows=view.deployments /> }.into_any()
    };
    view! {
        <PageHead title=format!("{} {}", row.application_title, row.version) sentence=sentence />
        <div class="two-columns">
            <div class="column-main">{environments}<Section id="deployments" title="Deployments">{deployments}</Section></div>
            <aside class="column-side" aria-label="About this release">
                <Section id="about" title="About">
                    <DefinitionList>
                        <Definition term="Created"><Age at=row.created_at /> <span class="row-note">{exact(row.created_at)}</span></Definition>
                        <Definition term="By">{row.created_by}</Definition>
                        <Definition term="Source revision">
                            <span class="mono">{row.source_revision.unwrap_or_else(|| "not said".to_owned())}</span>
                        </Definition>
                        <Definition term="Content digest"><DigestCode digest=row.digest /></Definition>
                    </DefinitionList>
                </Section>
            </aside>
        </div>
    }
}

fn environment(content: ReleaseEnvironmentView, release: ReleaseRef) -> impl IntoView {
    let id = format!("environment-{}", content.band.environment);
    let title = content.band.title.clone();
    let resources: u32 = content.stacks.iter().map(|s| s.resource_count).sum();
    let count = content.stacks.len();
    let key = format!("{:?} {:?}", content.request, content.active_deployment.as_ref().map(|d| (d.id, d.state)));
    let active = content.active_deployment.map(|row| {
        view! {
            <p class="inline-state">
                <StateBadge condition=row.state.condition() words=row.state.words() />
                <a href=format!("/deployments/{}", row.id)>{format!("Deployment of {}", row.version)}</a>
                " holds this environment."
            </p>
        }
    });
    let summary = format!("{count} {}, {resources} resources", if count == 1 { "stack" } else { "stacks" });
    let rows = content.stacks.into_iter().map(stack_row).collect_view();
    view! {
        <Section id=id.clone() title=title key=key>
            <Band band=content.band.clone() />
            {active}
            <RequestForm band=content.band releases=vec![release] offer=content.request />
            <details class="fold" id=format!("{id}-stacks")>
                <summary>{summary}</summary>
                <div class="table-frame">
                    <table class="table table-dense">
                        <caption class="visually-hidden">"Stacks of this release"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Stack"</th>
                                <th scope="col" class="number">"Resources"</th>
                                <th scope="col" class="number">"Template"</th>
                                <th scope="col">"After"</th>
                                <th scope="col">"Template digest"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </details>
        </Section>
    }
}

fn stack_row(stack: StackContent) -> impl IntoView {
    let after = if stack.depends_on.is_empty() { "nothing".to_owned() } else { stack.depends_on.join(", ") };
    view! {
        <tr>
            <td data-label="Stack"><strong>{stack.logical_name}</strong> <span class="row-note">{stack.stack_name}</span></td>
            <td data-label="Resources" class="number">{stack.resource_count}</td>
            <td data-label="Template" class="number">{format!("{} kB", stack.template_size.div_ceil(1000))}</td>
            <td data-label="After">{after}</td>
            <td data-label="Template digest"><DigestCode digest=stack.template_digest /></td>
        </tr>
    }
}
