//! This machine: folders, disk, database, blueprint files.

use std::{fs, path::Path, sync::Arc};

use domain::blueprint::Blueprint;

use crate::{
    blueprint::Library,
    config::Config,
    db::{self, Db, DbError, Engine, lock},
};

use super::Finding;

/// Below this the disk is soon full: uploads are unpacked, and SQLite needs room for its log.
const ROOM_BYTES: u64 = 1 << 30;

pub(super) fn folders(config: &Config) -> Vec<Finding> {
    let mut findings = vec![writable("data folder", &config.data_dir)];
    if config.data_dir.is_dir() {
        findings.extend(room(&config.data_dir));
    }
    findings
}

fn writable(subject: &str, path: &Path) -> Finding {
    let shown = path.display();
    if !path.exists() {
        let advice = "`lockkeeper serve` makes it; or make it, owned by the user the server runs as.";
        return Finding::warn(subject, format!("{shown} does not exist"), advice);
    }
    match tempfile::tempfile_in(path) {
        Ok(_) => Finding::ok(subject, format!("{shown} can be written")),
        Err(error) => {
            let advice = "Give the folder to the user the server runs as.";
            Finding::fail(subject, format!("{shown} cannot be written: {error}"), advice)
        }
    }
}

fn room(path: &Path) -> Option<Finding> {
    let stat = rustix::fs::statvfs(path).ok()?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let words = format!("{} MB free at {}", free >> 20, path.display());
    Some(if free < ROOM_BYTES {
        let advice = "Make room: when the disk is full, acts are refused and deployments stand still.";
        Finding::warn("disk", words, advice)
    } else {
        Finding::ok("disk", words)
    })
}

pub(super) async fn database(config: &Config) -> Vec<Finding> {
    let url = config.database.url.expose();
    if let Some(file) = lock::file_of(url)
        && !file.exists()
    {
        let advice = "`lockkeeper serve` or `lockkeeper migrate` makes it. If there should be one, correct \
                      `database.url` or `data_dir`.";
        return vec![Finding::warn("database", format!("{} does not exist yet", file.display()), advice)];
    }
    let db = match Db::connect(url).await {
        Ok(db) => db,
        Err(error) => {
            let advice = "Start the database, or correct `database.url`.";
            return vec![Finding::fail("database", with_cause(&error), advice)];
        }
    };
    let findings = match look(&db).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::fail("database", with_cause(&error), "See the database's own log.")],
    };
    db.close().await;
    findings
}

async fn look(db: &Db) -> Result<Vec<Finding>, DbError> {
    let engine = match db.engine() {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let mut findings = vec![Finding::ok("database", format!("{engine} answers"))];
    if !db.is_migrated().await.unwrap_or(false) {
        let advice = "`lockkeeper migrate`, or start the server: it does the same.";
        findings.push(Finding::warn("database", "is not at this version", advice));
        return Ok(findings);
    }
    findings.push(match is_writable(db).await {
        Ok(()) => Finding::ok("database", "is at this version and can be written"),
        Err(error) => Finding::fail("database", format!("cannot be written: {}", with_cause(&error)), advice(&error)),
    });
    findings.push(chain(db).await?);
    Ok(findings)
}

fn advice(error: &DbError) -> &'static str {
    match error {
        DbError::Full(_) => "Make room on its disk.",
        DbError::Busy(_) => "Something holds it for long: look for another program with a transaction open.",
        _ => "Give the user of `database.url` the right to write, or the file to the user the server runs as.",
    }
}

/// Writes a row and takes it back.
async fn is_writable(db: &Db) -> Result<(), DbError> {
    let mut tx = db.write().await?;
    db::processes::beat(&mut tx, "doctor", 0, jiff::Timestamp::UNIX_EPOCH).await?;
    Ok(tx.rollback().await?)
}

/// The newest event against what the head remembers. The whole chain is `audit verify`'s.
async fn chain(db: &Db) -> Result<Finding, DbError> {
    let mut connection = db.read().await?;
    let Some((sequence, head)) = db::audit::head(&mut connection).await? else {
        return Ok(Finding::ok("audit log", "is empty"));
    };
    let newest = db::audit::list_after(&mut connection, sequence - 1, 2).await?;
    Ok(match newest.as_slice() {
        [(event, hash)] if event.sequence == sequence && *hash == head => {
            Finding::ok("audit log", format!("{sequence} events; the head is {}", head.short()))
        }
        _ => Finding::fail(
            "audit log",
            format!("its newest event is not the one its head remembers ({sequence})"),
            "Somebody changed the log by hand. Run `lockkeeper audit verify`, keep the database as it is, and compare \
             with a backup.",
        ),
    })
}

pub(super) fn blueprints(config: &Config) -> (Vec<Arc<Blueprint>>, Vec<Finding>) {
    let directory = &config.blueprints_dir;
    if !directory.is_dir() || fs::read_dir(directory).is_err() {
        let what = format!("{} is no folder that can be read", directory.display());
        return (Vec::new(), vec![Finding::warn("blueprints", what, "Make it, and put one .toml per application in.")]);
    }
    let library = Library::open(directory);
    let all = library.all();
    let mut findings: Vec<Finding> = all
        .iter()
        .map(|b| {
            let what = format!("{} environments, {} stacks", b.environments.len(), b.stacks.len());
            Finding::ok(format!("blueprint {}", b.application.name), what)
        })
        .collect();
    findings.extend(library.problems().into_iter().map(|problem| {
        let advice = "The server keeps the last good version while it runs, and has none after a restart.";
        Finding::fail("blueprints", problem, advice)
    }));
    if findings.is_empty() {
        let what = format!("there is none in {}", directory.display());
        let advice = "`lockkeeper init` writes a first one from a cloud assembly; server/docs/blueprint.md says how.";
        findings.push(Finding::warn("blueprints", what, advice));
    }
    (all, findings)
}

fn with_cause(error: &DbError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
