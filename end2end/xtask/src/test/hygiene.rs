//! What must not get into the repository: paths of somebody's machine, hosts of somebody's mirror, files in the wrong
//! place.

use std::{fs, process::Command};

use crate::{
    failure::{Failure, Result},
    process,
    steps::Tally,
    workspace::Workspace,
};

/// Beside files that begin with a dot.
const TOP_LEVEL: [&str; 11] = [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "app",
    "end2end",
    "migrations",
    "public",
    "server",
    "style",
];

/// Written in two halves, so that this file does not break its own rule.
const MACHINE_PATHS: [[&str; 2]; 4] = [["/ro", "ot/"], ["/wo", "rk/"], ["/Us", "ers/"], ["/home/", "runner"]];

pub fn check(workspace: &Workspace) -> Result<Tally> {
    let listed = process::output(
        Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(&workspace.root),
    )?;
    let mut complaints = Vec::new();
    for path in listed.lines() {
        complaints.extend(about_path(path));
        // A link or a file that is deleted but not yet committed has no text; what is not text has no path in it.
        if let Ok(text) = fs::read_to_string(workspace.root.join(path)) {
            complaints.extend(about_text(path, &text));
        }
    }
    if complaints.is_empty() { Ok(Tally::ONE_PASSED) } else { Err(Failure::new(complaints.join("\n"))) }
}

fn about_path(path: &str) -> Option<String> {
    let top = path.split('/').next().unwrap_or(path);
    if !(top.starts_with('.') || TOP_LEVEL.contains(&top)) {
        return Some(format!("{path}: `{top}` does not belong to the top level"));
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    match name {
        // Beside integration tests any other file would be a test binary of its own.
        "mod.rs" if !path.contains("/tests/") => Some(format!("{path}: modules are `name.rs` beside `name/`")),
        "utils.rs" | "util.rs" | "helpers.rs" | "common.rs" | "misc.rs" => {
            Some(format!("{path}: name the module after what is in it"))
        }
        _ => None,
    }
}

fn about_text(path: &str, text: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut complaints = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for [first, second] in MACHINE_PATHS {
            let machine_path = format!("{first}{second}");
            // Inside a longer path (`/var/…`, `$HOME/…`) it is nobody's machine.
            let is_absolute = |(at, _): (usize, &str)| {
                !line[..at].ends_with(|before: char| before.is_alphanumeric() || ".-_}*$".contains(before))
            };
            if line.match_indices(&machine_path).any(is_absolute) {
                complaints.push(format!("{path}:{number}: a path of one machine ({machine_path}…)"));
            }
        }
        if name == "package-lock.json" {
            let host = line.trim().strip_prefix("\"resolved\": \"");
            if host.is_some_and(|url| !url.starts_with("https://registry.npmjs.org/")) {
                complaints.push(format!("{path}:{number}: resolved by another host than the public registry"));
            }
        }
        if path == "Cargo.lock" {
            let source = line.strip_prefix("source = ");
            if source.is_some_and(|source| source != "\"registry+https://github.com/rust-lang/crates.io-index\"") {
                complaints.push(format!("{path}:{number}: a dependency from elsewhere than crates.io"));
            }
        }
        if name == ".npmrc" && line.trim_start().starts_with("registry") {
            complaints.push(format!("{path}:{number}: the registry is the reader's choice"));
        }
        if line.contains("--index-url") && name != "hygiene.rs" {
            complaints.push(format!("{path}:{number}: the package index is the reader's choice"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_things_lie_at_the_top() {
        assert_eq!(about_path("server/src/main.rs"), None);
        assert_eq!(about_path(".ci/run"), None);
        assert_eq!(about_path("style/main.scss"), None);
        assert!(about_path("scripts/deploy.sh").is_some());
        assert!(about_path("notes.md").is_some());
    }

    #[test]
    fn modules_have_names() {
        assert!(about_path("server/src/db/mod.rs").is_some());
        assert!(about_path("server/src/utils.rs").is_some());
        assert_eq!(about_path("server/tests/support/mod.rs"), None);
        assert_eq!(about_path("server/src/db/effects.rs"), None);
    }

    #[test]
    fn machine_paths_are_found_with_their_line() {
        let path = format!("fine\nsee {}{}x/y\n", "/wo", "rk/");
        assert_eq!(about_text("a.md", &path).len(), 1);
        assert!(about_text("a.md", &path)[0].starts_with("a.md:2:"));
        let longer = format!("{}{}{}x", "/var", "/wo", "rk/");
        assert_eq!(about_text("a.md", &longer), [""; 0]);
    }

    #[test]
    fn lock_files_name_only_the_public_registries() {
        let npm = "      \"resolved\": \"https://mirror.example/left-pad.tgz\",\n";
        assert_eq!(about_text("end2end/package-lock.json", npm).len(), 1);
        let npm = "      \"resolved\": \"https://registry.npmjs.org/left-pad.tgz\",\n";
        assert_eq!(about_text("end2end/package-lock.json", npm), [""; 0]);
        let cargo = "source = \"git+https://example.com/x\"\n";
        assert_eq!(about_text("Cargo.lock", cargo).len(), 1);
    }
}
