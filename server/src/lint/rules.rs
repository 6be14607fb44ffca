//! The rules, by family. [`ALL`] is the reference, [`CHECKS`] what is run.

mod alarms;
mod blueprint;
mod dashboards;
mod functions;
mod names;
mod policies;
mod queries;
mod routes;
mod secrets;
mod stacks;
mod topics;
mod web;

use super::{Model, Rule, Severity, finding::Findings};

pub type Check = fn(&Model<'_>, &mut Findings<'_>);

pub const INVALID: Rule = Rule {
    id: "LK000-blueprint-invalid",
    severity: Severity::Error,
    summary: "The blueprint can be read and means something.",
    why: "While it does not, the version before stays in use.",
    advice: "Mend the place that is named.",
    source: "server/docs/blueprint.md",
};

pub const UNUSED_IGNORE: Rule = Rule {
    id: "LK120-ignore-unused",
    severity: Severity::Warning,
    summary: "Every `[[lint.ignore]]` entry still ignores something.",
    why: "An entry that outlived its finding would hide the next one.",
    advice: "Take the entry out.",
    source: "server/docs/check.md",
};

/// Every rule, by id.
pub const ALL: &[&Rule] = &[
    &INVALID,
    &stacks::MISSING,
    &stacks::UNKNOWN,
    &stacks::OUTPUT_MISSING,
    &stacks::OUTPUT_UNLISTED,
    &blueprint::RESOURCE_MISSING,
    &stacks::IMPORT_MISSING,
    &secrets::TWO_NAMES,
    &secrets::UNREAD,
    &secrets::UNKNOWN,
    &secrets::FIELD_MISSING,
    &secrets::PLACEHOLDER,
    &alarms::NO_ACTION,
    &alarms::ACTIONS_DISABLED,
    &alarms::METRIC_NOT_PUBLISHED,
    &alarms::DIMENSION_NOT_PUBLISHED,
    &alarms::NOT_EMITTED,
    &alarms::DIMENSION_VALUE,
    &alarms::NO_ALARMS,
    &dashboards::PLACEHOLDER,
    &dashboards::UNREADABLE,
    &queries::UNWRITTEN,
    &queries::FIELD_ABSENT,
    &policies::UNATTACHED,
    &policies::NOT_ALLOWED,
    &names::WITHOUT_ENVIRONMENT,
    &names::EXPORT_WITHOUT_ENVIRONMENT,
    &functions::RUNTIME,
    &functions::EMPTY_VARIABLE,
    &functions::MISSING_SDK,
    &secrets::SIGNING_KEY_ROTATED,
    &web::CORS,
    &web::TLS,
    &topics::WITHOUT_ALARM,
    &routes::ABSENT,
    &UNUSED_IGNORE,
];

pub const CHECKS: &[Check] = &[
    stacks::check,
    blueprint::check,
    secrets::check,
    alarms::check,
    dashboards::check,
    queries::check,
    policies::check,
    names::check,
    functions::check,
    web::check,
    topics::check,
    routes::check,
];
