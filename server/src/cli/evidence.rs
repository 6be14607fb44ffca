//! `lockkeeper evidence verify` and `lockkeeper evidence key`.

use std::{
    fs::File,
    io::{BufReader, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};

use crate::evidence::{
    InstanceKey,
    key::TrustedKey,
    verify::{self, Finding, Verification, Verified},
};

use super::{Failure, load, say};

#[derive(Debug, Subcommand)]
pub(super) enum EvidenceCommand {
    /// Checks a bundle, or an export of many, offline. Exit status: 0 it matches, 1 it does not, 2 it cannot be read.
    Verify(VerifyArgs),
    /// Prints this installation's public key and its fingerprint, for those who verify.
    Key,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    file: PathBuf,
    /// The installation's public key: a file, or its fingerprint. Without it, only the key inside the bundle is used,
    /// and whose key that is remains for you to find out.
    #[arg(long, value_name = "PUBLIC")]
    key: Option<String>,
}

pub(super) fn run(config: Option<&Path>, command: EvidenceCommand) -> ExitCode {
    let outcome = match command {
        EvidenceCommand::Verify(args) => verify(&args),
        EvidenceCommand::Key => key(config).map(|()| 0),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(Failure(message)) => {
            let _ = writeln!(std::io::stderr(), "lockkeeper: {message}");
            ExitCode::from(2)
        }
    }
}

fn key(config: Option<&Path>) -> Result<(), Failure> {
    let config = load(config)?;
    std::fs::create_dir_all(&config.data_dir)?;
    let public = InstanceKey::open(&config)?.public();
    say(format!("fingerprint (SHA-256): {}", public.fingerprint()))?;
    say(public.pem().trim_end())
}

fn verify(args: &VerifyArgs) -> Result<u8, Failure> {
    let trusted = args.key.as_deref().map(TrustedKey::parse).transpose().map_err(Failure::new)?;
    let name = args.file.display();
    let file = File::open(&args.file).map_err(|error| Failure::new(format!("{name} cannot be read: {error}")))?;
    match verify::file(BufReader::new(file), trusted.as_ref()) {
        Verified::Bundle(verification) => {
            tell(&name.to_string(), &verification)?;
            Ok(code([verification.as_ref()]))
        }
        Verified::Export { bundles, findings } => {
            for (inner, verification) in &bundles {
                tell(inner, verification)?;
                say("")?;
            }
            let wrong = bundles.iter().filter(|(_, v)| !v.matches()).count();
            if wrong == 0 && findings.is_empty() {
                say(format!("{name}: all {} bundles match", bundles.len()))?;
            } else {
                say(format!("{name}: {wrong} of {} bundles do not match", bundles.len()))?;
            }
            list(&findings)?;
            let worst = code(bundles.iter().map(|(_, v)| v));
            Ok(if findings.is_empty() { worst } else { worst.max(1) })
        }
    }
}

fn code<'a>(verifications: impl IntoIterator<Item = &'a Verification>) -> u8 {
    let judge = |v: &Verification| match (v.is_unreadable, v.matches()) {
        (true, _) => 2,
        (false, false) => 1,
        (false, true) => 0,
    };
    verifications.into_iter().map(judge).max().unwrap_or(0)
}

fn tell(name: &str, verification: &Verification) -> Result<(), Failure> {
    if verification.is_unreadable {
        say(format!("{name} cannot be read as evidence:"))?;
        return list(&verification.findings);
    }
    if let Some(manifest) = &verification.manifest {
        say(format!(
            "{name}\n  {} of {} to {}, {}\n  deployment {}\n  exported {} by {} from {}",
            manifest.release,
            manifest.application,
            manifest.environment,
            manifest.state.replace('_', " "),
            manifest.deployment,
            manifest.exported_at,
            manifest.exported_by.name,
            manifest.instance
        ))?;
        if let Some(audit) = verification.audit {
            say(format!(
                "  {} files; {} audit events shown, {} proven up to event {}",
                manifest.files.len(),
                audit.shown,
                audit.proven,
                manifest.audit_head.sequence
            ))?;
        }
        let whose = if verification.is_key_trusted {
            "the key you named"
        } else {
            "the key inside the bundle; compare it with the one your Lockkeeper shows under Audit, Evidence, or pass --key"
        };
        say(format!("  key {}\n  ({whose})", manifest.key_fingerprint))?;
    }
    if verification.matches() {
        return say("matches: every byte is as it was signed");
    }
    say(format!("does not match ({}):", verification.findings.len()))?;
    list(&verification.findings)
}

fn list(findings: &[Finding]) -> Result<(), Failure> {
    findings.iter().try_for_each(|finding| say(format!("  {}: {}", finding.place, finding.what)))
}
