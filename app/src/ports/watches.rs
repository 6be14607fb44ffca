//! What the pages of watches ask, and what people do there.

use async_trait::async_trait;
use domain::watch::Finding;
use uuid::Uuid;

use super::Caller;
use crate::{
    error::ApiError,
    views::{WatchView, WatchesView},
};

#[async_trait]
pub trait WatchReads: Send + Sync {
    async fn watch(&self, caller: &Caller, deployment: Uuid) -> Result<WatchView, ApiError>;
    /// `page` is of the watches that are over, from 1.
    async fn watches(&self, caller: &Caller, page: u32) -> Result<WatchesView, ApiError>;
}

#[async_trait]
pub trait WatchActs: Send + Sync {
    async fn record_look(
        &self,
        caller: &Caller,
        deployment: Uuid,
        round: u32,
        finding: Finding,
        note: &str,
    ) -> Result<(), ApiError>;
    async fn report_trigger(
        &self,
        caller: &Caller,
        deployment: Uuid,
        trigger: &str,
        note: &str,
    ) -> Result<(), ApiError>;
    async fn sign_off_watch(&self, caller: &Caller, deployment: Uuid, comment: &str) -> Result<(), ApiError>;
    /// Before the last round is over.
    async fn end_watch(&self, caller: &Caller, deployment: Uuid, reason: &str) -> Result<(), ApiError>;
}
