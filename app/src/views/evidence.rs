//! Evidence to export, and the keys it is signed with.

use jiff::Timestamp;

use super::DeploymentRow;

/// Days as `2026-11-25`, of UTC, both of them in the range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceFilter {
    pub application: Option<String>,
    pub environment: Option<String>,
    pub from: Option<String>,
    pub until: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceView {
    pub applications: Vec<(String, String)>,
    pub environments: Vec<String>,
    pub filter: EvidenceFilter,
    /// Deployments the export would hold.
    pub total: u32,
    /// The first of them, oldest first.
    pub rows: Vec<DeploymentRow>,
    /// Why the filter cannot be used.
    pub problem: Option<String>,
    /// The one used last first.
    pub keys: Vec<EvidenceKeyRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceKeyRow {
    pub fingerprint: String,
    /// In PEM.
    pub public_key: String,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
}
