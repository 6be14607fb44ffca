//! What blocks the sign-off, and who can act.

use domain::{
    checklist::{ItemStanding, ItemState, Standing},
    deployment::Deployment,
    permission::Role,
};
use leptos::prelude::*;

use super::Place;
use crate::{components::Section, views::ListShow};

/// How many names stand here; the list below has them all.
const NAMED: usize = 6;

/// One reason with the items it is the reason of: id and title.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    words: String,
    items: Vec<(String, String)>,
}

fn grouped(standing: &Standing<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for item in standing.blocking() {
        let words = who_can_act(item);
        let named = (item.item.id.clone(), item.item.title.clone());
        match groups.iter_mut().find(|g| g.words == words) {
            Some(group) => group.items.push(named),
            None => groups.push(Group { words, items: vec![named] }),
        }
    }
    groups
}

/// Who closes an item that is not closed.
pub fn who_can_act(item: &ItemStanding<'_>) -> String {
    match item.state {
        ItemState::Failing => "A check fails: mend the cause and run it again, or a lead waives the item".to_owned(),
        ItemState::Stale => "The evidence is too old: whoever may run checks runs them again".to_owned(),
        ItemState::Running => "Being checked: nobody has to act".to_owned(),
        _ if item.item.is_automatic() => "Not checked yet: the checks run when the stacks are deployed".to_owned(),
        _ => match (item.assignee, item.item.role()) {
            (Some(who), _) => format!("Given to {who}"),
            (None, Some(role)) => format!("For {}", role_words(role)),
            (None, None) => "For any engineer".to_owned(),
        },
    }
}

pub fn role_words(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a viewer",
        Role::Finance => "finance",
        Role::OnCall => "on-call",
        Role::Engineer => "an engineer",
        Role::Lead => "a lead",
        Role::Admin => "an admin",
        Role::Auditor => "an auditor",
    }
}

pub fn blockers(deployment: &Deployment, standing: &Standing<'_>) -> AnyView {
    let items = grouped(standing);
    if items.is_empty() {
        return ().into_any();
    }
    let groups = items
        .into_iter()
        .map(|group| {
            let more = group.items.len().saturating_sub(NAMED);
            let count = group.items.len();
            let named = group
                .items
                .into_iter()
                .take(NAMED)
                .map(|(id, title)| {
                    let href = Place::address(deployment, None, ListShow::All, Some(&id));
                    view! { <li><a href=href>{title}</a></li> }
                })
                .collect_view();
            view! {
                <li>
                    <p>{group.words} " " <span class="count">{count}</span></p>
                    <ul class="blocker-items">
                        {named}
                        {(more > 0).then(|| view! { <li class="muted">{format!("and {more} more")}</li> })}
                    </ul>
                </li>
            }
        })
        .collect_view();
    view! { <Section id="blockers" title="What blocks the sign-off"><ul class="blockers">{groups}</ul></Section> }
        .into_any()
}
