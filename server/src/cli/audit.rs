//! `lockkeeper audit verify`.

use std::path::Path;

use clap::Subcommand;
use domain::audit::ChainVerifier;

use crate::{db, startup::open_database};

use super::{Failure, load, say};

const AT_A_TIME: i64 = 1000;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Walks the hash chain from its beginning; fails at the first event that does not follow from those before it.
    Verify,
}

pub(super) async fn run(config: Option<&Path>, command: &AuditCommand) -> Result<(), Failure> {
    let AuditCommand::Verify = command;
    let config = load(config)?;
    let db = open_database(&config).await?;
    let mut connection = db.read().await?;
    let mut verifier = ChainVerifier::default();
    loop {
        let events = db::audit::list_after(&mut connection, verifier.head().0, AT_A_TIME).await?;
        if events.is_empty() {
            break;
        }
        for (event, hash) in &events {
            verifier.accept(event, hash)?;
        }
    }
    // Cutting off the newest events leaves a chain that is whole but short: the head remembers how long it was.
    let (count, hash) = verifier.head();
    if let Some((expected, head)) = db::audit::head(&mut connection).await?
        && (expected != count || head != *hash)
    {
        return Err(Failure::new(format!(
            "the log ends at event {count}, but {expected} were written: the newest ones were removed"
        )));
    }
    say(format!("{count} events, unbroken; the last hash is {hash}"))
}
