//! The browser tests: Playwright against the binary that the Rust tests tested.

use std::process::Command;

use crate::{
    failure::{Failure, Result},
    node, process, services,
    steps::Tally,
    test::tally,
    workspace::Workspace,
};

pub fn tests(workspace: &Workspace, filter: Option<&str>) -> Result<Tally> {
    let mut command = playwright(workspace, "debug")?;
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
pub fn playwright(workspace: &Workspace, profile: &str) -> Result<Command> {
    let end2end = workspace.end2end();
    node::install(&end2end)?;
    node::install(&end2end.join("oidc"))?;
    let mut command = node::npx(&end2end, "playwright");
    command
        .arg("test")
        .env("LOCKKEEPER_BINARY", workspace.binary(profile))
        .env("LOCKKEEPER_EMULATOR", services::install_emulator(workspace)?)
        .env("LOCKKEEPER_TEST_OUTPUT", workspace.target.join("browser-tests"))
        .env("LOCKKEEPER_SCREENSHOTS", workspace.target.join("screenshots"))
        .env("CHROMIUM", node::chromium()?)
        .env_remove("CI")
        .env_remove("LOCKKEEPER_PROJECT");
    Ok(command)
}
