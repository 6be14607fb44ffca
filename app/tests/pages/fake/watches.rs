//! Two watches, driven through the real machine: one that runs and has found something, one that waits for its signature.

use std::collections::BTreeMap;

use app::{
    error::ApiError,
    ports::{Caller, WatchActs, WatchReads},
    views::*,
};
use async_trait::async_trait;
use domain::{
    check::{CheckOutcome, Measurement, Verdict},
    checklist::Person,
    permission::{Action, Role, Scope, decide, decide_sign_off},
    watch::{
        Baseline, Comparison, Event, Finding, Measured, Round, RoundResult, RoundState, State, Trigger, TriggerKind,
        Watch,
    },
};
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    FakeActs, FakeReads, ago, now,
    world::{band, offer},
};

pub const RUNNING: Uuid = Uuid::from_u128(13);
pub const TO_SIGN: Uuid = Uuid::from_u128(12);

fn ms(number: i64) -> Measurement {
    Measurement { thousandths: number * 1000, unit: "ms".to_owned() }
}

fn trigger(id: &str, title: &str, kind: TriggerKind) -> Trigger {
    Trigger { id: id.to_owned(), title: title.to_owned(), kind, suite_checks: vec!["api".to_owned()] }
}

fn begun(deployment: Uuid, rounds: u32) -> Watch {
    let round = |number: u32| Round {
        number,
        after_secs: u64::from(number) * 900,
        grace_secs: 900,
        checks: vec!["api".to_owned()],
        run: None,
        looks: Vec::new(),
        missed_at: None,
    };
    Watch {
        deployment,
        application: "shop".to_owned(),
        environment: "production".to_owned(),
        release_version: "1.4.0".to_owned(),
        state: State::Pending,
        opened_at: None,
        rounds: (1..=rounds).map(round).collect(),
        comparisons: vec![Comparison { check: "api".to_owned(), allowed_percent: 50 }],
        triggers: vec![
            trigger("slow", "More than 50 % slower", TriggerKind::Slower { check: "api".to_owned(), percent: 50 }),
            trigger("breach", "Somebody broke in", TriggerKind::Reported),
        ],
        sign_off_role: Role::Lead,
        baseline: Baseline::Wanted { checks: vec!["api".to_owned()] },
        raised: Vec::new(),
        ending: None,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "watches and events are made where they are used")]
fn after(watch: Watch, event: Event, at: Timestamp) -> Watch {
    watch.apply(&event, at).unwrap().0
}

fn ran(round: u32, verdict: Verdict, latency: i64) -> Event {
    let results = vec![RoundResult { check: "api".to_owned(), verdict, value: Some(ms(latency)) }];
    Event::RoundRan { round, results }
}

fn looked(round: u32, note: &str) -> Event {
    let by = Person { id: "o".to_owned(), name: "Olga Ek".to_owned() };
    Event::Looked { round, by, finding: Finding::Nothing, note: note.to_owned() }
}

pub fn watch(deployment: Uuid) -> Option<Watch> {
    let rounds = if deployment == RUNNING { 4 } else { 1 };
    if deployment != RUNNING && deployment != TO_SIGN {
        return None;
    }
    let values = vec![Measured { check: "api".to_owned(), value: Some(ms(100)) }];
    let mut watch = after(begun(deployment, rounds), Event::BaselineMeasured { values }, ago(5_000));
    // Opened 47 minutes ago: three rounds are due.
    watch = after(watch, Event::Opened, ago(47 * 60));
    if deployment == TO_SIGN {
        watch = after(watch, ran(1, Verdict::Pass, 105), ago(30 * 60));
        return Some(after(watch, looked(1, "all quiet"), ago(20 * 60)));
    }
    watch = after(watch, ran(1, Verdict::Pass, 105), ago(32 * 60));
    watch = after(watch, looked(1, "all quiet"), ago(30 * 60));
    watch = after(watch, ran(2, Verdict::Pass, 110), ago(17 * 60));
    watch = after(watch, Event::TimePassed, ago(2 * 60));
    Some(after(watch, ran(3, Verdict::Fail, 190), ago(60)))
}

