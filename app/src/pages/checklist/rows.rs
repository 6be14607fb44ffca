//! Sections and rows. Three hundred of them are on one page, so each is as little as it can be.

use domain::{
    checklist::{Counts, ItemMark, ItemStanding, ItemState, MarkKind, SectionStanding},
    deployment::Deployment,
    permission::Role,
};
use leptos::prelude::*;

use super::{Place, blockers::role_words, head::in_words, opened::opened};
use crate::{
    components::{Age, LeanBadge},
    form::{FormStates, use_form_state},
    views::{ChecklistView, ListShow},
};

/// What every row needs to know.
pub struct RowContext<'a> {
    pub view: &'a ChecklistView,
    pub deployment: &'a Deployment,
    pub opened: Option<&'a str>,
    list: Option<&'a str>,
    show: ListShow,
    /// What was refused on the last try, by row.
    refused: Vec<(String, String)>,
}

impl<'a> RowContext<'a> {
    pub fn new(view: &'a ChecklistView, place: &'a Place) -> Self {
        let states = use_context::<FormStates>().unwrap_or_default();
        let refused = states.0.iter().filter(|state| state.form.starts_with("item-"));
        Self {
            view,
            deployment: &view.deployment,
            opened: place.item.as_deref(),
            list: place.list.as_deref(),
            show: place.show,
            refused: refused.filter_map(|s| Some((s.form.clone(), s.error.as_ref()?.to_string()))).collect(),
        }
    }

    pub fn address(&self, item: Option<&str>) -> String {
        Place::address(self.deployment, self.list, self.show, item)
    }

    pub fn may_tick(&self, role: Option<Role>) -> bool {
        self.view.offers.tick_for(role).is_usable()
    }
}

pub fn section(one: &SectionStanding<'_>, items: &[&ItemStanding<'_>], context: &RowContext<'_>) -> AnyView {
    let section = one.section;
    let rows: Vec<AnyView> = items.iter().map(|item| row(item, context)).collect();
    let later = (!section.is_required && context.deployment.needs_signatures())
        .then(|| view! { <span class="muted">"keeps nobody from signing"</span> });
    view! {
        <section class="section list-section" id=format!("section-{}", section.id) data-live=format!("section-{}", section.id) data-container="">
            <header class="section-head">
                <h2>{section.title.clone()}</h2>
                <p class="list-counts" data-live=format!("counts-{}", section.id)>{counts_words(one.counts)} " " {later}</p>
            </header>
            {section.note.clone().map(|note| view! { <p class="muted">{note}</p> })}
            <ul class="checklist" id=format!("rows-{}", section.id) data-parts="">{rows}</ul>
        </section>
    }
    .into_any()
}

fn counts_words(counts: Counts) -> String {
    if counts.total() == 0 {
        return String::new();
    }
    in_words(counts).trim_end_matches('.').to_owned()
}

fn row(item: &ItemStanding<'_>, context: &RowContext<'_>) -> AnyView {
    let definition = item.item;
    let id = definition.id.as_str();
    let anchor = format!("item-{id}");
    let is_opened = context.opened == Some(id);
    let takes_marks = !definition.is_automatic() && !item.state.is_closed() && context.deployment.takes_marks(id);
    let can_tick = takes_marks && context.may_tick(definition.role());
    let key = format!(
        "{} {} {} {} {}{}",
        item.state.name(),
        item.mark.map_or(0, |m| m.at.as_millisecond()),
        item.notes,
        item.assignee.unwrap_or_default(),
        u8::from(can_tick),
        if is_opened { opened_key(item, context) } else { String::new() },
    );
    let refused = context.refused.iter().find(|(form, _)| *form == anchor).map(|(form, message)| {
        // Said here, so that it is not said on top of the page as well.
        use_form_state(form);
        view! { <p class="form-error" role="alert">{message.clone()}</p> }
    });
    let detail = detail(item).map(|words| view! { <p class="item-mark">{words}</p> });
    let wants_evidence = matches!(definition.kind, domain::checklist::ItemKind::Manual { evidence_required: true, .. })
        && item.notes == 0;
    let action = (can_tick && !is_opened).then(|| {
        if wants_evidence {
            let label = format!("Give evidence: {}", definition.title);
            view! { <a class="button" href=context.address(Some(id)) aria-label=label data-tick="">"Evidence"</a> }.into_any()
        } else {
            let label = format!("Mark as done: {}", definition.title);
            view! {
                <button type="submit" form="ticks" name="item" value=id.to_owned() class="button" aria-label=label data-tick="">
                    "Tick"
                </button>
            }
            .into_any()
        }
    });
    let href = context.address(if is_opened { None } else { Some(id) });
    let expanded = is_opened.then(|| opened(item, context));
    view! {
        <li class=format!("item item-{}", item.state.condition().name()) id=anchor.clone() data-live=anchor data-key=key>
            <div class="item-head">
                <LeanBadge condition=item.state.condition() words=item.state.words() />
                <div class="item-text">
                    <a class="item-title" href=href data-row="">{definition.title.clone()}</a>
                    " " <span class="item-id">{id.to_owned()}</span>
                    {detail}
                    {refused}
                </div>
                {action}
            </div>
            {expanded}
        </li>
    }
    .into_any()
}

/// What the opened item shows beside its state.
fn opened_key(item: &ItemStanding<'_>, context: &RowContext<'_>) -> String {
    let marks = context.deployment.marks_of(&item.item.id).count();
    let runs: u32 = context.view.checks.iter().map(|c| c.run * 2 + u32::from(c.verdict.is_some())).sum();
    format!(" {marks} {runs} {:?} {:?}", context.view.offers.waive, context.deployment.state)
}

/// Who, when, why: one line.
fn detail(item: &ItemStanding<'_>) -> Option<AnyView> {
    let definition = item.item;
    if let Some(why) = &definition.not_applicable {
        return Some(why.clone().into_any());
    }
    let mark = item.mark.filter(|m| m.kind != MarkKind::Reopened || item.state == ItemState::Open);
    let assignee = item.assignee.filter(|_| !item.state.is_closed()).map(|who| format!("given to {who}"));
    let notes = match item.notes {
        0 => None,
        1 => Some("1 note".to_owned()),
        notes => Some(format!("{notes} notes")),
    };
    let role = definition.role().filter(|_| !item.state.is_closed()).map(|r| format!("for {}", role_words(r)));
    let beside: Vec<String> = assignee.into_iter().chain(role).chain(notes).collect();
    let beside = beside.join(", ");
    match mark {
        Some(mark) => {
            let separator = if beside.is_empty() { "" } else { ", " };
            Some(view! { {mark_words(mark, item)} " " <Age at=mark.at /> {said(mark)} {separator} {beside} }.into_any())
        }
        None if beside.is_empty() => None,
        None => Some(beside.into_any()),
    }
}

fn mark_words(mark: &ItemMark, item: &ItemStanding<'_>) -> String {
    match mark.kind {
        MarkKind::Done => format!("done, says {}", mark.by.name),
        MarkKind::Waived if item.state != ItemState::Waived => format!("the waiver of {} has expired;", mark.by.name),
        MarkKind::Waived => format!("waived by {}", mark.by.name),
        _ => format!("reopened by {}", mark.by.name),
    }
}

fn said(mark: &ItemMark) -> impl IntoView + use<> {
    let note = (!mark.note.is_empty()).then(|| view! { <q>{mark.note.clone()}</q> });
    let link = mark.link.clone().map(|link| view! { " " <a href=link.clone() rel="noreferrer">{link.clone()}</a> });
    view! { {note} {link} }
}
