//! The item that lies open: how to find out, what was said so far, and everything that can be done to it.

use domain::{
    checklist::{ItemKind, ItemMark, ItemStanding, ItemState, MarkKind},
    deployment::State,
    stack::Condition,
};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{blockers::who_can_act, rows::RowContext};
use crate::{
    api::{MarkItem, RunChecks},
    components::{
        ActForm, Age, DateField, FormFold, LeanBadge, OfferNote, Outdated, Submit, TextAreaField, TextField, exact, now,
    },
    form::{FORM_FIELD, use_form_state},
    views::{CheckRow, Offer},
};

/// Where a file goes; the only form of the page that sends more than text.
const ATTACH: &str = "/api/attach_evidence";

pub fn opened(item: &ItemStanding<'_>, context: &RowContext<'_>) -> AnyView {
    let definition = item.item;
    let id = definition.id.clone();
    let deployment = context.deployment;
    let takes_marks = deployment.takes_marks(&id) && item.state != ItemState::NotApplicable;
    let offer = context.view.offers.tick_for(definition.role()).clone();
    let waive_offer = context.view.offers.waive.clone();
    let may_act = takes_marks && offer.is_usable();
    let form = FormOf { deployment: deployment.id.to_string(), item: id.clone(), title: definition.title.clone() };
    let who = (!item.state.is_closed()).then(|| view! { <p class="muted">{who_can_act(item)} "."</p> });
    let marks: Vec<AnyView> = deployment.marks_of(&id).map(|mark| entry(mark, &form.deployment)).collect();
    let history = (!marks.is_empty()).then(|| view! { <ol class="item-log" aria-label="What people did">{marks}</ol> });
    let checks = (definition.is_automatic()).then(|| evidence(item, context));
    let wants_evidence = matches!(definition.kind, ItemKind::Manual { evidence_required: true, .. });
    let tick = (may_act && !definition.is_automatic() && !item.state.is_closed())
        .then(|| tick_form(&form, wants_evidence && item.notes == 0, offer.clone()));
    let waive =
        (takes_marks && !item.state.is_closed() && waive_offer.is_shown()).then(|| waive_form(&form, waive_offer));
    let reopen = item
        .mark
        .filter(|m| may_act && item.state.is_closed() && m.kind != MarkKind::Reopened)
        .map(|mark| reopen_form(&form, mark));
    let beside = may_act.then(|| {
        view! { {note_form(&form)} {file_form(&form)} {assign_form(&form, item.assignee)} }
    });
    let refusal = (takes_marks && !offer.is_usable()).then(|| view! { <OfferNote offer=offer /> });
    let address = context.address(None);
    view! {
        <div class="item-open">
            {definition.help.clone().map(|help| view! { <p>{help}</p> })}
            {who}
            <Outdated />
            {checks}
            {history}
            {tick}
            {reopen}
            {waive}
            {beside}
            {refusal}
            <p class="item-close"><a href=format!("{address}#item-{id}")>"Close"</a></p>
        </div>
    }
    .into_any()
}

/// Which item a form is about.
struct FormOf {
    deployment: String,
    item: String,
    title: String,
}

impl FormOf {
    fn hidden(&self, kind: &'static str) -> AnyView {
        view! {
            <input type="hidden" name="deployment" value=self.deployment.clone() />
            <input type="hidden" name="item" value=self.item.clone() />
            <input type="hidden" name="kind" value=kind />
        }
        .into_any()
    }
}

