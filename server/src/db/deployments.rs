//! Deployments: the aggregate, its event log, and the lock of its environment.

use app::views::Sort;
use domain::{
    deployment::{Deployment, Event, StackRunState, State},
    plan::ChangeCounts,
};
use jiff::Timestamp;
use sqlx::{Row as _, any::AnyRow};
use uuid::Uuid;

use super::{
    Connection, DbError, Page, from_json, from_millis, order, releases::uuid, to_count, to_json, to_millis, words,
};

/// A deployment with the revision it was read at.
#[derive(Clone, Debug)]
pub struct Stored {
    pub deployment: Deployment,
    pub revision: i64,
}

/// # Errors
/// [`DbError::Duplicate`] when another deployment holds the environment's lock.
pub async fn insert(connection: &mut Connection, deployment: &Deployment) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO deployments (id, application, environment, release_id, release_version, state, requested_by, \
         requested_by_name, requested_at, finished_at, reason, counts, aggregate, revision) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10, $11, $12, 1)",
    )
    .bind(deployment.id.to_string())
    .bind(deployment.application.clone())
    .bind(deployment.environment.clone())
    .bind(deployment.release_id.to_string())
    .bind(deployment.release_version.clone())
    .bind(deployment.state.name())
    .bind(deployment.requested_by.id.clone())
    .bind(deployment.requested_by.name.clone())
    .bind(to_millis(deployment.requested_at))
    .bind(deployment.reason.clone())
    .bind(to_json(&deployment.counts())?)
    .bind(to_json(deployment)?)
    .execute(&mut *connection)
    .await?;
    sqlx::query("INSERT INTO environment_locks (application, environment, deployment_id) VALUES ($1, $2, $3)")
        .bind(deployment.application.clone())
        .bind(deployment.environment.clone())
        .bind(deployment.id.to_string())
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// Stores a change and its event; a final state gives the environment's lock back.
///
/// # Errors
/// [`DbError::Stale`] when somebody changed the deployment since it was read.
pub async fn update(
    connection: &mut Connection,
    before: &Stored,
    after: &Deployment,
    event: &Event,
    now: Timestamp,
) -> Result<(), DbError> {
    let changed = sqlx::query(
        "UPDATE deployments SET state = $1, finished_at = $2, counts = $3, aggregate = $4, revision = revision + 1 \
         WHERE id = $5 AND revision = $6",
    )
    .bind(after.state.name())
    .bind(after.finished_at.map(to_millis))
    .bind(to_json(&after.counts())?)
    .bind(to_json(after)?)
    .bind(after.id.to_string())
    .bind(before.revision)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if changed != 1 {
        return Err(DbError::Stale);
    }
    sqlx::query("INSERT INTO deployment_events (deployment_id, sequence, at, event) VALUES ($1, $2, $3, $4)")
        .bind(after.id.to_string())
        .bind(before.revision)
        .bind(to_millis(now))
        .bind(to_json(event)?)
        .execute(&mut *connection)
        .await?;
    remember_deployed(connection, after, event, now).await?;
    if after.state.is_final() {
        sqlx::query("DELETE FROM environment_locks WHERE deployment_id = $1")
            .bind(after.id.to_string())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

pub async fn find(connection: &mut Connection, id: Uuid) -> Result<Option<Stored>, DbError> {
    let row = sqlx::query("SELECT aggregate, revision FROM deployments WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(Stored {
            deployment: from_json(&row.try_get::<String, _>("aggregate")?)?,
            revision: row.try_get("revision")?,
        })
    })
    .transpose()
}

/// The deployment that holds an environment's lock.
pub async fn find_active(
    connection: &mut Connection,
    application: &str,
    environment: &str,
) -> Result<Option<Uuid>, DbError> {
    let row = sqlx::query("SELECT deployment_id FROM environment_locks WHERE application = $1 AND environment = $2")
        .bind(application)
        .bind(environment)
        .fetch_optional(connection)
        .await?;
    row.map(|row| uuid(&row.try_get::<String, _>("deployment_id")?)).transpose()
}

