//! Which event is accepted in which state: every pair.

use super::*;

/// What each event is accepted in. Reading it is reviewing it.
const ACCEPTED: &str = "\
change_set_prepared: planning executing
change_set_empty: planning executing
change_set_deferred: planning
change_set_failed: planning executing
late_changes_refused: executing
approved: awaiting_approval
rejected: awaiting_approval
started: planned
stack_started: executing
stack_succeeded: executing
stack_not_started:
stack_failed: executing
check_finished: verifying awaiting_sign_off
checks_requested: awaiting_sign_off
item_marked: verifying awaiting_sign_off
item_reopened: verifying awaiting_sign_off
signed_off: awaiting_sign_off
cancel_requested: planning planned awaiting_approval executing
superseded: planning planned awaiting_approval
abandoned: executing
marked_failed: verifying awaiting_sign_off
";

/// A deployment in the state, ready for every event the state can take.
fn sample(state: State) -> Deployment {
    let mut run = match state {
        State::Planning | State::Cancelled | State::Superseded => Run::protected(CHAIN),
        State::Planned => Run::unprotected(CHAIN).prepare_all(),
        State::AwaitingApproval => Run::protected(CHAIN).prepare_all(),
        // Passed through within one event, so never stored; it must still accept nothing.
        State::Approved => {
            let mut run = Run::protected(CHAIN).prepare_all();
            run.deployment.state = State::Approved;
            run
        }
        State::Executing => side_by_side(),
        State::Verifying => {
            let mut run = Run::verifying();
            run.apply(&marked("looked", MarkKind::Done, ""));
            run
        }
        State::AwaitingSignOff => {
            let mut run = Run::with_closed_list();
            run.apply(&rerun(&["latency"]));
            run
        }
        State::Succeeded => {
            let mut run = Run::with_closed_list();
            run.apply(&signed("engineering", "anna"));
            run.apply(&signed("operations", "olga"));
            run
        }
        State::Failed => {
            let mut run = Run::executing(CHAIN);
            run.apply(&failed("Data", "No space"));
            run
        }
        State::Rejected => {
            let mut run = Run::protected(CHAIN).prepare_all();
            let comment = "Not today".to_owned();
            run.apply(&Event::Rejected { by: person("anna"), plan_digest: run.plan(), comment });
            run
        }
    };
    match state {
        State::Cancelled => drop(run.apply(&cancel())),
        State::Superseded => drop(run.apply(&superseded())),
        _ => {}
    }
    assert_eq!(run.state(), state, "the sample is in the state it stands for");
    run.deployment
}

/// One stack is being executed while another's change set is prepared late.
fn side_by_side() -> Run {
    let mut run = Run::protected(&[("Data", &[]), ("Queue", &[]), ("Api", &["Data"])]);
    run.apply(&prepared("Data"));
    run.apply(&prepared("Queue"));
    run.apply(&deferred("Api", "Data"));
    run.apply(&run.approved_by("anna"));
    run.apply(&succeeded("Data"));
    run
}

/// Every kind of event, as fitting to the deployment as it can be.
fn every_event(deployment: &Deployment) -> Vec<Event> {
    let one_in = |state| {
        let found = deployment.stacks.iter().find(|s| s.state == state);
        found.map_or("Data", |s| s.logical_name.as_str())
    };
    let preparing = one_in(StackRunState::Preparing);
    let executing = one_in(StackRunState::Executing);
    let plan_digest = deployment.plan_digest.clone().unwrap_or_else(|| Digest::of_bytes(b"no plan yet"));
    let waiting = deployment.checks.iter().find(|c| c.verdict.is_none()).unwrap_or(&deployment.checks[0]);
    vec![
        prepared(preparing),
        empty(preparing),
        deferred(preparing, "Data"),
        unprepared(preparing),
        late_losses(preparing),
        Event::Approved {
            by: person("anna"),
            groups: Vec::new(),
            plan_digest: plan_digest.clone(),
            phrase: PHRASE.to_owned(),
            comment: String::new(),
        },
        Event::Rejected { by: person("anna"), plan_digest: plan_digest.clone(), comment: "Not today".to_owned() },
        Event::Started { by: person("emil"), plan_digest },
        started(executing),
        succeeded(executing),
        not_started(executing),
        failed(executing, "No space"),
        answered(&waiting.id, waiting.run, Verdict::Pass),
        rerun(&["latency"]),
        marked("looked", MarkKind::Done, ""),
        reopened("looked"),
        signed("engineering", "anna"),
        cancel(),
        superseded(),
        abandoned("The role is gone"),
        ended_as_failed("Nobody will sign"),
    ]
}

