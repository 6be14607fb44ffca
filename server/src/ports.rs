//! What the services and workers need from AWS, in our own words. The adapters under `aws/` are the only
//! implementation: demo and tests differ in how the `SdkConfig` beneath them is built, not in the adapter.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    blueprint::{Blueprint, Environment},
    plan::ResourceChange,
    stack::StackStatus,
};
use jiff::Timestamp;

/// Where a call goes: one environment's account, region and role.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    pub application: String,
    pub environment: String,
    pub account: Option<String>,
    pub region: String,
    pub role_arn: Option<String>,
    pub external_id: Option<String>,
}

impl Target {
    /// Where the calls of an environment go.
    pub fn of(blueprint: &Blueprint, environment: &Environment) -> Self {
        Self {
            application: blueprint.application.name.clone(),
            environment: environment.name.clone(),
            account: environment.account.clone(),
            region: environment.region.clone(),
            role_arn: environment.role_arn.clone(),
            external_id: environment.external_id.clone(),
        }
    }
}

/// A failed AWS call. `Display` names the operation and what AWS said, never a value that was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {message}{}", request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default())]
pub struct AwsError {
    /// For example `cloudformation:CreateChangeSet`.
    pub operation: String,
    pub kind: AwsErrorKind,
    pub message: String,
    pub request_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AwsErrorKind {
    Throttled,
    /// `action`: the IAM action that is missing, where AWS or the operation says it.
    Denied {
        action: String,
    },
    NotFound,
    /// The thing exists already, or is in a state that does not allow the call.
    Conflict,
    Timeout,
    Unreachable,
    /// AWS failed on its side (5xx).
    Service,
    /// The account of the credentials is not the environment's.
    WrongAccount,
    /// The request itself is wrong; trying again will not help.
    Invalid,
}

impl AwsError {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        use AwsErrorKind as K;
        matches!(self.kind, K::Throttled | K::Timeout | K::Unreachable | K::Service)
    }
}

/// A stack as it is now.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StackSnapshot {
    pub stack_id: String,
    pub stack_name: String,
    pub status: StackStatus,
    pub status_reason: Option<String>,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    pub outputs: Vec<OutputSnapshot>,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub termination_protection: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OutputSnapshot {
    pub key: String,
    pub value: String,
    pub export_name: Option<String>,
    pub description: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackEvent {
    pub event_id: String,
    pub stack_id: String,
    pub stack_name: String,
    pub at: Timestamp,
    pub logical_id: String,
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub status: String,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateSource {
    /// At most 51,200 bytes.
    Inline(String),
    Url(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetRequest {
    pub stack_name: String,
    /// Derived from deployment, stack and attempt: a repeated call finds the change set it made before.
    pub name: String,
    pub client_token: String,
    /// `CREATE` instead of `UPDATE`.
    pub is_new: bool,
    pub template: TemplateSource,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub capabilities: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetHandle {
    pub id: String,
    pub stack_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSetStatus {
    Creating,
    Ready {
        changes: Vec<ResourceChange>,
    },
    /// "The submitted information didn't contain changes" and its relatives.
    Empty,
    /// Being executed: nobody knows yet how it ends.
    Executing,
    /// Executed to its end, and every change was made.
    Executed,
    /// Executed, and it did not work: CloudFormation rolled it back, or could not.
    ExecutionFailed,
    Failed {
        reason: String,
    },
}

/// Stacks and change sets.
#[async_trait]
pub trait StackPort: Send + Sync {
    async fn describe_stack(&self, target: &Target, stack_name: &str) -> Result<Option<StackSnapshot>, AwsError>;
    /// Every stack of the account and region, all pages.
    async fn list_stacks(&self, target: &Target) -> Result<Vec<StackSnapshot>, AwsError>;
    /// Newest first, up to and without `known`; at most `limit`.
    async fn stack_events(
        &self,
        target: &Target,
        stack_name: &str,
        known: Option<&str>,
        limit: usize,
    ) -> Result<Vec<StackEvent>, AwsError>;
    /// Names of all exports of the account and region.
    async fn exports(&self, target: &Target) -> Result<Vec<String>, AwsError>;
    /// Answers with the existing change set when one of this name is there already.
    async fn create_change_set(&self, target: &Target, request: &ChangeSetRequest)
    -> Result<ChangeSetHandle, AwsError>;
    /// The change set of this name, if there is one: what a call that was cut off may have left behind.
    async fn find_change_set(
        &self,
        target: &Target,
        stack_name: &str,
        name: &str,
    ) -> Result<Option<ChangeSetHandle>, AwsError>;
    /// `None`: there is no such change set.
    async fn describe_change_set(
        &self,
        target: &Target,
        change_set_id: &str,
    ) -> Result<Option<ChangeSetStatus>, AwsError>;
    async fn execute_change_set(
        &self,
        target: &Target,
        change_set_id: &str,
        client_token: &str,
    ) -> Result<(), AwsError>;
    /// Deleting what is gone already succeeds.
    async fn delete_change_set(&self, target: &Target, change_set_id: &str) -> Result<(), AwsError>;
    /// Deletes a stack only while it is `REVIEW_IN_PROGRESS`: a shell a change set left behind.
    async fn delete_empty_stack(&self, target: &Target, stack_name: &str) -> Result<(), AwsError>;
}

/// Templates as CloudFormation holds them.
#[async_trait]
pub trait TemplatePort: Send + Sync {
    /// The template a stack was last deployed with, as it was written; `None`: there is no such stack.
    async fn template(&self, target: &Target, stack_name: &str) -> Result<Option<String>, AwsError>;
}

/// Objects that must lie in a bucket before a stack can be deployed.
#[async_trait]
pub trait AssetPort: Send + Sync {
    /// Uploads unless the object is there; answers whether it had to.
    async fn ensure_object(&self, target: &Target, bucket: &str, key: &str, bytes: Vec<u8>) -> Result<bool, AwsError>;
    /// The URL CloudFormation reads a template from.
    fn template_url(&self, target: &Target, bucket: &str, key: &str) -> String;
}

#[async_trait]
pub trait IdentityPort: Send + Sync {
    /// The account the credentials of this target belong to.
    async fn account(&self, target: &Target) -> Result<String, AwsError>;
}

/// The blueprints in force.
pub trait BlueprintPort: Send + Sync {
    fn get(&self, application: &str) -> Option<Arc<Blueprint>>;
    /// By application name.
    fn all(&self) -> Vec<Arc<Blueprint>>;
    /// The text a blueprint was read from, to be kept with deployments.
    fn text(&self, application: &str) -> Option<String>;
    /// Files that could not be used, each with its place and reason.
    fn problems(&self) -> Vec<String>;
}
