//! Looks at stacks so that pages never have to: one call per account and region, however many people watch.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    blueprint::{Blueprint, Environment},
    deployment::State,
};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::{
    db::{self, DbError, deployments::Summary, polls::Poll},
    ports::{AwsError, StackEvent, StackSnapshot, Target},
};

use super::{Workers, pause};

const TICK: Duration = Duration::from_millis(500);
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Events read of one stack in one look.
const EVENTS: usize = 2000;

/// One environment to look at.
#[derive(Clone)]
struct Place {
    target: Target,
    stack_names: Vec<String>,
}

pub(super) async fn drive(workers: Workers, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        // A look that hangs on a dead account must not hold a shutdown up: nothing is lost by dropping it.
        let looking = look_around(&workers);
        let outcome = tokio::select! {
            outcome = looking => outcome,
            () = shutdown.cancelled() => return,
        };
        if let Err(error) = outcome {
            tracing::warn!(error = &error as &dyn std::error::Error, "the poller could not use the database");
        }
        if !pause(TICK, &shutdown).await {
            return;
        }
    }
}

/// Looks at every account and region that is due. When that is stands in the database: however many processes ask, an
/// account is looked at as often as one of them would.
async fn look_around(workers: &Workers) -> Result<(), DbError> {
    let now = workers.services.clock.now();
    let mut connection = workers.services.db.read().await?;
    let active = db::deployments::list_active(&mut connection).await?;
    let polls = db::polls::list(&mut connection).await?;
    drop(connection);
    let mut looks = Vec::new();
    for (key, places) in by_account(&workers.services.blueprints.all(), workers) {
        if is_due(workers, &places, &polls, &active, now) && hold_lease(workers, &key, now).await? {
            looks.push(async move { look(workers, &places).await });
        }
    }
    // Side by side: an account that does not answer must not make the others look old.
    for outcome in futures::future::join_all(looks).await {
        outcome?;
    }
    Ok(())
}

/// Whether some environment of an account was not looked at for as long as it may be.
fn is_due(workers: &Workers, places: &[Place], polls: &[Poll], active: &[Summary], now: Timestamp) -> bool {
    let here: BTreeSet<(&str, &str)> =
        places.iter().map(|p| (p.target.application.as_str(), p.target.environment.as_str())).collect();
    let is_here = |application: &str, environment: &str| here.contains(&(application, environment));
    let looked: Vec<&Poll> = polls.iter().filter(|p| is_here(&p.application, &p.environment)).collect();
    let is_executing = active
        .iter()
        .any(|d| is_here(&d.application, &d.environment) && matches!(d.state, State::Executing | State::Approved));
    let is_fast = is_executing || looked.iter().any(|p| p.is_moving);
    let wait = if is_fast { workers.rhythm.poll_fast } else { workers.rhythm.poll_slow };
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    // A look from the far future was made by a clock that has been set back since.
    let is_old = |poll: &&Poll| now.duration_since(poll.attempted_at).abs() >= wait;
    looked.len() < here.len() || looked.iter().any(is_old)
}

/// Environments that share an account, a region and a role are answered by one listing.
fn by_account(blueprints: &[std::sync::Arc<Blueprint>], workers: &Workers) -> BTreeMap<String, Vec<Place>> {
    let mut groups: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for blueprint in blueprints {
        for environment in &blueprint.environments {
            let Some(target) = workers.target(&blueprint.application.name, &environment.name) else { continue };
            let key = format!(
                "poll/{}/{}/{}",
                target.account.as_deref().unwrap_or("own"),
                target.region,
                target.role_arn.as_deref().unwrap_or("-")
            );
            groups.entry(key).or_default().push(Place { target, stack_names: names(blueprint, environment) });
        }
    }
    groups
}

fn names(blueprint: &Blueprint, environment: &Environment) -> Vec<String> {
    blueprint.stacks.iter().map(|s| s.stack_name(&environment.name)).collect()
}

