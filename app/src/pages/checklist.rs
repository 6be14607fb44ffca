//! The checklist of a deployment: sections, items, what blocks the sign-off, signatures and conditions.
//!
//! Made for hundreds of items and many people at once: a row is as little HTML as it can be, the ticks of all rows share
//! one form, and only the item named in the address lies open with everything that can be done to it.

mod blockers;
mod conditions;
mod head;
mod opened;
mod rows;
mod signatures;

use domain::{
    checklist::{ItemStanding, SectionStanding, Standing},
    deployment::{Deployment, ListDigests, State},
};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

pub use self::{conditions::conditions_part, signatures::signature_list};

use self::{
    blockers::blockers,
    head::{filters, head, index},
    rows::{RowContext, section},
    signatures::signatures_part,
};
use super::address::{id_part, query};
use crate::{
    api::MarkItem,
    components::{DigestCode, Empty, StateSprite, now},
    islands::ListKeys,
    layout::{Page, load_page},
    ports::Caller,
    query::Query,
    topics,
    views::{ChecklistView, ListShow},
};

#[component]
pub fn ChecklistPage() -> impl IntoView {
    let id = id_part("deployment");
    let asked = query();
    let place = Place {
        list: asked.filter("list"),
        show: ListShow::parse(asked.get("show").unwrap_or_default()),
        item: asked.filter("item"),
    };
    let opened = place.item.clone();
    load_page(
        async move |ports, caller| ports.reads.checklist(&caller, id?, opened.as_deref()).await,
        move |view, _, caller| {
            let deployment = &view.deployment;
            let title = format!("Checklist of {}", deployment.release_version);
            let topic = topics::deployment(deployment.id);
            let band = view.band.clone();
            let environment = format!("/applications/{}/environments/{}", band.application, band.environment);
            let up = format!("{} to {}", deployment.release_version, band.title);
            let path = format!("/deployments/{}", deployment.id);
            Page::new(title, body(&view, place, caller))
                .crumb(format!("{} {}", band.application_title, band.title), environment)
                .crumb(up, path)
                .in_environment(band)
                .listens_to(topic)
        },
    )
}

/// What the address says: which list, which of its items, and the one that lies open.
#[derive(Clone, Debug)]
struct Place {
    list: Option<String>,
    show: ListShow,
    item: Option<String>,
}

impl Place {
    /// The address with another choice, ending at an anchor.
    fn address(deployment: &Deployment, list: Option<&str>, show: ListShow, item: Option<&str>) -> String {
        let show = (show != ListShow::All).then(|| show.name());
        let chosen = [("list", list), ("show", show), ("item", item)];
        let chosen = chosen.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        let address = Query::new(chosen).address(&format!("/deployments/{}/checklist", deployment.id));
        match item {
            Some(item) => format!("{address}#item-{item}"),
            None => address,
        }
    }
}

/// Whether an item is among those asked for.
fn is_shown(item: &ItemStanding<'_>, show: ListShow, caller: &Caller) -> bool {
    use domain::checklist::ItemState as S;
    match show {
        ListShow::All => true,
        ListShow::Open => !item.state.is_closed(),
        ListShow::Failing => item.state == S::Failing,
        ListShow::Mine => item.is_assigned_to(&caller.actor.name, caller.actor.email.as_deref()),
        ListShow::Waived => item.state == S::Waived,
        ListShow::Manual => !item.item.is_automatic(),
        ListShow::Automatic => item.item.is_automatic(),
    }
}

