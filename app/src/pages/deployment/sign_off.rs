//! The signatures: given, missing, and the form for the roles this person can sign for.

use domain::{checklist::SignOffRole, deployment::State, stack::Condition};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::{
    api::{MarkFailed, SignOff},
    components::{ActForm, Age, Avatar, FormFold, OfferNote, Outdated, StateBadge, Submit, TextAreaField},
    views::{DeploymentView, Offer},
};

#[component]
pub fn SignOffs(view: DeploymentView) -> impl IntoView {
    let deployment = &view.deployment;
    let open = deployment.open_items().len();
    let key = format!("{:?} {open} {} {:?}", deployment.state, deployment.sign_offs.len(), view.offers.sign_off);
    let is_waiting = deployment.state == State::AwaitingSignOff;
    let roles = deployment.checklist.sign_off_roles.iter().map(|role| role_row(role, &view, open)).collect_view();
    let end = (is_waiting && view.offers.mark_failed.is_usable())
        .then(|| end_form(deployment.id.to_string(), view.offers.mark_failed.clone()));
    view! {
        <div class="sign-offs" id="sign-off" data-live="sign-off" data-key=key>
            <h3 class="checklist-title">"Signatures"</h3>
            <Outdated />
            {(is_waiting && open > 0).then(|| {
                let words = if open == 1 { "1 item is still open".to_owned() } else { format!("{open} items are still open") };
                view! { <p class="offer-note">{format!("{words}; nobody can sign before they are closed or waived.")}</p> }
            })}
            <ul class="signatures">{roles}</ul>
            {end}
        </div>
    }
}

fn role_row(role: &SignOffRole, view: &DeploymentView, open: usize) -> impl IntoView + use<> {
    let deployment = &view.deployment;
    let given = deployment.sign_offs.iter().find(|s| s.role == role.id).cloned();
    let offer = view.offers.sign_off.get(&role.id).cloned();
    let title = role.title.clone();
    let is_waiting = deployment.state == State::AwaitingSignOff;
    let state = if let Some(sign_off) = given {
        view! {
            <div class="signature">
                <Avatar name=sign_off.by.name.clone() />
                <p>
                    <strong>{sign_off.by.name}</strong> " signed as " {title} " " <Age at=sign_off.at />
                    {(!sign_off.comment.is_empty()).then(|| view! { <q>{sign_off.comment}</q> })}
                </p>
            </div>
        }
        .into_any()
    } else {
        let condition = if is_waiting { Condition::Waiting } else { Condition::NotApplicable };
        let form = offer.filter(|offer| is_waiting && open == 0 && offer.is_shown()).map(|offer| {
            if offer.is_usable() {
                sign_form(role.clone(), deployment.id.to_string(), offer).into_any()
            } else {
                view! { <OfferNote offer=offer /> }.into_any()
            }
        });
        view! {
            <p class="inline-state"><StateBadge condition=condition words="Not signed" /> <strong>{title}</strong></p>
            {form}
        }
        .into_any()
    };
    view! { <li>{state}</li> }
}

fn sign_form(role: SignOffRole, deployment: String, offer: Offer) -> impl IntoView {
    let form = format!("sign-{}", role.id);
    let label = format!("Sign off as {}", role.title);
    view! {
        <ActForm action=SignOff::PATH form=form.clone()>
            <input type="hidden" name="deployment" value=deployment />
            <input type="hidden" name="role" value=role.id />
            <TextAreaField form=form name="comment" label="Comment" />
            <OfferNote offer=offer />
            <div class="button-row"><Submit label=label primary=true /></div>
        </ActForm>
    }
}

fn end_form(deployment: String, offer: Offer) -> impl IntoView {
    view! {
        <FormFold form="end" summary="End this deployment without sign-off">
            <ActForm action=MarkFailed::PATH form="end" class="form-danger">
                <input type="hidden" name="deployment" value=deployment />
                <p class="form-help">"The release stays deployed as it is; the deployment is recorded as failed and frees the environment."</p>
                <TextAreaField form="end" name="reason" label="Reason" is_required=true />
                <OfferNote offer=offer />
                <div class="button-row"><Submit label="End as failed" danger=true /></div>
            </ActForm>
        </FormFold>
    }
}
