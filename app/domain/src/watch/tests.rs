use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// As the first application watches: four in the first hour, every two hours to a day, every day to a week.
fn rules() -> WatchRules {
    let rule = |times| RoundRule { times, suites: Vec::new(), checks: vec!["api".into()], grace_secs: None };
    WatchRules {
        rounds: vec![
            rule(RoundTimes::At([15, 30, 45, 60].map(|m| m * MINUTE).to_vec())),
            rule(RoundTimes::Every { every_secs: 2 * HOUR, until_secs: 24 * HOUR }),
            rule(RoundTimes::Every { every_secs: DAY, until_secs: 7 * DAY }),
        ],
        comparisons: vec![Comparison { check: "latency".into(), allowed_percent: 50 }],
        sign_off_role: Role::Lead,
    }
}

fn at(secs: u64) -> Timestamp {
    later(Timestamp::UNIX_EPOCH, secs)
}

fn lea() -> Person {
    Person { id: "lea".into(), name: "Lea".into() }
}

fn trigger(id: &str, kind: TriggerKind, suite_checks: &[&str]) -> Trigger {
    let suite_checks = suite_checks.iter().map(|c| (*c).to_owned()).collect();
    Trigger { id: id.into(), title: id.to_uppercase(), kind, suite_checks }
}

fn pending() -> Watch {
    let schedule = rules();
    let times: Vec<u64> = schedule.schedule().iter().map(|(at, _)| *at).collect();
    let rounds = (1u32..).zip(&times).map(|(number, after)| Round {
        number,
        after_secs: *after,
        grace_secs: 15 * MINUTE,
        checks: vec!["api".into(), "latency".into()],
        run: None,
        looks: Vec::new(),
        missed_at: None,
    });
    Watch {
        deployment: Uuid::nil(),
        application: "shop".into(),
        environment: "production".into(),
        release_version: "1.0.0".into(),
        state: State::Pending,
        opened_at: None,
        rounds: rounds.collect(),
        comparisons: schedule.comparisons,
        triggers: vec![
            trigger("down", TriggerKind::SuiteFailing { suite: "smoke".into() }, &["api"]),
            trigger("slow", TriggerKind::Slower { check: "latency".into(), percent: 50 }, &[]),
            trigger("loss", TriggerKind::Reported, &[]),
        ],
        sign_off_role: Role::Lead,
        baseline: Baseline::Wanted { checks: vec!["latency".into()] },
        raised: Vec::new(),
        ending: None,
    }
}

fn ms(number: i64) -> Measurement {
    Measurement { thousandths: number * 1000, unit: "ms".into() }
}

fn results(api: Verdict, latency: i64) -> Vec<RoundResult> {
    vec![
        RoundResult { check: "api".into(), verdict: api, value: None },
        RoundResult { check: "latency".into(), verdict: Verdict::Pass, value: Some(ms(latency)) },
    ]
}

#[expect(clippy::needless_pass_by_value, reason = "events are made where they happen")]
fn step(watch: &mut Watch, event: Event, secs: u64) -> Vec<Fact> {
    let (next, facts) = watch.apply(&event, at(secs)).unwrap_or_else(|refusal| panic!("{event:?}: {refusal}"));
    *watch = next;
    facts
}

fn open() -> Watch {
    let mut watch = pending();
    step(
        &mut watch,
        Event::BaselineMeasured { values: vec![Measured { check: "latency".into(), value: Some(ms(100)) }] },
        0,
    );
    step(&mut watch, Event::Opened, 0);
    watch
}

fn look(round: u32) -> Event {
    Event::Looked { round, by: lea(), finding: Finding::Nothing, note: String::new() }
}

fn ran(round: u32, api: Verdict, latency: i64) -> Event {
    Event::RoundRan { round, results: results(api, latency) }
}

#[test]
fn rounds_come_as_the_rules_say() {
    let rules = rules();
    let times: Vec<u64> = rules.schedule().iter().map(|(at, _)| *at).collect();
    assert_eq!(times.len(), 22);
    assert_eq!(times[..6], [15 * MINUTE, 30 * MINUTE, 45 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR]);
    assert_eq!(times[15..], [24 * HOUR, 2 * DAY, 3 * DAY, 4 * DAY, 5 * DAY, 6 * DAY, 7 * DAY]);
}

