//! What the evidence page asks.

use async_trait::async_trait;

use super::Caller;
use crate::{
    error::ApiError,
    views::{EvidenceFilter, EvidenceView},
};

#[async_trait]
pub trait EvidenceReads: Send + Sync {
    async fn evidence(&self, caller: &Caller, filter: &EvidenceFilter) -> Result<EvidenceView, ApiError>;
}
