//! `lockkeeper doctor`: everything the server stands on, looked at from where it runs, with what to do about it.
//!
//! Changes nothing: no migration, no row that stays, no call to AWS that writes.

mod cloud;
mod login;
mod machine;
mod time;

use std::path::{Path, PathBuf};

use crate::config::Config;

use super::{Failure, say};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    level: Level,
    /// A word or two: what was looked at.
    subject: String,
    what: String,
    /// What to do, where something has to be done.
    advice: Option<String>,
}

impl Finding {
    fn ok(subject: impl Into<String>, what: impl Into<String>) -> Self {
        Self { level: Level::Ok, subject: subject.into(), what: what.into(), advice: None }
    }

    fn warn(subject: impl Into<String>, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { level: Level::Warn, subject: subject.into(), what: what.into(), advice: Some(advice.into()) }
    }

    fn fail(subject: impl Into<String>, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { level: Level::Fail, ..Self::warn(subject, what, advice) }
    }

    fn lines(&self) -> String {
        let level = match self.level {
            Level::Ok => "ok  ",
            Level::Warn => "warn",
            Level::Fail => "FAIL",
        };
        let first = format!("{level}  {}: {}", self.subject, self.what);
        match &self.advice {
            Some(advice) => format!("{first}\n      → {advice}"),
            None => first,
        }
    }
}

pub(super) async fn run(path: Option<&Path>) -> Result<(), Failure> {
    let default = PathBuf::from("lockkeeper.toml");
    let path = path.or_else(|| default.exists().then_some(default.as_path()));
    let config = match Config::load(path, std::env::vars()) {
        Ok(config) => config,
        Err(errors) => {
            let advice = "Correct these first; without a configuration nothing else can be looked at. \
                          server/docs/configuration.md lists every key.";
            say(Finding::fail("configuration", errors.to_string(), advice).lines())?;
            return Err(Failure::new("the configuration cannot be used"));
        }
    };
    let from = path.map_or_else(|| "the environment".to_owned(), |path| path.display().to_string());
    let mut findings = vec![Finding::ok("configuration", format!("read from {from}"))];
    findings.extend(machine::folders(&config));
    findings.extend(machine::database(&config).await);
    let (blueprints, blueprint_findings) = machine::blueprints(&config);
    findings.extend(blueprint_findings);
    let (login, cloud) = tokio::join!(login::provider(&config), cloud::environments(&config, &blueprints));
    findings.extend(login);
    findings.extend(cloud);
    for finding in &findings {
        say(finding.lines())?;
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (failed, warned) = (count(Level::Fail), count(Level::Warn));
    say(format!("{} looked at, {warned} to keep an eye on, {failed} wrong", findings.len()))?;
    match failed {
        0 => Ok(()),
        1 => Err(Failure::new("one thing is wrong; what to do is said above")),
        more => Err(Failure::new(format!("{more} things are wrong; what to do is said above"))),
    }
}
