//! Stack events as CloudFormation told them, kept for the event log of environments and deployments.

use app::views::Sort;
use jiff::Timestamp;
use sqlx::{Row as _, any::AnyRow};

use crate::ports::StackEvent;

use super::{Connection, DbError, Page, from_millis, order, to_count, to_millis};

/// Adds the events that are not known yet; answers how many there were.
pub async fn append(
    connection: &mut Connection,
    application: &str,
    environment: &str,
    events: &[StackEvent],
) -> Result<u64, DbError> {
    let mut added = 0;
    for event in events {
        added += sqlx::query(
            "INSERT INTO stack_events (event_id, application, environment, stack_name, at, logical_id, \
             resource_type, status, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
             ON CONFLICT (application, environment, event_id) DO NOTHING",
        )
        .bind(event.event_id.clone())
        .bind(application)
        .bind(environment)
        .bind(event.stack_name.clone())
        .bind(to_millis(event.at))
        .bind(event.logical_id.clone())
        .bind(event.resource_type.clone())
        .bind(event.status.clone())
        .bind(event.reason.clone())
        .execute(&mut *connection)
        .await?
        .rows_affected();
    }
    Ok(added)
}

#[derive(Clone, Debug)]
pub struct KnownEvent {
    pub event_id: String,
    pub stack_name: String,
    pub at: Timestamp,
    pub logical_id: String,
    pub resource_type: String,
    pub status: String,
    pub reason: Option<String>,
}

/// The newest event known of a stack: where to go on reading.
pub async fn newest(
    connection: &mut Connection,
    application: &str,
    environment: &str,
    stack_name: &str,
) -> Result<Option<String>, DbError> {
    let row = sqlx::query(
        "SELECT event_id FROM stack_events WHERE application = $1 AND environment = $2 AND stack_name = $3 \
         ORDER BY at DESC LIMIT 1",
    )
    .bind(application)
    .bind(environment)
    .bind(stack_name)
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok(row.try_get("event_id")?)).transpose()
}

/// What the list can be sorted by.
pub const SORTABLE: [(&str, &str); 5] = [
    ("time", "at"),
    ("resource", "LOWER(logical_id)"),
    ("type", "resource_type"),
    ("status", "status"),
    ("stack", "stack_name"),
];

/// Newest first, unless sorted by something else.
pub async fn list(
    connection: &mut Connection,
    application: &str,
    environment: &str,
    sort: Option<&Sort>,
    page: Page,
) -> Result<Vec<KnownEvent>, DbError> {
    let order = order::clause(&SORTABLE, sort, "at DESC, event_id");
    let sql =
        format!("SELECT * FROM stack_events WHERE application = $1 AND environment = $2 {order} LIMIT $3 OFFSET $4");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(application.to_owned())
        .bind(environment.to_owned())
        .bind(page.limit)
        .bind(page.offset)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

pub async fn count(connection: &mut Connection, application: &str, environment: &str) -> Result<u64, DbError> {
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM stack_events WHERE application = $1 AND environment = $2")
            .bind(application)
            .bind(environment)
            .fetch_one(connection)
            .await?;
    Ok(to_count(count))
}

/// Oldest first, within a span of time; the newest `limit` of them.
pub async fn list_between(
    connection: &mut Connection,
    application: &str,
    environment: &str,
    from: Timestamp,
    until: Option<Timestamp>,
    limit: i64,
) -> Result<Vec<KnownEvent>, DbError> {
    let rows = sqlx::query(
        "SELECT * FROM stack_events WHERE application = $1 AND environment = $2 AND at >= $3 AND at <= $4 \
         ORDER BY at DESC, event_id LIMIT $5",
    )
    .bind(application)
    .bind(environment)
    .bind(to_millis(from))
    .bind(until.map_or(i64::MAX, to_millis))
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.iter().rev().map(read).collect()
}

fn read(row: &AnyRow) -> Result<KnownEvent, DbError> {
    Ok(KnownEvent {
        event_id: row.try_get("event_id")?,
        stack_name: row.try_get("stack_name")?,
        at: from_millis(row.try_get("at")?)?,
        logical_id: row.try_get("logical_id")?,
        resource_type: row.try_get("resource_type")?,
        status: row.try_get("status")?,
        reason: row.try_get("reason")?,
    })
}
