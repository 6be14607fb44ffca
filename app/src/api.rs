//! The server functions behind the forms: one per act. Each takes what was typed, parses it, makes one call and answers.
//!
//! They are public endpoints under `/api`; who may call them is decided by the services behind [`crate::ports::Acts`].

mod answer;
mod checklists;
mod deployments;
mod error;
#[cfg(feature = "ssr")]
mod fields;

pub(crate) use answer::escape;
use leptos::server_fn::{ServerFn as _, axum::register_explicit};

pub use checklists::{MarkItem, ReopenItem, SignOff};
pub use deployments::{
    ApprovePlan, CancelDeployment, MarkFailed, RejectPlan, RequestDeployment, RunChecks, StartDeployment,
};
#[cfg(feature = "ssr")]
pub use fields::Kind as FieldKind;

/// Everything that must know of every server function, from one list.
macro_rules! functions {
    ($($function:ident),+ $(,)?) => {
        /// Registers every server function. The linker may drop the automatic registration of functions nobody calls
        /// from Rust.
        pub fn register() {
            $(register_explicit::<$function>();)+
        }

        /// Every path registered by [`register`], for tests that must visit all of them.
        pub const PATHS: &[&str] = &[$($function::PATH),+];

        /// What each of them takes, by path.
        #[cfg(feature = "ssr")]
        pub fn inputs() -> Vec<(&'static str, Vec<(&'static str, FieldKind)>)> {
            vec![$(($function::PATH, fields::fields_of::<$function>())),+]
        }
    };
}

functions! {
    RequestDeployment,
    StartDeployment,
    ApprovePlan,
    RejectPlan,
    CancelDeployment,
    RunChecks,
    MarkFailed,
    MarkItem,
    ReopenItem,
    SignOff,
}