fn checks(round: &Round) -> Vec<WatchCheckRow> {
    let results = round.run.iter().flat_map(|run| &run.results);
    results
        .map(|result| WatchCheckRow {
            title: "The API is healthy".to_owned(),
            outcome: CheckOutcome {
                verdict: result.verdict,
                asked: "GET https://api.shop.example/health".to_owned(),
                expected: "200".to_owned(),
                found: "status 503".to_owned(),
                measured: result.value.clone(),
                request_id: None,
            },
            finished_at: now(),
            took_ms: 190,
        })
        .collect()
}

pub fn brief(watch: &Watch) -> WatchBrief {
    let next = watch.next_round().filter(|_| watch.state == State::Watching);
    WatchBrief {
        deployment: watch.deployment,
        version: watch.release_version.clone(),
        state: watch.state,
        condition: watch.condition(now()),
        opened_at: watch.opened_at,
        total: watch.rounds.len(),
        over: watch.rounds.iter().filter(|r| r.is_over()).count(),
        missed: watch.missed(),
        next: next.map(|r| (r.number, watch.round_state(r, now()), watch.missed_from(r).unwrap())),
        holding: watch.holding().map(|r| r.title.clone()).collect(),
    }
}

#[async_trait]
impl WatchReads for FakeReads {
    async fn watch(&self, caller: &Caller, deployment: Uuid) -> Result<WatchView, ApiError> {
        let watch = watch(deployment).ok_or_else(|| ApiError::NotFound { what: "This watch".to_owned() })?;
        let scope = Scope { application: Some("shop"), environment: Some("production"), max_login_age_secs: None };
        let look = offer(decide(&caller.actor, Action::RecordWatchRound, scope, now()));
        let over = (watch.state != State::AwaitingSignOff).then(|| "Not yet.".to_owned());
        let running = (watch.state != State::Watching).then(|| "Every round is over.".to_owned());
        Ok(WatchView {
            band: band("production"),
            brief: brief(&watch),
            rounds: watch
                .rounds
                .iter()
                .map(|round| RoundView {
                    state: watch.round_state(round, now()),
                    due_at: watch.due_at(round),
                    missed_from: watch.missed_from(round),
                    checks: checks(round),
                    round: round.clone(),
                })
                .collect(),
            baseline: Vec::new(),
            titles: BTreeMap::from([("api".to_owned(), "The API is healthy".to_owned())]),
            offers: WatchOffers {
                report: look.clone(),
                look,
                sign_off: Offer { decision: decide_sign_off(&caller.actor, Role::Lead, scope, now()), obstacle: over },
                end: Offer { decision: decide(&caller.actor, Action::SignOff, scope, now()), obstacle: running },
            },
            watch,
        })
    }

    async fn watches(&self, _: &Caller, page: u32) -> Result<WatchesView, ApiError> {
        let rows = |ids: &[Uuid]| {
            let briefs = ids.iter().filter_map(|id| watch(*id)).map(|w| brief(&w));
            briefs.map(|brief| WatchRow { band: band("production"), brief }).collect::<Vec<_>>()
        };
        let open = if self.world.is_empty { Vec::new() } else { rows(&[RUNNING, TO_SIGN]) };
        Ok(WatchesView { open, over: Vec::new(), paging: Paging { page, per_page: 25, total: 0 } })
    }
}

#[async_trait]
impl WatchActs for FakeActs {
    async fn record_look(&self, _: &Caller, id: Uuid, round: u32, found: Finding, note: &str) -> Result<(), ApiError> {
        self.note(format!("look {id} {round} {found:?} {note}"))
    }

    async fn report_trigger(&self, _: &Caller, id: Uuid, trigger: &str, note: &str) -> Result<(), ApiError> {
        self.note(format!("report {id} {trigger} {note}"))
    }

    async fn sign_off_watch(&self, _: &Caller, id: Uuid, comment: &str) -> Result<(), ApiError> {
        self.note(format!("sign watch {id} {comment}"))
    }

    async fn end_watch(&self, _: &Caller, id: Uuid, reason: &str) -> Result<(), ApiError> {
        self.note(format!("end watch {id} {reason}"))
    }
}

/// States the page must be able to show.
pub fn states() -> Vec<RoundState> {
    let watch = watch(RUNNING).unwrap();
    watch.rounds.iter().map(|r| watch.round_state(r, now())).collect()
}
