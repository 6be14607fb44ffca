//! A cargo that can build for the browser: rustup's target where it can be had, the distribution's toolchain else.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{
    failure::{Failure, Result},
    process, steps,
    workspace::{Workspace, on_path},
};

pub const WASM: &str = "wasm32-unknown-unknown";

/// Which cargo every step calls.
pub struct Cargo {
    program: PathBuf,
    /// `debian` after the fallback, the caller's choice else.
    rustup_toolchain: Option<&'static str>,
}

impl Cargo {
    /// A cargo call in the workspace with the one environment all calls share: a variable that differs between two
    /// calls would build things twice.
    pub fn command(&self, workspace: &Workspace) -> Command {
        let mut command = self.bare();
        command
            .current_dir(&workspace.root)
            .env("CARGO_TARGET_DIR", &workspace.target)
            .env("LOCKKEEPER_SITE", workspace.site())
            // Set at compile time, Leptos asks for file names we do not write.
            .env_remove("LEPTOS_OUTPUT_NAME");
        command
    }

    fn bare(&self) -> Command {
        self.tool("cargo")
    }

    /// A program of the same toolchain.
    pub fn tool(&self, name: &str) -> Command {
        let program = match self.program.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory.join(name),
            _ => PathBuf::from(name),
        };
        let mut command = Command::new(program);
        // What `cargo run` set for this program is not meant for the next cargo.
        for (key, _) in std::env::vars_os() {
            let name = key.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO" {
                command.env_remove(&key);
            }
        }
        if let Some(toolchain) = self.rustup_toolchain {
            command.env("RUSTUP_TOOLCHAIN", toolchain).env_remove("LD_LIBRARY_PATH");
        }
        command
    }

    fn builds_for_wasm(&self) -> bool {
        let Ok(directory) = process::output(self.tool("rustc").args(["--print", "target-libdir", "--target", WASM]))
        else {
            return false;
        };
        std::fs::read_dir(directory.trim()).is_ok_and(|entries| {
            entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
        })
    }
}

pub fn ensure(workspace: &Workspace) -> Result<Cargo> {
    let current = Cargo { program: PathBuf::from("cargo"), rustup_toolchain: None };
    if current.builds_for_wasm() {
        return Ok(current);
    }
    let has_rustup = on_path("rustup").is_some();
    let debian = if has_rustup {
        Cargo { program: PathBuf::from("cargo"), rustup_toolchain: Some("debian") }
    } else {
        Cargo { program: PathBuf::from("/usr/bin/cargo"), rustup_toolchain: None }
    };
    steps::timed("toolchain", || {
        if has_rustup {
            let toolchains = process::output(Command::new("rustup").args(["toolchain", "list"]))?;
            let is_linked = toolchains.lines().any(|line| line.starts_with("debian"));
            if is_linked && debian.builds_for_wasm() {
                return Ok(());
            }
            let added = Command::new("rustup").args(["target", "add", WASM]).stdin(Stdio::null()).status();
            if added.is_ok_and(|status| status.success()) && current.builds_for_wasm() {
                return Ok(());
            }
            steps::say("rustup cannot provide the target: taking the distribution's toolchain");
        }
        let script = workspace.end2end().join("xtask/toolchain.sh");
        process::run(Command::new("sh").arg(script).arg("--debian"))
    })?;
    [current, debian].into_iter().find(Cargo::builds_for_wasm).ok_or_else(|| {
        Failure::new(format!(
            "no toolchain on this machine builds for {WASM}. Install rustup and run `rustup target add {WASM}`"
        ))
    })
}
