//! Evidence: everything about one deployment in one signed file that an auditor can check without us.
//!
//! A bundle is a container ([`container`]) of JSON files and a report for people, a manifest with the digest of each, and
//! the signature of this installation ([`key`]) over the manifest. [`contents`] collects, [`report`] writes the page,
//! [`exports`] authorises, audits and hands out, [`verify`] judges a file offline. `server/docs/evidence.md` describes the
//! format for whoever reads a bundle without this program.

pub mod container;
pub mod contents;
pub mod exports;
pub mod key;
mod report;
pub mod verify;

use domain::{audit::ChainPlace, checklist::Person, digest::Digest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use exports::Exports;
pub use key::InstanceKey;

use container::{DoesNotFit, Packer};

pub const FORMAT: &str = "lockkeeper-evidence-1";
pub const MANIFEST: &str = "manifest.json";
pub const SIGNATURE: &str = "manifest.sig";
const REPORT: &str = "report.html";

/// What a bundle is about and what is in it. Its bytes are what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: String,
    /// Public address of the installation that made it.
    pub instance: String,
    pub deployment: Uuid,
    pub application: String,
    pub environment: String,
    pub release: String,
    pub state: String,
    pub exported_by: Person,
    pub exported_at: Timestamp,
    /// The newest audit event at export.
    pub audit_head: ChainPlace,
    /// Digest over name and digest of every file but the report, which prints it on each page.
    pub content_digest: Digest,
    /// In PEM.
    pub public_key: String,
    pub key_fingerprint: Digest,
    /// In the order of the container.
    pub files: Vec<FileEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    pub name: String,
    pub size: u64,
    pub sha256: Digest,
}

impl FileEntry {
    fn of(name: &str, content: &[u8]) -> Self {
        Self { name: name.to_owned(), size: content.len() as u64, sha256: Digest::of_bytes(content) }
    }
}

/// The digest the report prints: whoever holds the paper can find the file it belongs to.
pub fn content_digest(files: &[FileEntry]) -> Digest {
    let mut lines = String::new();
    for file in files.iter().filter(|f| f.name != REPORT) {
        lines.push_str(&format!("{}  {}\n", file.sha256, file.name));
    }
    Digest::of_bytes(lines.as_bytes())
}

/// Who exports, when, from where.
#[derive(Clone, Debug)]
pub struct Cover {
    pub instance: String,
    pub exported_by: Person,
    pub exported_at: Timestamp,
}

/// A finished bundle.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub file_name: String,
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`.
    pub digest: Digest,
    pub manifest: Manifest,
}

#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("a part has no JSON form")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Container(#[from] DoesNotFit),
}

/// Packs and signs. The same contents, cover and key give the same bytes.
pub fn seal(contents: &contents::Contents, cover: &Cover, key: &InstanceKey) -> Result<Bundle, BundleError> {
    let deployment = &contents.deployment;
    let mut files = contents.files()?;
    let mut entries: Vec<FileEntry> = files.iter().map(|(name, content)| FileEntry::of(name, content)).collect();
    let content_digest = content_digest(&entries);
    let report = report::html(contents, cover, &content_digest, &key.public().fingerprint()).into_bytes();
    entries.push(FileEntry::of(REPORT, &report));
    files.push((REPORT, report));
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        instance: cover.instance.clone(),
        deployment: deployment.id,
        application: deployment.application.clone(),
        environment: deployment.environment.clone(),
        release: deployment.release_version.clone(),
        state: deployment.state.name().to_owned(),
        exported_by: cover.exported_by.clone(),
        exported_at: cover.exported_at,
        audit_head: contents.audit.head.clone(),
        content_digest,
        public_key: key.public().pem(),
        key_fingerprint: key.public().fingerprint(),
        files: entries,
    };
    let text = contents::json(&manifest)?;
    let signature = key.sign(&text).to_vec();
    files.push((MANIFEST, text));
    files.push((SIGNATURE, signature));
    let mut packer = Packer::default();
    let mut bytes = Vec::new();
    for (name, content) in &files {
        bytes.extend(packer.file(name, content)?);
    }
    bytes.extend(packer.finish()?);
    let file_name = format!(
        "evidence-{}-{}-{}-{}.zip",
        deployment.application,
        deployment.environment,
        plain(&deployment.release_version),
        deployment.id
    );
    Ok(Bundle { file_name, digest: Digest::of_bytes(&bytes), bytes, manifest })
}

/// A version as part of a file name.
fn plain(text: &str) -> String {
    text.chars().take(64).map(|c| if c.is_ascii_alphanumeric() || ".-_+".contains(c) { c } else { '_' }).collect()
}
