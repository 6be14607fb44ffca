//! The rounds: when, what the checks said, how it compares, who looked.

use std::collections::BTreeMap;

use domain::{
    check::Verdict,
    stack::Condition,
    watch::{Compared, Look, RoundState, duration_words},
};
use leptos::prelude::*;

use crate::{
    components::{Age, Section, StateBadge},
    relative_time::span,
    views::{RoundView, WatchCheckRow, WatchView},
};

#[component]
pub fn RoundsPart(view: WatchView) -> impl IntoView {
    let newest = view.rounds.iter().rev().find(|r| r.round.run.is_some()).map(|r| r.round.number);
    let titles = view.titles;
    let rows = view.rounds.into_iter().map(|round| row(round, newest, &titles)).collect_view();
    view! {
        <Section id="rounds" title="Rounds">
            <div class="table-frame">
                <table class="table">
                    <caption class="visually-hidden">"Rounds of this watch in the order of time"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Round"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Checks and comparison"</th>
                            <th scope="col">"Who looked"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Section>
    }
}

fn row(view: RoundView, newest: Option<u32>, titles: &BTreeMap<String, String>) -> impl IntoView + use<> {
    let RoundView { round, state, due_at, missed_from, checks } = view;
    let is_newest = newest == Some(round.number);
    let run = round.run.as_ref();
    let late = run.and_then(|run| run.late_by_secs).map(|secs| {
        let words = format!("ran {} late", span(i64::try_from(secs).unwrap_or(i64::MAX)));
        view! { <span class="row-note">{words}</span> }
    });
    let never_ran = (state == RoundState::Missed && run.is_none() && !round.checks.is_empty())
        .then(|| view! { <span class="row-note">"Lockkeeper was not running: no checks ran"</span> });
    let deadline = (state == RoundState::Waiting)
        .then(|| missed_from.map(|at| view! { <span class="row-note">"missed " <Age at=at /></span> }));
    let results = if checks.is_empty() {
        view! { <span class="muted">{if state == RoundState::Due { "running" } else { "–" }}</span> }.into_any()
    } else {
        let compared = run.map(|run| run.compared.clone()).unwrap_or_default();
        results(round.number, &checks, &compared, titles, is_newest).into_any()
    };
    let looks = round.looks.iter().map(|look| look_line(look, round.missed_at)).collect_view();
    view! {
        <tr id=format!("round-{}", round.number)>
            <td data-label="Round">
                <strong>{round.number}</strong>
                <span class="row-note">{format!("T+{}", duration_words(round.after_secs))}</span>
                {due_at.map(|at| view! { <span class="row-note">"due " <Age at=at /></span> })}
            </td>
            <td data-label="State">
                <StateBadge condition=state.condition() words=state.words() />
                {late} {never_ran} {deadline}
            </td>
            <td data-label="Checks and comparison">{results}</td>
            <td data-label="Who looked">
                {round.looks.is_empty().then(|| view! { <span class="muted">"nobody yet"</span> })}
                <ul class="plain-list">{looks}</ul>
            </td>
        </tr>
    }
}

/// A summary that answers, and the evidence behind it.
fn results(
    number: u32,
    checks: &[WatchCheckRow],
    compared: &[Compared],
    titles: &BTreeMap<String, String>,
    is_open: bool,
) -> impl IntoView + use<> {
    let count = |verdict: Verdict| checks.iter().filter(|c| c.outcome.verdict == verdict).count();
    let (failed, unasked, warned) = (count(Verdict::Fail), count(Verdict::Inconclusive), count(Verdict::Warn));
    let beyond = compared.iter().filter(|c| c.change.condition() == Condition::Bad).count();
    let (condition, words) = match (failed, unasked, warned) {
        (0, 0, 0) => (Condition::Good, format!("all {} passed", checks.len())),
        (0, 0, warned) => (Condition::Attention, format!("{warned} of {} warn", checks.len())),
        (0, unasked, _) => (Condition::Unknown, format!("{unasked} of {} could not be asked", checks.len())),
        (failed, _, _) => (Condition::Bad, format!("{failed} of {} failed", checks.len())),
    };
    let beyond = (beyond > 0).then(|| {
        let words = if beyond == 1 {
            "1 comparison beyond its limit".to_owned()
        } else {
            format!("{beyond} comparisons beyond their limit")
        };
        view! { <StateBadge condition=Condition::Bad words=words /> }
    });
    let rows = checks
        .iter()
        .map(|check| {
            let verdict = check.outcome.verdict;
            view! {
                <li>
                    <StateBadge condition=verdict.condition() words=verdict.name() /> " "
                    {check.title.clone()} <span class="row-note">{check.outcome.found.clone()}</span>
                </li>
            }
        })
        .collect_view();
    let compared = compared.iter().map(|c| comparison(c, titles)).collect_view();
    view! {
        <details class="fold" id=format!("results-{number}") open=is_open>
            <summary><StateBadge condition=condition words=words /> " " {beyond}</summary>
            <ul class="plain-list">{compared} {rows}</ul>
        </details>
    }
}

fn comparison(compared: &Compared, titles: &BTreeMap<String, String>) -> impl IntoView + use<> {
    let title = titles.get(&compared.check).unwrap_or(&compared.check).clone();
    let side = |value: &Option<domain::check::Measurement>| {
        value.as_ref().map_or_else(|| "not measured".to_owned(), ToString::to_string)
    };
    let words = format!(
        "{title}: {} before, {} now; at most {} % more is agreed",
        side(&compared.before),
        side(&compared.now),
        compared.allowed_percent
    );
    view! {
        <li>
            <StateBadge condition=compared.change.condition() words=compared.change.words() /> " " {words}
        </li>
    }
}

fn look_line(look: &Look, missed_at: Option<jiff::Timestamp>) -> impl IntoView + use<> {
    let late = missed_at.is_some_and(|missed| look.at >= missed).then_some(" (too late)");
    let note = (!look.note.is_empty()).then(|| view! { <q>{look.note.clone()}</q> });
    view! {
        <li>
            <strong>{look.by.name.clone()}</strong> {format!(" found {} ", look.finding.words())}
            <Age at=look.at /> {late} " " {note}
        </li>
    }
}
