//! The server functions behind the forms: one per act. Each takes what was typed, parses it, makes one call and answers.
//!
//! They are public endpoints under `/api`; who may call them is decided by the services behind [`crate::ports::Acts`].

mod answer;
mod checklists;
mod checks;
mod deployments;
mod error;
mod watches;

pub(crate) use answer::escape;
use leptos::server_fn::{ServerFn as _, axum::register_explicit};

pub use checklists::{MarkItem, ReopenItem, SignOff};
pub use checks::RunSuite;
pub use deployments::{
    ApprovePlan, CancelDeployment, MarkFailed, RejectPlan, RequestDeployment, RunChecks, StartDeployment,
};
pub use watches::{EndWatch, RecordLook, ReportTrigger, SignOffWatch};

/// Registers every server function. The linker may drop the automatic registration of functions nobody calls from Rust.
pub fn register() {
    register_explicit::<RequestDeployment>();
    register_explicit::<StartDeployment>();
    register_explicit::<ApprovePlan>();
    register_explicit::<RejectPlan>();
    register_explicit::<CancelDeployment>();
    register_explicit::<RunChecks>();
    register_explicit::<RunSuite>();
    register_explicit::<MarkFailed>();
    register_explicit::<MarkItem>();
    register_explicit::<ReopenItem>();
    register_explicit::<SignOff>();
    register_explicit::<RecordLook>();
    register_explicit::<ReportTrigger>();
    register_explicit::<SignOffWatch>();
    register_explicit::<EndWatch>();
}

/// Every path registered by [`register`], for tests that must visit all of them.
pub const PATHS: [&str; 15] = [
    RequestDeployment::PATH,
    StartDeployment::PATH,
    ApprovePlan::PATH,
    RejectPlan::PATH,
    CancelDeployment::PATH,
    RunChecks::PATH,
    RunSuite::PATH,
    MarkFailed::PATH,
    MarkItem::PATH,
    ReopenItem::PATH,
    SignOff::PATH,
    RecordLook::PATH,
    ReportTrigger::PATH,
    SignOffWatch::PATH,
    EndWatch::PATH,
];
