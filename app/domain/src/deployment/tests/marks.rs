//! What people do to items of the checklist.

use super::*;

fn by(item: &str, kind: MarkKind, who: &str, note: &str) -> Event {
    Event::ItemMarked { mark: mark(item, kind, who, note), seen: None }
}

#[test]
fn items_want_what_their_kind_wants() {
    let run = Run::awaiting_sign_off();
    let table = [
        (marked("nope", MarkKind::Done, "x"), Refusal::UnknownItem("nope".to_owned())),
        (marked("healthy", MarkKind::Done, "I looked"), Refusal::ItemIsAutomatic),
        (marked("healthy", MarkKind::Waived, " "), Refusal::WaiverReasonRequired),
        (marked("looked", MarkKind::Waived, ""), Refusal::WaiverReasonRequired),
        (marked("healthy", MarkKind::Waived, "Its checks pass already"), Refusal::ItemIsAutomatic),
        (marked("measured", MarkKind::Done, "\t"), Refusal::EvidenceRequired),
        (marked("looked", MarkKind::Noted, " "), Refusal::NoteRequired),
        (marked("domain", MarkKind::Done, "x"), Refusal::ItemNotApplicable),
        (reopened("looked"), Refusal::NothingToReopen),
    ];
    for (event, expected) in table {
        assert_eq!(run.refusal(&event), expected, "{event:?}");
    }
}

#[test]
fn the_requester_never_waives_and_a_waiver_has_an_end() {
    let run = Run::awaiting_sign_off();
    assert_eq!(run.refusal(&by("looked", MarkKind::Waived, "rita", "No time")), Refusal::OwnWaiver);
    for expires_at in [None, Some(now())] {
        let mark = ItemMark { expires_at, ..mark("looked", MarkKind::Waived, "anna", "Not in this release") };
        assert_eq!(run.refusal(&Event::ItemMarked { mark, seen: None }), Refusal::ExpiryRequired);
    }
}

#[test]
fn an_expired_waiver_opens_the_item_again() {
    let mut run = Run::awaiting_sign_off();
    run.apply(&by("looked", MarkKind::Waived, "anna", "Not before Monday"));
    let end = now() + SignedDuration::from_hours(48);
    let before = end - SignedDuration::from_secs(1);
    assert_eq!(run.deployment.item_state("looked", before), Some(ItemState::Waived));
    assert_eq!(run.deployment.item_state("looked", end), Some(ItemState::Open));
    assert!(run.deployment.open_items(end).iter().any(|item| item.id == "looked"));
}

#[test]
fn an_automatic_item_unticks_itself_when_its_evidence_fails_or_grows_old() {
    let mut run = Run::awaiting_sign_off();
    assert_eq!(run.item_state("healthy"), Some(ItemState::Done));
    let limit = now() + SignedDuration::from_hours(24);
    assert_eq!(run.deployment.item_state("healthy", limit), Some(ItemState::Done));
    assert_eq!(run.deployment.item_state("healthy", limit + SignedDuration::from_secs(1)), Some(ItemState::Stale));
    run.apply(&rerun(&["health"]));
    assert_eq!(run.item_state("healthy"), Some(ItemState::Running));
    run.apply(&answered("health", 2, Verdict::Inconclusive));
    assert_eq!(run.item_state("healthy"), Some(ItemState::Failing));
}

#[test]
fn a_check_that_was_never_asked_leaves_its_item_open() {
    assert_eq!(Run::protected(CHAIN).item_state("healthy"), Some(ItemState::Open));
}

#[test]
fn the_second_on_an_item_is_told_who_was_first_and_nothing_is_overwritten() {
    let mut run = Run::awaiting_sign_off();
    run.apply(&by("looked", MarkKind::Done, "emil", "On my screen"));
    let first = run.deployment.marks[0].clone();
    for second in [
        by("looked", MarkKind::Done, "bert", "On mine"),
        by("looked", MarkKind::Waived, "anna", "Not needed"),
        Event::ItemMarked {
            mark: mark("looked", MarkKind::Reopened, "bert", ""),
            seen: Some(now() - SignedDuration::from_secs(5)),
        },
    ] {
        assert_eq!(run.refusal(&second), Refusal::Overtaken(Box::new(first.clone())), "{second:?}");
    }
    let seen = Some(first.at);
    run.apply(&Event::ItemMarked { mark: mark("looked", MarkKind::Reopened, "bert", "It was the old build"), seen });
    assert_eq!(run.item_state("looked"), Some(ItemState::Open));
    let again = Event::ItemMarked { mark: mark("looked", MarkKind::Reopened, "anna", ""), seen };
    assert!(matches!(run.refusal(&again), Refusal::Overtaken(mark) if mark.by.id == "bert"));
    assert_eq!(run.deployment.marks_of("looked").count(), 2, "the log keeps both");
}

#[test]
fn a_file_or_link_beside_an_item_is_evidence_until_it_is_opened_again() {
    let mut run = Run::awaiting_sign_off();
    let link = Some("https://grafana.example.org/d/1".to_owned());
    let noted = ItemMark { link, ..mark("measured", MarkKind::Noted, "bert", "") };
    run.apply(&Event::ItemMarked { mark: noted, seen: None });
    assert_eq!(run.item_state("measured"), Some(ItemState::Open), "a note ticks nothing");
    run.apply(&marked("measured", MarkKind::Done, ""));
    run.apply(&reopened("measured"));
    assert_eq!(run.refusal(&marked("measured", MarkKind::Done, "")), Refusal::EvidenceRequired);
}

#[test]
fn an_item_is_given_to_somebody_and_taken_back() {
    let mut run = Run::awaiting_sign_off();
    let assignee =
        |run: &Run| run.deployment.standing(now()).item("looked").and_then(|i| i.assignee.map(str::to_owned));
    run.apply(&marked("looked", MarkKind::Assigned, "Bert"));
    assert_eq!(assignee(&run).as_deref(), Some("Bert"));
    run.apply(&marked("looked", MarkKind::Assigned, ""));
    assert_eq!(assignee(&run), None);
}

#[test]
fn what_does_not_apply_is_closed_and_what_comes_after_blocks_nobody() {
    let run = Run::with_closed_list();
    assert!(run.deployment.open_items(now()).is_empty());
    assert_eq!(run.item_state("domain"), Some(ItemState::NotApplicable));
    assert_eq!(run.item_state("reviewed"), Some(ItemState::Open));
    let counts = run.deployment.standing(now()).counts();
    assert_eq!((counts.done, counts.open, counts.not_applicable, counts.total()), (3, 1, 1, 5));
}

#[test]
fn after_success_only_what_was_not_signed_is_still_worked_off() {
    let mut run = Run::with_closed_list();
    run.apply(&run.signed("engineering", "anna"));
    run.apply(&run.signed("operations", "olga"));
    assert_eq!(run.state(), State::Succeeded);
    run.apply(&marked("reviewed", MarkKind::Done, "Day 7"));
    assert_eq!(run.refusal(&reopened("looked")), Refusal::WrongState(State::Succeeded));
}
