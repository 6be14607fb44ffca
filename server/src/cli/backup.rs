//! `lockkeeper backup` and `lockkeeper restore`.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufReader, BufWriter},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use clap::Args;

use crate::{db::backup, startup::open_database};

use super::{Failure, load, say};

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// The file; it must not exist for a backup.
    file: PathBuf,
}

pub(super) async fn backup(config: Option<&Path>, args: &BackupArgs) -> Result<(), Failure> {
    let config = load(config)?;
    let db = open_database(&config).await?;
    if args.file.exists() {
        return Err(Failure::new(format!("{} exists; nothing was written", args.file.display())));
    }
    // Written beside its place and renamed when complete: a half-written backup never looks like one. Sessions are in
    // it, so only the owner may read it.
    let mut partial = args.file.clone().into_os_string();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
    let mut out = BufWriter::new(file);
    let rows = backup::write(&db, &mut out).await?;
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(&partial, &args.file)?;
    db.close().await;
    say(format!("{rows} rows written to {}", args.file.display()))
}

pub(super) async fn restore(config: Option<&Path>, args: &BackupArgs) -> Result<(), Failure> {
    let config = load(config)?;
    let mut input = BufReader::new(File::open(&args.file)?);
    let db = open_database(&config).await?;
    let rows = backup::read(&db, &mut input).await?;
    db.close().await;
    say(format!("{rows} rows restored from {}", args.file.display()))
}
