//! A release: the immutable, versioned input of deployments.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// One release of one application: per environment, what would be deployed there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseContent {
    pub application: String,
    pub version: String,
    /// Commit or tag the release was built from, as the caller said it.
    pub source_revision: Option<String>,
    /// Keyed by environment name.
    pub environments: BTreeMap<String, EnvironmentContent>,
}

impl ReleaseContent {
    /// The content digest. Names what was uploaded, not when or by whom.
    ///
    /// # Errors
    /// Never in practice: every part has a JSON form.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        Digest::of(self)
    }
}

/// What a release holds for one environment: stacks in the order the assembly names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentContent {
    pub stacks: Vec<StackContent>,
}

/// One stack of a release, ready to become a change set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackContent {
    /// The blueprint's logical name, for example `Api`.
    pub logical_name: String,
    /// The physical CloudFormation name, as the assembly says it.
    pub stack_name: String,
    /// Digest of the template text; the text itself lies in the blob store under it.
    pub template_digest: Digest,
    /// Bytes of the template text; over 51,200 it must go through S3.
    pub template_size: u64,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    /// Logical names of stacks that must be finished first.
    pub depends_on: Vec<String>,
    /// Account and region the assembly was synthesised for; `None` where environment-agnostic.
    pub account: Option<String>,
    pub region: Option<String>,
    pub assets: Vec<FileAsset>,
    pub termination_protection: Option<bool>,
    /// Number of resources in the template.
    pub resource_count: u32,
}

/// A file asset that must lie in a bucket before the stack can be deployed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAsset {
    /// CDK's source hash.
    pub id: String,
    /// Digest of the bytes in the blob store.
    pub blob: Digest,
    pub size: u64,
    pub bucket: String,
    pub key: String,
}
