//! Forms in every state: fresh, refused at a field, refused as a whole, filled again after a login.

use std::{collections::BTreeMap, sync::Arc};

use domain::permission::Decision;
use leptos::prelude::*;

use crate::{
    components::{
        FormFold, KeyHint, Notice, OfferNote, PhraseField, Section, SelectField, Submit, TextAreaField, TextField,
    },
    error::ApiError,
    form::{FormState, FormStates, use_form_state},
    views::Offer,
};

fn came_back(form: &str, error: Option<ApiError>, notice: Option<&str>) -> FormState {
    let typed = [("text", "What was typed"), ("area", "What was typed\nis kept"), ("choice", "b")];
    FormState {
        form: form.to_owned(),
        fields: typed.map(|(name, text)| (name.to_owned(), text.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
        error,
        notice: notice.map(str::to_owned),
    }
}

#[component]
pub fn Forms() -> impl IntoView {
    let at_a_field = ApiError::rejected_field("text", "Say which one; there are two of that name.");
    let as_a_whole = ApiError::rejected("The plan changed while you were reading. Nothing was approved: read it again");
    provide_context(FormStates(Arc::new(vec![
        came_back("design-field", Some(at_a_field), None),
        came_back("design-form", Some(as_a_whole), None),
        came_back("design-kept", None, Some("You were logged out in between. What you typed is here; send it again.")),
    ])));
    let forms = [
        ("design", "Fresh"),
        ("design-field", "Refused at a field"),
        ("design-form", "Refused as a whole"),
        ("design-kept", "Back after a login"),
    ]
    .map(|(form, title)| one(form, title))
    .collect_view();
    let offers = [
        Offer { decision: Decision::Allowed, obstacle: None },
        Offer { decision: Decision::NeedsRecentLogin { max_age_secs: 900 }, obstacle: None },
        Offer { decision: Decision::Allowed, obstacle: Some("You requested this deployment.".to_owned()) },
    ]
    .map(|offer| view! { <OfferNote offer=offer /> })
    .collect_view();
    view! {
        {forms}
        <Section id="phrase" title="Phrase, folds, notes, keys">
            <form class="form" method="get" action="/design">
                <PhraseField form="design-phrase" phrase="DEPLOY TO PRODUCTION" />
                <div class="button-row">
                    <Submit label="Approve this plan" primary=true needs_phrase=true /> <Submit label="Plain" />
                    <Submit label="Reject this plan" danger=true />
                    <span class="button button-off" aria-disabled="true">"Not now"</span>
                </div>
            </form>
            <FormFold form="design-fold" summary="A form behind a line"><p>"Its fields."</p></FormFold>
            {offers}
            <p><KeyHint keys="Ctrl K" /> " " <KeyHint keys="/" /> " " <KeyHint keys="?" /></p>
        </Section>
    }
}

fn one(form: &'static str, title: &'static str) -> impl IntoView {
    let state = use_form_state(form);
    let error = state.form_error();
    let options = vec![("a".to_owned(), "First choice".to_owned()), ("b".to_owned(), "Second choice".to_owned())];
    view! {
        <Section id=format!("form-{form}") title=format!("Form: {}", title.to_lowercase())>
            <form class="form" method="get" action="/design" id=form>
                {error.map(|error| view! { <div class="form-error" role="alert"><p>{error}</p></div> })}
                {state.notice.map(|notice| {
                    view! { <Notice condition=domain::stack::Condition::Attention><p>{notice}</p></Notice> }
                })}
                <TextField form=form name="text" label="Text" help="What it is for." />
                <TextAreaField form=form name="area" label="Longer text" help="What it is for." />
                <SelectField form=form name="choice" label="Choice" options=options />
            </form>
        </Section>
    }
}