#[test]
fn a_week_of_watching_ends_with_a_signature() {
    let mut watch = open();
    for number in 1..=22 {
        let due = watch.round(number).map_or(0, |r| r.after_secs);
        assert_eq!(watch.next_change_at(), Some(at(due)));
        assert_eq!(watch.round_to_run(at(due)).map(|r| r.number), Some(number));
        assert_eq!(step(&mut watch, ran(number, Verdict::Pass, 110), due + 5), []);
        let facts = step(&mut watch, look(number), due + 60);
        assert_eq!(facts, if number == 22 { vec![Fact::Complete] } else { Vec::new() });
    }
    assert_eq!((watch.state, watch.missed(), watch.next_change_at()), (State::AwaitingSignOff, 0, None));
    step(&mut watch, Event::SignedOff { by: lea(), comment: String::new() }, 7 * DAY + HOUR);
    assert_eq!(watch.state, State::SignedOff);
    assert!(watch.apply(&look(1), at(8 * DAY)).is_err(), "over");
}

#[test]
fn a_round_nobody_looked_at_is_missed_and_stays_so() {
    let mut watch = open();
    step(&mut watch, ran(1, Verdict::Pass, 100), 15 * MINUTE);
    assert_eq!(watch.next_change_at(), Some(at(30 * MINUTE)));
    let facts = step(&mut watch, Event::TimePassed, 31 * MINUTE);
    assert_eq!(facts, [Fact::RoundMissed { round: 1, ran: true }]);
    assert_eq!(step(&mut watch, Event::TimePassed, 31 * MINUTE), [], "said once");
    step(&mut watch, look(1), 40 * MINUTE);
    let round = watch.round(1).expect("a round");
    assert_eq!(watch.round_state(round, at(40 * MINUTE)), RoundState::Missed, "a late look does not undo it");
    assert_eq!((round.looks.len(), round.missed_at), (1, Some(at(30 * MINUTE))));
}

#[test]
fn a_server_that_was_down_runs_what_is_in_time_and_misses_the_rest() {
    let mut watch = open();
    // Back after 50 minutes: the first two are over, the third is late.
    let now = 50 * MINUTE;
    let facts = step(&mut watch, Event::TimePassed, now);
    assert_eq!(facts, [1, 2].map(|round| Fact::RoundMissed { round, ran: false }));
    assert_eq!(watch.round_to_run(at(now)).map(|r| r.number), Some(3));
    step(&mut watch, ran(3, Verdict::Pass, 100), now);
    assert_eq!(watch.round(3).and_then(|r| r.run.as_ref()).and_then(|r| r.late_by_secs), Some(5 * MINUTE));
    assert_eq!(watch.apply(&ran(1, Verdict::Pass, 1), at(now)), Err(Refusal::AlreadyRan(1)), "missed is missed");
    assert_eq!(watch.apply(&ran(3, Verdict::Pass, 1), at(now)), Err(Refusal::AlreadyRan(3)), "not twice");
    assert_eq!(watch.apply(&ran(4, Verdict::Pass, 1), at(now)), Err(Refusal::NotDue(4)));
    assert_eq!(watch.apply(&look(4), at(now)), Err(Refusal::NotDue(4)));
    assert_eq!(watch.apply(&look(99), at(now)), Err(Refusal::UnknownRound(99)));
}

