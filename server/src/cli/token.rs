//! `lockkeeper token create`.

use std::path::Path;

use clap::{Args, Subcommand};
use domain::{
    audit::AuditOutcome,
    permission::{Action, Grant, Role},
};
use jiff::SignedDuration;
use serde_json::json;

use crate::{
    auth::token::{self, NewToken},
    clock::SystemClock,
    db::{self, audit::NewAuditEvent},
    startup::open_database,
};

use super::{Failure, load, say};

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Makes a token and prints its secret once.
    Create(CreateArgs),
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
    use app::ports::Clock as _;
    let TokenCommand::Create(args) = command;
    let config = load(config)?;
    let db = open_database(&config).await?;
    let now = SystemClock.now();
    let applications = (!args.applications.is_empty()).then_some(args.applications);
    let new = NewToken {
        name: args.name.clone(),
        grants: vec![Grant { role: args.role, applications, environments: None }],
        created_by: "command line".to_owned(),
        expires_at: now + SignedDuration::from_hours(24 * i64::from(args.valid_days)),
    };
    let mut tx = db.write().await?;
    let (row, secret) = token::create(&mut tx, &SystemClock, new).await?;
    let event = NewAuditEvent {
        actor_id: "command line".to_owned(),
        actor_name: "Command line".to_owned(),
        action: Action::ManageTokens.name().to_owned(),
        outcome: AuditOutcome::Done,
        application: None,
        environment: None,
        subject_kind: "token",
        subject_id: row.id.to_string(),
        detail: json!({ "name": row.name, "grants": row.grants, "expires_at": row.expires_at }),
        address: None,
    };
    db::audit::append(&mut tx, event, now).await?;
    tx.commit().await?;
    db.close().await;
    say(secret.expose())
}
