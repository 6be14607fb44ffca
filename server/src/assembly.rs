//! Cloud assemblies: what `cdk synth` writes, or a folder of plain templates, read without the CDK.
//!
//! [`read`] understands a folder and changes nothing. [`content`] lays it beside a blueprint and answers with what a
//! release stores: stacks under their logical names and in order, and the bytes they refer to. [`release_archive`] and
//! [`release_from_archive`] are the way of an assembly over the network. AWS is never asked; whatever a target account
//! decides is an argument.
//!
//! Everything in an assembly is foreign: no path leads out of its folder, and sizes are bounded before bytes are kept.

mod archive;
mod assets;
mod content;
mod error;
mod manifest;
mod plain;
mod release;
mod source;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use domain::digest::Digest;

pub use archive::unpack_zip;
pub use content::{Content, content};
pub use error::AssemblyError;
pub use release::{Release, release_archive, release_from_archive, release_from_folders};

use source::Source;

/// What an assembly may cost to read. The defaults fit applications of dozens of stacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sum of all files.
    pub total_bytes: u64,
    pub files: usize,
    /// CloudFormation's own limit for a template read from S3.
    pub template_bytes: u64,
    /// How many times larger than its archive an unpacked upload may be.
    pub compression_ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total_bytes: 512 * 1024 * 1024, files: 50_000, template_bytes: 1_000_000, compression_ratio: 200 }
    }
}

/// A folder that was understood.
#[derive(Debug)]
pub struct Assembly {
    source: Source,
    /// In the order of the manifest.
    pub stacks: Vec<AssemblyStack>,
}

/// One stack as the assembly says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssemblyStack {
    /// Unique within the assembly: the artifact's id, with those of the stages around it.
    pub id: String,
    /// The name `CloudFormation` will know it by; for a plain template, the file's name without its ending.
    pub stack_name: String,
    /// A plain template's file may be called after the logical name instead.
    pub is_plain: bool,
    /// Where it stands, for messages.
    pub template_file: String,
    /// One copy of a file, however many stacks name it.
    pub template: Arc<[u8]>,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    /// Account and region it was synthesised for; `None` where it fits any.
    pub account: Option<String>,
    pub region: Option<String>,
    pub termination_protection: Option<bool>,
    /// Ids of stacks, also those reached through other artifacts.
    pub depends_on: Vec<String>,
    pub assets: Vec<AssemblyAsset>,
    /// Container images the stack refers to, as their manifests name them.
    pub images: Vec<String>,
}

/// A file that must lie in a bucket before the stack can be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssemblyAsset {
    pub id: String,
    /// The asset manifest, for messages.
    pub manifest: String,
    /// Path from the assembly's folder.
    pub path: String,
    pub packaging: Packaging,
    /// May hold `${AWS::AccountId}` and its relatives.
    pub destinations: Vec<AssetDestination>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packaging {
    File,
    /// A directory, uploaded as a zip archive.
    Zip,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetDestination {
    pub bucket: String,
    pub key: String,
    /// `None`: the region of the stack.
    pub region: Option<String>,
}

/// Bytes a release refers to by digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    pub digest: Digest,
    pub bytes: Vec<u8>,
    pub kind: BlobKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobKind {
    Template,
    Asset,
}

impl Blob {
    fn new(bytes: Vec<u8>, kind: BlobKind) -> Self {
        Self { digest: Digest::of_bytes(&bytes), bytes, kind }
    }
}

/// Reads a folder: a cloud assembly where there is a `manifest.json`, plain templates otherwise.
///
/// # Errors
/// The first thing that is wrong with it, with file and key.
pub fn read(path: &Path, limits: Limits) -> Result<Assembly, AssemblyError> {
    let source = Source::open(path, limits)?;
    let stacks =
        if source.contains("manifest.json") { manifest::read(&source, limits)? } else { plain::read(&source, limits)? };
    if stacks.is_empty() {
        return Err(AssemblyError::of_file("manifest.json", "holds no stack"));
    }
    Ok(Assembly { source, stacks })
}
