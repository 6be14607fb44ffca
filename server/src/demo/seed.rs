//! What the demo is made of: the example's blueprint and the cloud assemblies of two releases.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rust_embed::RustEmbed;

use crate::{
    assembly::{self, Blob, Limits},
    blueprint,
    cli::Failure,
    sandbox::{Seeds, World},
};

use domain::release::ReleaseContent;

pub(super) const BLUEPRINT: &str = include_str!("../../blueprints/trivianft.toml");
pub(super) const BLUEPRINT_FILE: &str = "trivianft.toml";
/// What the account has beside its stacks.
const OUTSIDE: &str = include_str!("world/account.toml");
const VERSIONS: [&str; 2] = ["1.4.0", "1.5.0"];
const REGION: &str = "us-east-1";
const ENVIRONMENTS: [&str; 2] = ["staging", "production"];

/// Output of `cdk synth` of the example application, one folder per version and environment.
#[derive(RustEmbed)]
#[folder = "../end2end/assemblies"]
struct Assemblies;

/// One version, read.
pub(super) struct Seed {
    pub(super) version: &'static str,
    pub(super) content: ReleaseContent,
    pub(super) blobs: Vec<Blob>,
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

/// What `cdk bootstrap` leaves in an account: the buckets that assets go to.
pub(super) fn buckets(world: &World, seeds: &[Seed]) {
    let contents = seeds.iter().flat_map(|seed| seed.content.environments.values());
    for asset in contents.flat_map(|content| &content.stacks).flat_map(|stack| &stack.assets) {
        world.seed_bucket(super::ACCOUNT, &asset.bucket);
    }
}

/// What the account has beside its stacks, as it is on the day the demo begins.
pub(super) fn outside(world: &World, today: Timestamp) -> Result<(), Failure> {
    let seeds: Seeds = toml::from_str(OUTSIDE).map_err(|error| Failure::new(error.to_string()))?;
    world.seed(super::ACCOUNT, REGION, seeds, today);
    Ok(())
}

/// Somebody raised a limit in the console and told nobody.
pub(super) fn changes_by_hand(world: &World) -> Result<(), Failure> {
    let function = ("TriviaNFT-Api-production", "StartSession11A4430D");
    world.change_by_hand(super::ACCOUNT, REGION, function, "/MemorySize", Some(1024.into()))?;
    Ok(())
}

#[cfg(test)]
mod tests;
