//! Rows several pages share.

use app::views::{DeploymentRow, EnvironmentBand, Freshness, Paging, StackEventRow};
use domain::{
    blueprint::{Blueprint, Environment, EnvironmentColour},
    stack::StackStatus,
};

use crate::db::{Page, deployments::Summary, polls::Poll, stack_events::KnownEvent};

use super::Services;

/// Rows of a file at most: what is asked for has to fit into memory.
pub const MAX_EXPORT: u32 = 20_000;

/// Which rows of a list are read: one page, or all of them from the first on.
pub(super) fn rows_of(page: u32, per_page: u32, is_export: bool, total: u64) -> (Page, Paging) {
    if is_export {
        return (Page::of(1, MAX_EXPORT), Paging { page: 1, per_page: MAX_EXPORT, total });
    }
    (Page::of(page, per_page), Paging { page: page.max(1), per_page, total })
}

pub(super) fn band(blueprint: &Blueprint, environment: &Environment) -> EnvironmentBand {
    band_at(&blueprint.application.name, &blueprint.application.title, environment)
}

pub(super) fn band_at(application: &str, application_title: &str, environment: &Environment) -> EnvironmentBand {
    EnvironmentBand {
        application: application.to_owned(),
        application_title: application_title.to_owned(),
        environment: environment.name.clone(),
        title: environment.title.clone(),
        colour: environment.colour,
        is_protected: environment.is_protected(),
        account: environment.account.clone(),
        region: environment.region.clone(),
    }
}

pub(super) fn event_row(event: KnownEvent) -> StackEventRow {
    // Resource states are spelled like stack states, so the same reading serves both.
    let condition = if event.status.ends_with("_FAILED") {
        domain::stack::Condition::Bad
    } else {
        StackStatus(event.status.clone()).condition()
    };
    StackEventRow {
        id: event.event_id,
        at: event.at,
        stack_name: event.stack_name,
        logical_id: event.logical_id,
        resource_type: event.resource_type,
        status: event.status,
        reason: event.reason,
        condition,
    }
}

impl Services {
    pub(super) fn deployment_row(&self, summary: Summary) -> DeploymentRow {
        DeploymentRow {
            id: summary.id,
            band: self.band_of(&summary.application, &summary.environment),
            version: summary.release_version,
            state: summary.state,
            requested_by: summary.requested_by_name,
            requested_at: summary.requested_at,
            finished_at: summary.finished_at,
            counts: summary.counts,
            reason: summary.reason,
        }
    }

    /// The band of an environment; a plain one where the blueprint no longer knows it, so that history stays readable.
    pub(super) fn band_of(&self, application: &str, environment: &str) -> EnvironmentBand {
        if let Some(blueprint) = self.blueprints.get(application)
            && let Some(found) = blueprint.environment(environment)
        {
            return band(&blueprint, found);
        }
        EnvironmentBand {
            application: application.to_owned(),
            application_title: application.to_owned(),
            environment: environment.to_owned(),
            title: environment.to_owned(),
            colour: EnvironmentColour::Grey,
            is_protected: false,
            account: None,
            region: String::new(),
        }
    }

    pub(super) fn freshness(&self, poll: Option<&Poll>) -> Freshness {
        let Some(poll) = poll else {
            return Freshness { observed_at: None, is_stale: true, problem: None };
        };
        let now = self.clock.now();
        let is_stale = poll.observed_at.is_none_or(|at| now.as_second() - at.as_second() > self.stale_after_secs);
        Freshness { observed_at: poll.observed_at, is_stale, problem: poll.problem.clone() }
    }
}