fn entry(mark: &ItemMark, deployment: &str) -> AnyView {
    let what = match mark.kind {
        MarkKind::Assigned if mark.note.is_empty() => "takes it back from whoever had it".to_owned(),
        MarkKind::Assigned => format!("gives it to {}", mark.note),
        MarkKind::Done => "marks it as done".to_owned(),
        MarkKind::Waived => "waives it".to_owned(),
        MarkKind::Reopened => "reopens it".to_owned(),
        MarkKind::Noted => "notes".to_owned(),
    };
    let until = mark.expires_at.map(|at| format!(" until {}", exact(at)));
    let note = (!mark.note.is_empty() && mark.kind != MarkKind::Assigned).then(|| view! { <q>{mark.note.clone()}</q> });
    let link = mark.link.clone().map(|link| view! { <a href=link.clone() rel="noreferrer">{link.clone()}</a> });
    let file = mark.file.clone().map(|file| {
        let href = format!("/deployments/{deployment}/evidence/{}", file.digest);
        let size = file.size.div_ceil(1024);
        view! { <a href=href download="">{file.name}</a> {format!(" ({size} KiB, {})", file.digest.short())} }
    });
    view! {
        <li>
            <strong>{mark.by.name.clone()}</strong> " " {what} {until} " " <Age at=mark.at />
            {note} {link} {file}
        </li>
    }
    .into_any()
}

/// The checks behind an automatic item, with what they found.
fn evidence(item: &ItemStanding<'_>, context: &RowContext<'_>) -> impl IntoView + use<> {
    let rows = context.view.checks.iter().cloned().map(check).collect_view();
    let ids: Vec<String> = context.view.checks.iter().map(|c| c.id.clone()).collect();
    let offer = &context.view.offers.run_checks;
    let can_run = context.deployment.state == State::AwaitingSignOff && offer.is_usable() && !ids.is_empty();
    let form = format!("rerun-{}", item.item.id);
    let deployment = context.deployment.id.to_string();
    let rerun = can_run.then(|| {
        view! {
            <ActForm action=RunChecks::PATH form=form class="form-inline">
                <input type="hidden" name="deployment" value=deployment />
                <input type="hidden" name="checks" value=ids.join(",") />
                <Submit label="Run these checks again" />
            </ActForm>
        }
    });
    view! { <ul class="item-checks" aria-label="Checks behind this item">{rows}</ul> {rerun} }
}

fn check(row: CheckRow) -> impl IntoView {
    let (condition, words) = match row.verdict {
        None if row.run == 0 => (Condition::NotApplicable, "Not asked yet"),
        None => (Condition::Running, "Being asked"),
        Some(verdict) => (verdict.condition(), crate::pages::verdict_words(verdict)),
    };
    let found = row.outcome.map(|outcome| {
        view! {
            <p class="muted">
                "Asked " <span class="mono">{outcome.asked}</span> "; expected " {outcome.expected} "; found "
                <span class="mono">{outcome.found}</span>
            </p>
        }
    });
    view! {
        <li>
            <p class="inline-state">
                <LeanBadge condition=condition words=words /> {row.title} " " {row.finished_at.map(|at| view! { <Age at=at /> })}
            </p>
            {found}
        </li>
    }
}

fn tick_form(of: &FormOf, evidence_required: bool, offer: Offer) -> impl IntoView + use<> {
    let form = format!("tick-{}", of.item);
    let hidden = of.hidden("done");
    let describes = format!("Mark as done: {}", of.title);
    let help = if evidence_required {
        "Where can somebody see it? A text, a link, or a file attached below."
    } else {
        "What did you look at?"
    };
    view! {
        <ActForm action=MarkItem::PATH form=form.clone()>
            {hidden}
            <TextAreaField form=form.clone() name="note" label="Evidence" help=help />
            <TextField form=form name="link" label="Link (optional)" />
            <OfferNote offer=offer />
            <div class="button-row"><Submit label="Mark as done" primary=true describes=describes /></div>
        </ActForm>
    }
}

