//! Pictures of every page for human eyes. They are no test: nothing compares them.

use std::process::ExitCode;

use crate::{browser, build, failure::Result, process, steps, toolchain, workspace::Workspace};

pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    let cargo = toolchain::ensure(workspace)?;
    build(workspace, &cargo)?;
    steps::timed("screenshots", || {
        process::run(
            browser::playwright(workspace, "debug")?
                .env("LOCKKEEPER_PROJECT", "screenshots")
                .args(["--project", "screenshots"]),
        )
    })?;
    steps::say(&format!("pictures are in {}", workspace.target.join("screenshots").display()));
    Ok(ExitCode::SUCCESS)
}