fn body(view: &ChecklistView, place: Place, caller: &Caller) -> AnyView {
    let deployment = &view.deployment;
    let now = now();
    let standing = deployment.standing(now);
    let digests = deployment.list_digests(&standing);
    let list = place
        .list
        .as_deref()
        .filter(|id| deployment.checklist.list(id).is_some())
        .or(deployment.checklist.lists.first().map(|l| l.id.as_str()))
        .unwrap_or_default()
        .to_owned();
    let here: Vec<&SectionStanding<'_>> = standing.sections.iter().filter(|s| s.section.list == list).collect();
    let row = RowContext::new(view, &place);
    let mut shown = 0_usize;
    let sections: Vec<AnyView> = here
        .iter()
        .filter_map(|one| {
            let items: Vec<&ItemStanding<'_>> = one.items.iter().filter(|i| is_shown(i, place.show, caller)).collect();
            shown += items.len();
            (place.show == ListShow::All || !items.is_empty()).then(|| section(one, &items, &row))
        })
        .collect();
    let is_signed = deployment.checklist.lists.first().is_some_and(|l| l.id == list) && deployment.needs_signatures();
    let nothing = (shown == 0).then(|| nothing(place.show, &standing));
    let head = head(view, &standing, &here, &list, is_signed);
    let filters = filters(deployment, counts(&here, caller), &list, place.show);
    let index = index(&here);
    let blockers = (is_signed && !deployment.state.is_final()).then(|| blockers(deployment, &standing));
    let signatures = is_signed.then(|| signatures_part(view, &digests, standing.blocking().count()));
    let conditions = (is_signed && !deployment.conditions.is_empty())
        .then(|| conditions_part(deployment, &view.offers.close_condition, caller));
    let proof = proof(deployment, &digests, is_signed);
    let id = deployment.id.to_string();
    view! {
        <StateSprite />
        <div data-live="checklist-head">{head}</div>
        <form method="post" action=MarkItem::PATH id="ticks">
            <input type="hidden" name="deployment" value=id />
            <input type="hidden" name="kind" value="done" />
        </form>
        <div class="two-columns">
            <div class="column-main list" id="list" data-parts="" data-list="">
                <div data-live="list-filters">{filters}</div>
                <div data-live="list-blockers">{blockers}</div>
                {sections}
                <div data-live="list-nothing">{nothing}</div>
                {signatures}
                {conditions}
            </div>
            <aside class="column-side" id="list-side" aria-label="Sections" data-parts="">
                <div data-live="list-index">{index}</div>
                {proof}
            </aside>
        </div>
        <ListKeys />
    }
    .into_any()
}

fn counts(here: &[&SectionStanding<'_>], caller: &Caller) -> Vec<(ListShow, u64)> {
    let items = || here.iter().flat_map(|s| &s.items);
    let count = |show| items().filter(|i| is_shown(i, show, caller)).count() as u64;
    ListShow::ALL.into_iter().map(|show| (show, count(show))).collect()
}

fn nothing(show: ListShow, standing: &Standing<'_>) -> impl IntoView + use<> {
    let (title, words) = match show {
        ListShow::All => ("This list has no items", "The blueprint defines none for this environment."),
        ListShow::Mine => ("Nothing is given to you", "Open an item to give it to somebody."),
        ListShow::Open if standing.blocking().next().is_none() => ("Nothing is open", "Every item is closed."),
        ListShow::Failing => ("Nothing fails", "No check behind an item has failed."),
        _ => ("No such items", "Choose another filter to see the others."),
    };
    view! { <Empty title=title><p>{words}</p></Empty> }
}

/// What a printed list is compared with.
fn proof(deployment: &Deployment, digests: &ListDigests, is_signed: bool) -> impl IntoView + use<> {
    let is_over = deployment.state.is_final() && deployment.state != State::Succeeded;
    is_signed.then(|| {
        let words = if is_over { "The deployment is over; nothing more is signed." } else { "What a signature binds:" };
        view! {
            <section class="section list-proof" data-live="list-proof">
                <p class="muted">{words}</p>
                <dl class="definitions">
                    <div><dt>"Checklist digest"</dt><dd><DigestCode digest=digests.checklist.clone() /></dd></div>
                    <div><dt>"Checks digest"</dt><dd><DigestCode digest=digests.checks.clone() /></dd></div>
                    <div><dt>"Blueprint digest"</dt><dd><DigestCode digest=deployment.blueprint_digest.clone() /></dd></div>
                    {deployment.plan_digest.clone().map(|digest| view! {
                        <div><dt>"Plan digest"</dt><dd><DigestCode digest=digest /></dd></div>
                    })}
                </dl>
            </section>
        }
    })
}
