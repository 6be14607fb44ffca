//! Failure and cancellation, alone, together, and while stacks run side by side.

use super::*;

#[test]
fn a_failed_stack_ends_the_deployment_and_throws_the_rest_away() {
    let mut run = Run::executing(CHAIN);
    run.apply(&succeeded("Data"));
    run.apply(&started("Api"));
    assert_eq!(run.apply(&failed("Api", "Fn: no such role")), ["discard/Web"]);
    assert_eq!((run.state(), run.deployment.finished_at), (State::Failed, Some(now())));
    assert_eq!(run.deployment.stack("Api").and_then(|s| s.message.as_deref()), Some("Fn: no such role"));
    let states = ["Data", "Api", "Web"].map(|name| run.stack_state(name));
    assert_eq!(states, [StackRunState::Done, StackRunState::Failed, StackRunState::Skipped]);
}

#[test]
fn a_stack_that_failed_before_it_began_leaves_no_change_set_behind() {
    let mut run = Run::executing(CHAIN);
    let mut effects = run.apply(&failed("Data", "Access denied"));
    effects.sort();
    assert_eq!(effects, ["discard/Api", "discard/Data", "discard/Web"]);
}

#[test]
fn a_failure_beside_a_running_stack_waits_for_that_stack() {
    let mut run = Run::executing(DIAMOND);
    run.apply(&started("Data"));
    run.apply(&started("Queue"));
    assert_eq!(run.apply(&failed("Data", "No space")), ["discard/Api", "discard/Web"]);
    assert_eq!(run.state(), State::Executing, "Queue still changes the environment");
    assert!(run.deployment.is_stopping() && run.deployment.finished_at.is_none());
    assert_eq!(run.deployment.failure.as_ref().and_then(|f| f.stack.as_deref()), Some("Data"), "known at once");

    assert!(run.apply(&succeeded("Queue")).is_empty(), "nothing more is started");
    assert_eq!((run.state(), run.stack_state("Queue")), (State::Failed, StackRunState::Done));
    assert!(run.deployment.finished_at.is_some() && !run.deployment.is_stopping());
}

#[test]
fn the_first_of_two_failures_is_the_one_told_and_the_second_is_kept_with_its_stack() {
    let mut run = Run::executing(DIAMOND);
    run.apply(&started("Data"));
    run.apply(&started("Queue"));
    run.apply(&failed("Queue", "first"));
    run.apply(&failed("Data", "second"));
    assert_eq!(run.state(), State::Failed);
    let failure = run.deployment.failure.clone().expect("a failed deployment says why");
    assert_eq!(failure.stack.as_deref(), Some("Queue"));
    assert!(failure.what.contains("first"));
    assert_eq!(run.deployment.stack("Data").and_then(|s| s.message.as_deref()), Some("second"));
}

/// Queue runs while the change set of Api is prepared late; Web would come after both.
fn late_beside_running() -> Run {
    let mut run = Run::protected(&[("Data", &[]), ("Queue", &[]), ("Api", &["Data"]), ("Web", &["Api", "Queue"])]);
    run.apply(&prepared("Data"));
    run.apply(&prepared("Queue"));
    run.apply(&deferred("Api", "Data"));
    run.apply(&deferred("Web", "Api"));
    run.apply(&run.approved_by("anna"));
    run.apply(&started("Queue"));
    assert_eq!(run.apply(&succeeded("Data")), ["prepare-late/Api"]);
    run
}

#[test]
fn a_late_preparation_that_fails_waits_for_the_running_stack_too() {
    for event in [unprepared("Api"), late_losses("Api")] {
        let mut run = late_beside_running();
        assert_eq!(run.apply(&event), ["discard/Api"]);
        assert_eq!((run.state(), run.stack_state("Web")), (State::Executing, StackRunState::Skipped));
        run.apply(&succeeded("Queue"));
        assert_eq!(run.state(), State::Failed);
        assert_eq!(run.deployment.failure.as_ref().and_then(|f| f.stack.as_deref()), Some("Api"));
    }
}

#[test]
fn a_failure_does_not_wait_for_a_late_preparation_and_refuses_its_outcome() {
    let mut run = late_beside_running();
    assert_eq!(run.apply(&failed("Queue", "No space")), ["discard/Api"]);
    assert_eq!(run.state(), State::Failed);
    assert_eq!(run.refusal(&prepared("Api")), Refusal::WrongState(State::Failed));
}

#[test]
fn a_cancellation_does_not_wait_for_a_preparation_that_may_never_end() {
    let mut run = late_beside_running();
    run.apply(&succeeded("Queue"));
    assert_eq!(run.apply(&cancel()), ["discard/Api"]);
    assert_eq!(run.state(), State::Cancelled);
}

