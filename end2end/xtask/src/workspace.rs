//! Where things lie.

use std::path::{Path, PathBuf};

use crate::failure::{Context, Failure, Result};

pub struct Workspace {
    pub root: PathBuf,
    /// Everything cargo builds, and what is made from it.
    pub target: PathBuf,
    /// What is fetched once for all checkouts: emulators, browsers' profiles.
    pub cache: PathBuf,
}

impl Workspace {
    pub fn find() -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here
            .ancestors()
            .nth(2)
            .ok_or_else(|| Failure::new("end2end/xtask is not inside a workspace"))?
            .canonicalize()
            .doing(|| format!("finding the workspace above {}", here.display()))?;
        let cache = match variable("LOCKKEEPER_CACHE") {
            Some(path) => path,
            None => variable("HOME")
                .ok_or_else(|| Failure::new("neither LOCKKEEPER_CACHE nor HOME is set"))?
                .join(".cache/lockkeeper"),
        };
        let target = variable("CARGO_TARGET_DIR").unwrap_or_else(|| cache.join("target"));
        // Relative to where cargo was called, as cargo itself has it.
        let target = std::path::absolute(&target).doing(|| format!("resolving {}", target.display()))?;
        Ok(Self { root, target, cache })
    }

    pub fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    pub fn binary(&self, profile: &str) -> PathBuf {
        self.target.join(profile).join("lockkeeper")
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The first of these programs that is on the PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}
