//! The signatures: given, stale with what changed, missing, and the form for the roles this person can sign for.

use domain::{
    checklist::{Change, Outcome, SignOff as Signature, SignOffRole},
    deployment::{Deployment, ListDigests, State},
    stack::Condition,
};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::{
    api::{MarkFailed, SignOff},
    components::{
        ActForm, Age, Avatar, DateField, DigestCode, FormFold, OfferNote, Outdated, Section, SelectField, StateBadge,
        Submit, TextAreaField, TextField, exact, now,
    },
    form::use_form_state,
    views::{ChecklistView, Offer},
};

/// Changes named under a stale signature; more would hide the first.
const NAMED: usize = 8;
const CONDITIONS: [(&str, &str, &str); 3] =
    [("condition_1", "owner_1", "due_1"), ("condition_2", "owner_2", "due_2"), ("condition_3", "owner_3", "due_3")];

pub fn signatures_part(view: &ChecklistView, digests: &ListDigests, open: usize) -> AnyView {
    let deployment = &view.deployment;
    let is_waiting = deployment.state == State::AwaitingSignOff;
    let seen = digests.seen();
    let key = format!("{:?} {open} {} {seen} {:?}", deployment.state, deployment.sign_offs.len(), view.offers.sign_off);
    let forms = deployment
        .checklist
        .sign_off_roles
        .iter()
        .filter(|_| is_waiting)
        .filter_map(|role| {
            let offer = view.offers.sign_off.get(&role.id).filter(|offer| offer.is_shown())?.clone();
            (open == 0 || !offer.is_usable()).then(|| sign_form(role, deployment, digests, offer))
        })
        .collect_view();
    let usable = view.offers.sign_off.values().find(|offer| offer.is_usable()).cloned();
    let end = usable.filter(|_| is_waiting && open > 0).map(|offer| fail_form(deployment, offer));
    let signed = signature_list(deployment);
    let blocked = (is_waiting && open > 0).then(|| {
        let words = if open == 1 { "1 item is still open".to_owned() } else { format!("{open} items are still open") };
        view! { <p class="offer-note">{format!("{words}; nobody can accept the deployment before they are closed or waived.")}</p> }
    });
    view! {
        <Section id="sign-off" title="Signatures" key=key>
            {blocked}
            {signed}
            {forms}
            {end}
        </Section>
    }
    .into_any()
}

/// Per role: who signed, or that nobody has.
pub fn signature_list(deployment: &Deployment) -> AnyView {
    let now = now();
    let rows = deployment
        .checklist
        .sign_off_roles
        .iter()
        .map(|role| match deployment.sign_off_of(&role.id) {
            Some(signature) => {
                let is_stale = deployment.state == State::AwaitingSignOff && !deployment.holds(signature, now);
                let changes = if is_stale { deployment.changes_since(signature, now) } else { Vec::new() };
                given(role, signature.clone(), is_stale, &changes)
            }
            None => missing(role, deployment),
        })
        .collect_view();
    view! { <ul class="signatures">{rows}</ul> }.into_any()
}

fn missing(role: &SignOffRole, deployment: &Deployment) -> AnyView {
    let condition =
        if deployment.state == State::AwaitingSignOff { Condition::Waiting } else { Condition::NotApplicable };
    view! {
        <li><p class="inline-state"><StateBadge condition=condition words="Not signed" /> <strong>{role.title.clone()}</strong></p></li>
    }
    .into_any()
}

