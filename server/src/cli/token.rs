//! `lockkeeper token create | list | revoke`.

use std::path::Path;

use app::ports::Clock as _;
use clap::{Args, Subcommand};
use domain::{
    audit::AuditOutcome,
    permission::{Action, Grant, Role},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    auth::token::{self, NewToken},
    clock::SystemClock,
    db::{self, Db, api_tokens::TokenRow, audit::NewAuditEvent},
    startup::open_database,
};

use super::{Failure, load, say};

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Makes a token and prints its secret once.
    Create(CreateArgs),
    /// Every token with what it may do; never its secret.
    List,
    /// Ends a token at once.
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
pub(super) struct RevokeArgs {
    /// The id `token list` shows.
    id: Uuid,
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// What it is for; shown wherever the token acts.
    #[arg(long)]
    name: String,
    /// viewer, engineer, …
    #[arg(long, value_parser = role)]
    role: Role,
    /// Only for these applications.
    #[arg(long = "application")]
    applications: Vec<String>,
    #[arg(long, default_value_t = 90)]
    valid_days: u32,
}

fn role(text: &str) -> Result<Role, String> {
    let known = Role::ALL.map(Role::name).join(", ");
    Role::parse(text).ok_or_else(|| format!("not a role; the roles are {known}"))
}

pub(super) async fn run(config: Option<&Path>, command: TokenCommand) -> Result<(), Failure> {
    let config = load(config)?;
    let db = open_database(&config).await?;
    let outcome = match command {
        TokenCommand::Create(args) => create(&db, args).await,
        TokenCommand::List => list(&db).await,
        TokenCommand::Revoke(args) => revoke(&db, args.id).await,
    };
    db.close().await;
    outcome
}

async fn create(db: &Db, args: CreateArgs) -> Result<(), Failure> {
    let now = SystemClock.now();
    let applications = (!args.applications.is_empty()).then_some(args.applications);
    let new = NewToken {
        name: args.name,
        grants: vec![Grant { role: args.role, applications, environments: None }],
        created_by: "command line".to_owned(),
        expires_at: now + SignedDuration::from_hours(24 * i64::from(args.valid_days)),
    };
    let mut tx = db.write().await?;
    let (row, secret) = token::create(&mut tx, &SystemClock, new).await?;
    let detail = json!({ "name": row.name, "grants": row.grants, "expires_at": row.expires_at });
    record(&mut tx, row.id, detail, now).await?;
    tx.commit().await?;
    say(secret.expose())
}

async fn list(db: &Db) -> Result<(), Failure> {
    let now = SystemClock.now();
    let mut connection = db.read().await?;
    let rows = db::api_tokens::list(&mut connection).await?;
    if rows.is_empty() {
        return say("There are no tokens. `lockkeeper token create` makes one.");
    }
    for row in rows {
        say(line(&row, now))?;
    }
    Ok(())
}

/// Id, state, what it may do, what it is for.
fn line(row: &TokenRow, now: Timestamp) -> String {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let state = match row.revoked_at {
        Some(at) => format!("revoked {}", day(at)),
        None if row.expires_at <= now => format!("expired {}", day(row.expires_at)),
        None => format!("valid until {}", day(row.expires_at)),
    };
    let grants: Vec<String> = row.grants.iter().map(grant_words).collect();
    format!("{}  {state}  {}  {}", row.id, grants.join(", "), row.name)
}

fn grant_words(grant: &Grant) -> String {
    let mut words = grant.role.name().to_owned();
    for (limit, what) in [(&grant.applications, "of"), (&grant.environments, "in")] {
        if let Some(names) = limit {
            words.push_str(&format!(" {what} {}", names.join("/")));
        }
    }
    words
}

async fn revoke(db: &Db, id: Uuid) -> Result<(), Failure> {
    let now = SystemClock.now();
    let mut tx = db.write().await?;
    if !db::api_tokens::revoke(&mut tx, id, now).await? {
        return Err(Failure::new(format!(
            "there is no token {id} that could be revoked: look at `lockkeeper token list`. Nothing was changed."
        )));
    }
    record(&mut tx, id, json!({ "what": "revoked" }), now).await?;
    tx.commit().await?;
    say(format!("{id} is revoked. What it is used by is refused from now on."))
}

async fn record(connection: &mut db::Connection, token: Uuid, detail: Value, now: Timestamp) -> Result<(), Failure> {
    let event = NewAuditEvent {
        actor_id: "command line".to_owned(),
        actor_name: "Command line".to_owned(),
        action: Action::ManageTokens.name().to_owned(),
        outcome: AuditOutcome::Done,
        application: None,
        environment: None,
        subject_kind: "token",
        subject_id: token.to_string(),
        detail,
        address: None,
    };
    db::audit::append(connection, event, now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::permission::Role;

    use super::*;

    #[test]
    fn a_token_is_listed_with_its_state_and_its_limits_and_without_a_secret() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut row = TokenRow {
            id: Uuid::from_u128(7),
            name: "pipeline".into(),
            grants: vec![Grant { role: Role::Engineer, applications: Some(vec!["shop".into()]), environments: None }],
            created_by: "command line".into(),
            created_at: at("2026-01-01T00:00:00Z"),
            expires_at: at("2026-04-01T00:00:00Z"),
            revoked_at: None,
        };
        let id = row.id;
        let (before, after) = (at("2026-03-01T00:00:00Z"), at("2026-05-01T00:00:00Z"));
        assert_eq!(line(&row, before), format!("{id}  valid until 2026-04-01  engineer of shop  pipeline"));
        assert_eq!(line(&row, after), format!("{id}  expired 2026-04-01  engineer of shop  pipeline"));
        row.revoked_at = Some(at("2026-02-01T00:00:00Z"));
        assert_eq!(line(&row, before), format!("{id}  revoked 2026-02-01  engineer of shop  pipeline"));
    }
}
