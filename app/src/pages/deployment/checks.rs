//! The checks with their evidence.

use domain::{check::Severity, deployment::State, stack::Condition};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::{
    api::RunChecks,
    components::{ActForm, Age, OfferNote, Section, StateBadge, Submit},
    views::{CheckRow, DeploymentView},
};

#[component]
pub fn ChecksPart(view: DeploymentView) -> impl IntoView {
    let id = view.deployment.id.to_string();
    let can_run = matches!(view.deployment.state, State::AwaitingSignOff) && view.offers.run_checks.is_usable();
    let all = (can_run).then(|| rerun("rerun-all".to_owned(), id.clone(), String::new(), "Run all checks again", None));
    let offer = view.offers.run_checks.clone();
    let note = (matches!(view.deployment.state, State::AwaitingSignOff) && offer.is_shown())
        .then(|| view! { <OfferNote offer=offer /> });
    let rows = view.checks.into_iter().map(|check| row(check, &id, can_run)).collect_view();
    view! {
        <Section id="checks" title="Checks" aside=all.into_any()>
            {note}
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
        </Section>
    }
}

fn rerun(
    form: String,
    deployment: String,
    checks: String,
    label: &'static str,
    describes: Option<String>,
) -> impl IntoView {
    view! {
        <ActForm action=RunChecks::PATH form=form class="form-inline">
            <input type="hidden" name="deployment" value=deployment />
            <input type="hidden" name="checks" value=checks />
            <Submit label=label describes=describes />
        </ActForm>
    }
}

fn row(check: CheckRow, deployment: &str, can_run: bool) -> impl IntoView + use<> {
    let (condition, words) = match check.verdict {
        Some(verdict) => (verdict.condition(), verdict_words(verdict)),
        None if check.run == 0 => (Condition::NotApplicable, "Not asked yet"),
        None => (Condition::Running, "Running"),
    };
    let is_refused = matches!(condition, Condition::Bad | Condition::Unknown);
    let evidence = match check.outcome {
        Some(outcome) => view! {
            <details class="fold" id=format!("evidence-{}", check.id) open=is_refused>
                <summary>{outcome.found.clone()}</summary>
                <dl class="evidence">
                    <div><dt>"Asked"</dt><dd>{outcome.asked}</dd></div>
                    <div><dt>"Expected"</dt><dd>{outcome.expected}</dd></div>
                    <div><dt>"Found"</dt><dd>{outcome.found}</dd></div>
                </dl>
            </details>
        }
        .into_any(),
        None => view! { <span class="muted">"no answer yet"</span> }.into_any(),
    };
    let again = can_run.then(|| {
        let describes = format!("Run again: {}", check.title);
        rerun(format!("rerun-{}", check.id), deployment.to_owned(), check.id.clone(), "Run again", Some(describes))
    });
    let took = check
        .took_ms
        .map(|ms| if ms < 1000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) });
    let attempts = check.attempts.filter(|n| *n > 1).map(|n| format!("{n} attempts"));
    let run = (check.run > 1).then(|| format!("run {}", check.run));
    view! {
        <tr>
            <td data-label="Check">
                <strong>{check.title}</strong>
                <span class="row-note">{if check.severity == Severity::Error { "must pass" } else { "warns only" }}</span>
            </td>
            <td data-label="Verdict">
                <StateBadge condition=condition words=words />
                {check.finished_at.map(|at| view! { <span class="row-note"><Age at=at /></span> })}
            </td>
            <td data-label="Evidence">{evidence} {again}</td>
            <td data-label="Took" class="number">
                {took}
                {attempts.map(|text| view! { <span class="row-note">{text}</span> })}
                {run.map(|text| view! { <span class="row-note">{text}</span> })}
            </td>
        </tr>
    }
}

pub fn verdict_words(verdict: domain::check::Verdict) -> &'static str {
    use domain::check::Verdict;
    match verdict {
        Verdict::Pass => "Passed",
        Verdict::Warn => "Warning",
        Verdict::Fail => "Failed",
        Verdict::Inconclusive => "Could not be asked",
    }
}