/// What lists show, without the aggregate.
#[derive(Clone, Debug)]
pub struct Summary {
    pub id: Uuid,
    pub application: String,
    pub environment: String,
    pub release_id: Uuid,
    pub release_version: String,
    pub state: State,
    pub requested_by: String,
    pub requested_by_name: String,
    pub requested_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub counts: ChangeCounts,
    pub reason: String,
}

#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub application: Option<String>,
    pub environment: Option<String>,
    pub state: Option<State>,
    pub release: Option<Uuid>,
}

const COLUMNS: &str = "id, application, environment, release_id, release_version, state, requested_by, \
                       requested_by_name, requested_at, finished_at, counts, reason";
const MATCHES: &str = "($1 = '' OR application = $1) AND ($2 = '' OR environment = $2) AND ($3 = '' OR state = $3) \
                       AND ($4 = '' OR release_id = $4)";

fn bindings(filter: &Filter) -> [String; 4] {
    [
        filter.application.clone().unwrap_or_default(),
        filter.environment.clone().unwrap_or_default(),
        filter.state.map(|s| s.name().to_owned()).unwrap_or_default(),
        filter.release.map(|id| id.to_string()).unwrap_or_default(),
    ]
}

/// What the list can be sorted by. Versions do not sort as text, so a release stands where it was created in time.
pub const SORTABLE: [(&str, &str); 7] = [
    ("release", "(SELECT r.created_at FROM releases r WHERE r.id = release_id)"),
    ("state", "state"),
    ("where", "application || '/' || environment"),
    ("requested", "requested_at"),
    ("by", "LOWER(requested_by_name)"),
    ("finished", "COALESCE(finished_at, 9223372036854775807)"),
    ("took", "COALESCE(finished_at - requested_at, 9223372036854775807)"),
];

/// Newest first, unless sorted by something else.
pub async fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Option<&Sort>,
    page: Page,
) -> Result<Vec<Summary>, DbError> {
    let [application, environment, state, release] = bindings(filter);
    let order = order::clause(&SORTABLE, sort, "requested_at DESC, id DESC");
    let sql = format!("SELECT {COLUMNS} FROM deployments WHERE {MATCHES} {order} LIMIT $5 OFFSET $6");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(application)
        .bind(environment)
        .bind(state)
        .bind(release)
        .bind(page.limit)
        .bind(page.offset)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn count(connection: &mut Connection, filter: &Filter) -> Result<u64, DbError> {
    let [application, environment, state, release] = bindings(filter);
    let sql = format!("SELECT COUNT(*) FROM deployments WHERE {MATCHES}");
    let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(application)
        .bind(environment)
        .bind(state)
        .bind(release)
        .fetch_one(connection)
        .await?;
    Ok(to_count(count))
}

/// Requested from one moment (with it) to another (without it), oldest first. The filter's release and state count too.
pub async fn list_between(
    connection: &mut Connection,
    filter: &Filter,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    limit: i64,
) -> Result<Vec<Summary>, DbError> {
    let [application, environment, state, release] = bindings(filter);
    let sql = format!(
        "SELECT {COLUMNS} FROM deployments WHERE {MATCHES} AND requested_at >= $5 AND requested_at < $6 \
         ORDER BY requested_at, id LIMIT $7"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(application)
        .bind(environment)
        .bind(state)
        .bind(release)
        .bind(from.map_or(i64::MIN, to_millis))
        .bind(until.map_or(i64::MAX, to_millis))
        .bind(limit)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

/// Those in whose id, place, version, state, requester and reason every word occurs, newest first.
pub async fn search(connection: &mut Connection, text: &str, limit: i64) -> Result<Vec<Summary>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT deployments.*, LOWER(id || ' ' || application || ' ' || environment || ' ' || \
         release_version || ' ' || state || ' ' || requested_by_name || ' ' || reason) AS words FROM deployments) d \
         WHERE {} ORDER BY requested_at DESC, id DESC LIMIT $6",
        words::EVERY_ONE
    );
    let query = words::patterns(text).into_iter().fold(sqlx::query(sqlx::AssertSqlSafe(sql)), sqlx::query::Query::bind);
    let rows = query.bind(limit).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// Every deployment that holds a lock.
pub async fn list_active(connection: &mut Connection) -> Result<Vec<Summary>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM deployments WHERE id IN (SELECT deployment_id FROM environment_locks) \
         ORDER BY requested_at DESC"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await?;
    rows.iter().map(read).collect()
}

