//! npm packages: installed from the lock file, once per lock file.

use std::{fs, path::Path, process::Command};

use crate::{
    failure::{Context as _, Failure, Result},
    process, services, steps,
    workspace::on_path,
};

/// `npm ci`, unless the packages of exactly this lock file are there.
pub fn install(directory: &Path) -> Result<()> {
    let lock_file = directory.join("package-lock.json");
    let lock = fs::read_to_string(&lock_file).doing(|| format!("reading {}", lock_file.display()))?;
    let stamp = directory.join("node_modules/.installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    if on_path("npm").is_none() {
        services::install(&["nodejs", "npm"], "Node")?;
    }
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    steps::timed(&format!("npm ci in {name}"), || {
        process::output(Command::new("npm").args(["ci", "--no-fund", "--no-audit"]).current_dir(directory))?;
        fs::write(&stamp, &lock).doing(|| format!("writing {}", stamp.display()))
    })
}

/// A program of the installed packages.
pub fn npx(directory: &Path, program: &str) -> Command {
    let mut command = Command::new(directory.join("node_modules/.bin").join(program));
    command.current_dir(directory);
    command
}

/// Where Chromium is, installed by the distribution.
pub fn chromium() -> Result<&'static str> {
    const CHROMIUM: &str = "/usr/bin/chromium";
    if !Path::new(CHROMIUM).exists() {
        services::install(&["chromium"], "Chromium")?;
    }
    if Path::new(CHROMIUM).exists() { Ok(CHROMIUM) } else { Err(Failure::new(format!("{CHROMIUM} is missing"))) }
}
