//! Names of what a live page listens to: one word per subject, the same on both ends of `/live`.

use uuid::Uuid;

/// Any deployment changed its state, any environment its condition.
pub const OVERVIEW: &str = "overview";

/// A release was created.
pub const RELEASES: &str = "releases";

pub fn deployment(id: Uuid) -> String {
    format!("deployment:{id}")
}

pub fn environment(application: &str, environment: &str) -> String {
    format!("environment:{application}/{environment}")
}
