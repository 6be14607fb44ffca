//! Zip archives: directory assets, and whole assemblies on their way to the server.

use std::{
    collections::BTreeSet,
    fs,
    io::{Cursor, Read as _, Write as _},
    path::Path,
};

use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    AssemblyError, Limits,
    source::{SourceFile, inside},
};

/// Longest path an upload may name, in bytes, and how deep it may lead.
const PATH_BYTES: usize = 512;
const PATH_DEPTH: usize = 32;

/// The same files give the same bytes, on every machine and day: sorted, without times, with one of two modes.
///
/// # Errors
/// Only when the archive would break the format's own limits.
pub fn pack_zip(files: &[SourceFile]) -> Result<Vec<u8>, AssemblyError> {
    let broken = |error: &dyn std::fmt::Display| AssemblyError::new(format!("the archive cannot be written: {error}"));
    let mut sorted: Vec<&SourceFile> = files.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for file in sorted {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6))
            .last_modified_time(DateTime::default())
            .unix_permissions(if file.is_executable { 0o755 } else { 0o644 });
        writer.start_file(file.path.as_str(), options).map_err(|e| broken(&e))?;
        writer.write_all(&file.bytes).map_err(|e| broken(&e))?;
    }
    Ok(writer.finish().map_err(|e| broken(&e))?.into_inner())
}

/// Unpacks an upload into an empty folder.
///
/// # Errors
/// When an entry leads out of the folder, is a link, comes twice, or the whole is larger than it may be. The folder may
/// then hold some of the files; the caller throws it away.
pub fn unpack_zip(bytes: &[u8], destination: &Path, limits: Limits) -> Result<(), AssemblyError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| AssemblyError::new(format!("the upload is not a zip archive: {error}")))?;
    if archive.len() > limits.files {
        return Err(AssemblyError::new(format!("the upload holds more than {} files", limits.files)));
    }
    // What an entry claims about its size is not believed: bytes are counted as they come out.
    let compressed = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let allowed = limits.total_bytes.min(compressed.saturating_mul(limits.compression_ratio));
    let mut left = allowed;
    let mut seen = BTreeSet::new();
    for index in 0..archive.len() {
        let mut entry = archive
            .by_index(index)
            .map_err(|error| AssemblyError::new(format!("entry {index} of the upload cannot be read: {error}")))?;
        let name = entry.name().to_owned();
        if name.len() > PATH_BYTES || name.split('/').count() > PATH_DEPTH {
            let start: String = name.chars().take(80).collect();
            let message = format!("is a path of more than {PATH_BYTES} bytes or {PATH_DEPTH} folders");
            return Err(AssemblyError::of_file(&format!("{start}…"), message));
        }
        let wrong = |message: String| AssemblyError::of_file(&name, message);
        let is_kind = |mode: u32, kind: u32| mode & 0o170_000 == kind;
        if entry.is_symlink() || entry.unix_mode().is_some_and(|m| is_kind(m, 0o120_000)) {
            return Err(wrong("is a symbolic link; pack the file it points to".to_owned()));
        }
        let path = safe_path(&name).ok_or_else(|| wrong("leads out of the archive".to_owned()))?;
        let target = destination.join(&path);
        if entry.is_dir() {
            fs::create_dir_all(&target).map_err(|error| wrong(error.to_string()))?;
            continue;
        }
        if !seen.insert(path) {
            return Err(wrong("is in the archive twice".to_owned()));
        }
        let mut content = Vec::new();
        let read = entry.by_ref().take(left.saturating_add(1)).read_to_end(&mut content);
        read.map_err(|error| wrong(format!("cannot be unpacked: {error}")))?;
        left = left.checked_sub(u64::try_from(content.len()).unwrap_or(u64::MAX)).ok_or_else(|| {
            AssemblyError::new(format!(
                "the upload unpacks to more than {allowed} bytes, which is more than it may (at most {} MB, and {} \
                 times its packed size)",
                limits.total_bytes / 1_000_000,
                limits.compression_ratio
            ))
        })?;
        let is_executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
        write(&target, &content, is_executable).map_err(|error| wrong(format!("cannot be kept: {error}")))?;
    }
    Ok(())
}

/// Relative, forward slashes, no drive letters, nothing hidden in control characters.
fn safe_path(name: &str) -> Option<String> {
    let has_parent = name.split('/').any(|part| part == "..");
    let is_clean = !name.starts_with('/') && !name.contains(['\\', ':', '\0']) && !name.chars().any(char::is_control);
    if has_parent || !is_clean { None } else { inside("", name.trim_end_matches('/')) }
}

fn write(target: &Path, content: &[u8], is_executable: bool) -> std::io::Result<()> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(if is_executable { 0o700 } else { 0o600 });
    }
    #[cfg(not(unix))]
    let _ = is_executable;
    options.open(target)?.write_all(content)
}
