//! `lockkeeper check` and `lockkeeper schema`.

use std::{fs, path::PathBuf};

use clap::Args;

use crate::blueprint;

use super::{Failure, say};

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Blueprint files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(super) fn check(args: &CheckArgs) -> Result<(), Failure> {
    let mut problems = Vec::new();
    for file in &args.files {
        let name = file.display().to_string();
        let text = fs::read_to_string(file).map_err(|e| Failure::new(format!("{name}: {e}")))?;
        match blueprint::parse(&name, &text) {
            Ok(found) => say(format!(
                "{name}: {} with {} environments, {} stacks and {} checks",
                found.application.title,
                found.environments.len(),
                found.stacks.len(),
                found.checks.len()
            ))?,
            Err(errors) => problems.extend(errors.iter().map(ToString::to_string)),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::new(format!("\n{}", problems.join("\n")))) }
}

pub(super) fn schema() -> Result<(), Failure> {
    say(serde_json::to_string_pretty(&blueprint::schema())?)
}
