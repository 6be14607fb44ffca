//! What holds for every sequence of events, likely or not.

use std::collections::BTreeSet;

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::*;

/// An event before it is fitted to the deployment it happens to. `usize`: picks among the stacks, checks and so on that
/// could take it, or among all when none can.
#[derive(Clone, Debug)]
enum Step {
    Prepared(usize),
    Empty(usize),
    Deferred(usize),
    Unprepared(usize),
    LateLosses(usize),
    Approved { who: usize, fits: bool },
    Rejected,
    Started,
    StackStarted(usize),
    Succeeded(usize),
    Failed(usize),
    Answered { check: usize, is_old: bool, verdict: Verdict },
    Rerun(usize),
    Marked { item: usize, kind: MarkKind },
    Reopened(usize),
    Signed { role: usize, who: usize },
    Cancelled,
    Superseded,
    EndedAsFailed,
}

const PEOPLE: [&str; 4] = ["rita", "anna", "bert", "olga"];

fn step() -> impl Strategy<Value = Step> {
    let any = || 0..8_usize;
    let verdict = prop_oneof![
        6 => Just(Verdict::Pass),
        1 => Just(Verdict::Warn),
        1 => Just(Verdict::Fail),
        1 => Just(Verdict::Inconclusive),
    ];
    let kind = prop_oneof![3 => Just(MarkKind::Done), 2 => Just(MarkKind::Waived), 1 => Just(MarkKind::Noted)];
    prop_oneof![
        40 => any().prop_map(Step::Prepared),
        10 => any().prop_map(Step::Empty),
        10 => any().prop_map(Step::Deferred),
        1 => any().prop_map(Step::Unprepared),
        1 => any().prop_map(Step::LateLosses),
        20 => (any(), prop::bool::weighted(0.8)).prop_map(|(who, fits)| Step::Approved { who, fits }),
        1 => Just(Step::Rejected),
        10 => Just(Step::Started),
        15 => any().prop_map(Step::StackStarted),
        40 => any().prop_map(Step::Succeeded),
        2 => any().prop_map(Step::Failed),
        25 => (any(), prop::bool::weighted(0.1), verdict)
            .prop_map(|(check, is_old, verdict)| Step::Answered { check, is_old, verdict }),
        3 => any().prop_map(Step::Rerun),
        25 => (any(), kind).prop_map(|(item, kind)| Step::Marked { item, kind }),
        3 => any().prop_map(Step::Reopened),
        25 => (any(), any()).prop_map(|(role, who)| Step::Signed { role, who }),
        1 => Just(Step::Cancelled),
        1 => Just(Step::Superseded),
        1 => Just(Step::EndedAsFailed),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..160)
}

fn beginning() -> impl Strategy<Value = (Graph<'static>, Option<u32>)> {
    (prop_oneof![Just(CHAIN), Just(DIAMOND), Just(SEVEN)], prop::option::weighted(0.8, 1..=2_u32))
}

