//! What the deployment passed under: each condition with its owner and day, until the owner closes it.

use domain::{
    checklist::AgreedCondition,
    deployment::{Deployment, State},
    stack::Condition,
};
use jiff::{civil::Date, tz::TimeZone};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::{
    api::CloseCondition,
    components::{ActForm, Age, FormFold, Section, StateBadge, Submit, TextField, now},
    ports::Caller,
    views::Offer,
};

pub fn conditions_part(deployment: &Deployment, offer: &Offer, me: &Caller) -> AnyView {
    let open = deployment.open_conditions().count();
    let today = now().to_zoned(TimeZone::UTC).date();
    let key = format!("{open} {} {today} {offer:?}", deployment.conditions.len());
    let title = if open == 0 { "Conditions, all closed" } else { "Conditions" };
    let can_close = offer.is_usable() && matches!(deployment.state, State::AwaitingSignOff | State::Succeeded);
    let rows = deployment
        .conditions
        .iter()
        .map(|condition| {
            let is_mine = condition.belongs_to(&me.actor.name, me.actor.email.as_deref());
            let form = (can_close && is_mine && condition.closed.is_none())
                .then(|| close_form(condition, deployment.id.to_string()));
            row(condition.clone(), today, form)
        })
        .collect_view();
    view! { <Section id="conditions" title=title key=key><ul class="conditions">{rows}</ul></Section> }.into_any()
}

fn row(condition: AgreedCondition, today: Date, form: Option<impl IntoView>) -> impl IntoView {
    let (state, words) = match &condition.closed {
        Some(_) => (Condition::Good, "Closed"),
        None if condition.due < today => (Condition::Bad, "Overdue"),
        None => (Condition::Waiting, "Open"),
    };
    let closed = condition.closed.map(|closing| {
        view! {
            <p class="item-mark">"closed by " {closing.by.name} " " <Age at=closing.at /> <q>{closing.note}</q></p>
        }
    });
    view! {
        <li>
            <p class="inline-state"><StateBadge condition=state words=words /> <strong>{condition.text}</strong></p>
            <p class="muted">
                {format!("{} answers for it until {}; agreed by {} ", condition.owner, condition.due, condition.agreed_by.name)}
                <Age at=condition.agreed_at />
            </p>
            {closed}
            {form}
        </li>
    }
}

fn close_form(condition: &AgreedCondition, deployment: String) -> impl IntoView + use<> {
    let form = format!("condition-{}", condition.id);
    let describes = format!("Close this condition: {}", condition.text);
    let number = condition.id.to_string();
    view! {
        <FormFold form=form.clone() summary="Close this condition">
            <ActForm action=CloseCondition::PATH form=form.clone()>
                <input type="hidden" name="deployment" value=deployment />
                <input type="hidden" name="condition" value=number />
                <TextField form=form name="note" label="How it was met" is_required=true />
                <div class="button-row"><Submit label="Close this condition" describes=describes /></div>
            </ActForm>
        </FormFold>
    }
}
