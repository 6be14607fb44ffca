//! `cargo xtask test`: every check there is, in one run with one summary.

mod hygiene;
mod rules;
pub mod tally;

use std::process::{Command, ExitCode};

use crate::{
    browser,
    failure::{Failure, Result},
    node, process,
    services::{Emulator, Postgres},
    site,
    steps::{Summary, Tally, say},
    toolchain::{self, Cargo, WASM},
    workspace::{Workspace, on_path},
};

/// In the order in which they run: what is quick and often wrong comes first.
const STEPS: [&str; 11] = [
    "format",
    "dependency-rules",
    "repository",
    "xtask",
    "site",
    "lint",
    "lint-wasm",
    "sqlite",
    "postgres",
    "browser-types",
    "browser",
];

/// The one selection of packages and features for everything native. Another one would unify features differently and
/// build shared dependencies again.
const NATIVE: [&str; 8] = ["--package", "server", "--package", "app", "--package", "domain", "--features", "app/ssr"];

struct Selection {
    words: Vec<String>,
    filter: Option<String>,
}

impl Selection {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut selection = Self { words: Vec::new(), filter: None };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--filter" => {
                    let text = arguments.next().ok_or_else(|| Failure::new("--filter needs a text"))?;
                    selection.filter = Some(text.clone());
                }
                word if word.starts_with('-') => {
                    return Err(Failure::new(format!(
                        "`test` has no option `{word}`: it has --list and --filter TEXT"
                    )));
                }
                word if STEPS.iter().any(|step| step.contains(word)) => selection.words.push(word.to_owned()),
                word => {
                    return Err(Failure::new(format!("no step is called `{word}`: there are {}", STEPS.join(", "))));
                }
            }
        }
        Ok(selection)
    }

    fn has(&self, step: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| step.contains(word.as_str()))
    }
}

pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    if arguments.iter().any(|argument| argument == "--list") {
        say(&STEPS.join("\n"));
        return Ok(ExitCode::SUCCESS);
    }
    let selection = Selection::parse(arguments)?;
    let cargo = toolchain::ensure(workspace)?;
    let mut summary = Summary::default();
    for step in STEPS.into_iter().filter(|step| selection.has(step)) {
        summary.step(step, || run_step(step, workspace, &cargo, selection.filter.as_deref()));
    }
    summary.print();
    Ok(if summary.total().failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_step(step: &str, workspace: &Workspace, cargo: &Cargo, filter: Option<&str>) -> Result<Tally> {
    match step {
        "format" => process::run(cargo.command(workspace).args(["fmt", "--all", "--check"])).map(one),
        "dependency-rules" => rules::check(workspace, cargo),
        "repository" => hygiene::check(workspace),
        "xtask" => rust_tests(&mut cargo.command(workspace), &["--package", "xtask"], None),
        "site" => {
            node::install(&workspace.end2end())?;
            site::build(workspace, cargo).map(one)
        }
        "lint" => {
            let mut command = linted(workspace, cargo);
            command.arg("build").args(NATIVE).args(["--lib", "--bins", "--tests", "--examples"]);
            without_warnings(&mut command)?;
            without_warnings(linted(workspace, cargo).args(["build", "--package", "xtask", "--bins"])).map(one)
        }
        "lint-wasm" => {
            let mut command = cargo.command(workspace);
            command.args(["clippy", "--package", "frontend", "--package", "app", "--lib", "--features", "app/hydrate"]);
            command.args(["--target", WASM, "--profile", "wasm-release"]);
            without_warnings(&mut command).map(one)
        }
        "sqlite" => {
            node::install(&workspace.end2end().join("oidc"))?;
            let emulator = Emulator::start(workspace)?;
            let mut command = linted(workspace, cargo);
            command.env("LOCKKEEPER_TEST_EMULATOR", emulator.url()).env_remove("LOCKKEEPER_TEST_POSTGRES");
            rust_tests(&mut command, &NATIVE, filter)
        }
        "postgres" => {
            node::install(&workspace.end2end().join("oidc"))?;
            let emulator = Emulator::start(workspace)?;
            let postgres = Postgres::start()?;
            let mut command = linted(workspace, cargo);
            command.env("LOCKKEEPER_TEST_EMULATOR", emulator.url()).env("LOCKKEEPER_TEST_POSTGRES", postgres.url());
            rust_tests(&mut command, &NATIVE, filter)
        }
        "browser-types" => {
            node::install(&workspace.end2end())?;
            process::run(node::npx(&workspace.end2end(), "tsc").arg("--noEmit")).map(one)
        }
        "browser" => {
            site::build(workspace, cargo)?;
            process::run(linted(workspace, cargo).arg("build").args(NATIVE).args(["--bins"]))?;
            browser::tests(workspace, filter)
        }
        other => Err(Failure::new(format!("the step `{other}` does nothing"))),
    }
}

fn one(_: ()) -> Tally {
    Tally::ONE_PASSED
}

/// Builds with clippy as the compiler of our own crates. `cargo clippy` would check every dependency a second time,
/// beside the build the tests need; this way there is one build of each, and its warnings are the lints. Denied lints
/// are capped to warnings so that the tests still run and say what they have to say; the step `lint` fails on any.
fn linted(workspace: &Workspace, cargo: &Cargo) -> Command {
    let mut command = cargo.command(workspace);
    command
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
        .env("CLIPPY_ARGS", "--cap-lints__CLIPPY_HACKERY__warn__CLIPPY_HACKERY__");
    command
}

fn without_warnings(command: &mut Command) -> Result<()> {
    let build = process::tapped(command)?;
    if !build.status.success() {
        return Err(Failure::new(format!("the build ended with {}", build.status)));
    }
    match tally::warnings(&build.text) {
        0 => Ok(()),
        1 => Err(Failure::new("1 warning")),
        count => Err(Failure::new(format!("{count} warnings"))),
    }
}

fn rust_tests(command: &mut Command, packages: &[&str], filter: Option<&str>) -> Result<Tally> {
    if on_path("cargo-nextest").is_some() {
        command.args(["nextest", "run", "--no-fail-fast"]).args(packages);
    } else {
        command.args(["test", "--no-fail-fast", "--lib", "--bins", "--tests"]).args(packages);
    }
    let run = process::tapped(command.args(filter))?;
    let tally = tally::of_rust_tests(&run.text);
    match tally {
        // Built, but a test binary died without a summary, or a doc comment does not compile.
        Tally { failed: 0, .. } if !run.status.success() => {
            Err(Failure::new(format!("the tests ended with {}", run.status)))
        }
        Tally { passed: 0, failed: 0 } if filter.is_none() => Err(Failure::new("no test ran")),
        tally => Ok(tally),
    }
}