/// What is deployed in an environment.
#[derive(Clone, Debug)]
pub struct Deployed {
    pub application: String,
    pub environment: String,
    pub release_id: Uuid,
    pub release_version: String,
    /// Every stack of the release arrived; otherwise only some did.
    pub is_complete: bool,
    pub since: Timestamp,
}

/// Per environment, the release of the last deployment that changed it.
pub async fn list_deployed(connection: &mut Connection) -> Result<Vec<Deployed>, DbError> {
    let rows = sqlx::query("SELECT * FROM environment_releases").fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok(Deployed {
                application: row.try_get("application")?,
                environment: row.try_get("environment")?,
                release_id: uuid(&row.try_get::<String, _>("release_id")?)?,
                release_version: row.try_get("release_version")?,
                is_complete: row.try_get::<i64, _>("is_complete")? == 1,
                since: from_millis(row.try_get("since")?)?,
            })
        })
        .collect()
}

/// Remembers what an event did to the environment: from the first stack that was begun it is neither what it was nor
/// what it will be.
async fn remember_deployed(
    connection: &mut Connection,
    after: &Deployment,
    event: &Event,
    now: Timestamp,
) -> Result<(), DbError> {
    let is_complete = after.stacks.iter().all(|s| matches!(s.state, StackRunState::Done | StackRunState::NoChanges));
    let arrived = is_complete
        && matches!(
            event,
            Event::StackSucceeded { .. } | Event::ChangeSetEmpty { .. } | Event::ChangeSetPrepared { .. }
        );
    if !arrived && !matches!(event, Event::StackStarted { .. }) {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO environment_releases (application, environment, deployment_id, release_id, release_version, \
         is_complete, since) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (application, environment) DO UPDATE SET \
         deployment_id = excluded.deployment_id, release_id = excluded.release_id, \
         release_version = excluded.release_version, is_complete = excluded.is_complete, since = excluded.since",
    )
    .bind(after.application.clone())
    .bind(after.environment.clone())
    .bind(after.id.to_string())
    .bind(after.release_id.to_string())
    .bind(after.release_version.clone())
    .bind(i64::from(is_complete))
    .bind(to_millis(now))
    .execute(connection)
    .await?;
    Ok(())
}

/// The event log of one deployment, oldest first.
pub async fn list_events(connection: &mut Connection, id: Uuid) -> Result<Vec<(Timestamp, Event)>, DbError> {
    let rows = sqlx::query("SELECT at, event FROM deployment_events WHERE deployment_id = $1 ORDER BY sequence")
        .bind(id.to_string())
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| Ok((from_millis(row.try_get("at")?)?, from_json(&row.try_get::<String, _>("event")?)?)))
        .collect()
}

fn read(row: &AnyRow) -> Result<Summary, DbError> {
    let state: String = row.try_get("state")?;
    let finished_at: Option<i64> = row.try_get("finished_at")?;
    Ok(Summary {
        id: uuid(&row.try_get::<String, _>("id")?)?,
        application: row.try_get("application")?,
        environment: row.try_get("environment")?,
        release_id: uuid(&row.try_get::<String, _>("release_id")?)?,
        release_version: row.try_get("release_version")?,
        state: State::parse(&state).ok_or_else(|| DbError::Corrupt(format!("{state} is not a state")))?,
        requested_by: row.try_get("requested_by")?,
        requested_by_name: row.try_get("requested_by_name")?,
        requested_at: from_millis(row.try_get("requested_at")?)?,
        finished_at: finished_at.map(from_millis).transpose()?,
        counts: from_json(&row.try_get::<String, _>("counts")?)?,
        reason: row.try_get("reason")?,
    })
}
