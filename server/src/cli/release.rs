//! `lockkeeper release create`: uploads cloud assemblies to a running server.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::assembly;

use super::{Failure, say};

#[derive(Debug, Subcommand)]
pub(super) enum ReleaseCommand {
    /// Makes a release of the output of `cdk synth`, or of folders of plain templates.
    Create(CreateArgs),
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    #[arg(long)]
    application: String,
    #[arg(long)]
    version: String,
    /// `staging=cdk.out`; once per environment.
    #[arg(long = "environment", value_name = "NAME=FOLDER", required = true, value_parser = pair)]
    environments: Vec<(String, PathBuf)>,
    /// Commit or tag the release was built from.
    #[arg(long)]
    source_revision: Option<String>,
    /// Where the server is.
    #[arg(long, env = "LOCKKEEPER_URL", default_value = "http://127.0.0.1:8080")]
    url: url::Url,
    /// A token that may create releases; by environment variable, so that it appears in no process list.
    #[arg(long, env = "LOCKKEEPER_TOKEN", hide_env_values = true)]
    token: String,
}

pub(super) fn pair(text: &str) -> Result<(String, PathBuf), String> {
    let (name, folder) = text.split_once('=').ok_or("say NAME=FOLDER, for example production=cdk.out")?;
    if name.is_empty() || folder.is_empty() {
        return Err("say NAME=FOLDER, for example production=cdk.out".to_owned());
    }
    Ok((name.to_owned(), PathBuf::from(folder)))
}

pub(super) async fn run(command: ReleaseCommand) -> Result<(), Failure> {
    let ReleaseCommand::Create(args) = command;
    let mut environments = BTreeMap::new();
    for (name, folder) in args.environments {
        if environments.insert(name.clone(), folder).is_some() {
            return Err(Failure::new(format!("environment {name} is named twice")));
        }
    }
    let archive = assembly::release_archive(&environments, assembly::Limits::default())
        .map_err(|problems| Failure::new(problems.join("\n")))?;
    let part = reqwest::multipart::Part::bytes(archive).file_name("release.zip");
    let mut form = reqwest::multipart::Form::new().text("version", args.version.clone()).part("archive", part);
    if let Some(revision) = args.source_revision {
        form = form.text("source_revision", revision);
    }
    let mut address = args.url.clone();
    let unusable = || Failure::new(format!("{} cannot be used as the server's address", args.url));
    address.path_segments_mut().map_err(|()| unusable())?.pop_if_empty().extend([
        "api",
        "applications",
        &args.application,
        "releases",
    ]);
    let client = reqwest::Client::builder().timeout(Duration::from_mins(10)).build()?;
    let response = client.post(address).bearer_auth(&args.token).multipart(form).send().await?;
    let status = response.status();
    let body: Value = serde_json::from_slice(&response.bytes().await?).unwrap_or_default();
    if !status.is_success() {
        let message = body.get("message").and_then(Value::as_str).unwrap_or("no message");
        return Err(Failure::new(format!("the server answered {status}: {message}")));
    }
    let path = body.get("path").and_then(Value::as_str).unwrap_or_default();
    for notice in body.get("notices").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        say(format!("note: {notice}"))?;
    }
    say(format!("{} {}: {}{path}", args.application, args.version, args.url.as_str().trim_end_matches('/')))
}
