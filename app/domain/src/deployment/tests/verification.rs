//! Checks, and what they decide.

use super::*;

#[test]
fn people_sign_only_after_every_check_has_answered() {
    let mut run = Run::verifying();
    run.apply(&answered("health", 1, Verdict::Pass));
    assert_eq!(run.refusal(&run.signed("engineering", "anna")), Refusal::WrongState(State::Verifying));
    run.apply(&answered("latency", 1, Verdict::Inconclusive));
    assert_eq!(run.state(), State::AwaitingSignOff);
}

#[test]
fn an_answer_counts_once_and_only_for_the_latest_run() {
    let mut run = Run::awaiting_sign_off();
    assert_eq!(run.refusal(&answered("health", 1, Verdict::Fail)), Refusal::OldResult);
    assert_eq!(run.apply(&rerun(&["health"])), ["check/health/2"]);
    assert_eq!(run.deployment.verdict_of("health"), None, "an old pass does not outlive the question");
    assert_eq!(run.refusal(&answered("health", 1, Verdict::Pass)), Refusal::OldResult);
    run.apply(&answered("health", 2, Verdict::Fail));
    assert_eq!(run.item_state("healthy"), Some(ItemState::Failing));
}

#[test]
fn a_check_may_be_asked_again_while_it_is_still_running() {
    let mut run = Run::awaiting_sign_off();
    run.apply(&rerun(&["health"]));
    assert_eq!(run.apply(&rerun(&["health", "health"])), ["check/health/3"]);
    assert_eq!(run.refusal(&answered("health", 2, Verdict::Pass)), Refusal::OldResult);
    run.apply(&answered("health", 3, Verdict::Pass));
}

#[test]
fn a_check_nobody_defined_is_refused_and_none_of_the_others_is_run() {
    let run = Run::awaiting_sign_off();
    assert_eq!(run.refusal(&rerun(&["health", "nope"])), Refusal::UnknownCheck("nope".to_owned()));
    assert_eq!(run.refusal(&answered("nope", 1, Verdict::Pass)), Refusal::UnknownCheck("nope".to_owned()));
}

#[test]
fn without_signatures_only_checks_of_severity_error_decide() {
    use Verdict::{Fail, Inconclusive, Pass, Warn};
    let table = [
        (Pass, Pass, State::Succeeded),
        (Pass, Warn, State::Succeeded),
        (Pass, Inconclusive, State::Succeeded),
        (Fail, Pass, State::Failed),
        (Inconclusive, Pass, State::Failed),
    ];
    for (health, latency, expected) in table {
        let mut run = Run::unprotected(CHAIN);
        for name in run.names() {
            run.apply(&empty(&name));
        }
        run.apply(&answered("latency", 1, latency));
        run.apply(&answered("health", 1, health));
        assert_eq!(run.state(), expected, "health {health:?}, latency {latency:?}");
        let named = run.deployment.failure.is_some_and(|f| f.what.contains("Check health"));
        assert_eq!(named, expected == State::Failed);
    }
}

#[test]
fn without_checks_and_signatures_the_last_stack_ends_it_well() {
    let mut run = Run::unprotected(&[("Data", &[])]).prepare_all();
    run.deployment.checks.clear();
    run.apply(&Event::Started { by: person("emil"), plan_digest: run.plan() });
    run.apply(&succeeded("Data"));
    assert_eq!((run.state(), run.deployment.finished_at), (State::Succeeded, Some(now())));
}

#[test]
fn a_deployment_nobody_will_sign_is_ended_with_a_reason() {
    let mut run = Run::awaiting_sign_off();
    assert_eq!(run.refusal(&ended_as_failed("")), Refusal::ReasonRequired);
    assert!(run.apply(&ended_as_failed("Orders are lost")).is_empty());
    assert_eq!(run.state(), State::Failed);
    let failure = run.deployment.failure.expect("a failed deployment says why");
    assert!(failure.what.contains("Orders are lost") && failure.next.contains("stays deployed"));
}