async fn hold_lease(workers: &Workers, key: &str, now: Timestamp) -> Result<bool, DbError> {
    let mut tx = workers.services.db.write().await?;
    let held = db::leases::take(&mut tx, key, &workers.owner, now, now + LEASE).await?;
    tx.commit().await?;
    Ok(held)
}

/// One listing for all places of an account.
async fn look(workers: &Workers, places: &[Place]) -> Result<(), DbError> {
    let Some(first) = places.first() else { return Ok(()) };
    let listing = workers.stacks.list_stacks(&first.target).await;
    for place in places {
        match &listing {
            Ok(all) => observe(workers, place, all).await?,
            Err(error) => record_problem(workers, place, error).await?,
        }
    }
    Ok(())
}

async fn observe(workers: &Workers, place: &Place, all: &[StackSnapshot]) -> Result<(), DbError> {
    let Target { application, environment, .. } = &place.target;
    let mut seen: Vec<StackSnapshot> =
        all.iter().filter(|s| place.stack_names.contains(&s.stack_name)).cloned().collect();
    let mut connection = workers.services.db.read().await?;
    let before = db::stack_snapshots::list(&mut connection, application, environment).await?;
    let mut marks = Vec::new();
    for snapshot in &seen {
        let same = before.iter().any(|b| b == snapshot);
        let newest = db::stack_events::newest(&mut connection, application, environment, &snapshot.stack_name).await?;
        // A stack that stands still and whose events are known has nothing new to say.
        if !same || newest.is_none() || snapshot.status.is_in_progress() {
            marks.push((snapshot.stack_name.clone(), newest));
        }
    }
    drop(connection);
    let mut events: Vec<StackEvent> = Vec::new();
    let mut problem: Option<String> = None;
    for (stack_name, newest) in marks {
        match workers.stacks.stack_events(&place.target, &stack_name, newest.as_deref(), EVENTS).await {
            Ok(found) => events.extend(found),
            Err(error) => {
                // The old snapshot stays, so that the next look finds the stack changed and reads its events then.
                seen.retain(|s| s.stack_name != stack_name);
                seen.extend(before.iter().find(|b| b.stack_name == stack_name).cloned());
                problem = Some(error.to_string());
            }
        }
    }
    let now = workers.services.clock.now();
    let mut tx = workers.services.db.write().await?;
    let changed = db::stack_snapshots::replace(&mut tx, application, environment, &seen, now).await?;
    let added = db::stack_events::append(&mut tx, application, environment, &events).await?;
    let was = db::polls::find(&mut tx, application, environment).await?;
    let is_moving = problem.is_some() || seen.iter().any(|s| s.status.is_in_progress());
    db::polls::record(&mut tx, application, environment, now, problem.as_deref(), is_moving).await?;
    let active = db::deployments::find_active(&mut tx, application, environment).await?;
    tx.commit().await?;
    if changed || added > 0 || was.is_none_or(|p| p.problem != problem) {
        announce(workers, place, active);
    }
    Ok(())
}

async fn record_problem(workers: &Workers, place: &Place, error: &AwsError) -> Result<(), DbError> {
    let Target { application, environment, .. } = &place.target;
    tracing::warn!(application = %application, environment = %environment, %error, "stacks could not be listed");
    let mut tx = workers.services.db.write().await?;
    let was = db::polls::find(&mut tx, application, environment).await?;
    let message = error.to_string();
    let now = workers.services.clock.now();
    db::polls::record(&mut tx, application, environment, now, Some(&message), false).await?;
    tx.commit().await?;
    if was.is_none_or(|p| p.problem.is_none()) {
        announce(workers, place, None);
    }
    Ok(())
}

fn announce(workers: &Workers, place: &Place, active: Option<uuid::Uuid>) {
    let live = &workers.services.live;
    live.publish(&format!("environment:{}/{}", place.target.application, place.target.environment));
    live.publish("overview");
    if let Some(id) = active {
        live.publish(&format!("deployment:{id}"));
    }
}
