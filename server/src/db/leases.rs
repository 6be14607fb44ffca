//! Named leases: only one replica does a periodic task at a time.

use jiff::Timestamp;

use super::{Connection, DbError, to_millis};

/// Takes or renews a lease; answers whether this owner holds it now.
pub async fn take(
    connection: &mut Connection,
    name: &str,
    owner: &str,
    now: Timestamp,
    held_until: Timestamp,
) -> Result<bool, DbError> {
    let changed = sqlx::query(
        "INSERT INTO leases (name, owner, held_until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET \
         owner = excluded.owner, held_until = excluded.held_until \
         WHERE leases.owner = excluded.owner OR leases.held_until < $4",
    )
    .bind(name)
    .bind(owner)
    .bind(to_millis(held_until))
    .bind(to_millis(now))
    .execute(connection)
    .await?
    .rows_affected();
    Ok(changed == 1)
}

/// Gives back what everybody else held; answers how much that was. Only where this process is known to be the only one.
pub async fn release_others(connection: &mut Connection, owner: &str) -> Result<u64, DbError> {
    let leases = sqlx::query("DELETE FROM leases WHERE owner <> $1")
        .bind(owner)
        .execute(&mut *connection)
        .await?
        .rows_affected();
    let effects = sqlx::query(
        "UPDATE effects SET lease_until = 0 WHERE lease_owner <> $1 AND lease_until > 0 AND finished_at IS NULL",
    )
    .bind(owner)
    .execute(connection)
    .await?
    .rows_affected();
    Ok(leases + effects)
}

/// Gives every lease of an owner back: a restart need not wait for them to run out.
pub async fn release_all(connection: &mut Connection, owner: &str) -> Result<(), DbError> {
    sqlx::query("DELETE FROM leases WHERE owner = $1").bind(owner).execute(&mut *connection).await?;
    sqlx::query("UPDATE effects SET lease_until = 0 WHERE lease_owner = $1 AND finished_at IS NULL")
        .bind(owner)
        .execute(connection)
        .await?;
    Ok(())
}
