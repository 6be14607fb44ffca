//! Judges a bundle, or an export of many, offline: every difference is named with its place.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Seek},
};

use domain::{audit::AuditSlice, deployment::Deployment, digest::Digest, plan::plan_digest};
use serde::Deserialize;

use super::{
    FORMAT, FileEntry, MANIFEST, Manifest, SIGNATURE,
    container::{ContainerProblem, Unpacker},
    content_digest,
    key::{PublicKey, TrustedKey},
};

/// Larger files are not read.
const LIMIT: u32 = 256 << 20;
/// The list of bundles in an export.
pub const INDEX: &str = "index.csv";

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A file of the bundle, or a part of its container.
    pub place: String,
    pub what: String,
}

/// What can be said about one bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// `None` when the manifest cannot be read.
    pub manifest: Option<Manifest>,
    /// The key was named by whoever verifies, and the signature is its.
    pub is_key_trusted: bool,
    pub audit: Option<AuditSummary>,
    pub findings: Vec<Finding>,
    /// Nothing could be judged.
    pub is_unreadable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditSummary {
    pub shown: usize,
    pub proven: i64,
}

impl Verification {
    pub fn matches(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.findings.push(Finding { place: place.into(), what: what.into() });
    }

    fn unreadable(what: String) -> Self {
        let mut verification = Self { is_unreadable: true, ..Self::default() };
        verification.find("the file", what);
        verification
    }
}

/// What was found in a file.
#[derive(Clone, Debug)]
pub enum Verified {
    Bundle(Box<Verification>),
    /// An export: each bundle by its name, and what is wrong with the export itself.
    Export {
        bundles: Vec<(String, Verification)>,
        findings: Vec<Finding>,
    },
}

/// Judges a file of either kind.
pub fn file<R: Read + Seek>(file: R, trusted: Option<&TrustedKey>) -> Verified {
    let unpacker = match Unpacker::open(file) {
        Ok(unpacker) => unpacker,
        Err(ContainerProblem::Unreadable(what) | ContainerProblem::Differs(what)) => {
            return Verified::Bundle(Box::new(Verification::unreadable(what)));
        }
    };
    if unpacker.entries().iter().any(|e| e.name == INDEX) {
        export(unpacker, trusted)
    } else {
        Verified::Bundle(Box::new(bundle(unpacker, trusted)))
    }
}

fn export<R: Read + Seek>(mut unpacker: Unpacker<R>, trusted: Option<&TrustedKey>) -> Verified {
    let mut findings: Vec<Finding> = unpacker.problems().iter().map(|what| container_finding(what)).collect();
    let mut found = |place: &str, what: String| findings.push(Finding { place: place.to_owned(), what });
    let names: Vec<String> = unpacker.entries().iter().map(|e| e.name.clone()).collect();
    let mut index = String::new();
    let mut digests: BTreeMap<String, Digest> = BTreeMap::new();
    let mut bundles = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let (content, problems) = match unpacker.content(number, LIMIT) {
            Ok(read) => read,
            Err(why) => {
                found(name, why);
                continue;
            }
        };
        for what in problems {
            found(name, what);
        }
        if name == INDEX {
            index = String::from_utf8_lossy(&content).into_owned();
            continue;
        }
        digests.insert(name.clone(), Digest::of_bytes(&content));
        let verification = match Unpacker::open(Cursor::new(&content)) {
            Ok(inner) => bundle(inner, trusted),
            Err(ContainerProblem::Unreadable(what) | ContainerProblem::Differs(what)) => Verification::unreadable(what),
        };
        bundles.push((name.clone(), verification));
    }
    // The index is an overview and not signed: every bundle proves itself. What it says must be so all the same.
    let mut listed = 0;
    for (number, line) in (1..).zip(index.lines()).skip(1) {
        let mut cells = line.rsplit(',');
        let (_, digest, name) = (cells.next(), cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        match digests.get(name) {
            None => found(INDEX, format!("line {number} names {name}, which is missing")),
            Some(actual) if actual.as_str() != digest => {
                found(INDEX, format!("line {number} says that {name} has SHA-256 {digest}, but it has {actual}"));
            }
            Some(_) => listed += 1,
        }
    }
    if listed < digests.len() {
        found(INDEX, format!("it lists {listed} of the {} bundles that are there", digests.len()));
    }
    Verified::Export { bundles, findings }
}

