//! The command line: one executable, a subcommand per job.

mod audit;
mod backup;
mod check;
mod doctor;
mod evidence;
mod init;
mod release;
pub(crate) mod serve;
mod token;

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::config::Config;

/// Lockkeeper: a control plane for CloudFormation and CDK applications.
#[derive(Debug, Parser)]
#[command(name = "lockkeeper", version, about)]
struct Cli {
    /// Configuration file; without it, `lockkeeper.toml` where there is one, and the environment.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server.
    Serve,
    /// Runs everything in one process with a made-up AWS account and five people to be: no account, no network.
    Demo(crate::demo::DemoArgs),
    /// Brings the database to this version.
    Migrate,
    /// Writes every row of the database to a file.
    Backup(backup::BackupArgs),
    /// Reads a backup into an empty database.
    Restore(backup::BackupArgs),
    /// The audit log.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Evidence bundles.
    #[command(subcommand)]
    Evidence(evidence::EvidenceCommand),
    /// Releases.
    #[command(subcommand)]
    Release(release::ReleaseCommand),
    /// Tokens for machines.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Writes a first blueprint from cloud assemblies or folders of templates.
    Init(init::InitArgs),
    /// Validates blueprint files, and says where they and the templates, or the account, disagree.
    Check(check::CheckArgs),
    /// Prints the JSON Schema of blueprints, for editors.
    Schema,
    /// Prints the OpenAPI document of the server's API.
    Openapi,
    /// Looks at everything the server stands on, and says what to do about what is wrong.
    Doctor,
    /// Prints the version.
    Version,
}

/// Runs the command the arguments name.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    let config = cli.config.as_deref();
    let result = match cli.command {
        Command::Serve => serve::run(config).await,
        Command::Demo(args) => crate::demo::run(args).await,
        Command::Migrate => serve::migrate(config).await,
        Command::Backup(args) => backup::backup(config, &args).await,
        Command::Restore(args) => backup::restore(config, &args).await,
        Command::Audit(command) => audit::run(config, &command).await,
        // Its exit status says more than whether it worked.
        Command::Evidence(command) => return evidence::run(config, command),
        Command::Release(command) => release::run(command).await,
        Command::Token(command) => token::run(config, command).await,
        Command::Init(args) => init::run(&args),
        Command::Check(args) => return check::run(config, &args).await,
        Command::Schema => check::schema(),
        Command::Openapi => say(serde_json::to_string_pretty(&crate::http::openapi::document()).unwrap_or_default()),
        Command::Doctor => doctor::run(config).await,
        Command::Version => say(concat!("lockkeeper ", env!("CARGO_PKG_VERSION"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message)) => {
            let _ = writeln!(std::io::stderr(), "lockkeeper: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Why a command failed, complete and in words.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Some errors repeat their source; a person wants to read it once.
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            source = cause.source();
        }
        Self(message)
    }
}

/// A line on standard output.
pub fn say(line: impl AsRef<str>) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{}", line.as_ref())?;
    Ok(())
}

/// The configuration of a command that needs one.
fn load(path: Option<&std::path::Path>) -> Result<Config, Failure> {
    let default = PathBuf::from("lockkeeper.toml");
    let path = path.or_else(|| default.exists().then_some(default.as_path()));
    Config::load(path, std::env::vars()).map_err(|errors| Failure::new(errors.to_string()))
}
