//! Who am I: what the login said, and what it grants where.

use domain::{
    permission::{Action, Decision, Grant},
    stack::Condition,
};
use leptos::prelude::*;

use crate::{
    components::{Age, Code, Definition, DefinitionList, Notice, PageHead, Section, StateBadge},
    layout::{Page, load_page},
    views::{AccountView, EnvironmentBand},
};

#[component]
pub fn AccountPage() -> impl IntoView {
    load_page(async |ports, caller| ports.reads.account(&caller).await, |view, _, _| Page::new("Who am I", body(view)))
}

fn body(view: AccountView) -> impl IntoView {
    let roles: Vec<&str> = view.roles.iter().map(|role| role.name()).collect();
    let sentence = if roles.is_empty() {
        format!("You are {}, and your login grants no role.", view.name)
    } else {
        format!("You are {}, as {}.", view.name, roles.join(", "))
    };
    let nothing = view.grants.is_empty().then(|| {
        view! {
            <Notice condition=Condition::Attention>
                <p>"None of your groups is mapped to a role. Ask an administrator to map one of the groups below, then log in again."</p>
            </Notice>
        }
    });
    let grants = view.grants.iter().map(|grant| view! { <li>{grant_words(grant)}</li> }).collect_view();
    let groups = if view.groups.is_empty() { "none".to_owned() } else { view.groups.join(", ") };
    view! {
        <PageHead title="Who am I" sentence=sentence />
        {nothing}
        <div class="two-columns">
            <div class="column-main">
                <Section id="permissions" title="What I may do, and where">
                    <PermissionTable permissions=view.permissions />
                </Section>
            </div>
            <aside class="column-side" aria-label="Login">
                <Section id="login" title="Login">
                    <DefinitionList>
                        <Definition term="Name">{view.name}</Definition>
                        <Definition term="E-mail">{view.email.unwrap_or_else(|| "not said".to_owned())}</Definition>
                        <Definition term="Identity"><Code text=view.id /></Definition>
                        <Definition term="Proved who you are"><Age at=view.authenticated_at /></Definition>
                        <Definition term="Groups">{groups}</Definition>
                    </DefinitionList>
                </Section>
                <Section id="grants" title="Grants"><ul class="plain-list">{grants}</ul></Section>
            </aside>
        </div>
    }
}

fn grant_words(grant: &Grant) -> String {
    let limit = |names: &Option<Vec<String>>, every: &str| match names {
        Some(names) => names.join(", "),
        None => every.to_owned(),
    };
    format!(
        "{} in {} of {}",
        grant.role.name(),
        limit(&grant.environments, "every environment"),
        limit(&grant.applications, "every application")
    )
}

#[component]
fn PermissionTable(permissions: Vec<(EnvironmentBand, Vec<(Action, Decision)>)>) -> impl IntoView {
    let heads = permissions
        .iter()
        .map(|(band, _)| view! { <th scope="col">{band.application_title.clone()} <span class="row-note">{band.title.clone()}</span></th> })
        .collect_view();
    let titles: Vec<String> =
        permissions.iter().map(|(band, _)| format!("{} {}", band.application_title, band.title)).collect();
    let mut actions: Vec<Action> = Vec::new();
    for (action, _) in permissions.iter().flat_map(|(_, decisions)| decisions) {
        if !actions.contains(action) {
            actions.push(*action);
        }
    }
    let rows = actions
        .into_iter()
        .map(|action| {
            let cells = permissions
                .iter()
                .zip(&titles)
                .map(|((_, decisions), title)| {
                    let decision = decisions.iter().find(|(known, _)| *known == action).map(|(_, decision)| *decision);
                    view! { <td data-label=title.clone()>{decision_badge(decision)}</td> }
                })
                .collect_view();
            view! { <tr><th scope="row">{action.words()}</th> {cells}</tr> }
        })
        .collect_view();
    view! {
        <div class="table-frame">
            <table class="table table-dense">
                <caption class="visually-hidden">"Permissions per environment"</caption>
                <thead><tr><th scope="col">"I may"</th> {heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn decision_badge(decision: Option<Decision>) -> impl IntoView {
    let (condition, words) = match decision {
        Some(Decision::Allowed) => (Condition::Good, "yes"),
        Some(Decision::NeedsRecentLogin { .. }) => (Condition::Waiting, "after a fresh login"),
        Some(Decision::Denied) | None => (Condition::NotApplicable, "no"),
    };
    view! { <StateBadge condition=condition words=words /> }
}
