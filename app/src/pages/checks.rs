//! The checks of an environment: suites, their last runs, and what each check said.

use domain::{
    check::{Severity, Verdict},
    stack::Condition,
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use uuid::Uuid;

use super::address::{part, query};
use crate::{
    api::{RunSuite, escape},
    components::{ActForm, Age, Empty, OfferNote, PageHead, Section, StateBadge, Submit},
    layout::{Page, load_page},
    views::{ChecksFilter, ChecksView, EnvironmentBand, Offer, SuiteCard, SuiteResultRow, SuiteRunRow, SuiteRunView},
};

#[component]
pub fn ChecksPage() -> impl IntoView {
    let (application, environment) = (part("application"), part("environment"));
    let asked = query();
    let run = asked.filter("run").and_then(|id| Uuid::parse_str(&id).ok());
    let wanted = ChecksFilter { suite: asked.filter("suite"), run };
    load_page(
        async move |ports, caller| ports.reads.checks(&caller, &application, &environment, &wanted).await,
        |view, _, _| {
            let band = view.band.clone();
            let place = format!("/applications/{}/environments/{}", band.application, band.environment);
            Page::new(format!("Checks of {}", band.title), body(view))
                .crumb(band.application_title.clone(), format!("/releases?application={}", band.application))
                .crumb(band.title.clone(), place)
                .in_environment(band)
        },
    )
}

fn address(band: &EnvironmentBand, suite: &str) -> String {
    format!("/applications/{}/environments/{}/checks?suite={}", band.application, band.environment, escape(suite))
}

fn body(view: ChecksView) -> impl IntoView {
    let sentence = sentence(&view.suites);
    let condition = worst(&view.suites);
    let badge = view! { <StateBadge condition=condition words=words(condition) /> }.into_any();
    if view.suites.is_empty() {
        return view! {
            <PageHead title="Checks" sentence=sentence lead=badge action=None />
            <Empty title="No suites">
                <p>"The blueprint names no suite. Add "<code>"[[suites]]"</code>" with the checks that belong together."</p>
            </Empty>
        }
        .into_any();
    }
    let band = view.band.clone();
    let shown_suite = view.shown.as_ref().map(|shown| shown.suite.clone());
    let cards = view.suites.into_iter().map(|card| suite_row(card, &band, shown_suite.as_deref())).collect_view();
    let shown = view.shown.map(|shown| suite_part(shown, &band, view.run));
    view! {
        <div data-live="checks-head">
            <PageHead title="Checks" sentence=sentence lead=badge action=None />
        </div>
        <Section id="suites" title="Suites">
            <div class="table-frame">
                <table class="table">
                    <caption class="visually-hidden">"Suites with their last run"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Suite"</th>
                            <th scope="col">"State"</th>
                            <th scope="col" class="number">"Checks"</th>
                            <th scope="col">"Last run"</th>
                        </tr>
                    </thead>
                    <tbody>{cards}</tbody>
                </table>
            </div>
        </Section>
        {shown}
    }
    .into_any()
}

/// One sentence about all suites together.
fn sentence(suites: &[SuiteCard]) -> String {
    let never = suites.iter().filter(|suite| suite.last.is_none()).count();
    let good = suites.iter().filter(|s| s.last.as_ref().is_some_and(|r| r.condition() == Condition::Good)).count();
    let failed: Vec<&str> = suites
        .iter()
        .filter(|s| s.last.as_ref().is_some_and(|r| r.condition() == Condition::Bad))
        .map(|s| s.title.as_str())
        .collect();
    let mut sentence = format!("{good} of {} suites passed completely when they ran last", suites.len());
    if !failed.is_empty() {
        sentence.push_str(&format!("; failed: {}", failed.join(", ")));
    }
    if never > 0 {
        sentence.push_str(&format!("; {never} never ran here"));
    }
    sentence + "."
}

/// A suite that never ran is as unknown as one that could not be asked.
fn worst(suites: &[SuiteCard]) -> Condition {
    let conditions: Vec<Condition> =
        suites.iter().map(|s| s.last.as_ref().map_or(Condition::Unknown, SuiteRunRow::condition)).collect();
    [Condition::Bad, Condition::Running, Condition::Unknown, Condition::Attention]
        .into_iter()
        .find(|condition| conditions.contains(condition))
        .unwrap_or(if conditions.is_empty() { Condition::NotApplicable } else { Condition::Good })
}

fn words(condition: Condition) -> &'static str {
    match condition {
        Condition::Good => "All passed",
        Condition::Attention => "Warnings",
        Condition::Bad => "Failed",
        Condition::Running => "Running",
        Condition::NotApplicable => "No suites",
        _ => "Not known",
    }
}

