//! Approval of a protected environment's plan, and the start of an unprotected one's.

use domain::{deployment::State, stack::Condition};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::sentence::missing_approvals;
use crate::{
    api::{ApprovePlan, RejectPlan, StartDeployment},
    components::{ActForm, ChangeFigures, Moment, OfferNote, PhraseField, Section, Submit, TextAreaField, Timeline},
    views::DeploymentView,
};

#[component]
pub fn ApprovalPart(view: DeploymentView, me: String) -> impl IntoView {
    let deployment = view.deployment;
    let offer = view.offers.approve;
    let key = format!("{:?} {:?} {} {offer:?}", deployment.state, deployment.plan_digest, deployment.approvals.len());
    let moments = deployment
        .approvals
        .iter()
        .map(|approval| {
            let is_valid = Some(&approval.plan_digest) == deployment.plan_digest.as_ref();
            let groups =
                if approval.groups.is_empty() { String::new() } else { format!(" for {}", approval.groups.join(", ")) };
            Moment {
                at: approval.at,
                condition: if is_valid { Condition::Good } else { Condition::NotApplicable },
                what: if is_valid {
                    format!("{} approved this plan{groups}", approval.by.name)
                } else {
                    format!("{} approved an earlier plan; it no longer counts", approval.by.name)
                },
                detail: (!approval.comment.is_empty()).then(|| approval.comment.clone()),
            }
        })
        .collect::<Vec<_>>();
    let is_waiting = deployment.state == State::AwaitingApproval;
    let missing = if is_waiting {
        Some(format!("{}.", capitalised(&missing_approvals(&deployment))))
    } else if deployment.state == State::Planning {
        Some("The plan must be ready before anybody can approve it.".to_owned())
    } else if moments.is_empty() {
        Some("No approval was given.".to_owned())
    } else {
        None
    };
    let form = match (&deployment.plan_digest, &deployment.protection) {
        // The requester sees why, and no button: a second pair of eyes is the point.
        _ if is_waiting && deployment.requested_by.id == me => Some(
            view! { <p class="offer-note">"You requested this deployment, so somebody else must approve it."</p> }
                .into_any(),
        ),
        (Some(digest), Some(protection)) if is_waiting && offer.is_usable() => {
            let digest = digest.as_str().to_owned();
            let phrase = protection.phrase.clone();
            Some(
                view! {
                    <ActForm action=ApprovePlan::PATH form="decide" class="form-danger">
                        <input type="hidden" name="deployment" value=deployment.id.to_string() />
                        <input type="hidden" name="plan_digest" value=digest />
                        <p class="form-title">{format!("You decide about {}", view.band.title)}</p>
                        <ChangeFigures counts=deployment.counts() />
                        <PhraseField form="decide" phrase=phrase />
                        <TextAreaField form="decide" name="comment" label="Comment" help="Needed to reject; the requester and the audit log read it." />
                        <OfferNote offer=offer />
                        <div class="button-row">
                            <Submit label="Approve this plan" primary=true needs_phrase=true />
                            <Submit label="Reject this plan" danger=true action=RejectPlan::PATH />
                        </div>
                    </ActForm>
                }
                .into_any(),
            )
        }
        _ if is_waiting && offer.is_shown() => Some(view! { <OfferNote offer=offer /> }.into_any()),
        _ if is_waiting => {
            Some(view! { <p class="offer-note">"Your role does not approve plans here. A lead can."</p> }.into_any())
        }
        _ => None,
    };
    view! {
        <Section id="approval" title="Approval" key=key>
            {missing.map(|missing| view! { <p>{missing}</p> })}
            {(!moments.is_empty()).then(|| view! { <Timeline moments=moments /> })}
            {form}
        </Section>
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[component]
pub fn StartPart(view: DeploymentView) -> impl IntoView {
    let deployment = view.deployment;
    let offer = view.offers.start;
    let key = format!("{:?} {:?} {offer:?}", deployment.state, deployment.plan_digest);
    let is_waiting = deployment.state == State::Planned;
    let content = match &deployment.plan_digest {
        Some(digest) if is_waiting && offer.is_usable() => {
            let digest = digest.as_str().to_owned();
            view! {
                <ActForm action=StartDeployment::PATH form="begin">
                    <input type="hidden" name="deployment" value=deployment.id.to_string() />
                    <input type="hidden" name="plan_digest" value=digest />
                    <ChangeFigures counts=deployment.counts() />
                    <OfferNote offer=offer />
                    <div class="button-row"><Submit label="Start this deployment" primary=true /></div>
                </ActForm>
            }
            .into_any()
        }
        _ if is_waiting && offer.is_shown() => view! { <OfferNote offer=offer /> }.into_any(),
        _ if is_waiting => {
            view! { <p class="offer-note">"Your role does not start deployments here. An engineer can."</p> }.into_any()
        }
        _ if deployment.started_at.is_some() => {
            view! { <p class="muted">"Started. This environment is not protected, so no approval was asked."</p> }
                .into_any()
        }
        _ => view! { <p class="muted">"The plan must be ready before anybody can start it."</p> }.into_any(),
    };
    view! { <Section id="start" title="Start" key=key>{content}</Section> }
}
