//! The browser tests: Playwright against the binary that the Rust tests tested.

use std::process::Command;

use crate::{
    failure::{Failure, Result},
    node, process,
    services::Emulator,
    steps::Tally,
    test::tally,
    workspace::Workspace,
};

pub fn tests(workspace: &Workspace, filter: Option<&str>) -> Result<Tally> {
    let emulator = Emulator::start(workspace)?;
    let mut command = playwright(workspace, &emulator)?;
    if let Some(filter) = filter {
        command.args(["--grep", filter]);
    }
    let run = process::tapped(&mut command)?;
    match tally::of_browser_tests(&run.text) {
        Tally { failed: 0, .. } if !run.status.success() => {
            Err(Failure::new(format!("Playwright ended with {}", run.status)))
        }
        Tally { passed: 0, failed: 0 } if filter.is_none() => Err(Failure::new("no browser test ran")),
        tally => Ok(tally),
    }
}

/// `playwright test` with everything the tests start or look at.
pub fn playwright(workspace: &Workspace, emulator: &Emulator) -> Result<Command> {
    let end2end = workspace.end2end();
    node::install(&end2end)?;
    node::install(&end2end.join("oidc"))?;
    let mut command = node::npx(&end2end, "playwright");
    command
        .arg("test")
        .env("LOCKKEEPER_BINARY", workspace.binary("debug"))
        .env("LOCKKEEPER_TEST_EMULATOR", emulator.url())
        .env("LOCKKEEPER_TEST_OUTPUT", workspace.target.join("browser-tests"))
        .env("LOCKKEEPER_SCREENSHOTS", workspace.target.join("screenshots"))
        .env("CHROMIUM", node::chromium()?)
        .env_remove("CI");
    Ok(command)
}