#[test]
fn triggers_are_raised_once_and_end_when_they_no_longer_hold() {
    let mut watch = open();
    let raised =
        |id: &str, why: &str| Fact::TriggerRaised { trigger: id.into(), title: id.to_uppercase(), why: why.into() };
    let facts = step(&mut watch, ran(1, Verdict::Fail, 151), 15 * MINUTE);
    let why = "latency is 51 % above what it was before";
    assert_eq!(facts, [raised("down", "all 1 checks of suite smoke fail"), raised("slow", why)]);
    assert_eq!(watch.condition(at(15 * MINUTE)), Condition::Bad);
    assert_eq!(step(&mut watch, ran(2, Verdict::Fail, 190), 30 * MINUTE), [], "still raised");
    // Could not be asked: nobody knows, so nothing changes.
    assert_eq!(step(&mut watch, ran(3, Verdict::Inconclusive, 190), 45 * MINUTE), []);
    let facts = step(&mut watch, ran(4, Verdict::Pass, 150), HOUR);
    let over = |id: &str| Fact::TriggerOver { trigger: id.into(), title: id.to_uppercase() };
    assert_eq!(facts, [over("down"), over("slow")]);
    assert_eq!((watch.raised.len(), watch.holding().count()), (2, 0), "what was raised stays visible");
    let report = |note: &str| Event::TriggerReported { trigger: "loss".into(), by: lea(), note: note.into() };
    assert_eq!(watch.apply(&report(" "), at(HOUR)), Err(Refusal::ReasonRequired));
    assert_eq!(step(&mut watch, report("orders are gone"), HOUR), [raised("loss", "orders are gone")]);
    assert_eq!(watch.apply(&report("again"), at(HOUR)), Err(Refusal::AlreadyRaised("loss".into())));
    let slow = Event::TriggerReported { trigger: "slow".into(), by: lea(), note: "x".into() };
    assert_eq!(watch.apply(&slow, at(HOUR)), Err(Refusal::UnknownTrigger("slow".into())), "measured, not reported");
}

#[test]
fn without_a_baseline_comparisons_say_that_they_cannot_be_made() {
    let mut watch = pending();
    step(&mut watch, Event::Opened, 0);
    let facts = step(&mut watch, ran(1, Verdict::Pass, 9_000), 15 * MINUTE);
    assert_eq!(facts, [], "nothing is raised on a guess");
    let compared = watch.round(1).and_then(|r| r.run.as_ref()).map(|r| r.compared.clone()).unwrap_or_default();
    let why = "no baseline: it was not measured before the deployment was executed".to_owned();
    assert_eq!(compared[0].change, Change::Inconclusive { why });
    let late = Event::BaselineMeasured { values: Vec::new() };
    assert!(watch.apply(&late, at(HOUR)).is_err(), "what is measured afterwards is no baseline");
}

#[test]
fn comparisons_are_exact_and_never_across_units() {
    let table = [
        (100, 150, "ms", Change::Within { percent: 50 }),
        (1_000, 1_501, "ms", Change::Beyond { percent: 50 }),
        (100, 20, "ms", Change::Within { percent: -80 }),
        (0, 0, "ms", Change::Within { percent: 0 }),
        (0, 1, "ms", Change::FromNothing),
        (100, 1, "%", Change::Inconclusive { why: "measured in ms before and in % now".into() }),
    ];
    for (before, now, unit, expected) in table {
        let mut watch = pending();
        let values = vec![Measured { check: "latency".into(), value: Some(ms(before)) }];
        step(&mut watch, Event::BaselineMeasured { values }, 0);
        step(&mut watch, Event::Opened, 0);
        let value = Some(Measurement { thousandths: now * 1000, unit: unit.into() });
        let results = vec![RoundResult { check: "latency".into(), verdict: Verdict::Pass, value }];
        step(&mut watch, Event::RoundRan { round: 1, results }, 15 * MINUTE);
        let change = watch.round(1).and_then(|r| r.run.as_ref()).map(|r| r.compared[0].change.clone());
        assert_eq!(change, Some(expected), "{before} to {now} {unit}");
    }
}

#[test]
fn limits_and_costs_are_held_against_their_numbers() {
    let judge = |kind: TriggerKind, value: i64| {
        let mut watch = open();
        watch.triggers = vec![trigger("t", kind, &[])];
        !step(&mut watch, ran(1, Verdict::Pass, value), 15 * MINUTE).is_empty()
    };
    let above = || TriggerKind::Above { check: "latency".into(), limit_thousandths: 5_000 };
    assert!(!judge(above(), 5) && judge(above(), 6));
    let cost = || TriggerKind::Cost { check: "latency".into(), maximum_thousandths: 1_000_000, percent: 200 };
    assert!(!judge(cost(), 2_000) && judge(cost(), 2_001));
}

