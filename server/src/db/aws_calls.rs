//! How many AWS calls were made, and what they cost.

use sqlx::Row as _;

use super::{Connection, DbError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallCount {
    /// UTC, `2026-11-23`.
    pub day: String,
    pub account: String,
    pub region: String,
    pub operation: String,
    pub calls: i64,
    pub errors: i64,
    /// Millionths of a US dollar.
    pub micro_dollars: i64,
}

pub async fn add(connection: &mut Connection, count: &CallCount) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO aws_calls (day, account, region, operation, calls, errors, micro_dollars) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (day, account, region, operation) DO UPDATE SET \
         calls = aws_calls.calls + excluded.calls, errors = aws_calls.errors + excluded.errors, \
         micro_dollars = aws_calls.micro_dollars + excluded.micro_dollars",
    )
    .bind(count.day.clone())
    .bind(count.account.clone())
    .bind(count.region.clone())
    .bind(count.operation.clone())
    .bind(count.calls)
    .bind(count.errors)
    .bind(count.micro_dollars)
    .execute(connection)
    .await?;
    Ok(())
}

/// Of one day, most called first.
pub async fn list(connection: &mut Connection, day: &str) -> Result<Vec<CallCount>, DbError> {
    let rows = sqlx::query("SELECT * FROM aws_calls WHERE day = $1 ORDER BY calls DESC, operation")
        .bind(day)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(CallCount {
                day: row.try_get("day")?,
                account: row.try_get("account")?,
                region: row.try_get("region")?,
                operation: row.try_get("operation")?,
                calls: row.try_get("calls")?,
                errors: row.try_get("errors")?,
                micro_dollars: row.try_get("micro_dollars")?,
            })
        })
        .collect()
}