fn begin((graph, quorum): (Graph<'static>, Option<u32>)) -> Run {
    let mut run = if quorum.is_some() { Run::protected(graph) } else { Run::unprotected(graph) };
    run.deployment.protection = quorum.map(|quorum| protection(quorum, &[]));
    run
}

fn fit(step: &Step, deployment: &Deployment) -> Event {
    let stack = |pick: usize, state| {
        let fitting: Vec<&StackRun> = deployment.stacks.iter().filter(|s| s.state == state).collect();
        let run = if fitting.is_empty() {
            &deployment.stacks[pick % deployment.stacks.len()]
        } else {
            fitting[pick % fitting.len()]
        };
        run.logical_name.clone()
    };
    let preparing = |pick| stack(pick, StackRunState::Preparing);
    let executing = |pick| stack(pick, StackRunState::Executing);
    let plan_digest = deployment.plan_digest.clone().unwrap_or_else(|| Digest::of_bytes(b"none"));
    let item = |pick: usize| ["healthy", "looked", "measured"][pick % 3];
    match step {
        Step::Prepared(pick) => prepared(&preparing(*pick)),
        Step::Empty(pick) => empty(&preparing(*pick)),
        Step::Deferred(pick) => deferred(&preparing(*pick), "Data"),
        Step::Unprepared(pick) => unprepared(&preparing(*pick)),
        Step::LateLosses(pick) => late_losses(&preparing(*pick)),
        Step::Approved { who, fits } => Event::Approved {
            by: person(PEOPLE[who % 4]),
            groups: Vec::new(),
            plan_digest: if *fits { plan_digest } else { Digest::of_bytes(b"another plan") },
            phrase: PHRASE.to_owned(),
            comment: String::new(),
        },
        Step::Rejected => Event::Rejected { by: person("anna"), plan_digest, comment: "No".to_owned() },
        Step::Started => Event::Started { by: person("emil"), plan_digest },
        Step::StackStarted(pick) => started(&executing(*pick)),
        Step::Succeeded(pick) => succeeded(&executing(*pick)),
        Step::Failed(pick) => failed(&executing(*pick), "No space"),
        Step::Answered { check, is_old, verdict } => {
            let check = &deployment.checks[check % 2];
            answered(&check.id, check.run.saturating_sub(u32::from(*is_old)), *verdict)
        }
        Step::Rerun(pick) => rerun(&[["health", "latency"][pick % 2]]),
        Step::Marked { item: pick, kind } => marked(item(*pick), *kind, "note"),
        Step::Reopened(pick) => reopened(item(*pick)),
        Step::Signed { role, who } => {
            let seen = deployment.list_digests(&deployment.standing(now())).seen();
            Event::SignedOff(Signing {
                role: ["engineering", "operations"][role % 2].to_owned(),
                by: person(PEOPLE[who % 4]),
                comment: String::new(),
                outcome: Outcome::Passed,
                conditions: Vec::new(),
                seen,
                login_age_secs: 0,
            })
        }
        Step::Cancelled => cancel(),
        Step::Superseded => superseded(),
        Step::EndedAsFailed => ended_as_failed("Nobody will sign"),
    }
}

/// Everything a stack depends on, at any distance.
fn below<'a>(deployment: &'a Deployment, name: &str) -> BTreeSet<&'a str> {
    let direct = deployment.stack(name).map(|s| s.depends_on.as_slice()).unwrap_or_default();
    let further = direct.iter().flat_map(|d| below(deployment, d));
    direct.iter().map(String::as_str).chain(further).collect()
}

fn check_effects(before: &Deployment, after: &Deployment, effects: &[Effect]) {
    for effect in effects {
        match effect {
            Effect::ExecuteStack { stack } => {
                for name in below(after, stack) {
                    let state = after.stack(name).map(|s| s.state);
                    let is_settled = matches!(state, Some(StackRunState::Done | StackRunState::NoChanges));
                    assert!(is_settled, "{stack} is executed while {name} is {state:?}");
                }
                assert_eq!(after.missing_approvals(), (0, vec![]), "{stack} is executed without approval");
                assert!(after.stack(stack).is_some_and(|s| s.change_set.is_some()));
                assert!(!before.is_stopping(), "a stopping deployment executed {stack}");
            }
            Effect::PrepareChangeSet { stack, late } => {
                assert!(*late && !before.is_stopping(), "{stack} is prepared again");
            }
            Effect::DiscardChangeSet { stack } => {
                let state = after.stack(stack).map(|s| s.state);
                assert!(matches!(state, Some(StackRunState::Skipped | StackRunState::Failed)), "{stack}: {state:?}");
            }
            Effect::RunCheck { .. } => assert!(matches!(after.state, State::Verifying | State::AwaitingSignOff)),
        }
    }
}

fn check_people(before: &Deployment, after: &Deployment, event: &Event) {
    let approvers: BTreeSet<&str> = after.approvals.iter().map(|a| a.by.id.as_str()).collect();
    assert!(!approvers.contains(after.requested_by.id.as_str()), "the requester has approved");
    assert_eq!(approvers.len(), after.approvals.len(), "somebody has approved twice");
    let roles = ["engineering", "operations"];
    let signers: Vec<&str> = roles.iter().filter_map(|r| after.sign_off_of(r)).map(|s| s.by.id.as_str()).collect();
    let distinct: BTreeSet<&&str> = signers.iter().collect();
    assert_eq!(signers.len(), distinct.len(), "one person has signed for two roles");
    if matches!(event, Event::SignedOff(_)) {
        assert!(before.open_items(now()).is_empty(), "signed with open items");
    }
    if after.state == State::Succeeded && after.needs_signatures() {
        assert!(after.open_items(now()).is_empty());
        let digests = after.list_digests(&after.standing(now()));
        for role in roles {
            let bound = &after.sign_off_of(role).expect("every role has signed").bound;
            assert_eq!((&bound.checklist, &bound.checks), (&digests.checklist, &digests.checks), "{role}");
        }
    }
    assert!(after.marks.starts_with(&before.marks), "what somebody did to an item is gone");
    assert!(after.sign_offs.starts_with(&before.sign_offs), "a signature is gone");
}