fn given(role: &SignOffRole, signature: Signature, is_stale: bool, changes: &[Change]) -> AnyView {
    let (condition, words) = match (is_stale, signature.outcome) {
        (true, _) => (Condition::Attention, "Stale"),
        (false, Outcome::Passed) => (Condition::Good, Outcome::Passed.words()),
        (false, Outcome::PassedWithConditions) => (Condition::Attention, Outcome::PassedWithConditions.words()),
        (false, Outcome::Failed) => (Condition::Bad, Outcome::Failed.words()),
    };
    let more = changes.len().saturating_sub(NAMED);
    let named = changes.iter().take(NAMED).map(|c| view! { <li>{format!("{}.", c.words())}</li> }).collect_view();
    let stale = is_stale.then(|| {
        view! {
            <div class="signature-stale">
                <p>"What was signed has changed since. The signature is kept; it counts again when it is renewed."</p>
                <ul>
                    {named}
                    {(more > 0).then(|| view! { <li>{format!("and {more} more changes.")}</li> })}
                </ul>
            </div>
        }
    });
    let bound = signature.bound;
    view! {
        <li>
            <div class="signature">
                <Avatar name=signature.by.name.clone() />
                <div>
                    <p>
                        <StateBadge condition=condition words=words /> " " <strong>{signature.by.name}</strong>
                        " signed as " {role.title.clone()} " " <Age at=signature.at />
                        <span class="row-note">{exact(signature.at)}</span>
                    </p>
                    {(!signature.comment.is_empty()).then(|| view! { <q>{signature.comment}</q> })}
                    <p class="muted">{bound.statement}</p>
                    <p class="muted signature-bound">
                        "checklist " <DigestCode digest=bound.checklist /> " checks " <DigestCode digest=bound.checks />
                        {bound.plan.map(|plan| view! { " plan " <DigestCode digest=plan /> })}
                        {format!(" login {} s before", bound.login_age_secs)}
                    </p>
                </div>
            </div>
            {stale}
        </li>
    }
    .into_any()
}

fn sign_form(role: &SignOffRole, deployment: &Deployment, digests: &ListDigests, offer: Offer) -> AnyView {
    if !offer.is_usable() {
        return view! { <OfferNote offer=offer /> }.into_any();
    }
    let form = format!("sign-{}", role.id);
    let (id, role_id) = (deployment.id.to_string(), role.id.clone());
    let (seen, statement) = (digests.seen().as_str().to_owned(), deployment.statement(role));
    let is_renewal = deployment.sign_off_of(&role.id).is_some();
    let verb = if is_renewal { "Sign again as" } else { "Sign off as" };
    let label = format!("{verb} {}", role.title);
    let fold = format!("{form}-conditions");
    let is_open = use_form_state(&form).value("outcome") == Outcome::PassedWithConditions.name();
    let outcomes = Outcome::ALL.map(|outcome| (outcome.name().to_owned(), outcome.words().to_owned())).to_vec();
    let tomorrow = now() + jiff::SignedDuration::from_hours(24);
    let rows = CONDITIONS
        .map(|(text, owner, due)| {
            view! {
                <div class="condition-row">
                    <TextField form=form.clone() name=text label="Condition" />
                    <TextField form=form.clone() name=owner label="Owner (name or e-mail)" />
                    <DateField form=form.clone() name=due label="Due" min=tomorrow />
                </div>
            }
        })
        .collect_view();
    view! {
        <ActForm action=SignOff::PATH form=form.clone()>
            <p class="form-title">{label.clone()}</p>
            <input type="hidden" name="deployment" value=id />
            <input type="hidden" name="role" value=role_id />
            <input type="hidden" name="seen" value=seen />
            <blockquote class="statement">{statement}</blockquote>
            <SelectField form=form.clone() name="outcome" label="Outcome" options=outcomes />
            <TextAreaField form=form name="comment" label="Comment" help="Needed when it failed: the reason, which ends the deployment." />
            <details class="fold" id=fold open=is_open>
                <summary>"Conditions"</summary>
                <p class="field-help">"For “passed with conditions”: each stays on the overview until its owner has closed it."</p>
                {rows}
            </details>
            <OfferNote offer=offer />
            <div class="button-row"><Submit label=label primary=true /></div>
        </ActForm>
    }
    .into_any()
}

/// While items are open, the only verdict that can be given.
fn fail_form(deployment: &Deployment, offer: Offer) -> AnyView {
    let id = deployment.id.to_string();
    view! {
        <FormFold form="end" summary="End this deployment as failed">
            <ActForm action=MarkFailed::PATH form="end" class="form-danger">
                <input type="hidden" name="deployment" value=id />
                <p class="form-help">"The release stays deployed as it is; the environment is free for the next one."</p>
                <Outdated />
                <TextAreaField form="end" name="reason" label="Reason" is_required=true />
                <OfferNote offer=offer />
                <div class="button-row"><Submit label="End as failed" danger=true /></div>
            </ActForm>
        </FormFold>
    }
    .into_any()
}
