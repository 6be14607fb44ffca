//! The state of the list in one sentence, its filters and the way to its sections.

use domain::{
    checklist::{Counts, SectionStanding, Standing},
    deployment::{Deployment, State},
};
use leptos::prelude::*;

use super::Place;
use crate::{
    components::{Icon, IconName, PageHead, ProgressBar, StateBadge, Tab, Tabs},
    views::{ChecklistView, ListShow},
};

pub fn head(
    view: &ChecklistView,
    standing: &Standing<'_>,
    here: &[&SectionStanding<'_>],
    list: &str,
    is_signed: bool,
) -> impl IntoView + use<> {
    let deployment = &view.deployment;
    let counts = here.iter().fold(Counts::default(), |sum, s| sum.plus(s.counts));
    let blocking = standing.blocking().count();
    let title = deployment.checklist.list(list).map_or("Checklist", |l| l.title.as_str()).to_owned();
    let sentence = format!("{}{}", in_words(counts), state_words(deployment, blocking, is_signed));
    let badge = view! { <StateBadge condition=deployment.state.condition() words=deployment.state.words() /> };
    let can_sign = view.offers.sign_off.values().any(crate::views::Offer::is_usable);
    let action = if is_signed && blocking == 0 && can_sign {
        Some(("Sign off", "#sign-off".to_owned()))
    } else if is_signed && blocking > 0 && !deployment.state.is_final() {
        Some(("Show what is open", Place::address(deployment, Some(list), ListShow::Open, None)))
    } else {
        None
    };
    let action = action.map(|(words, href)| {
        view! { <a class="button button-primary" href=href>{words} <Icon name=IconName::Arrow /></a> }.into_any()
    });
    view! {
        <PageHead title=title sentence=sentence lead=badge.into_any() action=action />
        <ProgressBar label="items are closed" done=counts.closed() total=counts.total() />
    }
}

/// "326 items: 120 done, 201 open, 3 waived, 2 failing."
pub fn in_words(counts: Counts) -> String {
    let named = [
        (counts.done, "done"),
        (counts.open, "open"),
        (counts.failing, "failing"),
        (counts.waived, "waived"),
        (counts.not_applicable, "not applicable"),
    ];
    let parts: Vec<String> =
        named.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let total = counts.total();
    let items = if total == 1 { "item" } else { "items" };
    if parts.is_empty() { format!("{total} {items}.") } else { format!("{total} {items}: {}.", parts.join(", ")) }
}

fn state_words(deployment: &Deployment, blocking: usize, is_signed: bool) -> String {
    if !is_signed {
        return " Nobody has to sign it: it is a record of what was looked at.".to_owned();
    }
    match (deployment.state, blocking) {
        (State::Succeeded, _) => " It is signed.".to_owned(),
        (state, _) if state.is_final() => " The deployment is over.".to_owned(),
        (State::AwaitingSignOff, 0) => " Nothing blocks the sign-off.".to_owned(),
        (_, 0) => " Nothing blocks the sign-off, once the deployment is checked.".to_owned(),
        (_, 1) => " 1 of them blocks the sign-off.".to_owned(),
        (_, blocking) => format!(" {blocking} of them block the sign-off."),
    }
}

pub fn filters(
    deployment: &Deployment,
    here: Vec<(ListShow, u64)>,
    list: &str,
    show: ListShow,
) -> impl IntoView + use<> {
    let first = deployment.checklist.lists.first().map(|l| l.id.clone());
    let named = |id: &str| (first.as_deref() != Some(id)).then(|| id.to_owned());
    let lists = (deployment.checklist.lists.len() > 1).then(|| {
        let tabs = deployment.checklist.lists.iter().map(|one| Tab {
            title: one.title.clone(),
            href: Place::address(deployment, named(&one.id).as_deref(), ListShow::All, None),
            is_current: one.id == list,
            count: Some(deployment.checklist.sections_of(&one.id).map(|s| s.items.len() as u64).sum()),
        });
        view! { <Tabs label="Lists" tabs=tabs.collect() /> }
    });
    let tabs = here.into_iter().map(|(one, count)| Tab {
        title: one.words().to_owned(),
        href: Place::address(deployment, named(list).as_deref(), one, None),
        is_current: one == show,
        count: Some(count),
    });
    view! {
        {lists}
        <Tabs label="Which items" tabs=tabs.collect() />
    }
}

/// The sections with what is left in each.
pub fn index(here: &[&SectionStanding<'_>]) -> impl IntoView + use<> {
    let rows = here
        .iter()
        .map(|one| {
            let (id, title, counts) = (&one.section.id, one.section.title.clone(), one.counts);
            let left = counts.open + counts.failing;
            let words = match (left, counts.failing) {
                (0, _) => "done".to_owned(),
                (left, 0) => format!("{left} open"),
                (left, failing) => format!("{left} open, {failing} failing"),
            };
            let class = if counts.failing > 0 {
                "index-left index-bad"
            } else if left > 0 {
                "index-left"
            } else {
                "index-left index-good"
            };
            view! { <li><a href=format!("#section-{id}")>{title}</a> " " <span class=class>{words}</span></li> }
        })
        .collect_view();
    view! {
        <nav class="section list-index" aria-label="Sections of this list">
            <h2 class="list-index-title">"Sections"</h2>
            <ol>{rows}</ol>
        </nav>
    }
}
