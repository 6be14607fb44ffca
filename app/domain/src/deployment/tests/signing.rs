//! Signatures: what they want, what they bind, and what makes them stale.

use super::*;
use crate::checklist::NewCondition;

fn later(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

fn changes(run: &Run, role: &str, at: Timestamp) -> Vec<String> {
    let signature = run.deployment.sign_off_of(role).expect("signed");
    run.deployment.changes_since(signature, at).iter().map(crate::checklist::Change::words).collect()
}

fn condition(text: &str, owner: &str, days: i64) -> NewCondition {
    let due = later(24 * days).to_zoned(jiff::tz::TimeZone::UTC).date();
    NewCondition { text: text.to_owned(), owner: owner.to_owned(), due }
}

#[test]
fn nobody_signs_a_list_with_open_items_or_one_they_have_not_seen() {
    let mut run = Run::awaiting_sign_off();
    run.apply(&marked("looked", MarkKind::Done, ""));
    assert_eq!(run.refusal(&run.signed("engineering", "anna")), Refusal::ItemsOpen(vec!["measured".to_owned()]));
    let seen_before = run.signing("engineering", "anna");
    run.apply(&marked("measured", MarkKind::Waived, "No load in this region yet"));
    assert_eq!(run.refusal(&Event::SignedOff(seen_before)), Refusal::ListChanged);
    run.apply(&run.signed("engineering", "anna"));
}

#[test]
fn every_role_is_signed_once_and_by_different_people() {
    let mut run = Run::with_closed_list();
    assert_eq!(run.refusal(&run.signed("nope", "anna")), Refusal::UnknownSignOffRole("nope".to_owned()));
    run.apply(&run.signed("engineering", "anna"));
    assert_eq!(run.state(), State::AwaitingSignOff);
    assert_eq!(run.refusal(&run.signed("engineering", "bert")), Refusal::AlreadySigned);
    assert_eq!(run.refusal(&run.signed("operations", "anna")), Refusal::SamePersonSigned);
    let missing: Vec<&str> = run.deployment.missing_sign_offs(now()).iter().map(|r| r.id.as_str()).collect();
    assert_eq!(missing, ["operations"]);
    run.apply(&run.signed("operations", "olga"));
    assert_eq!((run.state(), run.deployment.finished_at), (State::Succeeded, Some(now())));
    assert_eq!(run.deployment.outcome(), Some(Outcome::Passed));
}

#[test]
fn a_signature_binds_everything_it_stands_on() {
    let mut run = Run::awaiting_sign_off();
    run.apply(&marked("looked", MarkKind::Waived, "Not in this release"));
    run.apply(&marked("measured", MarkKind::Done, "p95 is 80 ms"));
    run.apply(&run.signed("engineering", "anna"));
    let signature = run.deployment.sign_off_of("engineering").expect("signed");
    let digests = run.deployment.list_digests(&run.deployment.standing(now()));
    let bound = &signature.bound;
    assert_eq!((&bound.checklist, &bound.checks), (&digests.checklist, &digests.checks));
    assert_eq!(bound.plan, run.deployment.plan_digest);
    assert_eq!(bound.blueprint, run.deployment.blueprint_digest);
    assert_eq!(bound.release, run.deployment.release_digest);
    assert_eq!((bound.deployment, bound.login_age_secs), (run.deployment.id, 60));
    assert_eq!(bound.waived, ["looked"]);
    assert!(bound.statement.contains("1.4.0"), "{}", bound.statement);
}

#[test]
fn what_changes_after_a_signature_makes_it_stale_and_is_named() {
    let table = [
        (vec![reopened("looked")], "Item looked “Item looked” was reopened by Name of emil"),
        (
            vec![rerun(&["health"]), answered("health", 2, Verdict::Fail)],
            "Item healthy “Item healthy” was done and is now failing | Check “Check health” passed and now fails",
        ),
        (
            vec![rerun(&["latency"]), answered("latency", 2, Verdict::Inconclusive)],
            "Check “Check latency” passed and can no longer be asked",
        ),
        (vec![rerun(&["latency"])], "Check “Check latency” passed and is being asked again"),
    ];
    for (events, expected) in table {
        let mut run = Run::with_closed_list();
        run.apply(&run.signed("engineering", "anna"));
        assert!(changes(&run, "engineering", now()).is_empty());
        for event in &events {
            run.apply(event);
        }
        assert_eq!(run.deployment.sign_offs.len(), 1, "nothing erases it");
        let signature = run.deployment.sign_off_of("engineering").expect("signed");
        assert!(!run.deployment.holds(signature, now()));
        assert_eq!(changes(&run, "engineering", now()).join(" | "), expected);
        assert_eq!(run.deployment.missing_sign_offs(now()).len(), 2);
    }
}

#[test]
fn evidence_that_grows_old_or_a_waiver_that_ends_makes_a_signature_stale() {
    let mut run = Run::awaiting_sign_off();
    run.apply(&marked("looked", MarkKind::Waived, "Not in this release"));
    run.apply(&marked("measured", MarkKind::Done, "p95 is 80 ms"));
    run.apply(&run.signed("engineering", "anna"));
    assert_eq!(changes(&run, "engineering", later(25)), ["Item healthy “Item healthy” was done and is now too old"]);
    assert_eq!(
        changes(&run, "engineering", later(49))[1],
        "Item looked “Item looked” was waived, and the waiver has expired: open"
    );
}

#[test]
fn a_stale_signature_is_renewed_by_signing_again_and_the_old_one_is_kept() {
    let mut run = Run::with_closed_list();
    run.apply(&run.signed("engineering", "anna"));
    run.apply(&reopened("looked"));
    let (ticked, at) = (marked("looked", MarkKind::Done, "Looked again"), later(1));
    run.deployment = run.deployment.apply(&ticked, at).expect("ticked").0;
    assert_eq!(changes(&run, "engineering", at), ["Item looked “Item looked” was ticked again by Name of emil"]);
    let olga = Event::SignedOff(run.signing_at("operations", "olga", at));
    run.deployment = run.deployment.apply(&olga, at).expect("signed").0;
    assert_eq!(run.state(), State::AwaitingSignOff, "one role's signature is stale");
    let anna = Event::SignedOff(run.signing_at("engineering", "anna", at));
    run.deployment = run.deployment.apply(&anna, at).expect("renewed").0;
    assert_eq!((run.state(), run.deployment.sign_offs.len()), (State::Succeeded, 3));
}

#[test]
fn a_check_that_answers_as_before_brings_signatures_back() {
    let mut run = Run::with_closed_list();
    run.apply(&rerun(&["latency"]));
    run.apply(&answered("latency", 2, Verdict::Warn));
    run.apply(&run.signed("engineering", "anna"));
    run.apply(&rerun(&["health", "latency"]));
    assert_eq!(run.refusal(&run.signed("operations", "olga")), Refusal::ItemsOpen(vec!["healthy".to_owned()]));
    run.apply(&answered("health", 2, Verdict::Pass));
    run.apply(&answered("latency", 3, Verdict::Warn));
    run.apply(&run.signed("operations", "olga"));
    assert_eq!(run.state(), State::Succeeded);
}

#[test]
fn passing_with_conditions_names_them_with_owner_and_day() {
    let run = Run::with_closed_list();
    let signing =
        |outcome, conditions| Event::SignedOff(Signing { outcome, conditions, ..run.signing("engineering", "anna") });
    let with = Outcome::PassedWithConditions;
    let table = [
        (signing(with, vec![]), Refusal::ConditionRequired),
        (signing(with, vec![condition(" ", "Bert", 3)]), Refusal::ConditionIncomplete),
        (signing(with, vec![condition("Watch the queue", "", 3)]), Refusal::ConditionIncomplete),
        (signing(with, vec![condition("Watch the queue", "Bert", -1)]), Refusal::ConditionIncomplete),
        (signing(Outcome::Passed, vec![condition("Watch the queue", "Bert", 3)]), Refusal::ConditionUnexpected),
    ];
    for (event, expected) in table {
        assert_eq!(run.refusal(&event), expected, "{event:?}");
    }
}

#[test]
fn conditions_stay_until_they_are_closed_also_after_success() {
    let mut run = Run::with_closed_list();
    let conditions = vec![condition("Watch the queue", "Bert", 3), condition("Write the runbook", "Olga", 7)];
    let outcome = Outcome::PassedWithConditions;
    run.apply(&Event::SignedOff(Signing { outcome, conditions, ..run.signing("engineering", "anna") }));
    run.apply(&run.signed("operations", "olga"));
    assert_eq!((run.state(), run.deployment.outcome()), (State::Succeeded, Some(outcome)));
    assert_eq!(run.deployment.open_conditions().count(), 2);
    assert!(
        run.deployment.conditions[0].belongs_to("bert", None) && !run.deployment.conditions[0].belongs_to("Olga", None)
    );
    let close = |condition, note: &str| Event::ConditionClosed { condition, by: person("bert"), note: note.to_owned() };
    assert_eq!(run.refusal(&close(9, "x")), Refusal::UnknownCondition(9));
    assert_eq!(run.refusal(&close(1, "")), Refusal::NoteRequired);
    run.apply(&close(1, "The queue was empty all night"));
    assert_eq!(run.refusal(&close(1, "again")), Refusal::ConditionClosed("Name of bert".to_owned()));
    assert_eq!(run.deployment.open_conditions().map(|c| c.id).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_failed_sign_off_ends_the_deployment_with_its_reason_and_keeps_the_signature() {
    let mut run = Run::awaiting_sign_off();
    let failed = |comment: &str| {
        let (comment, outcome) = (comment.to_owned(), Outcome::Failed);
        Event::SignedOff(Signing { comment, outcome, ..run.signing("engineering", "anna") })
    };
    assert_eq!(run.refusal(&failed(" ")), Refusal::FailureReasonRequired);
    let event = failed("Orders are lost");
    run.apply(&event);
    assert_eq!((run.state(), run.deployment.outcome()), (State::Failed, Some(Outcome::Failed)));
    assert_eq!(run.deployment.sign_offs.len(), 1);
    assert!(run.deployment.failure.is_some_and(|f| f.what.contains("Orders are lost")));
}

#[test]
fn what_is_signed_and_over_does_not_grow_old() {
    let mut run = Run::with_closed_list();
    run.apply(&run.signed("engineering", "anna"));
    run.apply(&run.signed("operations", "olga"));
    assert_eq!(run.deployment.item_state("healthy", later(24 * 365)), Some(ItemState::Done));
    assert!(changes(&run, "engineering", later(24 * 365)).is_empty());
}
