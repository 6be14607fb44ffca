//! The run: every stack with its state and time, and what CloudFormation says while it works.

use std::collections::BTreeMap;

use domain::{
    deployment::{StackRun, StackRunState},
    stack::Condition,
};
use leptos::prelude::*;

use crate::{
    components::{Empty, FreshnessNote, ProgressBar, Section, StateBadge, Took, counts_in_words},
    pages::stack_events::StackEvents,
    views::{DeploymentView, StackEventRow},
};

#[component]
pub fn RunPart(view: DeploymentView) -> impl IntoView {
    let deployment = view.deployment;
    let total = u32::try_from(deployment.stacks.len()).unwrap_or(u32::MAX);
    let is_done = |state| matches!(state, StackRunState::Done | StackRunState::NoChanges);
    let done = deployment.stacks.iter().filter(|s| is_done(s.state)).count();
    let done = u32::try_from(done).unwrap_or(u32::MAX);
    let mut current: BTreeMap<String, StackEventRow> = BTreeMap::new();
    for event in &view.events {
        current.insert(event.stack_name.clone(), event.clone());
    }
    let rows = deployment
        .stacks
        .into_iter()
        .map(|run| {
            let event = current.remove(&run.stack_name).filter(|_| run.state == StackRunState::Executing);
            stack_run(run, event)
        })
        .collect_view();
    let events = if view.events.is_empty() {
        view! { <Empty title="No events yet"><p>"They appear here as CloudFormation reports them."</p></Empty> }
            .into_any()
    } else {
        view! { <StackEvents id="run-log" events=view.events /> }.into_any()
    };
    view! {
        <Section id="run" title="Run" aside=view! { <FreshnessNote freshness=view.freshness /> }.into_any()>
            <ProgressBar label="stacks are done" done=done total=total />
            <ol class="runs">{rows}</ol>
            <details class="fold" id="run-events" open=true>
                <summary>"Stack events, oldest first"</summary>
                {events}
            </details>
        </Section>
    }
}

fn stack_run(run: StackRun, event: Option<StackEventRow>) -> impl IntoView {
    let time = run.started_at.map(|from| {
        let to = if run.state.is_settled() { run.finished_at.or(Some(from)) } else { None };
        view! { <Took from=from to=to /> }
    });
    let waits = match run.state {
        StackRunState::Prepared | StackRunState::Deferred if !run.depends_on.is_empty() => {
            Some(format!("after {}", run.depends_on.join(", ")))
        }
        _ => None,
    };
    let changes = match run.state {
        StackRunState::NoChanges => None,
        StackRunState::Deferred | StackRunState::Preparing => Some("changes not known yet".to_owned()),
        _ => Some(counts_in_words(run.counts)),
    };
    let class = format!("run run-{}", run.state.condition().name());
    view! {
        <li class=class>
            <div class="run-head">
                <strong>{run.logical_name}</strong>
                <StateBadge condition=run.state.condition() words=run.state.words() />
                <span class="run-time">{time}</span>
            </div>
            <p class="run-note">
                <span class="muted">{run.stack_name}</span>
                {changes.map(|changes| view! { <span class="muted">{format!(" · {changes}")}</span> })}
                {waits.map(|waits| view! { <span class="muted">{format!(" · {waits}")}</span> })}
            </p>
            {event.map(|event| {
                let bad = if event.condition == Condition::Bad { "run-event run-event-bad" } else { "run-event" };
                view! {
                    <p class=bad>
                        {format!("{} {} {}", event.logical_id, event.resource_type, event.status)}
                        {event.reason.map(|reason| format!(": {reason}"))}
                    </p>
                }
            })}
            {run.message.map(|message| view! { <p class="run-message">{message}</p> })}
        </li>
    }
}
