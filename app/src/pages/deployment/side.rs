//! Beside the parts: who, when, what exactly; the way to stop; what the audit log says.

use domain::{deployment::State, stack::Condition};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::{
    api::{CancelDeployment, MarkFailed},
    components::{
        ActForm, Age, Avatar, Definition, DefinitionList, DigestCode, FormFold, Moment, OfferNote, Section, Submit,
        TextAreaField, Timeline, Took, exact,
    },
    views::DeploymentView,
};

#[component]
pub fn Side(view: DeploymentView) -> impl IntoView {
    let cancel = (!view.deployment.state.is_final()).then(|| cancel_part(&view));
    let abandon = (view.deployment.state == State::Executing).then(|| abandon_part(&view));
    let evidence = view.offers.export.is_usable().then(|| evidence_part(&view));
    let deployment = view.deployment;
    // What Lockkeeper did itself is told by the run and the checks, step by step.
    let (by_people, by_itself): (Vec<_>, Vec<_>) =
        view.audit.iter().partition(|row| !["change_set", "stack", "check"].contains(&row.action.as_str()));
    let steps = by_itself.len();
    let moments = by_people
        .into_iter()
        .map(|row| Moment {
            at: row.at,
            condition: if row.was_denied { Condition::Bad } else { Condition::NotApplicable },
            what: format!("{}{}", row.actor, if row.was_denied { " was refused" } else { "" }),
            detail: Some(row.summary.clone()),
        })
        .collect::<Vec<_>>();
    let took = if deployment.finished_at.is_some() { "Took" } else { "So far" };
    let has_audit = !moments.is_empty();
    view! {
        <Section id="about" title="Who and when">
            <DefinitionList>
                <Definition term="Requested by">
                    <span class="person"><Avatar name=deployment.requested_by.name.clone() /> {deployment.requested_by.name.clone()}</span>
                </Definition>
                <Definition term="Requested">
                    <Age at=deployment.requested_at /> <span class="row-note">{exact(deployment.requested_at)}</span>
                </Definition>
                <Definition term="Reason">{deployment.reason.clone()}</Definition>
                <Definition term="Release">
                    <a href=format!("/releases/{}", deployment.release_id)>{deployment.release_version.clone()}</a>
                </Definition>
                {deployment.started_at.map(|at| view! { <Definition term="Started"><Age at=at /> <span class="row-note">{exact(at)}</span></Definition> })}
                {deployment.finished_at.map(|at| view! { <Definition term="Finished"><Age at=at /> <span class="row-note">{exact(at)}</span></Definition> })}
                <Definition term=took><Took from=deployment.requested_at to=deployment.finished_at /></Definition>
                <Definition term="Release digest"><DigestCode digest=deployment.release_digest.clone() /></Definition>
                {deployment.plan_digest.clone().map(|digest| view! { <Definition term="Plan digest"><DigestCode digest=digest /></Definition> })}
                <Definition term="Blueprint digest"><DigestCode digest=deployment.blueprint_digest.clone() /></Definition>
            </DefinitionList>
        </Section>
        {cancel}
        {abandon}
        {evidence}
        {has_audit.then(|| view! {
            <Section id="audit" title="What people did">
                <Timeline moments=moments />
                {(steps > 0).then(|| view! {
                    <p class="muted">{format!("{steps} steps of Lockkeeper itself are in the audit log, too.")}</p>
                })}
            </Section>
        })}
    }
}

fn cancel_part(view: &DeploymentView) -> impl IntoView + use<> {
    let deployment = &view.deployment;
    let offer = view.offers.cancel.clone();
    let key = format!("{:?} {} {offer:?}", deployment.state, deployment.cancellation.is_some());
    let consequence = if deployment.state.is_before_execution() {
        "Nothing has been changed yet; the prepared change sets are thrown away."
    } else {
        "The stack that is being executed is followed to its end; stacks after it are not executed. Nothing is rolled back."
    };
    let content = if let Some(cancellation) = &deployment.cancellation {
        let words = format!("{} asked to stop: {} ", cancellation.by.name, cancellation.reason);
        let at = cancellation.at;
        view! { <p>{words} <Age at=at /></p> }.into_any()
    } else if offer.is_usable() {
        let id = deployment.id.to_string();
        view! {
            <FormFold form="cancel" summary="Stop this deployment">
                <ActForm action=CancelDeployment::PATH form="cancel" class="form-danger">
                    <input type="hidden" name="deployment" value=id />
                    <p class="form-help">{consequence}</p>
                    <TextAreaField form="cancel" name="reason" label="Reason" is_required=true />
                    <OfferNote offer=offer />
                    <div class="button-row"><Submit label="Stop this deployment" danger=true /></div>
                </ActForm>
            </FormFold>
        }
        .into_any()
    } else if offer.is_shown() {
        view! { <OfferNote offer=offer /> }.into_any()
    } else {
        return ().into_any();
    };
    view! { <Section id="stop" title="Stop" key=key>{content}</Section> }.into_any()
}

/// The way out where nobody can follow the stacks any more. Shown only to whoever may take it, and only then.
fn abandon_part(view: &DeploymentView) -> impl IntoView + use<> {
    let offer = view.offers.mark_failed.clone();
    if !offer.is_usable() {
        return ().into_any();
    }
    let id = view.deployment.id.to_string();
    let key = format!("{offer:?}");
    view! {
        <Section id="cannot-follow" title="It cannot be followed" key=key>
            <p>
                "Every question about the stacks that are being executed fails; the problems are listed above. "
                <strong>"AWS may still be working on them."</strong>
            </p>
            <FormFold form="abandon" summary="End this deployment without knowing how its stacks end">
                <ActForm action=MarkFailed::PATH form="abandon" class="form-danger">
                    <input type="hidden" name="deployment" value=id />
                    <p class="form-help">
                        "The deployment is recorded as failed and frees the environment. Nothing is stopped in AWS: look at the \
                         stacks there before anything else is deployed."
                    </p>
                    <TextAreaField form="abandon" name="reason" label="Reason" is_required=true />
                    <OfferNote offer=offer />
                    <div class="button-row"><Submit label="End it without knowing" danger=true /></div>
                </ActForm>
            </FormFold>
        </Section>
    }
    .into_any()
}

fn evidence_part(view: &DeploymentView) -> impl IntoView + use<> {
    let href = format!("/deployments/{}/evidence.zip", view.deployment.id);
    view! {
        <Section id="evidence" title="Evidence">
            <p>"Plan, approvals, checks, checklist, signatures and the audit log's proof, in one signed file."</p>
            <div class="button-row">
                <a class="button" href=href download="">"Export evidence"</a>
                <a href="/evidence">"Keys, and exports by date"</a>
            </div>
        </Section>
    }
}
