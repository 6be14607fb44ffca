//! A release from folders or from an uploaded archive: one assembly per environment.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use domain::{blueprint::Blueprint, digest::Digest, release::ReleaseContent};

use super::{
    AssemblyError, Blob, Limits,
    archive::{pack_zip, unpack_zip},
    content, read,
    source::Source,
};

/// A release that is ready to be stored.
#[derive(Clone, Debug)]
pub struct Release {
    pub content: ReleaseContent,
    /// Each digest once.
    pub blobs: Vec<Blob>,
    /// What must be true before a deployment and cannot be seen from here; shown to whoever creates the release.
    pub notices: Vec<String>,
}

/// Packs one folder per environment for the upload. What is not needed for a deployment stays behind.
///
/// # Errors
/// The first thing that is wrong with a folder, so that nothing is uploaded in vain.
pub fn release_archive(environments: &BTreeMap<String, PathBuf>, limits: Limits) -> Result<Vec<u8>, Vec<String>> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for (name, folder) in environments {
        match read(folder, limits).and_then(|_| Source::open(folder, limits)?.all()) {
            Ok(found) => files.extend(found.into_iter().filter(|f| is_needed(&f.path)).map(|mut file| {
                file.path = format!("{name}/{}", file.path);
                file
            })),
            Err(error) => problems.push(format!("{name}: {error}")),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    pack_zip(&files).map_err(|error| vec![error.to_string()])
}

/// The construct tree and its metadata are for tools that draw them, and hold paths of the machine that synthesised.
fn is_needed(path: &str) -> bool {
    let in_asset = path.split('/').any(|part| part.starts_with("asset."));
    let name = path.rsplit('/').next().unwrap_or(path);
    in_asset || !(name == "tree.json" || name == "validation-report.json" || name.ends_with(".metadata.json"))
}

/// Reads a release from an archive with one folder per environment.
///
/// # Errors
/// Everything that is wrong with it.
pub fn release_from_archive(
    bytes: &[u8],
    blueprint: &Blueprint,
    version: &str,
    source_revision: Option<&str>,
    limits: Limits,
) -> Result<Release, Vec<String>> {
    let broken = |error: std::io::Error| vec![format!("the upload cannot be unpacked here: {error}")];
    // Removed when it goes out of scope, also after an error.
    let folder = tempfile::tempdir().map_err(broken)?;
    unpack_zip(bytes, folder.path(), limits).map_err(|error| vec![error.to_string()])?;
    let mut environments = BTreeMap::new();
    let mut problems = Vec::new();
    for entry in fs::read_dir(folder.path()).map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            environments.insert(name, entry.path());
        } else {
            problems.push(format!("{name}: the archive holds one folder per environment, and nothing beside them"));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    release_from_folders(&environments, blueprint, version, source_revision, limits)
}

/// Reads a release from one folder per environment.
///
/// # Errors
/// Everything that is wrong with it, each with its environment.
pub fn release_from_folders(
    environments: &BTreeMap<String, PathBuf>,
    blueprint: &Blueprint,
    version: &str,
    source_revision: Option<&str>,
    limits: Limits,
) -> Result<Release, Vec<String>> {
    let mut problems: Vec<String> = problem_of_version(version).into_iter().collect();
    if environments.is_empty() {
        problems.push("a release needs at least one environment".to_owned());
    }
    let mut release = Release {
        content: ReleaseContent {
            application: blueprint.application.name.clone(),
            version: version.to_owned(),
            source_revision: source_revision.filter(|r| !r.trim().is_empty()).map(str::to_owned),
            environments: BTreeMap::new(),
        },
        blobs: Vec::new(),
        notices: Vec::new(),
    };
    let mut blobs: BTreeMap<Digest, Blob> = BTreeMap::new();
    for (name, folder) in environments {
        match environment(folder, blueprint, name, limits) {
            Ok(found) => {
                blobs.extend(found.blobs.into_iter().map(|blob| (blob.digest.clone(), blob)));
                release.notices.extend(found.notices.into_iter().map(|notice| format!("{name}: {notice}")));
                release.content.environments.insert(name.clone(), found.environment);
            }
            Err(errors) => problems.extend(errors.iter().map(|error| format!("{name}: {error}"))),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    release.blobs = blobs.into_values().collect();
    Ok(release)
}

fn environment(
    folder: &Path,
    blueprint: &Blueprint,
    name: &str,
    limits: Limits,
) -> Result<super::Content, Vec<AssemblyError>> {
    let assembly = read(folder, limits).map_err(|error| vec![error])?;
    content(&assembly, blueprint, name, None)
}

/// Versions stand in addresses, file names and messages.
fn problem_of_version(version: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let is_good = !version.is_empty() && version.len() <= 64 && version.chars().all(is_plain);
    (!is_good).then(|| {
        format!("“{version}” cannot be a version: letters, digits, dots, dashes, underscores and plus, at most 64")
    })
}
