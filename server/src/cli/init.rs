//! `lockkeeper init`: a first blueprint from templates.

use std::{fs, path::PathBuf};

use clap::Args;

use crate::{
    assembly,
    init::{self, Input},
    templates::Stack,
};

use super::{Failure, say};

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// A cloud assembly (cdk.out) or a folder of templates; repeatable. The environments are found in it.
    #[arg(long = "assembly", value_name = "FOLDER", required_unless_present = "environments")]
    assemblies: Vec<PathBuf>,
    /// A folder whose stacks are all of one environment; repeatable.
    #[arg(long = "environment", value_name = "NAME=FOLDER", value_parser = super::release::pair)]
    environments: Vec<(String, PathBuf)>,
    /// Name of the application; without it, the beginning of the stacks' names.
    #[arg(long)]
    name: Option<String>,
    /// Where the blueprint goes; `-` for standard output.
    #[arg(long, value_name = "FILE", default_value = "blueprint.toml")]
    out: PathBuf,
    /// Overwrite a file that is there.
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &InitArgs) -> Result<(), Failure> {
    let is_standard_output = args.out.as_os_str() == "-";
    if !is_standard_output && args.out.exists() && !args.force {
        let message = format!("{} exists; nothing was written. Name another file, or say --force.", args.out.display());
        return Err(Failure::new(message));
    }
    let mut inputs = Vec::new();
    for folder in &args.assemblies {
        inputs.push(input(None, folder)?);
    }
    for (name, folder) in &args.environments {
        inputs.push(input(Some(name.clone()), folder)?);
    }
    let text = init::blueprint(inputs, args.name.as_deref())?;
    if is_standard_output {
        return say(text.trim_end());
    }
    fs::write(&args.out, &text).map_err(|e| Failure::new(format!("{}: {e}", args.out.display())))?;
    say(format!(
        "{} written. Read it, correct what was guessed, then: lockkeeper check {} --assembly …",
        args.out.display(),
        args.out.display()
    ))
}

fn input(environment: Option<String>, folder: &PathBuf) -> Result<Input, Failure> {
    let found = assembly::read(folder, assembly::Limits::default())
        .map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
    // What the folder is really called: `.` names no environment.
    let named = fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
    Ok(Input { environment, folder: named.display().to_string(), stacks: Stack::all(&found, folder) })
}