fn suite_row(card: SuiteCard, band: &EnvironmentBand, shown: Option<&str>) -> impl IntoView + use<> {
    let is_shown = shown == Some(card.id.as_str());
    let href = format!("{}#results", address(band, &card.id));
    let (condition, sentence, age) = match card.last {
        Some(run) => (run.condition(), run.sentence(), Some(run.requested_at)),
        None => (Condition::Unknown, "never ran here".to_owned(), None),
    };
    view! {
        <tr>
            <td data-label="Suite">
                <a href=href aria-current=is_shown.then_some("true")><strong>{card.title}</strong></a>
            </td>
            <td data-label="State">
                <StateBadge condition=condition words=words(condition) />
                <span class="row-note">{sentence}</span>
            </td>
            <td data-label="Checks" class="number">{card.checks}</td>
            <td data-label="Last run">
                {match age {
                    Some(at) => view! { <Age at=at /> }.into_any(),
                    None => view! { <span class="muted">"never"</span> }.into_any(),
                }}
            </td>
        </tr>
    }
}

fn suite_part(shown: SuiteRunView, band: &EnvironmentBand, offer: Offer) -> impl IntoView + use<> {
    let is_running = shown.history.iter().any(|run| run.finished_at.is_none());
    let form = (offer.is_usable() && !is_running).then(|| run_form(&shown, band));
    let note = (offer.is_shown() && !offer.is_usable()).then(|| view! { <OfferNote offer=offer /> });
    let place = address(band, &shown.suite);
    let history = history(shown.history, &place, shown.run.as_ref().map(|(row, _)| row.id));
    let results = match shown.run {
        Some((row, results)) => {
            let sentence = format!("{}.", row.sentence());
            let by = format!("Asked for by {}, ", row.requested_by);
            let rows = results.into_iter().map(result_row).collect_view();
            view! {
                <p>
                    <StateBadge condition=row.condition() words=words(row.condition()) /> " " {sentence} " "
                    <span class="muted">{by} <Age at=row.requested_at /></span>
                </p>
                <div class="table-frame">
                    <table class="table">
                        <caption class="visually-hidden">"Checks with their evidence"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Check"</th>
                                <th scope="col">"Verdict"</th>
                                <th scope="col">"Evidence"</th>
                                <th scope="col" class="number">"Took"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            }
            .into_any()
        }
        None => view! {
            <Empty title="This suite never ran here">
                <p>"It would ask:"</p>
                <ul>{shown.checks.into_iter().map(|title| view! { <li>{title}</li> }).collect_view()}</ul>
            </Empty>
        }
        .into_any(),
    };
    view! {
        <Section id="results" title=shown.title aside=form>{note} {results}</Section>
        {history}
    }
}

fn run_form(shown: &SuiteRunView, band: &EnvironmentBand) -> AnyView {
    let label = if shown.history.is_empty() { "Run suite" } else { "Run suite again" };
    let describes = format!("{label}: {}", shown.title);
    let (application, environment, suite) = (band.application.clone(), band.environment.clone(), shown.suite.clone());
    view! {
        <ActForm action=RunSuite::PATH form="run-suite" class="form-inline">
            <input type="hidden" name="application" value=application />
            <input type="hidden" name="environment" value=environment />
            <input type="hidden" name="suite" value=suite />
            <Submit label=label primary=true describes=describes />
        </ActForm>
    }
    .into_any()
}

