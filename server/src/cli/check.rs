//! `lockkeeper check`: a blueprint beside its templates, or beside an account.

mod live;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use app::ports::Clock as _;
use clap::{Args, ValueEnum};
use jiff::{civil::Date, tz::TimeZone};

use crate::{
    assembly,
    blueprint::{self, Located},
    clock::SystemClock,
    lint::{self, Finding, Location, Model, Origin, Severity, Source, report},
    templates::{Position, Stack},
};

use super::{Failure, say};

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Blueprint files.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A cloud assembly (cdk.out) or a folder of templates to lay beside the blueprint; repeatable. With
    /// `ENVIRONMENT=` before the folder, its stacks are that environment's, whatever they are called.
    #[arg(long = "assembly", value_name = "[ENVIRONMENT=]FOLDER")]
    assemblies: Vec<String>,
    /// Lay the deployed stacks of this environment beside the blueprint, read with the configuration's AWS access.
    #[arg(long = "live", value_name = "ENVIRONMENT", conflicts_with = "assemblies")]
    live: Vec<String>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Report nothing less severe than this.
    #[arg(long, value_enum, default_value_t = Least::Note, value_name = "SEVERITY")]
    severity: Least,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Least {
    Error,
    Warning,
    Note,
}

/// Whether everything was as it should be.
const CLEAN: u8 = 0;
const FINDINGS: u8 = 1;
const COULD_NOT_RUN: u8 = 2;

/// 0: clean, 1: findings, 2: could not run.
pub(super) async fn run(config: Option<&Path>, args: &CheckArgs) -> ExitCode {
    let code = match check(config, args).await {
        Ok(true) => CLEAN,
        Ok(false) => FINDINGS,
        Err(Failure(message)) => {
            let _ = writeln!(std::io::stderr(), "lockkeeper: {message}");
            COULD_NOT_RUN
        }
    };
    ExitCode::from(code)
}

async fn check(config: Option<&Path>, args: &CheckArgs) -> Result<bool, Failure> {
    let today = SystemClock.now().to_zoned(TimeZone::UTC).date();
    let mut findings = Vec::new();
    for file in &args.files {
        let name = file.display().to_string();
        let text = fs::read_to_string(file).map_err(|e| Failure::new(format!("{name}: {e}")))?;
        match blueprint::parse_located(&name, &text) {
            Ok(located) => {
                if args.format == Format::Text {
                    say(summary(&name, &located))?;
                }
                let sources = sources(config, args, &located).await?;
                findings.extend(against(&name, &located, sources, today)?);
            }
            Err(errors) => findings.extend(errors.into_iter().map(invalid)),
        }
    }
    let least = match args.severity {
        Least::Error => Severity::Error,
        Least::Warning => Severity::Warning,
        Least::Note => Severity::Note,
    };
    findings.retain(|finding| finding.severity <= least);
    match args.format {
        Format::Text if findings.is_empty() => {}
        Format::Text => say(report::text(&findings).trim_end())?,
        Format::Json => say(serde_json::to_string_pretty(&report::json(&findings))?)?,
        Format::Sarif => say(serde_json::to_string_pretty(&report::sarif(&findings))?)?,
    }
    Ok(findings.is_empty())
}

fn summary(name: &str, located: &Located) -> String {
    let found = &located.blueprint;
    format!(
        "{name}: {} with {} environments, {} stacks and {} checks",
        found.application.title,
        found.environments.len(),
        found.stacks.len(),
        found.checks.len()
    )
}

async fn sources(config: Option<&Path>, args: &CheckArgs, located: &Located) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for argument in &args.assemblies {
        sources.push(of_folder(argument, located)?);
    }
    for environment in &args.live {
        sources.push(live::source(config, located, environment).await?);
    }
    Ok(sources)
}

/// A folder may hold `=` in its name: only the name of an environment counts as one.
fn of_folder(argument: &str, located: &Located) -> Result<Source, Failure> {
    let named = argument.split_once('=').filter(|(name, _)| located.blueprint.environment(name).is_some());
    let (environment, folder) = match named {
        Some((name, folder)) => (Some(name.to_owned()), PathBuf::from(folder)),
        None => (None, PathBuf::from(argument)),
    };
    let found = assembly::read(&folder, assembly::Limits::default())
        .map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
    Ok(Source { environment, origin: Origin::Assembly, stacks: Stack::all(&found, &folder) })
}

/// Findings of one blueprint; without sources there is nothing to compare it with.
fn against(name: &str, located: &Located, sources: Vec<Source>, today: Date) -> Result<Vec<Finding>, Failure> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let model = Model::new(name, located, sources, today).map_err(Failure::new)?;
    Ok(lint::run(&model))
}

fn invalid(error: blueprint::BlueprintError) -> Finding {
    let hint = error.suggestion.as_ref().map(|word| format!("; did you mean “{word}”?")).unwrap_or_default();
    let subject = if error.key.is_empty() { error.file.clone() } else { error.key.clone() };
    let place = if error.key.is_empty() { String::new() } else { format!("{}: ", error.key) };
    Finding {
        rule: lint::INVALID,
        severity: Severity::Error,
        subject,
        what: format!("{place}{}{hint}", error.message),
        environments: Vec::new(),
        place: Location {
            file: error.file,
            position: Position { line: error.line, column: error.column },
            logical: None,
        },
        related: Vec::new(),
    }
}

/// `lockkeeper schema`.
pub(super) fn schema() -> Result<(), Failure> {
    say(serde_json::to_string_pretty(&blueprint::schema())?)
}
