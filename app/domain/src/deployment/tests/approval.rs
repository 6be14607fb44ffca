//! Who may let a plan through, and what exactly they approve.

use super::*;

fn waiting(quorum: u32, groups: &[&str]) -> Run {
    let mut run = Run::protected(CHAIN);
    run.deployment.protection = Some(protection(quorum, groups));
    run.prepare_all()
}

/// An approval by somebody in these groups, of the plan as it is now.
fn approval(run: &Run, id: &str, in_groups: &[&str]) -> Event {
    Event::Approved {
        by: person(id),
        groups: in_groups.iter().map(|&g| g.to_owned()).collect(),
        plan_digest: run.plan(),
        phrase: PHRASE.to_owned(),
        comment: "Looks right".to_owned(),
    }
}

#[test]
fn an_approval_of_another_plan_is_refused() {
    let run = waiting(1, &[]);
    let mut event = approval(&run, "anna", &[]);
    if let Event::Approved { plan_digest, .. } = &mut event {
        *plan_digest = Digest::of_bytes(b"the plan as it was yesterday");
    }
    assert_eq!(run.refusal(&event), Refusal::PlanChanged);
}

#[test]
fn only_the_exact_phrase_opens_the_gate() {
    let run = waiting(1, &[]);
    for wrong in ["", "Deploy to production", "deploy to production ", "deploy to staging"] {
        let mut event = approval(&run, "anna", &[]);
        if let Event::Approved { phrase, .. } = &mut event {
            wrong.clone_into(phrase);
        }
        assert_eq!(run.refusal(&event), Refusal::WrongPhrase, "{wrong:?}");
    }
}

#[test]
fn approval_by_the_requester_is_refused() {
    let run = waiting(2, &[]);
    assert_eq!(run.refusal(&approval(&run, "rita", &["leads"])), Refusal::SelfApproval);
}

#[test]
fn a_quorum_of_two_wants_two_people() {
    let mut run = waiting(2, &[]);
    assert_eq!(run.deployment.missing_approvals(), (2, vec![]));
    assert!(run.apply(&approval(&run, "anna", &[])).is_empty());
    assert_eq!(run.deployment.missing_approvals(), (1, vec![]));
    assert_eq!(run.refusal(&approval(&run, "anna", &["leads"])), Refusal::AlreadyApproved);
    assert_eq!(run.apply(&approval(&run, "bert", &[])), ["execute/Data"]);
    assert_eq!(run.state(), State::Executing);
}

#[test]
fn a_quorum_of_zero_still_wants_one_person() {
    let run = waiting(0, &[]);
    assert_eq!(run.state(), State::AwaitingApproval);
    assert_eq!(run.deployment.missing_approvals(), (1, vec![]));
}

#[test]
fn a_full_quorum_without_the_required_group_keeps_waiting() {
    let mut run = waiting(2, &["leads", "security"]);
    run.apply(&approval(&run, "anna", &["leads", "cooks"]));
    run.apply(&approval(&run, "bert", &["cooks"]));
    assert_eq!(run.deployment.missing_approvals(), (0, vec!["security"]));
    assert_eq!(run.state(), State::AwaitingApproval);
    run.apply(&approval(&run, "carl", &["security"]));
    assert_eq!(run.state(), State::Executing);
}

#[test]
fn an_approval_keeps_only_the_groups_the_gate_asks_for() {
    let mut run = waiting(2, &["leads"]);
    run.apply(&approval(&run, "anna", &["cooks", "leads"]));
    let kept = &run.deployment.approvals[0];
    assert_eq!((kept.groups.as_slice(), &kept.plan_digest), (["leads".to_owned()].as_slice(), &run.plan()));
}

#[test]
fn a_protected_plan_cannot_simply_be_started() {
    let run = waiting(1, &[]);
    let start = Event::Started { by: person("anna"), plan_digest: run.plan() };
    assert_eq!(run.refusal(&start), Refusal::NeedsApproval);
}

#[test]
fn a_rejection_names_its_plan_and_its_reason_and_throws_the_change_sets_away() {
    let mut run = waiting(2, &[]);
    run.apply(&approval(&run, "anna", &[]));
    let rejected =
        |plan_digest, comment: &str| Event::Rejected { by: person("bert"), plan_digest, comment: comment.to_owned() };
    assert_eq!(run.refusal(&rejected(Digest::of_bytes(b"other"), "No")), Refusal::PlanChanged);
    assert_eq!(run.refusal(&rejected(run.plan(), " \n")), Refusal::ReasonRequired);
    assert_eq!(run.apply(&rejected(run.plan(), "It drops the table")), ["discard/Data", "discard/Api", "discard/Web"]);
    assert_eq!((run.state(), run.deployment.started_at), (State::Rejected, None));
}