fn container_finding(what: &str) -> Finding {
    Finding { place: "the container".to_owned(), what: what.to_owned() }
}

fn bundle<R: Read + Seek>(mut unpacker: Unpacker<R>, trusted: Option<&TrustedKey>) -> Verification {
    let findings = unpacker.problems().iter().map(|what| container_finding(what)).collect();
    let mut verification = Verification { findings, ..Verification::default() };
    let names: Vec<String> = unpacker.entries().iter().map(|e| e.name.clone()).collect();
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (number, name) in names.iter().enumerate() {
        match unpacker.content(number, LIMIT) {
            Ok((content, problems)) => {
                for what in problems {
                    verification.find(name, what);
                }
                files.insert(name.clone(), content);
            }
            Err(why) => verification.find(name, why),
        }
    }
    let Some(text) = files.get(MANIFEST) else {
        verification.find(MANIFEST, "is missing, so nothing says what belongs to the bundle");
        verification.is_unreadable = true;
        return verification;
    };
    let manifest: Manifest = match serde_json::from_slice(text) {
        Ok(manifest) => manifest,
        Err(error) => {
            verification.find(MANIFEST, format!("is not a manifest: {error}"));
            return verification;
        }
    };
    if manifest.format != FORMAT {
        let what = format!("has the format “{}”; this version reads “{FORMAT}”", manifest.format);
        verification.find(MANIFEST, what);
    }
    signature(&mut verification, &manifest, text, files.get(SIGNATURE), trusted);
    compare(&mut verification, &manifest, &names, &files);
    meaning(&mut verification, &manifest, &files);
    verification.manifest = Some(manifest);
    verification
}

fn signature(
    verification: &mut Verification,
    manifest: &Manifest,
    text: &[u8],
    signature: Option<&Vec<u8>>,
    trusted: Option<&TrustedKey>,
) {
    let Some(key) = PublicKey::from_pem(&manifest.public_key) else {
        return verification.find(MANIFEST, "its public key is not an Ed25519 key in PEM");
    };
    let fingerprint = key.fingerprint();
    if fingerprint != manifest.key_fingerprint {
        let what = format!("says that its key is {}, but the key in it is {fingerprint}", manifest.key_fingerprint);
        verification.find(MANIFEST, what);
    }
    if let Some(TrustedKey(wanted)) = trusted
        && *wanted != fingerprint
    {
        verification.find(SIGNATURE, format!("signed with another key: {fingerprint}, not {wanted}"));
    }
    match signature {
        None => verification.find(SIGNATURE, "is missing"),
        Some(signature) if key.accepts(text, signature) => {
            verification.is_key_trusted = trusted.is_some_and(|TrustedKey(wanted)| *wanted == fingerprint);
        }
        Some(_) => verification.find(
            SIGNATURE,
            format!("is not the signature of manifest.json by key {fingerprint}: one of the two was changed"),
        ),
    }
}

/// The files against the manifest.
fn compare(verification: &mut Verification, manifest: &Manifest, names: &[String], files: &BTreeMap<String, Vec<u8>>) {
    for FileEntry { name, size, sha256 } in &manifest.files {
        let Some(content) = files.get(name) else {
            if !names.contains(name) {
                verification.find(name, "is missing");
            }
            continue;
        };
        let actual = Digest::of_bytes(content);
        if actual != *sha256 {
            verification.find(name, format!("SHA-256 is {actual}, but the manifest says {sha256}"));
        }
        if content.len() as u64 != *size {
            verification.find(name, format!("has {} bytes, but the manifest says {size}", content.len()));
        }
    }
    let listed: Vec<&str> = manifest.files.iter().map(|f| f.name.as_str()).chain([MANIFEST, SIGNATURE]).collect();
    for name in names.iter().filter(|name| !listed.contains(&name.as_str())) {
        verification.find(name, "does not belong to the bundle: the manifest does not name it");
    }
    let present: Vec<&str> = names.iter().map(String::as_str).filter(|name| listed.contains(name)).collect();
    let expected: Vec<&str> = listed.into_iter().filter(|name| present.contains(name)).collect();
    if present != expected {
        verification.find("the container", "its files are in another order than the manifest says");
    }
    let digest = content_digest(&manifest.files);
    if digest != manifest.content_digest {
        let what = format!("the digest of all files is {digest}, but it says {}", manifest.content_digest);
        verification.find(MANIFEST, what);
    }
}