#[test]
fn a_cancellation_before_execution_ends_it_at_once() {
    let runs = [Run::protected(CHAIN), Run::unprotected(CHAIN).prepare_all(), Run::protected(CHAIN).prepare_all()];
    for mut run in runs {
        assert_eq!(run.apply(&cancel()), ["discard/Data", "discard/Api", "discard/Web"]);
        assert_eq!(run.state(), State::Cancelled);
        assert_eq!(run.deployment.cancellation.as_ref().map(|c| c.by.id.as_str()), Some("olga"));
    }
}

#[test]
fn a_cancellation_needs_a_reason() {
    let event = Event::CancelRequested { by: person("olga"), reason: "  ".to_owned() };
    assert_eq!(Run::protected(CHAIN).refusal(&event), Refusal::ReasonRequired);
}

#[test]
fn a_cancellation_while_executing_waits_for_the_running_stack() {
    let mut run = Run::executing(CHAIN);
    run.apply(&started("Data"));
    assert_eq!(run.apply(&cancel()), ["discard/Api", "discard/Web"]);
    assert_eq!(run.state(), State::Executing);
    assert_eq!(run.refusal(&cancel()), Refusal::WrongState(State::Executing));
    assert!(run.apply(&succeeded("Data")).is_empty());
    assert_eq!((run.state(), run.stack_state("Data")), (State::Cancelled, StackRunState::Done));
}

#[test]
fn a_stack_whose_execution_was_only_asked_for_is_left_alone_after_a_cancellation() {
    let mut run = Run::executing(CHAIN);
    run.apply(&cancel());
    assert_eq!(run.state(), State::Executing, "nobody knows yet whether Data was begun");
    assert_eq!(run.apply(&not_started("Data")), ["discard/Data"]);
    assert_eq!((run.state(), run.stack_state("Data")), (State::Cancelled, StackRunState::Skipped));
}

#[test]
fn a_stack_that_fails_after_a_cancellation_makes_it_a_failure() {
    let mut run = Run::executing(DIAMOND);
    run.apply(&started("Data"));
    run.apply(&started("Queue"));
    run.apply(&cancel());
    run.apply(&failed("Data", "No space"));
    assert_eq!(run.state(), State::Executing, "Queue still runs");
    run.apply(&succeeded("Queue"));
    assert_eq!(run.state(), State::Failed, "the environment is not as anybody wanted it");
    assert!(run.deployment.cancellation.is_some() && run.deployment.failure.is_some());
}

#[test]
fn a_deployment_that_stops_after_a_failure_cannot_be_cancelled_as_well() {
    let mut run = Run::executing(DIAMOND);
    run.apply(&failed("Data", "No space"));
    assert_eq!(run.refusal(&cancel()), Refusal::WrongState(State::Executing));
}

#[test]
fn a_deployment_nobody_can_follow_is_ended_and_says_that_aws_may_go_on() {
    let mut run = Run::executing(DIAMOND);
    run.apply(&started("Data"));
    run.apply(&started("Queue"));
    run.apply(&succeeded("Queue"));
    assert_eq!(run.refusal(&abandoned(" ")), Refusal::ReasonRequired);
    assert_eq!(run.apply(&abandoned("The role is gone")), ["discard/Api", "discard/Web"]);
    assert_eq!((run.state(), run.deployment.finished_at), (State::Failed, Some(now())));
    let states = ["Data", "Queue", "Api"].map(|name| run.stack_state(name));
    assert_eq!(states, [StackRunState::Failed, StackRunState::Done, StackRunState::Skipped]);
    let failure = run.deployment.failure.clone().expect("a failure");
    assert!(failure.what.contains("Name of anna") && failure.what.contains("The role is gone"), "{failure:?}");
    assert!(failure.next.contains("AWS may still be working on Shop-Data-production"), "{failure:?}");
    assert_eq!(run.refusal(&succeeded("Data")), Refusal::WrongState(State::Failed), "a late answer changes nothing");
}

#[test]
fn a_failure_before_the_end_nobody_saw_is_still_the_one_told() {
    let mut run = Run::executing(DIAMOND);
    run.apply(&started("Data"));
    run.apply(&started("Queue"));
    run.apply(&failed("Data", "No space"));
    run.apply(&abandoned("The role is gone"));
    let failure = run.deployment.failure.clone().expect("a failure");
    assert!(failure.what.contains("No space") && failure.next.contains("Shop-Queue-production"), "{failure:?}");
}
