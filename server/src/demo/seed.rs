//! What the demo begins with: the example's blueprint, two releases, and an account in which the older one runs.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use app::ports::Caller;
use domain::permission::{Actor, ActorKind, Grant, Role};
use rust_embed::RustEmbed;

use crate::{
    assembly::{self, Blob, Limits},
    blueprint,
    cli::Failure,
    sandbox::World,
    services::{NewBlob, Services},
};

use domain::release::ReleaseContent;

pub(super) const BLUEPRINT: &str = include_str!("../../blueprints/trivianft.toml");
pub(super) const BLUEPRINT_FILE: &str = "trivianft.toml";
const VERSIONS: [&str; 2] = ["1.4.0", "1.5.0"];
const ENVIRONMENTS: [&str; 2] = ["staging", "production"];

/// Output of `cdk synth` of the example application, one folder per version and environment.
#[derive(RustEmbed)]
#[folder = "../end2end/assemblies"]
struct Assemblies;

/// One version, read.
pub(super) struct Seed {
    version: &'static str,
    content: ReleaseContent,
    blobs: Vec<Blob>,
}

/// Writes the assemblies to the data folder, where they can also be used with `lockkeeper release create`.
pub(super) fn unpack(data_dir: &Path) -> Result<Vec<Seed>, Failure> {
    let root = data_dir.join("assemblies");
    for name in Assemblies::iter() {
        let path = root.join(name.as_ref());
        let Some(file) = Assemblies::get(&name) else { continue };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, file.data)?;
    }
    let blueprint = blueprint::parse(BLUEPRINT_FILE, BLUEPRINT)
        .map_err(|errors| Failure::new(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    VERSIONS
        .into_iter()
        .map(|version| {
            let folders: BTreeMap<String, PathBuf> =
                ENVIRONMENTS.into_iter().map(|e| (e.to_owned(), root.join(version).join(e))).collect();
            let release = assembly::release_from_folders(&folders, &blueprint, version, None, Limits::default())
                .map_err(|problems| Failure::new(problems.join("\n")))?;
            Ok(Seed { version, content: release.content, blobs: release.blobs })
        })
        .collect()
}

/// Staging has the newer release already; production runs the older one.
pub(super) fn stacks(world: &World, seeds: &[Seed]) -> Result<(), Failure> {
    for (environment, version) in ENVIRONMENTS.into_iter().zip(["1.5.0", "1.4.0"]) {
        let Some(seed) = seeds.iter().find(|s| s.version == version) else { continue };
        let Some(content) = seed.content.environments.get(environment) else { continue };
        for asset in content.stacks.iter().flat_map(|s| &s.assets) {
            world.seed_bucket(super::ACCOUNT, &asset.bucket);
        }
        for stack in &content.stacks {
            let blob = seed.blobs.iter().find(|b| b.digest == stack.template_digest);
            let template = blob.map(|b| String::from_utf8_lossy(&b.bytes).into_owned()).unwrap_or_default();
            let region = stack.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
            world.seed_stack(super::ACCOUNT, &region, &stack.stack_name, &template, &stack.parameters, &stack.tags)?;
        }
    }
    Ok(())
}

/// Makes the two releases, as the engineer's build machine would; a second start finds them there.
pub(super) async fn releases(services: &Services, seeds: &[Seed]) -> Result<(), Failure> {
    let caller = Caller {
        actor: Actor {
            id: "demo-ci".to_owned(),
            name: "Build machine".to_owned(),
            email: None,
            kind: ActorKind::Token,
            groups: Vec::new(),
            grants: vec![Grant { role: Role::Engineer, applications: None, environments: None }],
            authenticated_at: jiff::Timestamp::UNIX_EPOCH,
        },
        address: None,
        request_id: "demo".to_owned(),
    };
    for seed in seeds {
        let blobs = seed.blobs.iter().map(|b| NewBlob { bytes: b.bytes.clone() }).collect();
        services.create_release(&caller, seed.content.clone(), blobs).await?;
    }
    Ok(())
}
