//! The checklist: sections and items, each closed by its checks or by a person.

use domain::{
    checklist::{Item, ItemKind, ItemMark, ItemState, MarkKind},
    deployment::{Deployment, State},
    stack::Condition,
};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::sign_off::SignOffs;
use crate::{
    api::{MarkItem, ReopenItem},
    components::{
        ActForm, Age, FormFold, Notice, OfferNote, Outdated, ProgressBar, Section, StateBadge, Submit, TextAreaField,
    },
    views::{DeploymentOffers, DeploymentView, Offer},
};

#[component]
pub fn ChecklistPart(view: DeploymentView) -> impl IntoView {
    let deployment = &view.deployment;
    let total = deployment.checklist.items().count();
    let open = deployment.open_items().len();
    let done = u32::try_from(total.saturating_sub(open)).unwrap_or(u32::MAX);
    let total_items = u32::try_from(total).unwrap_or(u32::MAX);
    let waived =
        deployment.checklist.items().filter(|i| deployment.item_state(&i.id) == Some(ItemState::Waived)).count();
    let sections = deployment
        .checklist
        .sections
        .iter()
        .map(|section| {
            let items = section.items.iter().map(|one| item(one.clone(), deployment, &view.offers)).collect_view();
            view! { <h3 class="checklist-title">{section.title.clone()}</h3> <ul class="checklist">{items}</ul> }
        })
        .collect_view();
    view! {
        <Section id="checklist" title="Checklist and sign-off" is_container=true>
            <div data-live="checklist-progress">
                {(total > 0).then(|| view! { <ProgressBar label="items are closed" done=done total=total_items /> })}
                {(waived > 0).then(|| view! {
                    <Notice condition=Condition::Attention>
                        <p>{format!("{waived} {} waived: whoever signs accepts the reasons given.", if waived == 1 { "item is" } else { "items are" })}</p>
                    </Notice>
                })}
            </div>
            {sections}
            <SignOffs view=view.clone() />
        </Section>
    }
}

fn item(item: Item, deployment: &Deployment, offers: &DeploymentOffers) -> impl IntoView + use<> {
    let state = deployment.item_state(&item.id).unwrap_or(ItemState::Open);
    let mark = deployment.marks.iter().rfind(|m| m.item == item.id).cloned();
    let is_live = deployment.state == State::AwaitingSignOff;
    let can_tick = is_live && offers.tick.is_usable();
    let can_waive = is_live && offers.waive.is_usable();
    let id = deployment.id.to_string();
    let key = format!("{state:?} {} {can_tick} {can_waive}", mark.as_ref().map_or(0, |m| m.at.as_millisecond()));
    let behind = match &item.kind {
        ItemKind::Automatic { checks } => {
            let titles: Vec<String> = checks
                .iter()
                .map(|check| {
                    deployment.checks.iter().find(|c| c.id == *check).map_or(check.clone(), |c| c.title.clone())
                })
                .collect();
            Some(format!("closed by: {}", titles.join(", ")))
        }
        ItemKind::Manual { .. } => None,
    };
    let (tick, waive) = match (&item.kind, state.is_closed()) {
        (ItemKind::Manual { evidence_required }, false) => {
            (can_tick.then(|| tick_form(item.clone(), id.clone(), *evidence_required, offers.tick.clone())), can_waive)
        }
        (ItemKind::Automatic { .. }, false) => (None, can_waive && state == ItemState::Blocked),
        (_, true) => (None, false),
    };
    let waive = waive.then(|| waive_form(item.clone(), id.clone(), offers.waive.clone()));
    let reopen = (mark.is_some() && (can_tick || can_waive)).then(|| reopen_form(item.clone(), id.clone()));
    view! {
        <li class=format!("item item-{}", state.condition().name()) data-live=format!("item-{}", item.id) data-key=key>
            <div class="item-head">
                <StateBadge condition=state.condition() words=state.words() />
                <div class="item-text">
                    <p class="item-title">{item.title.clone()}</p>
                    {item.help.clone().map(|help| view! { <p class="muted">{help}</p> })}
                    {behind.map(|behind| view! { <p class="muted">{behind} " " <a href="#checks">"see the evidence"</a></p> })}
                    {mark.map(mark_words)}
                </div>
                {reopen}
            </div>
            <Outdated />
            {tick}
            {waive}
        </li>
    }
}

fn mark_words(mark: ItemMark) -> impl IntoView {
    let verb = match mark.kind {
        MarkKind::Done => "done, says",
        MarkKind::Waived => "waived by",
    };
    view! {
        <p class="item-mark">
            {format!("{verb} {} ", mark.by.name)} <Age at=mark.at />
            {(!mark.note.is_empty()).then(|| view! { <q>{mark.note}</q> })}
        </p>
    }
}

fn tick_form(item: Item, deployment: String, evidence_required: bool, offer: Offer) -> impl IntoView {
    let form = format!("tick-{}", item.id);
    let describes = format!("Mark as done: {}", item.title);
    let help = if evidence_required {
        "Where can somebody see it? A link, a ticket, a figure."
    } else {
        "What did you look at?"
    };
    view! {
        <FormFold form=form.clone() summary="Mark as done">
            <ActForm action=MarkItem::PATH form=form.clone()>
                <input type="hidden" name="deployment" value=deployment />
                <input type="hidden" name="item" value=item.id />
                <input type="hidden" name="kind" value="done" />
                <TextAreaField form=form name="note" label="Evidence" help=help is_required=evidence_required />
                <OfferNote offer=offer />
                <div class="button-row"><Submit label="Mark as done" describes=describes /></div>
            </ActForm>
        </FormFold>
    }
}

fn waive_form(item: Item, deployment: String, offer: Offer) -> impl IntoView {
    let form = format!("waive-{}", item.id);
    let describes = format!("Waive this item: {}", item.title);
    view! {
        <FormFold form=form.clone() summary="Waive with a reason">
            <ActForm action=MarkItem::PATH form=form.clone()>
                <input type="hidden" name="deployment" value=deployment />
                <input type="hidden" name="item" value=item.id />
                <input type="hidden" name="kind" value="waived" />
                <TextAreaField form=form name="note" label="Reason" help="Stands in the checklist and in the evidence under your name." is_required=true />
                <OfferNote offer=offer />
                <div class="button-row"><Submit label="Waive this item" danger=true describes=describes /></div>
            </ActForm>
        </FormFold>
    }
}

fn reopen_form(item: Item, deployment: String) -> impl IntoView {
    let form = format!("reopen-{}", item.id);
    let describes = format!("Reopen: {}", item.title);
    view! {
        <ActForm action=ReopenItem::PATH form=form class="form-inline">
            <input type="hidden" name="deployment" value=deployment />
            <input type="hidden" name="item" value=item.id />
            <Submit label="Reopen" describes=describes />
        </ActForm>
    }
}