fn check_end(run: &Run) {
    let deployment = &run.deployment;
    let was_asked = |key: String| run.effects.contains(&key);
    for stack in &deployment.stacks {
        let name = &stack.logical_name;
        assert!(stack.state.is_settled(), "{name} is left {:?}", stack.state);
        // Without a change set there is nothing to take away, except where the outcome of preparing is not known.
        let may_have_change_set = stack.change_set.is_some() || stack.state == StackRunState::Failed;
        if may_have_change_set && !was_asked(format!("execute/{name}")) {
            assert!(was_asked(format!("discard/{name}")), "the change set of {name} is left behind");
        }
    }
    if deployment.started_at.is_none() {
        assert!(!run.effects.iter().any(|key| key.starts_with("execute/")));
    }
}

/// Goes through the steps, checks every one, and leaves the deployment where they led.
fn follow(mut run: Run, steps: &[Step]) -> Run {
    let mut tries_after_the_end = 0;
    for step in steps {
        if run.state().is_final() {
            tries_after_the_end += 1;
        }
        // A few are enough: the table has tried every event on every final state.
        if tries_after_the_end > 3 {
            break;
        }
        let before = run.deployment.clone();
        let event = fit(step, &before);
        let outcome = before.apply(&event, now());
        assert_eq!(outcome, before.apply(&event, now()), "the same event had two outcomes");
        let Ok((after, effects)) = outcome else { continue };
        assert!(!before.state.is_final(), "{:?} accepted {event:?}", before.state);
        check_effects(&before, &after, &effects);
        check_people(&before, &after, &event);
        assert_eq!(after.finished_at.is_some(), after.state.is_final());
        assert_eq!(
            after.failure.is_some(),
            after.state == State::Failed || after.is_stopping() && !is_cancelled(&after)
        );
        run.deployment = after;
        run.effects.extend(effects.iter().map(Effect::key));
    }
    let distinct: BTreeSet<&String> = run.effects.iter().collect();
    assert_eq!(distinct.len(), run.effects.len(), "an effect was asked for twice: {:?}", run.effects);
    if run.state().is_final() {
        check_end(&run);
    }
    run
}

/// Stops only because somebody asked for it.
fn is_cancelled(deployment: &Deployment) -> bool {
    deployment.cancellation.is_some() && deployment.failure.is_none()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_events_breaks_a_rule(beginning in beginning(), steps in steps()) {
        follow(begin(beginning), &steps);
    }

    #[test]
    fn a_stored_deployment_is_read_back_as_it_was(beginning in beginning(), steps in steps()) {
        let deployment = follow(begin(beginning), &steps).deployment;
        let json = serde_json::to_string(&deployment).expect("every part has a JSON form");
        prop_assert_eq!(serde_json::from_str::<Deployment>(&json).expect("its own JSON is read"), deployment);
    }

    /// Nobody can bring a deployment into a place it never leaves: when the world answers, it ends or waits for people.
    #[test]
    fn a_deployment_moves_on_as_long_as_the_world_answers(beginning in beginning(), steps in steps()) {
        let mut run = follow(begin(beginning), &steps);
        for _ in 0..100 {
            let deployment = &run.deployment;
            let in_state = |state| deployment.stacks.iter().find(|s| s.state == state).map(|s| s.logical_name.clone());
            let check = deployment.checks.iter().find(|c| c.verdict.is_none());
            let event = match deployment.state {
                State::Planning | State::Executing => match in_state(StackRunState::Executing) {
                    Some(name) => succeeded(&name),
                    None => prepared(&in_state(StackRunState::Preparing).expect("somebody is asked for something")),
                },
                State::Verifying => {
                    let check = check.expect("a check is asked");
                    answered(&check.id, check.run, Verdict::Pass)
                }
                _ => break,
            };
            run.apply(&event);
        }
        let rests = [State::Planned, State::AwaitingApproval, State::AwaitingSignOff];
        prop_assert!(run.state().is_final() || rests.contains(&run.state()), "stuck while {:?}", run.state());
    }
}

/// Guards the properties above: steps that never get anywhere would prove nothing.
#[test]
fn random_steps_reach_every_end() {
    let mut runner = TestRunner::deterministic();
    let mut missing: BTreeSet<State> = State::ALL.into_iter().filter(|s| s.is_final()).collect();
    for _ in 0..600 {
        let (beginning, steps) =
            (beginning(), steps()).new_tree(&mut runner).expect("the strategy makes values").current();
        missing.remove(&follow(begin(beginning), &steps).state());
        if missing.is_empty() {
            return;
        }
    }
    panic!("no random run ended {missing:?}");
}
