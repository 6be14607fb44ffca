//! Watches as pages see them.

use std::collections::BTreeMap;

use app::{
    error::ApiError,
    ports::{Caller, WatchReads},
    views::{Offer, Paging, RoundView, WatchBrief, WatchCheckRow, WatchOffers, WatchRow, WatchView, WatchesView},
};
use async_trait::async_trait;
use domain::watch::{RoundState, State, TriggerKind, Watch};
use jiff::Timestamp;
use uuid::Uuid;

use crate::db::{self, Page, check_results::CheckResult, watches::BASELINE};

use super::super::{ServiceError, Services, rows::band};

const PER_PAGE: u32 = 25;

#[async_trait]
impl WatchReads for Services {
    async fn watch(&self, caller: &Caller, deployment: Uuid) -> Result<WatchView, ApiError> {
        Ok(self.watch_view(caller, deployment).await?)
    }

    async fn watches(&self, caller: &Caller, page: u32) -> Result<WatchesView, ApiError> {
        Ok(self.watches_view(caller, page).await?)
    }
}

impl Services {
    async fn watch_view(&self, caller: &Caller, id: Uuid) -> Result<WatchView, ServiceError> {
        let missing = || ServiceError::NotFound("This watch".to_owned());
        let deployment = self.load(id).await?;
        let (blueprint, environment) = self.place(&deployment.application, &deployment.environment)?;
        if !self.may_view(caller, &blueprint, Some(&environment)) {
            return Err(missing());
        }
        let mut connection = self.db.read().await?;
        let watch = db::watches::find(&mut connection, id).await?.ok_or_else(missing)?.watch;
        let results = db::watches::list_results(&mut connection, id).await?;
        drop(connection);
        let now = self.clock.now();
        let title = |check: &str| blueprint.check(check).map_or_else(|| check.to_owned(), |c| c.title.clone());
        let of_round = |number: u32| -> Vec<WatchCheckRow> {
            let rows = results.iter().filter(|r| r.run == number);
            rows.map(|result| check_row(result, title(&result.check))).collect()
        };
        let rounds = watch
            .rounds
            .iter()
            .map(|round| RoundView {
                state: watch.round_state(round, now),
                due_at: watch.due_at(round),
                missed_from: watch.missed_from(round),
                checks: of_round(round.number),
                round: round.clone(),
            })
            .collect();
        let compared = watch.comparisons.iter().map(|c| (c.check.clone(), title(&c.check)));
        let (look, sign_off, end) = self.watch_decisions(caller, &deployment, &environment, watch.sign_off_role);
        Ok(WatchView {
            band: band(&blueprint, &environment),
            brief: brief(&watch, now),
            offers: offers(&watch, look, sign_off, end),
            rounds,
            baseline: of_round(BASELINE),
            titles: compared.collect::<BTreeMap<_, _>>(),
            watch,
        })
    }

    async fn watches_view(&self, caller: &Caller, page: u32) -> Result<WatchesView, ServiceError> {
        let now = self.clock.now();
        let mut connection = self.db.read().await?;
        let open = db::watches::list_open(&mut connection).await?;
        let over = db::watches::list_over(&mut connection, Page::of(page, PER_PAGE)).await?;
        let total = db::watches::count_over(&mut connection).await?;
        drop(connection);
        let rows = |watches: Vec<Watch>| -> Vec<WatchRow> {
            watches
                .iter()
                .filter(|w| self.may_see_watch(caller, w))
                .map(|w| WatchRow { band: self.band_of(&w.application, &w.environment), brief: brief(w, now) })
                .collect()
        };
        Ok(WatchesView {
            open: rows(open),
            over: rows(over),
            paging: Paging { page: page.max(1), per_page: PER_PAGE, total },
        })
    }

    fn may_see_watch(&self, caller: &Caller, watch: &Watch) -> bool {
        let blueprint = self.blueprints.get(&watch.application);
        blueprint.is_some_and(|b| self.may_view(caller, &b, b.environment(&watch.environment)))
    }
}

fn check_row(result: &CheckResult, title: String) -> WatchCheckRow {
    WatchCheckRow { title, outcome: result.outcome.clone(), finished_at: result.finished_at, took_ms: result.took_ms }
}

fn offers(
    watch: &Watch,
    look: domain::permission::Decision,
    sign_off: domain::permission::Decision,
    end: domain::permission::Decision,
) -> WatchOffers {
    let over = (!watch.state.is_open()).then(|| "The watch is over.".to_owned());
    let signing = match watch.state {
        State::AwaitingSignOff => None,
        State::Watching => Some("It can be signed when every round was looked at or missed.".to_owned()),
        _ => over.clone(),
    };
    let ending = match watch.state {
        State::Watching => None,
        State::AwaitingSignOff => Some("Every round is over: sign it instead.".to_owned()),
        _ => over.clone(),
    };
    let reportable = watch
        .triggers
        .iter()
        .any(|t| t.kind == TriggerKind::Reported && !watch.holding().any(|raised| raised.trigger == t.id));
    let report = over.clone().or_else(|| (!reportable).then(|| "Every trigger people report is raised.".to_owned()));
    WatchOffers {
        look: Offer { decision: look, obstacle: over },
        report: Offer { decision: look, obstacle: report },
        sign_off: Offer { decision: sign_off, obstacle: signing },
        end: Offer { decision: end, obstacle: ending },
    }
}

/// A watch in one line.
pub(in crate::services) fn brief(watch: &Watch, now: Timestamp) -> WatchBrief {
    let next = watch.next_round().filter(|_| watch.state == State::Watching);
    WatchBrief {
        deployment: watch.deployment,
        version: watch.release_version.clone(),
        state: watch.state,
        condition: watch.condition(now),
        opened_at: watch.opened_at,
        total: watch.rounds.len(),
        over: watch.rounds.iter().filter(|r| r.is_over()).count(),
        missed: watch.missed(),
        next: next.and_then(|round| {
            let state = watch.round_state(round, now);
            let at = if state == RoundState::Waiting { watch.missed_from(round) } else { watch.due_at(round) };
            Some((round.number, state, at?))
        }),
        holding: watch.holding().map(|raised| raised.title.clone()).collect(),
    }
}