fn waive_form(of: &FormOf, offer: Offer) -> AnyView {
    if !offer.is_usable() {
        return view! { <OfferNote offer=offer /> }.into_any();
    }
    let form = format!("waive-{}", of.item);
    let hidden = of.hidden("waived");
    let describes = format!("Waive this item: {}", of.title);
    let tomorrow = now() + jiff::SignedDuration::from_hours(24);
    let fortnight = now() + jiff::SignedDuration::from_hours(24 * 14);
    view! {
        <FormFold form=form.clone() summary="Waive with a reason">
            <ActForm action=MarkItem::PATH form=form.clone()>
                {hidden}
                <TextAreaField form=form.clone() name="note" label="Reason" help="Stands in the checklist and in the evidence under your name." is_required=true />
                <DateField form=form name="expires_on" label="Holds until the end of" help="From then on the item is open again." value=fortnight min=tomorrow />
                <OfferNote offer=offer />
                <div class="button-row"><Submit label="Waive this item" danger=true describes=describes /></div>
            </ActForm>
        </FormFold>
    }
    .into_any()
}

fn reopen_form(of: &FormOf, mark: &ItemMark) -> impl IntoView + use<> {
    let form = format!("reopen-{}", of.item);
    let hidden = of.hidden("reopened");
    let seen = mark.at.as_millisecond().to_string();
    let describes = format!("Reopen: {}", of.title);
    view! {
        <ActForm action=MarkItem::PATH form=form.clone()>
            {hidden}
            <input type="hidden" name="seen" value=seen />
            <TextField form=form name="note" label="Why (optional)" />
            <div class="button-row"><Submit label="Reopen" describes=describes /></div>
        </ActForm>
    }
}

fn note_form(of: &FormOf) -> impl IntoView + use<> {
    let form = format!("note-{}", of.item);
    let hidden = of.hidden("noted");
    let describes = format!("Add this note: {}", of.title);
    view! {
        <FormFold form=form.clone() summary="Add a note or a link">
            <ActForm action=MarkItem::PATH form=form.clone()>
                {hidden}
                <TextAreaField form=form.clone() name="note" label="Note" />
                <TextField form=form name="link" label="Link (optional)" help="Begins with https://" />
                <div class="button-row"><Submit label="Add this note" describes=describes /></div>
            </ActForm>
        </FormFold>
    }
}

fn file_form(of: &FormOf) -> impl IntoView + use<> {
    let form = format!("file-{}", of.item);
    let state = use_form_state(&form);
    let problem = state.form_error().or(state.field_error("file"));
    let field = format!("{form}-file");
    let describes = format!("Attach this file: {}", of.title);
    let inner = view! {
        <form method="post" action=ATTACH id=form.clone() class="form" enctype="multipart/form-data">
            <input type="hidden" name=FORM_FIELD value=form.clone() />
            <input type="hidden" name="deployment" value=of.deployment.clone() />
            <input type="hidden" name="item" value=of.item.clone() />
            {problem.map(|problem| view! { <div class="form-error" role="alert"><p>{problem}</p></div> })}
            <div class="field">
                <label for=field.clone()>"File"</label>
                <p class="field-help">"A picture, a PDF or a text of at most 1 MiB. It is kept with the deployment."</p>
                <input type="file" id=field name="file" required=true accept=".png,.jpg,.jpeg,.gif,.webp,.pdf,.txt,.log,.csv,.json,.md" />
            </div>
            <div class="button-row"><Submit label="Attach this file" describes=describes /></div>
        </form>
    };
    view! { <FormFold form=form summary="Attach a file">{inner}</FormFold> }
}

fn assign_form(of: &FormOf, assignee: Option<&str>) -> impl IntoView + use<> {
    let form = format!("assign-{}", of.item);
    let summary = if assignee.is_some() { "Give it to somebody else" } else { "Give it to somebody" };
    let hidden = of.hidden("assigned");
    let describes = format!("Give this item: {}", of.title);
    let value = assignee.map(str::to_owned);
    view! {
        <FormFold form=form.clone() summary=summary>
            <ActForm action=MarkItem::PATH form=form.clone()>
                {hidden}
                <TextField form=form name="note" label="Name or e-mail address" help="Empty: nobody in particular." value=value />
                <div class="button-row"><Submit label="Give this item" describes=describes /></div>
            </ActForm>
        </FormFold>
    }
}
