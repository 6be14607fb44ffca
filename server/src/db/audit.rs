//! The audit log. Rows are only ever added, in the transaction of the act they record.

use app::views::Sort;
use domain::{
    audit::{AuditEvent, AuditOutcome, ChainPlace, chain, genesis},
    digest::Digest,
};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{Row as _, any::AnyRow};

use super::{Connection, DbError, Page, conditions::Conditions, from_json, from_millis, order, to_json, to_millis};

/// An event before it has its place in the chain.
#[derive(Clone, Debug)]
pub struct NewAuditEvent {
    pub actor_id: String,
    pub actor_name: String,
    pub action: String,
    pub outcome: AuditOutcome,
    pub application: Option<String>,
    pub environment: Option<String>,
    pub subject_kind: &'static str,
    pub subject_id: String,
    pub detail: Value,
    pub address: Option<String>,
}

/// Appends an event. The head row is updated first, which serialises writers on every engine.
pub async fn append(connection: &mut Connection, event: NewAuditEvent, now: Timestamp) -> Result<i64, DbError> {
    sqlx::query("INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, $1) ON CONFLICT (id) DO NOTHING")
        .bind(genesis().as_str().to_owned())
        .execute(&mut *connection)
        .await?;
    let head = sqlx::query("UPDATE audit_head SET sequence = sequence + 1 WHERE id = 1 RETURNING sequence, hash")
        .fetch_one(&mut *connection)
        .await?;
    let sequence: i64 = head.try_get("sequence")?;
    let previous = digest(&head.try_get::<String, _>("hash")?)?;
    // Stored in milliseconds, so hashed in milliseconds: what is read back must hash the same.
    let at = from_millis(to_millis(now))?;
    let event = AuditEvent {
        sequence,
        at,
        actor_id: event.actor_id,
        actor_name: event.actor_name,
        action: event.action,
        outcome: event.outcome,
        application: event.application,
        environment: event.environment,
        subject_kind: event.subject_kind.to_owned(),
        subject_id: event.subject_id,
        detail: event.detail,
        address: event.address,
    };
    let hash = chain(&previous, &event).map_err(|e| DbError::Corrupt(e.to_string()))?;
    sqlx::query(
        "INSERT INTO audit_events (sequence, at, actor_id, actor_name, action, outcome, application, environment, \
         subject_kind, subject_id, detail, address, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(sequence)
    .bind(to_millis(at))
    .bind(event.actor_id)
    .bind(event.actor_name)
    .bind(event.action)
    .bind(outcome_name(event.outcome))
    .bind(event.application)
    .bind(event.environment)
    .bind(event.subject_kind)
    .bind(event.subject_id)
    .bind(to_json(&event.detail)?)
    .bind(event.address)
    .bind(hash.as_str().to_owned())
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE audit_head SET hash = $1 WHERE id = 1")
        .bind(hash.as_str().to_owned())
        .execute(&mut *connection)
        .await?;
    Ok(sequence)
}

/// What a list of events is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub application: Option<String>,
    pub environment: Option<String>,
    pub action: Option<String>,
    /// Part of the actor's name, any case.
    pub actor: Option<String>,
}

fn meant(filter: &Filter) -> Conditions {
    let mut meant = Conditions::default();
    meant.equal("application", filter.application.as_deref());
    meant.equal("environment", filter.environment.as_deref());
    meant.equal("action", filter.action.as_deref());
    meant.contains("actor_name", filter.actor.as_deref());
    meant
}

/// What the list can be sorted by.
pub const SORTABLE: [(&str, &str); 5] = [
    ("number", "sequence"),
    ("who", "LOWER(actor_name)"),
    ("act", "action"),
    ("outcome", "outcome"),
    ("where", "COALESCE(application, '') || '/' || COALESCE(environment, '')"),
];

/// Newest first, unless sorted by something else.
pub async fn list(
    connection: &mut Connection,
    filter: &Filter,
    sort: Option<&Sort>,
    page: Page,
) -> Result<Vec<(AuditEvent, Digest)>, DbError> {
    let order = order::clause(&SORTABLE, sort, "sequence DESC");
    let rows = meant(filter).rows(connection, ("*", "audit_events", &order), page).await?;
    rows.iter().map(read).collect()
}

pub async fn count(connection: &mut Connection, filter: &Filter) -> Result<u64, DbError> {
    meant(filter).count(connection, "audit_events").await
}

/// Everything about one subject, oldest first.
pub async fn list_for_subject(
    connection: &mut Connection,
    kind: &str,
    id: &str,
) -> Result<Vec<(AuditEvent, Digest)>, DbError> {
    let rows = sqlx::query("SELECT * FROM audit_events WHERE subject_kind = $1 AND subject_id = $2 ORDER BY sequence")
        .bind(kind)
        .bind(id)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

/// Events after `sequence`, oldest first: for verifying the chain piece by piece.
pub async fn list_after(
    connection: &mut Connection,
    sequence: i64,
    limit: i64,
) -> Result<Vec<(AuditEvent, Digest)>, DbError> {
    let rows = sqlx::query("SELECT * FROM audit_events WHERE sequence > $1 ORDER BY sequence LIMIT $2")
        .bind(sequence)
        .bind(limit)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

/// The place in the chain just before an event.
pub async fn place_before(connection: &mut Connection, sequence: i64) -> Result<ChainPlace, DbError> {
    let row = sqlx::query("SELECT sequence, hash FROM audit_events WHERE sequence < $1 ORDER BY sequence DESC LIMIT 1")
        .bind(sequence)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(ChainPlace::beginning()) };
    Ok(ChainPlace { sequence: row.try_get("sequence")?, hash: digest(&row.try_get::<String, _>("hash")?)? })
}

/// Sequence and hash the next event will build on.
pub async fn head(connection: &mut Connection) -> Result<Option<(i64, Digest)>, DbError> {
    let row = sqlx::query("SELECT sequence, hash FROM audit_head WHERE id = 1").fetch_optional(connection).await?;
    row.map(|row| Ok((row.try_get("sequence")?, digest(&row.try_get::<String, _>("hash")?)?))).transpose()
}

fn read(row: &AnyRow) -> Result<(AuditEvent, Digest), DbError> {
    let event = AuditEvent {
        sequence: row.try_get("sequence")?,
        at: from_millis(row.try_get("at")?)?,
        actor_id: row.try_get("actor_id")?,
        actor_name: row.try_get("actor_name")?,
        action: row.try_get("action")?,
        outcome: match row.try_get::<String, _>("outcome")?.as_str() {
            "denied" => AuditOutcome::Denied,
            _ => AuditOutcome::Done,
        },
        application: row.try_get("application")?,
        environment: row.try_get("environment")?,
        subject_kind: row.try_get("subject_kind")?,
        subject_id: row.try_get("subject_id")?,
        detail: from_json(&row.try_get::<String, _>("detail")?)?,
        address: row.try_get("address")?,
    };
    Ok((event, digest(&row.try_get::<String, _>("hash")?)?))
}

fn outcome_name(outcome: AuditOutcome) -> &'static str {
    match outcome {
        AuditOutcome::Done => "done",
        AuditOutcome::Denied => "denied",
    }
}

fn digest(text: &str) -> Result<Digest, DbError> {
    Digest::parse(text).ok_or_else(|| DbError::Corrupt(format!("{text} is not a digest")))
}
