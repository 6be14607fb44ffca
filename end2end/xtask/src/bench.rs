//! Measurements in release mode. They take the machine as they find it: run them on a quiet one.

use std::{fs, path::Path, process::ExitCode};

use crate::{
    browser,
    failure::{Context as _, Failure, Result},
    node, process, site, steps, toolchain,
    workspace::Workspace,
};

pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let only = match arguments {
        [] => None,
        [flag, word] if flag == "--only" => Some(word),
        _ => return Err(Failure::new("`bench` has one option: --only WORD")),
    };
    let bench = workspace.end2end().join("bench");
    node::install(&workspace.end2end())?;
    node::install(&bench)?;
    process::run(node::npx(&workspace.end2end(), "tsc").args(["--project", "bench"]))?;
    let cargo = toolchain::ensure(workspace)?;
    site::build(workspace, &cargo)?;
    steps::timed("release build", || {
        process::run(cargo.command(workspace).args(["build", "--release", "--package", "server"]).args([
            "--bin",
            "lockkeeper",
            "--example",
            "baseline",
            "--example",
            "load",
        ]))
    })?;
    let table = workspace.target.join("bench/table.md");
    if table.exists() {
        fs::remove_file(&table).doing(|| format!("removing {}", table.display()))?;
    }
    let mut command = browser::playwright(workspace, "release")?;
    command
        .args(["--project", "bench", "--workers", "1"])
        .args(only.into_iter().flat_map(|word| ["--grep", word]))
        .env("LOCKKEEPER_PROJECT", "bench")
        .env("LOCKKEEPER_BASELINE", workspace.target.join("release/examples/baseline"))
        .env("LOCKKEEPER_LOAD", workspace.target.join("release/examples/load"))
        .env("LOCKKEEPER_BENCH_TABLE", &table)
        .env("LOCKKEEPER_SITE", workspace.site());
    let outcome = steps::timed("measuring", || process::run(&mut command));
    steps::say(&report(&table)?);
    outcome.map(|()| ExitCode::SUCCESS)
}

fn report(table: &Path) -> Result<String> {
    let rows = fs::read_to_string(table).doing(|| format!("reading {}", table.display()))?;
    Ok(format!("\n| what | measured | wanted | met |\n| --- | --- | --- | --- |\n{rows}"))
}
