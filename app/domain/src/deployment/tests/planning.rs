//! From the request to a plan somebody can approve.

use super::*;

#[test]
fn a_new_deployment_prepares_every_change_set_at_once() {
    assert_eq!(Run::protected(CHAIN).effects, ["prepare/Data", "prepare/Api", "prepare/Web"]);
}

#[test]
fn the_plan_is_complete_with_its_last_stack_in_whatever_order_they_come() {
    let mut run = Run::protected(CHAIN);
    run.apply(&prepared("Web"));
    run.apply(&empty("Data"));
    assert_eq!((run.state(), &run.deployment.plan_digest), (State::Planning, &None));
    run.apply(&deferred("Api", "Data"));
    assert_eq!(run.state(), State::AwaitingApproval);

    let mut other = Run::protected(CHAIN);
    other.apply(&deferred("Api", "Data"));
    other.apply(&empty("Data"));
    other.apply(&prepared("Web"));
    assert_eq!(run.plan(), other.plan());
}

#[test]
fn another_plan_of_one_stack_or_another_release_is_another_plan() {
    let run = Run::protected(CHAIN).prepare_all();
    let mut other = Run::protected(CHAIN);
    other.apply(&prepared("Data"));
    other.apply(&prepared("Api"));
    other.apply(&empty("Web"));
    assert_ne!(run.plan(), other.plan());

    let mut release = Run::protected(CHAIN);
    release.deployment.release_digest = Digest::of_bytes(b"another release");
    assert_ne!(run.plan(), release.prepare_all().plan());
}

#[test]
fn a_stack_is_planned_once_and_only_if_it_is_there() {
    let mut run = Run::protected(CHAIN);
    run.apply(&prepared("Data"));
    assert_eq!(run.refusal(&prepared("Data")), Refusal::WrongState(State::Planning));
    assert_eq!(run.refusal(&prepared("Nope")), Refusal::UnknownStack("Nope".to_owned()));
}

#[test]
fn an_unprotected_environment_waits_for_a_start_instead_of_approvals() {
    let mut run = Run::unprotected(CHAIN).prepare_all();
    assert_eq!(run.state(), State::Planned);
    let start = |plan_digest| Event::Started { by: person("emil"), plan_digest };
    assert_eq!(run.refusal(&start(Digest::of_bytes(b"an older plan"))), Refusal::PlanChanged);
    assert_eq!(run.apply(&start(run.plan())), ["execute/Data"]);
    assert_eq!((run.state(), run.deployment.started_at), (State::Executing, Some(now())));
}

#[test]
fn a_plan_without_changes_goes_straight_to_the_checks() {
    let mut run = Run::protected(CHAIN);
    run.apply(&empty("Data"));
    run.apply(&empty("Api"));
    assert_eq!(run.apply(&empty("Web")), ["check/health/1", "check/latency/1"]);
    assert_eq!(run.state(), State::Verifying);
    assert!(run.deployment.plan_digest.is_some(), "what was verified is on record");
}

#[test]
fn one_change_set_that_cannot_be_prepared_ends_it_and_nothing_is_left_behind() {
    let mut run = Run::protected(&[("Data", &[]), ("Queue", &[]), ("Api", &["Data"]), ("Web", &["Api"])]);
    run.apply(&prepared("Data"));
    run.apply(&deferred("Web", "Api"));
    let mut effects = run.apply(&unprepared("Api"));
    effects.sort();
    assert_eq!(effects, ["discard/Api", "discard/Data", "discard/Queue"], "Web never had a change set");
    assert_eq!(run.state(), State::Failed);
    let failure = run.deployment.failure.clone().expect("a failed deployment says why");
    assert_eq!(failure.stack.as_deref(), Some("Api"));
    assert!(failure.what.contains("Template format error") && failure.next.contains("Nothing was changed"));
    assert_eq!(run.stack_state("Web"), StackRunState::Skipped);
}

#[test]
fn a_newer_deployment_takes_its_place_until_execution_begins() {
    let mut run = Run::protected(CHAIN).prepare_all();
    assert_eq!(run.apply(&superseded()), ["discard/Data", "discard/Api", "discard/Web"]);
    assert_eq!(run.state(), State::Superseded);
    assert_eq!(Run::executing(CHAIN).refusal(&superseded()), Refusal::WrongState(State::Executing));
}

#[test]
fn the_numbers_of_a_plan_are_the_sum_over_its_stacks() {
    let mut run = Run::protected(CHAIN);
    run.apply(&prepared("Data"));
    run.apply(&prepared("Api"));
    run.apply(&empty("Web"));
    assert_eq!(run.deployment.counts(), ChangeCounts { added: 2, ..ChangeCounts::default() });
    assert!(!run.deployment.is_without_changes());
}
