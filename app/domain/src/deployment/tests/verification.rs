//! Checks, the checklist and the signatures under it.

use super::*;

#[test]
fn people_sign_only_after_every_check_has_answered() {
    let mut run = Run::verifying();
    run.apply(&answered("health", 1, Verdict::Pass));
    assert_eq!(run.refusal(&signed("engineering", "anna")), Refusal::WrongState(State::Verifying));
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
    assert_eq!(run.deployment.item_state("healthy"), Some(ItemState::Blocked));
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
fn items_want_what_their_kind_wants() {
    let run = Run::awaiting_sign_off();
    let table = [
        (marked("nope", MarkKind::Done, "x"), Refusal::UnknownItem("nope".to_owned())),
        (marked("healthy", MarkKind::Done, "I looked"), Refusal::ItemIsAutomatic),
        (marked("healthy", MarkKind::Waived, " "), Refusal::ReasonRequired),
        (marked("looked", MarkKind::Waived, ""), Refusal::ReasonRequired),
        (marked("measured", MarkKind::Done, "\t"), Refusal::EvidenceRequired),
        (reopened("looked"), Refusal::UnknownItem("looked".to_owned())),
    ];
    for (event, expected) in table {
        assert_eq!(run.refusal(&event), expected, "{event:?}");
    }
}

#[test]
fn an_item_shows_its_latest_mark() {
    let mut run = Run::awaiting_sign_off();
    assert_eq!(run.deployment.item_state("looked"), Some(ItemState::Open));
    run.apply(&marked("looked", MarkKind::Done, ""));
    assert_eq!(run.deployment.item_state("looked"), Some(ItemState::Done));
    run.apply(&marked("looked", MarkKind::Waived, "Not in this release"));
    assert_eq!(run.deployment.item_state("looked"), Some(ItemState::Waived));
    assert_eq!(run.deployment.marks.len(), 1);
    run.apply(&reopened("looked"));
    assert_eq!(run.deployment.item_state("looked"), Some(ItemState::Open));
    assert_eq!(run.deployment.item_state("nope"), None);
}

#[test]
fn nobody_signs_a_list_with_open_items() {
    let mut run = Run::awaiting_sign_off();
    run.apply(&marked("looked", MarkKind::Done, ""));
    assert_eq!(run.refusal(&signed("engineering", "anna")), Refusal::ItemsOpen(vec!["measured".to_owned()]));
    run.apply(&marked("measured", MarkKind::Waived, "No load in this region yet"));
    run.apply(&rerun(&["health"]));
    assert_eq!(run.refusal(&signed("engineering", "anna")), Refusal::ItemsOpen(vec!["healthy".to_owned()]));
    run.apply(&answered("health", 2, Verdict::Inconclusive));
    assert_eq!(run.refusal(&signed("engineering", "anna")), Refusal::ItemsOpen(vec!["healthy".to_owned()]));
    run.apply(&marked("healthy", MarkKind::Waived, "The endpoint is behind the VPN"));
    run.apply(&signed("engineering", "anna"));
}

#[test]
fn every_role_is_signed_once_and_by_different_people() {
    let mut run = Run::with_closed_list();
    assert_eq!(run.refusal(&signed("nope", "anna")), Refusal::UnknownSignOffRole("nope".to_owned()));
    run.apply(&signed("engineering", "anna"));
    assert_eq!(run.state(), State::AwaitingSignOff);
    assert_eq!(run.refusal(&signed("engineering", "bert")), Refusal::AlreadySigned);
    assert_eq!(run.refusal(&signed("operations", "anna")), Refusal::SamePersonSigned);
    let missing: Vec<&str> = run.deployment.missing_sign_offs().iter().map(|r| r.id.as_str()).collect();
    assert_eq!(missing, ["operations"]);
    run.apply(&signed("operations", "olga"));
    assert_eq!((run.state(), run.deployment.finished_at), (State::Succeeded, Some(now())));
}

#[test]
fn whatever_changes_the_list_takes_signatures_back() {
    let changes = [
        vec![reopened("looked")],
        vec![marked("looked", MarkKind::Waived, "It was not looked at after all")],
        vec![rerun(&["health"]), answered("health", 2, Verdict::Fail)],
        vec![rerun(&["health"]), answered("health", 2, Verdict::Inconclusive)],
    ];
    for events in changes {
        let mut run = Run::with_closed_list();
        run.apply(&signed("engineering", "anna"));
        for event in &events {
            run.apply(event);
        }
        assert!(run.deployment.sign_offs.is_empty(), "{events:?}");
    }
}

#[test]
fn a_signature_outlives_a_check_that_passes_again() {
    let mut run = Run::with_closed_list();
    run.apply(&signed("engineering", "anna"));
    run.apply(&rerun(&["health", "latency"]));
    run.apply(&answered("health", 2, Verdict::Pass));
    run.apply(&answered("latency", 2, Verdict::Inconclusive));
    assert_eq!(run.deployment.sign_offs.len(), 1, "no item stands on latency");
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
