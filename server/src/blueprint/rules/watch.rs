//! Watches: times that rise, and suites and checks that exist and run where the watch is.

use domain::watch::parse_duration;

use super::{
    super::{
        document::{Document, EnvironmentSection, RoundSection, TriggerKindSection, TriggerSection},
        error::{Findings, Path},
    },
    identifier, reference, unique,
};

/// Most rounds of one watch: a mistyped `every` must not fill a page for ever.
const MOST_ROUNDS: u64 = 500;
const DURATION_WANTED: &str = "must be a length of time such as 15m, 2h or 7d, at most a year";

pub fn check(document: &Document, findings: &mut Findings) {
    for (i, environment) in document.environments.iter().enumerate() {
        let path = Path::of("environments").at(i).key("watch");
        let Some(watch) = &environment.watch else { continue };
        if environment.protection.is_none() {
            findings.report(&path, "only a protected environment is watched; add its protection", None);
        }
        if watch.rounds.is_empty() {
            findings.report(&path.key("rounds"), "at least one round is needed", None);
        }
        rounds(&watch.rounds, environment, document, &path.key("rounds"), findings);
        let list = path.key("compare");
        unique(&list, "check", watch.compare.iter().map(|c| c.check.as_str()), findings);
        for (j, comparison) in watch.compare.iter().enumerate() {
            check_reference(&comparison.check, Some(environment), document, &list.at(j).key("check"), findings);
        }
    }
    let list = Path::of("rollback_triggers");
    unique(&list, "id", document.rollback_triggers.iter().map(|t| t.id.as_str()), findings);
    for (i, trigger) in document.rollback_triggers.iter().enumerate() {
        self::trigger(trigger, document, &list.at(i), findings);
    }
}

fn rounds(
    sections: &[RoundSection],
    environment: &EnvironmentSection,
    document: &Document,
    root: &Path,
    findings: &mut Findings,
) {
    let mut last = 0;
    let mut count = 0;
    for (i, section) in sections.iter().enumerate() {
        let path = root.at(i);
        match (&section.at, &section.every, &section.until) {
            (Some(times), None, None) => {
                if times.is_empty() {
                    findings.report(&path.key("at"), "at least one time is needed", None);
                }
                for (j, text) in times.iter().enumerate() {
                    let at = path.key("at").at(j);
                    let Some(secs) = duration(text, &at, findings) else { continue };
                    if secs <= last {
                        findings.report(&at, "times must rise, also over those of earlier rounds", None);
                    }
                    last = secs.max(last);
                    count += 1;
                }
            }
            (None, Some(every), Some(until)) => {
                let every = duration(every, &path.key("every"), findings).filter(|secs| *secs > 0);
                let until = duration(until, &path.key("until"), findings);
                if let (Some(every), Some(until)) = (every, until) {
                    let rounds = (until / every).saturating_sub(last / every);
                    if rounds == 0 {
                        let message = "no round comes of this: it ends before its first one is due";
                        findings.report(&path.key("until"), message, None);
                    }
                    count += rounds;
                    last = last.max(until / every * every);
                }
            }
            _ => findings.report(&path, "either `at`, or `every` together with `until`", None),
        }
        if let Some(grace) = &section.grace {
            duration(grace, &path.key("grace"), findings);
        }
        for (j, id) in section.suites.iter().enumerate() {
            suite_reference(id, document, &path.key("suites").at(j), findings);
        }
        for (j, id) in section.checks.iter().enumerate() {
            check_reference(id, Some(environment), document, &path.key("checks").at(j), findings);
        }
    }
    if count > MOST_ROUNDS {
        findings.report(root, format!("these are {count} rounds; at most {MOST_ROUNDS} are watched"), None);
    }
}

fn duration(text: &str, path: &Path, findings: &mut Findings) -> Option<u64> {
    let secs = parse_duration(text).filter(|secs| *secs > 0);
    if secs.is_none() {
        findings.report(path, format!("“{text}” {DURATION_WANTED}"), None);
    }
    secs
}

fn suite_reference(id: &str, document: &Document, path: &Path, findings: &mut Findings) {
    reference("suite", id, document.suites.iter().map(|s| s.id.as_str()), path, findings);
}

/// A check that exists, and runs in the environment.
fn check_reference(
    id: &str,
    environment: Option<&EnvironmentSection>,
    document: &Document,
    path: &Path,
    findings: &mut Findings,
) {
    if !reference("check", id, document.checks.iter().map(|c| c.id.as_str()), path, findings) {
        return;
    }
    let limit = document.checks.iter().find(|c| c.id == id).and_then(|c| c.environments.as_ref());
    if let (Some(limit), Some(environment)) = (limit, environment)
        && !limit.contains(&environment.name)
    {
        findings.report(path, format!("check “{id}” does not run in {}", environment.name), None);
    }
}

fn trigger(section: &TriggerSection, document: &Document, path: &Path, findings: &mut Findings) {
    identifier(&section.id, &path.key("id"), findings);
    for (j, name) in section.environments.iter().flatten().enumerate() {
        let known = document.environments.iter().map(|e| e.name.as_str());
        reference("environment", name, known, &path.key("environments").at(j), findings);
    }
    if !document.environments.iter().any(|e| e.watch.is_some()) {
        findings.report(path, "no environment is watched, so nothing would ever raise it", None);
    }
    match &section.kind {
        TriggerKindSection::SuiteFailing { suite } => {
            suite_reference(suite, document, &path.key("suite"), findings);
        }
        TriggerKindSection::Slower { check, .. } => {
            check_reference(check, None, document, &path.key("check"), findings);
        }
        TriggerKindSection::Above { check, limit } => {
            check_reference(check, None, document, &path.key("check"), findings);
            number(limit, &path.key("limit"), findings);
        }
        TriggerKindSection::Cost { check, maximum, .. } => {
            check_reference(check, None, document, &path.key("check"), findings);
            number(maximum, &path.key("maximum"), findings);
        }
        TriggerKindSection::Reported {} => {}
    }
}

fn number(text: &str, path: &Path, findings: &mut Findings) {
    if thousandths(text).is_none() {
        let message = format!("“{text}” must be a number such as 5 or 2.5, with at most three decimals");
        findings.report(path, message, None);
    }
}

/// A number with at most three decimals, in thousandths.
pub fn thousandths(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 3 || whole.len() > 12 {
        return None;
    }
    let decimals: i64 = format!("{decimals:0<3}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(decimals)
}
