//! Stacks are executed in the order of their dependencies, and side by side where there is none.

use super::*;

#[test]
fn every_stack_waits_for_the_ones_it_depends_on() {
    let mut run = Run::executing(SEVEN);
    assert_eq!(run.effects[7..], ["execute/Network", "execute/Security"]);
    assert!(run.apply(&succeeded("Security")).is_empty(), "Network still runs");
    assert_eq!(run.apply(&succeeded("Network")), ["execute/Data"]);
    assert_eq!(run.apply(&succeeded("Data")), ["execute/Api", "execute/Workflow"]);
    assert_eq!(run.apply(&succeeded("Api")), ["execute/Web"]);
    assert_eq!(run.apply(&succeeded("Workflow")), ["execute/Observability"]);
    assert!(run.apply(&succeeded("Observability")).is_empty());
    assert_eq!(run.apply(&succeeded("Web")), ["check/health/1", "check/latency/1"]);
    assert_eq!(run.state(), State::Verifying);
}

#[test]
fn a_stack_without_changes_is_passed_over() {
    let mut run = Run::protected(CHAIN);
    run.apply(&empty("Data"));
    run.apply(&prepared("Api"));
    run.apply(&empty("Web"));
    assert_eq!(run.apply(&run.approved_by("anna")), ["execute/Api"]);
    assert_eq!(run.apply(&succeeded("Api")), ["check/health/1", "check/latency/1"]);
}

#[test]
fn an_unchanged_stack_in_between_does_not_let_the_next_one_run_ahead() {
    let mut run = Run::protected(CHAIN);
    run.apply(&prepared("Data"));
    run.apply(&empty("Api"));
    run.apply(&prepared("Web"));
    assert_eq!(run.apply(&run.approved_by("anna")), ["execute/Data"], "Web comes after Data, through Api");
    assert_eq!(run.apply(&succeeded("Data")), ["execute/Web"]);
}

#[test]
fn the_order_of_the_list_does_not_matter_for_unchanged_stacks() {
    let mut run = Run::protected(&[("Web", &["Api"]), ("Api", &["Data"]), ("Data", &[])]);
    run.apply(&prepared("Web"));
    run.apply(&empty("Api"));
    run.apply(&empty("Data"));
    assert_eq!(run.apply(&run.approved_by("anna")), ["execute/Web"]);
}

#[test]
fn a_deferred_stack_is_prepared_late_and_then_executed() {
    let mut run = Run::protected(CHAIN);
    run.apply(&prepared("Data"));
    run.apply(&deferred("Api", "Data"));
    run.apply(&deferred("Web", "Api"));
    assert_eq!(run.apply(&run.approved_by("anna")), ["execute/Data"]);
    assert_eq!(run.apply(&succeeded("Data")), ["prepare-late/Api"]);
    assert_eq!(run.refusal(&deferred("Api", "Data")), Refusal::WrongState(State::Executing));
    let plan = run.plan();
    assert_eq!(run.apply(&prepared("Api")), ["execute/Api"]);
    assert_eq!(run.plan(), plan, "what was approved stays what was approved");
    assert_eq!(run.apply(&succeeded("Api")), ["prepare-late/Web"]);
    assert_eq!(run.apply(&empty("Web")), ["check/health/1", "check/latency/1"]);
}

#[test]
fn late_losses_nobody_approved_fail_the_deployment() {
    let mut run = Run::protected(CHAIN);
    run.apply(&prepared("Data"));
    run.apply(&deferred("Api", "Data"));
    run.apply(&prepared("Web"));
    run.apply(&run.approved_by("anna"));
    run.apply(&succeeded("Data"));
    let mut effects = run.apply(&late_losses("Api"));
    effects.sort();
    assert_eq!(effects, ["discard/Api", "discard/Web"]);
    assert_eq!(run.state(), State::Failed);
    let failure = run.deployment.failure.clone().expect("a failed deployment says why");
    assert!(failure.what.contains("nobody approved: Table"), "{}", failure.what);
    assert_eq!(run.stack_state("Data"), StackRunState::Done);
}

#[test]
fn the_news_of_a_start_may_come_twice_and_the_outcome_only_once() {
    let mut run = Run::executing(CHAIN);
    run.apply(&started("Data"));
    assert!(run.apply(&started("Data")).is_empty());
    run.apply(&succeeded("Data"));
    assert_eq!(run.refusal(&succeeded("Data")), Refusal::WrongState(State::Executing));
    assert_eq!(run.refusal(&failed("Data", "late")), Refusal::WrongState(State::Executing));
    assert_eq!(run.refusal(&succeeded("Web")), Refusal::WrongState(State::Executing));
    assert_eq!(run.refusal(&succeeded("Nope")), Refusal::UnknownStack("Nope".to_owned()));
}