fn history(runs: Vec<SuiteRunRow>, place: &str, shown: Option<Uuid>) -> Option<AnyView> {
    if runs.len() < 2 {
        return None;
    }
    let rows = runs
        .into_iter()
        .map(|run| {
            let href = format!("{place}&run={}#results", run.id);
            let is_shown = shown == Some(run.id);
            view! {
                <tr>
                    <td data-label="When">
                        <a href=href aria-current=is_shown.then_some("true")><Age at=run.requested_at /></a>
                        <span class="row-note">{run.requested_by.clone()}</span>
                    </td>
                    <td data-label="State">
                        <StateBadge condition=run.condition() words=words(run.condition()) />
                    </td>
                    <td data-label="Passed" class="number">{run.passed}</td>
                    <td data-label="Warnings" class="number">{run.warned}</td>
                    <td data-label="Failed" class="number">{run.failed}</td>
                    <td data-label="Not asked" class="number">{run.inconclusive}</td>
                </tr>
            }
        })
        .collect_view();
    Some(
        view! {
            <Section id="history" title="Last runs">
                <div class="table-frame">
                    <table class="table">
                        <caption class="visually-hidden">"The last runs of this suite, newest first"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"When"</th>
                                <th scope="col">"State"</th>
                                <th scope="col" class="number">"Passed"</th>
                                <th scope="col" class="number">"Warnings"</th>
                                <th scope="col" class="number">"Failed"</th>
                                <th scope="col" class="number">"Not asked"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </Section>
        }
        .into_any(),
    )
}

fn result_row(check: SuiteResultRow) -> impl IntoView {
    let verdict = check.outcome.as_ref().map(|outcome| outcome.verdict);
    let (condition, verdict_words) = match verdict {
        Some(Verdict::Pass) => (Condition::Good, "Passed"),
        Some(Verdict::Warn) => (Condition::Attention, "Warning"),
        Some(Verdict::Fail) => (Condition::Bad, "Failed"),
        Some(Verdict::Inconclusive) => (Condition::Unknown, "Could not be asked"),
        None => (Condition::Running, "Running"),
    };
    let is_refused = matches!(condition, Condition::Bad | Condition::Unknown | Condition::Attention);
    let evidence = match check.outcome {
        Some(outcome) => {
            let summary = outcome.found.lines().next().unwrap_or_default().to_owned();
            let request =
                outcome.request_id.map(|id| view! { <div><dt>"AWS request"</dt><dd class="mono">{id}</dd></div> });
            view! {
                <details class="fold" id=format!("evidence-{}", check.id) open=is_refused>
                    <summary>{summary}</summary>
                    <dl class="evidence">
                        <div><dt>"Asked"</dt><dd>{outcome.asked}</dd></div>
                        <div><dt>"Expected"</dt><dd>{outcome.expected}</dd></div>
                        <div><dt>"Found"</dt><dd class="evidence-lines">{outcome.found}</dd></div>
                        {request}
                    </dl>
                </details>
            }
            .into_any()
        }
        None => view! { <span class="muted">"no answer yet"</span> }.into_any(),
    };
    let took = check
        .took_ms
        .map(|ms| if ms < 1000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) });
    let attempts = check.attempts.filter(|n| *n > 1).map(|n| format!("{n} attempts"));
    view! {
        <tr>
            <td data-label="Check">
                <strong>{check.title}</strong>
                <span class="row-note">{if check.severity == Severity::Error { "must pass" } else { "warns only" }}</span>
            </td>
            <td data-label="Verdict">
                <StateBadge condition=condition words=verdict_words />
                {check.finished_at.map(|at| view! { <span class="row-note"><Age at=at /></span> })}
            </td>
            <td data-label="Evidence">{evidence}</td>
            <td data-label="Took" class="number">
                {took}
                {attempts.map(|text| view! { <span class="row-note">{text}</span> })}
            </td>
        </tr>
    }
}
