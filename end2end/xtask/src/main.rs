//! `cargo xtask`: everything that builds, runs and tests Lockkeeper on a machine that has cargo.
//!
//! What a step needs and the machine lacks (the wasm target, a browser, an emulator) is fetched by the step itself,
//! the normal way first. Nothing here knows what the product does: that belongs into `server` and the tests.

mod bench;
mod browser;
mod failure;
mod hex;
mod node;
mod process;
mod screenshots;
mod services;
mod site;
mod steps;
mod test;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use failure::{Failure, Result};
use steps::say;
use workspace::Workspace;

const USAGE: &str = "\
cargo xtask <command>

  demo [ARGS…]         build everything, then run `lockkeeper demo ARGS…`
  test [WORD…]         run every check; with words, only the steps whose name contains one of them
       --list          name the steps and stop
       --filter TEXT   pass TEXT to the Rust and browser test runners as a name filter
  build                the site, then the server with the site in it
  site                 wasm, style and public files with hashed names, under <target>/site
  toolchain            make the wasm target available
  screenshots          pictures of every page under <target>/screenshots: light, dark, 390 px wide
  bench                release build, load and page measurements, a table for server/docs/performance.md
       --only WORD     only the measurements whose name contains WORD

Everything is built under CARGO_TARGET_DIR, or ~/.cache/lockkeeper/target when that is not set.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(failure) => {
            say(&format!("failed: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    let workspace = Workspace::find()?;
    match command {
        "demo" => demo(&workspace, rest),
        "test" => test::run(&workspace, rest),
        "build" => build(&workspace, &toolchain::ensure(&workspace)?).map(|_| ExitCode::SUCCESS),
        "site" => site::build(&workspace, &toolchain::ensure(&workspace)?).map(|()| ExitCode::SUCCESS),
        "toolchain" => toolchain::ensure(&workspace).map(|_| ExitCode::SUCCESS),
        "screenshots" => screenshots::run(&workspace),
        "bench" => bench::run(&workspace, rest),
        "help" | "--help" | "-h" => {
            say(USAGE);
            Ok(ExitCode::SUCCESS)
        }
        other => Err(Failure::new(format!("there is no command `{other}`\n\n{USAGE}"))),
    }
}

/// The site, then the server that carries it; answers with the path of the binary.
fn build(workspace: &Workspace, cargo: &toolchain::Cargo) -> Result<std::path::PathBuf> {
    site::build(workspace, cargo)?;
    steps::timed("server", || {
        process::run(cargo.command(workspace).args(["build", "--package", "server", "--bin", "lockkeeper"]))
    })?;
    Ok(workspace.binary("debug"))
}

fn demo(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let cargo = toolchain::ensure(workspace)?;
    let binary = build(workspace, &cargo)?;
    let mut command = std::process::Command::new(binary);
    command.arg("demo").args(arguments);
    if !arguments.iter().any(|argument| argument.starts_with("--data-dir")) {
        // Not into the checkout.
        command.arg("--data-dir").arg(workspace.cache.join("demo"));
    }
    process::become_program(&mut command)
}