#[derive(Deserialize)]
struct PlanFile {
    order: Vec<String>,
    stacks: Vec<PlanEntry>,
}

#[derive(Deserialize)]
struct PlanEntry {
    digest: Digest,
    is_late: bool,
    plan: domain::plan::StackPlan,
}

/// Whether the files agree with each other.
fn meaning(verification: &mut Verification, manifest: &Manifest, files: &BTreeMap<String, Vec<u8>>) {
    let slice: Option<AuditSlice> = read(verification, files, "audit.json");
    if let Some(slice) = slice {
        if let Err(error) = slice.verify() {
            verification.find("audit.json", error.to_string());
        }
        if slice.head != manifest.audit_head {
            let what = format!(
                "ends at event {} ({}), but the manifest says event {} ({})",
                slice.head.sequence, slice.head.hash, manifest.audit_head.sequence, manifest.audit_head.hash
            );
            verification.find("audit.json", what);
        }
        let proven = slice.head.sequence - slice.before.sequence;
        verification.audit = Some(AuditSummary { shown: slice.events().count(), proven });
    }
    let Some(deployment) = read::<Deployment>(verification, files, "deployment.json") else { return };
    if deployment.id != manifest.deployment {
        let what = format!("is about deployment {}, but the manifest about {}", deployment.id, manifest.deployment);
        verification.find("deployment.json", what);
    }
    if let Some(text) = files.get("blueprint.toml") {
        let actual = Digest::of_bytes(text);
        if actual != deployment.blueprint_digest {
            let what = format!("has digest {actual}, but the deployment ran under {}", deployment.blueprint_digest);
            verification.find("blueprint.toml", what);
        }
    }
    if let Some(plan) = read::<PlanFile>(verification, files, "plan.json") {
        plans(verification, &deployment, &plan);
    }
}

/// Each stack's plan has its digest, and together they have the one that was approved.
fn plans(verification: &mut Verification, deployment: &Deployment, file: &PlanFile) {
    for entry in &file.stacks {
        let actual = entry.plan.digest().ok();
        if actual.as_ref() != Some(&entry.digest) {
            let what = format!("the plan of {} does not have the digest it says", entry.plan.logical_name);
            verification.find("plan.json", what);
        }
    }
    let Some(approved) = &deployment.plan_digest else { return };
    let first = |name: &String| {
        let entry = file.stacks.iter().find(|e| !e.is_late && e.plan.logical_name == *name)?;
        Some((name.clone(), entry.digest.clone()))
    };
    let known: Vec<(String, Digest)> = file.order.iter().filter_map(first).collect();
    if plan_digest(&deployment.release_digest, &known).ok().as_ref() != Some(approved) {
        let what = format!("its stacks do not make the plan {approved} of the deployment");
        verification.find("plan.json", what);
    }
}

fn read<T: serde::de::DeserializeOwned>(
    verification: &mut Verification,
    files: &BTreeMap<String, Vec<u8>>,
    name: &str,
) -> Option<T> {
    let Some(content) = files.get(name) else {
        if !verification.findings.iter().any(|finding| finding.place == name) {
            verification.find(name, "is missing; every bundle has it");
        }
        return None;
    };
    serde_json::from_slice(content).map_err(|error| verification.find(name, format!("cannot be read: {error}"))).ok()
}
