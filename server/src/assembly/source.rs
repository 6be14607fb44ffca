//! The files of an assembly: listed once, bounded, and reached only by paths inside its folder.

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
};

use serde::de::DeserializeOwned;
use walkdir::WalkDir;

use super::{AssemblyError, Limits};

/// Largest JSON file that is parsed: what it becomes in memory is many times larger.
const JSON_BYTES: u64 = 16 << 20;

/// A folder whose files were listed and counted before any was read.
#[derive(Debug)]
pub struct Source {
    root: PathBuf,
    /// By path from the root, with `/`.
    files: BTreeMap<String, Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    size: u64,
    is_executable: bool,
}

/// One file of a directory, as it goes into an archive.
pub struct SourceFile {
    pub path: String,
    pub bytes: Vec<u8>,
    pub is_executable: bool,
}

impl Source {
    /// Symbolic links are followed, as `cdk deploy` does, as long as they stay inside the folder.
    pub fn open(root: &Path, limits: Limits) -> Result<Self, AssemblyError> {
        let unreadable = |error: std::io::Error| {
            AssemblyError::new(format!("the folder {} cannot be read: {error}", root.display()))
        };
        let root = fs::canonicalize(root).map_err(unreadable)?;
        if !root.is_dir() {
            return Err(AssemblyError::new(format!("{} is not a folder", root.display())));
        }
        let mut files = BTreeMap::new();
        let mut total: u64 = 0;
        for entry in WalkDir::new(&root).follow_links(true) {
            let entry = entry.map_err(|error| AssemblyError::new(format!("the folder cannot be listed: {error}")))?;
            let name = relative_name(&root, entry.path())?;
            if entry.path_is_symlink() {
                let target = fs::canonicalize(entry.path()).map_err(unreadable)?;
                if !target.starts_with(&root) {
                    return Err(AssemblyError::of_file(&name, "is a link that leads out of the assembly"));
                }
            }
            if entry.file_type().is_dir() {
                continue;
            }
            let metadata = entry.metadata().map_err(|error| AssemblyError::of_file(&name, error.to_string()))?;
            if !metadata.is_file() {
                return Err(AssemblyError::of_file(&name, "is neither a file nor a folder"));
            }
            total = total.saturating_add(metadata.len());
            files.insert(name, Entry { size: metadata.len(), is_executable: is_executable(&metadata) });
            if files.len() > limits.files {
                return Err(AssemblyError::new(format!("more than {} files", limits.files)));
            }
            if total > limits.total_bytes {
                return Err(AssemblyError::new(format!("larger than {} MB in all", limits.total_bytes / 1_000_000)));
            }
        }
        Ok(Self { root, files })
    }

    pub fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    pub fn size(&self, path: &str) -> Option<u64> {
        self.files.get(path).map(|entry| entry.size)
    }

    pub fn is_directory(&self, path: &str) -> bool {
        self.below(path).next().is_some()
    }

    /// Names of the files directly in the folder.
    pub fn top_level(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str).filter(|name| !name.contains('/'))
    }

    pub fn bytes(&self, path: &str) -> Result<Vec<u8>, AssemblyError> {
        if !self.contains(path) {
            return Err(AssemblyError::of_file(path, "is not in the assembly"));
        }
        fs::read(self.root.join(path)).map_err(|error| AssemblyError::of_file(path, format!("cannot be read: {error}")))
    }

    pub fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T, AssemblyError> {
        if let Some(size) = self.size(path).filter(|size| *size > JSON_BYTES) {
            let message = format!("is {size} bytes; Lockkeeper reads files of this kind up to {JSON_BYTES}");
            return Err(AssemblyError::of_file(path, message));
        }
        serde_json::from_slice(&self.bytes(path)?)
            .map_err(|error| AssemblyError::of_file(path, format!("cannot be understood: {error}")))
    }

    /// Every file below a directory, by path from it, sorted.
    pub fn directory(&self, path: &str) -> Result<Vec<SourceFile>, AssemblyError> {
        self.below(path)
            .map(|(name, inner, entry)| {
                let bytes = self.bytes(name)?;
                Ok(SourceFile { path: inner.to_owned(), bytes, is_executable: entry.is_executable })
            })
            .collect()
    }

    /// Every file, sorted.
    pub fn all(&self) -> Result<Vec<SourceFile>, AssemblyError> {
        self.directory("")
    }

    fn below<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a str, &'a Entry)> {
        self.files.iter().filter_map(move |(name, entry)| {
            let inner = if path.is_empty() { Some(name.as_str()) } else { name.strip_prefix(path)?.strip_prefix('/') };
            Some((name.as_str(), inner?, entry))
        })
    }
}

fn relative_name(root: &Path, path: &Path) -> Result<String, AssemblyError> {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Option<Vec<&str>> = relative.components().map(|c| c.as_os_str().to_str()).collect();
    parts
        .map(|parts| parts.join("/"))
        .ok_or_else(|| AssemblyError::new(format!("the file name {} is not valid Unicode", relative.to_string_lossy())))
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &fs::Metadata) -> bool {
    false
}

/// A path that a manifest in `folder` names, as a path from the root; `None` when it leads out of the assembly.
pub fn inside(folder: &str, path: &str) -> Option<String> {
    if path.is_empty() || path.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}