/// A new kind of event does not compile until it is named here, and then belongs into `every_event`.
fn name(event: &Event) -> &'static str {
    match event {
        Event::ChangeSetPrepared { .. } => "change_set_prepared",
        Event::ChangeSetEmpty { .. } => "change_set_empty",
        Event::ChangeSetDeferred { .. } => "change_set_deferred",
        Event::ChangeSetFailed { .. } => "change_set_failed",
        Event::LateChangesRefused { .. } => "late_changes_refused",
        Event::Approved { .. } => "approved",
        Event::Rejected { .. } => "rejected",
        Event::Started { .. } => "started",
        Event::StackStarted { .. } => "stack_started",
        Event::StackSucceeded { .. } => "stack_succeeded",
        Event::StackNotStarted { .. } => "stack_not_started",
        Event::StackFailed { .. } => "stack_failed",
        Event::CheckFinished { .. } => "check_finished",
        Event::ChecksRequested { .. } => "checks_requested",
        Event::ItemMarked { .. } => "item_marked",
        Event::ItemReopened { .. } => "item_reopened",
        Event::SignedOff { .. } => "signed_off",
        Event::CancelRequested { .. } => "cancel_requested",
        Event::Superseded { .. } => "superseded",
        Event::Abandoned { .. } => "abandoned",
        Event::MarkedFailed { .. } => "marked_failed",
    }
}

#[test]
fn every_pair_of_state_and_event_is_accepted_or_refused_as_the_table_says() {
    let mut found: Vec<String> = every_event(&sample(State::Planning)).iter().map(|e| name(e).to_owned()).collect();
    for (row, event) in found.iter_mut().enumerate() {
        event.push(':');
        for state in State::ALL {
            let deployment = sample(state);
            if deployment.apply(&every_event(&deployment)[row], now()).is_ok() {
                event.push(' ');
                event.push_str(state.name());
            }
        }
    }
    assert_eq!(format!("{}\n", found.join("\n")), ACCEPTED);
}

#[test]
fn a_state_that_does_not_take_an_event_says_so() {
    for state in State::ALL {
        let deployment = sample(state);
        for event in every_event(&deployment) {
            let expected = match (state, &event) {
                (State::AwaitingApproval, Event::Started { .. }) => Refusal::NeedsApproval,
                _ => Refusal::WrongState(state),
            };
            if let Err(refusal) = deployment.apply(&event, now()) {
                assert_eq!(refusal, expected, "{} while {}", name(&event), state.name());
            }
        }
    }
}

#[test]
fn an_event_is_stored_under_the_name_the_table_uses() -> Result<(), serde_json::Error> {
    for event in every_event(&sample(State::AwaitingSignOff)) {
        let json = serde_json::to_value(&event)?;
        assert_eq!(json["event"], name(&event));
        assert_eq!(serde_json::from_value::<Event>(json)?, event);
    }
    Ok(())
}

#[test]
fn a_state_is_found_again_by_its_name_and_final_ones_hold_nothing() {
    for state in State::ALL {
        assert_eq!(State::parse(state.name()), Some(state));
        assert_eq!(serde_json::json!(state), state.name());
        assert!(!(state.is_final() && state.is_before_execution()), "{state:?}");
        assert_eq!(sample(state).finished_at.is_some(), state.is_final(), "{state:?}");
    }
    assert_eq!(State::parse("Planning"), None);
}
