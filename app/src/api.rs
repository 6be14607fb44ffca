//! The server functions behind the forms: one per act. Each takes what was typed, parses it, makes one call and answers.
//!
//! They are public endpoints under `/api`; who may call them is decided by the services behind [`crate::ports::Acts`].

mod answer;
mod checklists;
mod deployments;
mod error;

pub(crate) use answer::escape;
use leptos::server_fn::{ServerFn as _, axum::register_explicit};

pub use checklists::{CloseCondition, MarkItem, SignOff};
pub use deployments::{
    ApprovePlan, CancelDeployment, MarkFailed, RejectPlan, RequestDeployment, RunChecks, StartDeployment,
};

/// Registers every server function. The linker may drop the automatic registration of functions nobody calls from Rust.
pub fn register() {
    register_explicit::<RequestDeployment>();
    register_explicit::<StartDeployment>();
    register_explicit::<ApprovePlan>();
    register_explicit::<RejectPlan>();
    register_explicit::<CancelDeployment>();
    register_explicit::<RunChecks>();
    register_explicit::<MarkFailed>();
    register_explicit::<MarkItem>();
    register_explicit::<SignOff>();
    register_explicit::<CloseCondition>();
}

/// Every path registered by [`register`], for tests that must visit all of them.
pub const PATHS: [&str; 10] = [
    RequestDeployment::PATH,
    StartDeployment::PATH,
    ApprovePlan::PATH,
    RejectPlan::PATH,
    CancelDeployment::PATH,
    RunChecks::PATH,
    MarkFailed::PATH,
    MarkItem::PATH,
    SignOff::PATH,
    CloseCondition::PATH,
];
