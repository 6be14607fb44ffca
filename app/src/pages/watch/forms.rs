//! What people do on a watch: record a look, report a trigger, sign, end early.

use domain::watch::{RoundState, TriggerKind, Watch};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::{
    api::{EndWatch, RecordLook, ReportTrigger, SignOffWatch},
    components::{ActForm, FormFold, OfferNote, Section, SelectField, Submit, TextAreaField},
    views::{Offer, WatchView},
};

/// Nothing at all where this person can do nothing.
#[component]
pub fn FormsPart(view: WatchView) -> impl IntoView {
    let deployment = view.brief.deployment.to_string();
    let offers = view.offers.clone();
    // The round a look belongs to: the newest one that is due.
    let due = view
        .rounds
        .iter()
        .rev()
        .find(|r| matches!(r.state, RoundState::Waiting | RoundState::Looked | RoundState::Missed));
    let look = due
        .filter(|_| offers.look.is_usable())
        .map(|round| look(deployment.clone(), round.round.number, offers.look.clone()));
    let report = offers.report.is_usable().then(|| report(deployment.clone(), &view.watch, offers.report.clone()));
    let sign = offers.sign_off.is_usable().then(|| sign(deployment.clone(), &view.watch, offers.sign_off.clone()));
    let end = offers.end.is_usable().then(|| end(deployment.clone(), offers.end.clone()));
    if look.is_none() && report.is_none() && sign.is_none() && end.is_none() {
        return ().into_any();
    }
    let key = format!("{:?} {} {:?}", view.watch.state, due.map_or(0, |r| r.round.number), offers);
    view! {
        <Section id="look" title="Your part" key=key>
            {sign} {look} {report} {end}
        </Section>
    }
    .into_any()
}

fn look(deployment: String, round: u32, offer: Offer) -> impl IntoView + use<> {
    let options = [("nothing", "Nothing unusual"), ("problem", "A problem")];
    let options = options.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
    let form = "look-form";
    view! {
        <ActForm action=RecordLook::PATH form=form>
            <p class="form-help">{format!("Look at the checks of round {round} below and at your dashboards, then say what you saw.")}</p>
            <input type="hidden" name="deployment" value=deployment />
            <input type="hidden" name="round" value=round.to_string() />
            <SelectField form=form name="finding" label="What you found" options=options selected=Some("nothing".to_owned()) />
            <TextAreaField form=form name="note" label="Note" />
            <OfferNote offer=offer />
            <div class="button-row"><Submit label=format!("Record my look at round {round}") primary=true /></div>
        </ActForm>
    }
}

fn report(deployment: String, watch: &Watch, offer: Offer) -> impl IntoView + use<> {
    let options = watch
        .triggers
        .iter()
        .filter(|t| t.kind == TriggerKind::Reported && !watch.holding().any(|raised| raised.trigger == t.id))
        .map(|t| (t.id.clone(), t.title.clone()))
        .collect();
    let form = "report";
    view! {
        <FormFold form=form summary="Report a rollback trigger">
            <ActForm action=ReportTrigger::PATH form=form class="form-danger">
                <p class="form-help">"For what no check can tell. Everybody sees it on the overview; nothing is rolled back by itself."</p>
                <input type="hidden" name="deployment" value=deployment />
                <SelectField form=form name="trigger" label="Trigger" options=options />
                <TextAreaField form=form name="note" label="What happened" is_required=true />
                <OfferNote offer=offer />
                <div class="button-row"><Submit label="Raise this trigger" danger=true /></div>
            </ActForm>
        </FormFold>
    }
}

fn sign(deployment: String, watch: &Watch, offer: Offer) -> impl IntoView + use<> {
    let needs_word = watch.has_blemishes();
    let help = if needs_word {
        "Rounds were missed, a trigger was raised or a problem was found: say why this is acceptable."
    } else {
        "Your signature says that the release was watched as agreed and is as it should be."
    };
    let form = "sign-off";
    view! {
        <ActForm action=SignOffWatch::PATH form=form>
            <p class="form-help">{help}</p>
            <input type="hidden" name="deployment" value=deployment />
            <TextAreaField form=form name="comment" label="Comment" is_required=needs_word />
            <OfferNote offer=offer />
            <div class="button-row"><Submit label="Sign off the watch" primary=true /></div>
        </ActForm>
    }
}

fn end(deployment: String, offer: Offer) -> impl IntoView + use<> {
    let form = "end-watch";
    view! {
        <FormFold form=form summary="End the watch early">
            <ActForm action=EndWatch::PATH form=form class="form-danger">
                <p class="form-help">"Rounds that are still to come will not run. The record says that it was ended early, by whom and why."</p>
                <input type="hidden" name="deployment" value=deployment />
                <TextAreaField form=form name="reason" label="Reason" is_required=true />
                <OfferNote offer=offer />
                <div class="button-row"><Submit label="End the watch" danger=true /></div>
            </ActForm>
        </FormFold>
    }
}
