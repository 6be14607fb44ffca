//! A watch from the request of its deployment to its signature, with a clock that is moved by hand.

use std::sync::{
    Mutex,
    atomic::{AtomicI64, Ordering},
};

use app::ports::{WatchActs as _, WatchReads as _};
use async_trait::async_trait;
use domain::{
    blueprint::Suite,
    check::{CheckOutcome, Measurement},
    watch::{
        Baseline, Change, Comparison, Finding, RollbackTrigger, RoundRule, RoundState, RoundTimes, State as WatchState,
        TriggerKind, WatchRules,
    },
};
use jiff::{SignedDuration, Timestamp};
use server::{
    db::{self, check_results::CheckResult},
    ports::CheckPort,
    workers::Watcher,
};

use super::*;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Real time, moved forward by hand.
#[derive(Default)]
struct MovedClock(AtomicI64);

impl MovedClock {
    fn advance(&self, secs: i64) {
        self.0.fetch_add(secs, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// What every check says, and how often it was asked.
struct Said {
    verdict: Verdict,
    latency_ms: i64,
    asked: usize,
}

struct FakeChecks {
    clock: Arc<MovedClock>,
    said: Mutex<Said>,
}

#[async_trait]
impl CheckPort for FakeChecks {
    async fn run(&self, _: &Blueprint, environment: &str, checks: &[String]) -> Vec<CheckResult> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.asked += 1;
        let result = |id: &String| CheckResult {
            check: id.clone(),
            run: 1,
            outcome: CheckOutcome {
                verdict: said.verdict,
                asked: format!("{id} of {environment}"),
                expected: "fine".into(),
                found: said.verdict.name().into(),
                measured: (id == "api").then(|| Measurement { thousandths: said.latency_ms * 1000, unit: "ms".into() }),
                request_id: None,
            },
            finished_at: self.clock.now(),
            took_ms: 5,
            attempts: 1,
        };
        checks.iter().map(result).collect()
    }
}

struct Watched {
    shop: Shop,
    clock: Arc<MovedClock>,
    checks: Arc<FakeChecks>,
    watcher: Watcher,
}

fn rules() -> WatchRules {
    let rule = |times| RoundRule { times, suites: vec!["smoke".into()], checks: Vec::new(), grace_secs: None };
    WatchRules {
        rounds: vec![
            rule(RoundTimes::At([15, 30, 45, 60].map(|m| m * 60).to_vec())),
            rule(RoundTimes::Every { every_secs: 7_200, until_secs: 86_400 }),
            rule(RoundTimes::Every { every_secs: 86_400, until_secs: 7 * 86_400 }),
        ],
        comparisons: vec![Comparison { check: "api".into(), allowed_percent: 20 }],
        sign_off_role: Role::Lead,
    }
}

fn trigger(id: &str, kind: TriggerKind) -> RollbackTrigger {
    RollbackTrigger { id: id.into(), title: format!("It is {id}"), environments: None, kind }
}

impl Watched {
    async fn open() -> Self {
        let clock = Arc::new(MovedClock::default());
        let mut blueprint = blueprint(1);
        blueprint.suites =
            vec![Suite { id: "smoke".into(), title: "Smoke".into(), checks: vec!["api".into(), "table".into()] }];
        blueprint.rollback_triggers = vec![
            trigger("down", TriggerKind::SuiteFailing { suite: "smoke".into() }),
            trigger("slow", TriggerKind::Slower { check: "api".into(), percent: 50 }),
            trigger("lost", TriggerKind::Reported),
        ];
        for environment in blueprint.environments.iter_mut().filter(|e| e.protection.is_some()) {
            environment.watch = Some(rules());
        }
        let shop = Shop::with(blueprint, clock.clone()).await;
        let said = Mutex::new(Said { verdict: Verdict::Pass, latency_ms: 100, asked: 0 });
        let checks = Arc::new(FakeChecks { clock: clock.clone(), said });
        let watcher = Watcher { services: shop.services.clone(), checks: checks.clone(), owner: "one".into() };
        Self { shop, clock, checks, watcher }
    }

    fn say(&self, verdict: Verdict, latency_ms: i64) {
        let mut said = self.checks.said.lock().unwrap_or_else(PoisonError::into_inner);
        (said.verdict, said.latency_ms) = (verdict, latency_ms);
    }

    fn asked(&self) -> usize {
        self.checks.said.lock().unwrap_or_else(PoisonError::into_inner).asked
    }

    async fn tend(&self) {
        self.watcher.run_once().await.expect("looked after");
    }

    /// A deployment that is verified, with a baseline unless told otherwise.
    async fn verified(&self, version: &str, with_baseline: bool) -> Uuid {
        let release = self.shop.release(version).await;
        let id = self.shop.request(release, "production").await;
        if with_baseline {
            self.tend().await;
        }
        self.shop.until(id, State::AwaitingApproval).await;
        self.shop.approve(id, "Lea", PHRASE).await.expect("approved");
        self.shop.until(id, State::AwaitingSignOff).await;
        id
    }

    async fn view(&self, id: Uuid) -> app::views::WatchView {
        self.shop.services.watch(&self.shop.person("Vic", Role::Viewer), id).await.expect("seen")
    }

    /// To a time after the opening.
    async fn go_to(&self, id: Uuid, secs: i64) {
        let opened = self.view(id).await.watch.opened_at.expect("open");
        let passed = self.clock.now().as_second() - opened.as_second();
        self.clock.advance(secs - passed + 1);
        self.tend().await;
    }

    async fn look(&self, id: Uuid, round: u32) -> Result<(), ApiError> {
        let olga = self.shop.person("Olga", Role::OnCall);
        self.shop.services.record_look(&olga, id, round, Finding::Nothing, "all quiet").await
    }

    async fn audit(&self, id: Uuid) -> Vec<String> {
        let mut connection = self.shop.services.db.read().await.expect("a connection");
        let log = db::audit::list_for_subject(&mut connection, "deployment", &id.to_string()).await.expect("a log");
        log.into_iter().map(|(event, _)| event.action).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_watched_for_a_week_and_signed() {
    let mut world = Watched::open().await;
    let id = world.verified("1.0.0", true).await;
    world.shop.stop_workers().await;
    let view = world.view(id).await;
    assert_eq!((view.watch.state, view.brief.total), (WatchState::Watching, 22));
    assert!(matches!(view.watch.baseline, Baseline::Measured { .. }), "{:?}", view.watch.baseline);
    assert_eq!(view.baseline.len(), 1, "the evidence of the baseline is kept");
    let asked = world.asked();
    world.tend().await;
    assert_eq!(world.asked(), asked, "nothing is due yet");
    let early = world.look(id, 1).await;
    assert!(matches!(early, Err(ApiError::Rejected { .. })), "{early:?}");

    // The environment is free for the next deployment while the watch goes on.
    world.shop.sign(id).await;
    assert_eq!(world.shop.view(id).await.deployment.state, State::Succeeded);

    let times: Vec<i64> = view.watch.rounds.iter().map(|r| i64::try_from(r.after_secs).expect("short")).collect();
    for (number, secs) in (1..).zip(times) {
        world.go_to(id, secs).await;
        let round = &world.view(id).await.rounds[number as usize - 1];
        assert_eq!(round.state, RoundState::Waiting, "round {number}");
        assert_eq!(round.checks.len(), 2, "round {number} keeps what its checks said");
        world.look(id, number).await.expect("recorded");
    }
    let view = world.view(id).await;
    assert_eq!((view.watch.state, view.brief.missed), (WatchState::AwaitingSignOff, 0));
    assert_eq!(world.asked(), asked + 22);
    let eli = world.shop.person("Eli", Role::Engineer);
    assert!(matches!(world.shop.services.sign_off_watch(&eli, id, "").await, Err(ApiError::Denied { .. })));
    let lea = world.shop.person("Lea", Role::Lead);
    world.shop.services.sign_off_watch(&lea, id, "").await.expect("signed");
    assert_eq!(world.view(id).await.watch.state, WatchState::SignedOff);
    let audit = world.audit(id).await;
    let count = |action: &str| audit.iter().filter(|a| *a == action).count();
    for (action, times) in [
        ("measure_watch_baseline", 1),
        ("open_watch", 1),
        ("run_watch_round", 22),
        ("record_watch_round", 22),
        ("miss_watch_round", 0),
        ("complete_watch", 1),
        ("sign_off_watch", 1),
    ] {
        assert_eq!(count(action), times, "{action}: {audit:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_and_failing_release_raises_its_triggers_where_people_look() {
    let mut world = Watched::open().await;
    let id = world.verified("1.0.0", true).await;
    world.shop.stop_workers().await;
    world.say(Verdict::Fail, 160);
    world.go_to(id, 15 * MINUTE).await;
    let view = world.view(id).await;
    assert_eq!(view.brief.holding, ["It is down", "It is slow"]);
    let run = view.watch.rounds[0].run.clone().expect("ran");
    assert_eq!(run.compared[0].change, Change::Beyond { percent: 60 });
    let ada = world.shop.person("Ada", Role::Admin);
    let overview = world.shop.services.overview(&ada).await.expect("an overview");
    let production = overview.applications[0].environments.iter().find(|e| e.band.environment == "production");
    let on_overview = production.and_then(|e| e.watch.clone()).expect("on the overview");
    assert_eq!(on_overview.holding.len(), 2);
    assert_eq!(world.shop.view(id).await.watch.expect("on the deployment").holding.len(), 2);

    world.say(Verdict::Pass, 100);
    world.go_to(id, 30 * MINUTE).await;
    let view = world.view(id).await;
    assert!(view.brief.holding.is_empty() && view.watch.raised.len() == 2, "over, and in the record");
    let olga = world.shop.person("Olga", Role::OnCall);
    let report = async |note: &str| world.shop.services.report_trigger(&olga, id, "lost", note).await;
    assert!(matches!(report("").await, Err(ApiError::Rejected { .. })));
    report("orders of this morning are gone").await.expect("raised");
    assert_eq!(world.view(id).await.brief.holding, ["It is lost"]);
    let vic = world.shop.person("Vic", Role::Viewer);
    let refused = world.shop.services.record_look(&vic, id, 1, Finding::Nothing, "").await;
    assert!(matches!(refused, Err(ApiError::Denied { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_down_says_what_it_missed_and_never_asks_twice() {
    let mut world = Watched::open().await;
    let id = world.verified("1.0.0", true).await;
    world.shop.stop_workers().await;
    let asked = world.asked();
    // Down until 50 minutes after the opening: two rounds are over, the third runs late.
    world.go_to(id, 50 * MINUTE).await;
    let view = world.view(id).await;
    let states: Vec<RoundState> = view.rounds.iter().take(4).map(|r| r.state).collect();
    assert_eq!(states, [RoundState::Missed, RoundState::Missed, RoundState::Waiting, RoundState::Planned]);
    assert!(view.watch.rounds[0].run.is_none(), "no check ran, and it does not look as if");
    assert_eq!(view.watch.rounds[2].run.as_ref().and_then(|r| r.late_by_secs).map(|s| s / 60), Some(5));
    assert_eq!(world.asked(), asked + 1);

    // The same reconciler again, another replica, both at once: the same world.
    let other = Watcher { owner: "two".into(), ..world.watcher.clone() };
    let (one, two) = tokio::join!(world.watcher.run_once(), other.run_once());
    one.and(two).expect("looked after");
    assert_eq!(world.asked(), asked + 1);
    let before = world.audit(id).await;
    world.tend().await;
    assert_eq!(world.audit(id).await, before);

    // One that died with the lease in its hands holds the watch for a minute, not for ever.
    let mut tx = world.shop.services.db.write().await.expect("a transaction");
    let now = world.clock.now();
    let lease = format!("watch/{id}");
    world.clock.advance(61);
    assert!(
        db::leases::take(&mut tx, &lease, "dead", world.clock.now(), now + SignedDuration::from_mins(11))
            .await
            .expect("taken")
    );
    tx.commit().await.expect("committed");
    world.go_to(id, 60 * MINUTE).await;
    assert_eq!(world.asked(), asked + 1, "held by somebody else");
    world.clock.advance(2 * MINUTE);
    world.tend().await;
    assert_eq!(world.asked(), asked + 2, "taken over");

    // Nobody ever looks: every round is missed, and the signature has to say why.
    for day in 1..=9 {
        world.go_to(id, day * DAY).await;
    }
    let view = world.view(id).await;
    assert_eq!((view.watch.state, view.brief.missed), (WatchState::AwaitingSignOff, 22));
    let lea = world.shop.person("Lea", Role::Lead);
    let silent = world.shop.services.sign_off_watch(&lea, id, "").await;
    assert!(matches!(silent, Err(ApiError::Rejected { .. })), "{silent:?}");
    world.shop.services.sign_off_watch(&lea, id, "holidays").await.expect("signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_deployment_ends_the_watch_when_it_begins_and_has_its_own() {
    let world = Watched::open().await;
    let first = world.verified("1.0.0", true).await;
    world.shop.sign(first).await;
    let release = world.shop.release("1.1.0").await;
    let second = world.shop.request(release, "production").await;
    world.shop.until(second, State::AwaitingApproval).await;
    assert_eq!(world.view(first).await.watch.state, WatchState::Watching, "only asked for yet");
    world.shop.approve(second, "Lea", PHRASE).await.expect("approved");
    world.shop.until(second, State::AwaitingSignOff).await;
    let ended = world.view(first).await.watch;
    assert_eq!(ended.state, WatchState::Superseded);
    assert!(ended.ending.is_some_and(|e| e.comment.contains("1.1.0")));
    let watch = world.view(second).await.watch;
    assert_eq!(watch.state, WatchState::Watching);
    // Nobody measured in time: comparisons say so instead of comparing with something else.
    let Baseline::Missing { why } = &watch.baseline else { panic!("{:?}", watch.baseline) };
    assert!(why.contains("before the deployment was executed"), "{why}");
    world.go_to(second, 15 * MINUTE).await;
    let run = world.view(second).await.watch.rounds[0].run.clone().expect("ran");
    assert!(matches!(&run.compared[0].change, Change::Inconclusive { why } if why.contains("no baseline")));

    let lea = world.shop.person("Lea", Role::Lead);
    world.shop.services.end_watch(&lea, second, "moved to another account").await.expect("ended");
    let lists = world.shop.services.watches(&lea, 1).await.expect("lists");
    assert!(lists.open.is_empty());
    assert_eq!(
        lists.over.iter().map(|r| r.brief.state).collect::<Vec<_>>(),
        [WatchState::EndedEarly, WatchState::Superseded]
    );
    world.go_to(second, HOUR).await;
    assert_eq!(world.view(second).await.watch.rounds[1].run, None, "over is over");
}
