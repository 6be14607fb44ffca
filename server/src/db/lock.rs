//! SQLite serves one Lockkeeper process. A lock file beside the database keeps a second one away, and lets the first
//! one know that every lease of somebody else is a dead process's.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use sqlx::sqlite::SqliteConnectOptions;

/// Held for as long as the process lives; the system takes it back from a process that was killed.
#[derive(Debug)]
pub struct ProcessLock {
    _file: File,
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(
        "another Lockkeeper process{holder} uses {path}. SQLite serves one process: stop the other one first, or use \
         PostgreSQL (`database.url`) for several. Nothing was changed"
    )]
    Held { path: String, holder: String },
    #[error("the lock file {path} cannot be used")]
    File { path: String, source: std::io::Error },
}

impl ProcessLock {
    /// Takes the lock of a SQLite database. `None`: the database is in memory, or serves several processes.
    ///
    /// # Errors
    /// When another process holds it, or the file cannot be made.
    pub fn take(url: &str) -> Result<Option<Self>, LockError> {
        match file_of(url) {
            Some(database) => Self::beside(&database).map(Some),
            None => Ok(None),
        }
    }

    fn beside(database: &Path) -> Result<Self, LockError> {
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let unusable = |source| LockError::File { path: path.display().to_string(), source };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // Whoever holds it wrote who it is; a file that cannot be read only makes the message shorter.
                let _ = file.read_to_string(&mut pid);
                let holder = if pid.trim().is_empty() { String::new() } else { format!(" (pid {})", pid.trim()) };
                return Err(LockError::Held { path: database.display().to_string(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(unusable(source)),
        }
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

/// The file of a SQLite address; `None` for every other.
pub fn file_of(url: &str) -> Option<PathBuf> {
    if !url.starts_with("sqlite:") || url.contains(":memory:") || url.contains("mode=memory") {
        return None;
    }
    let options: SqliteConnectOptions = url.parse().ok()?;
    Some(options.get_filename().to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_refused_and_told_who_is_first() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("lockkeeper.db").display());
        let first = ProcessLock::take(&url).unwrap().expect("a lock");
        let refused = ProcessLock::take(&url).unwrap_err().to_string();
        assert!(refused.contains(&format!("(pid {})", std::process::id())), "{refused}");
        assert!(refused.contains("Nothing was changed"), "{refused}");
        drop(first);
        assert!(ProcessLock::take(&url).unwrap().is_some(), "the lock goes with its holder");
    }

    #[test]
    fn what_serves_several_processes_or_none_is_not_locked() {
        for url in ["postgres://user@localhost/lockkeeper", "sqlite::memory:"] {
            assert!(ProcessLock::take(url).unwrap().is_none(), "{url}");
        }
    }
}