#[test]
fn what_was_not_perfect_needs_a_word_at_the_end_and_an_early_end_needs_a_reason() {
    let mut watch = open();
    let early = |reason: &str| Event::EndedEarly { by: lea(), reason: reason.into() };
    assert_eq!(watch.apply(&early(""), at(HOUR)), Err(Refusal::ReasonRequired));
    assert_eq!(watch.apply(&early("moved"), at(HOUR)).map(|(w, _)| w.state), Ok(State::EndedEarly));
    let sign = |comment: &str| Event::SignedOff { by: lea(), comment: comment.into() };
    assert_eq!(watch.apply(&sign("fine"), at(HOUR)), Err(Refusal::WrongState(State::Watching)));
    let facts = step(&mut watch, Event::TimePassed, 30 * DAY);
    assert_eq!((facts.len(), facts.last()), (23, Some(&Fact::Complete)));
    assert_eq!(watch.apply(&sign(" "), at(30 * DAY)), Err(Refusal::CommentRequired));
    step(&mut watch, sign("nobody was there; all is well"), 30 * DAY);
    assert_eq!(watch.state, State::SignedOff);
}

#[test]
fn a_newer_deployment_ends_an_open_watch_only() {
    let newer = Event::Superseded { by_version: "1.1.0".into() };
    let mut watch = open();
    assert_eq!(pending().apply(&newer, at(0)), Err(Refusal::WrongState(State::Pending)));
    step(&mut watch, newer.clone(), HOUR);
    assert_eq!((watch.state, watch.next_change_at()), (State::Superseded, None));
    assert!(watch.ending.as_ref().is_some_and(|e| e.by.is_none() && e.comment.contains("1.1.0")));
    assert!(watch.apply(&newer, at(HOUR)).is_err());
}

#[test]
fn durations_are_read_and_written() {
    let table = [("90s", Some(90)), ("15m", Some(900)), ("2h", Some(7_200)), ("7d", Some(604_800))];
    for (text, secs) in table {
        assert_eq!(parse_duration(text), secs, "{text}");
    }
    for bad in ["", "m", "15", "1.5h", "-1d", "15 m", "9999d", "é", "1é", "99999999999999999999d"] {
        assert_eq!(parse_duration(bad), None, "{bad}");
    }
    assert_eq!(duration_words(900), "15 min");
    assert_eq!(duration_words(36 * HOUR), "1 d 12 h");
    assert_eq!(duration_words(0), "0 s");
}

fn events() -> impl Strategy<Value = Event> {
    let verdict = prop_oneof![Just(Verdict::Pass), Just(Verdict::Fail), Just(Verdict::Inconclusive)];
    prop_oneof![
        Just(Event::TimePassed),
        Just(Event::Opened),
        (1u32..24).prop_map(look),
        (1u32..24, verdict, 0i64..400).prop_map(|(round, api, latency)| ran(round, api, latency)),
        Just(Event::TriggerReported { trigger: "loss".into(), by: lea(), note: "x".into() }),
        Just(Event::SignedOff { by: lea(), comment: "x".into() }),
    ]
}

proptest! {
    /// Whatever happens in whatever order: a round is run at most once, what was missed stays missed, time never runs
    /// backwards, and a watch that is open always knows when to be looked at next.
    #[test]
    fn a_watch_never_forgets_and_never_stalls(steps in prop::collection::vec((events(), 0u64..DAY / 2), 1..60)) {
        let mut watch = open();
        let mut now = 0;
        for (event, wait) in steps {
            now += wait;
            let Ok((next, _)) = watch.apply(&event, at(now)) else { continue };
            for (before, after) in watch.rounds.iter().zip(&next.rounds) {
                prop_assert!(before.run.is_none() || before.run == after.run);
                prop_assert!(before.missed_at.is_none() || before.missed_at == after.missed_at);
                prop_assert!(after.looks.starts_with(&before.looks));
            }
            prop_assert!(next.raised.len() >= watch.raised.len());
            prop_assert_eq!(next.state == State::Watching, next.next_change_at().is_some());
            watch = next;
        }
        prop_assert!(watch.opened_at.is_none_or(|opened| opened.duration_since(at(0)) >= SignedDuration::ZERO));
    }
}
