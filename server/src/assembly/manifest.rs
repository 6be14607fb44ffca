//! `manifest.json`: artifacts, their order, and stages inside stages.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    AssemblyAsset, AssemblyError, AssemblyStack, Limits, assets, plain,
    source::{Source, inside},
};

/// Versions of the cloud assembly schema this reader was written for. 36 is aws-cdk-lib 2.129; 55 is 2.276.
const OLDEST: u64 = 36;
const NEWEST: u64 = 55;
/// Stages inside stages.
const DEEPEST: usize = 8;
/// In all stages together. Every stack is one artifact, or two with its assets.
const ARTIFACTS: usize = 2_000;
/// What artifacts say they wait for, in all stages together.
const DEPENDENCIES: usize = 50_000;

#[derive(Deserialize)]
struct Manifest {
    version: String,
    /// A map of the file's own order: the order stacks are shown in where nothing else decides.
    #[serde(default)]
    artifacts: serde_json::Map<String, Value>,
    #[serde(default)]
    missing: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    properties: Value,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default)]
    metadata: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StackProperties {
    template_file: String,
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    stack_name: Option<String>,
    termination_protection: Option<bool>,
}

#[derive(Deserialize)]
struct AssetManifestProperties {
    file: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StageProperties {
    directory_name: String,
}

pub fn read(source: &Source, limits: Limits) -> Result<Vec<AssemblyStack>, AssemblyError> {
    let mut reader = Reader {
        source,
        limits,
        stacks: Vec::new(),
        templates: HashMap::new(),
        visited: HashSet::new(),
        artifacts: 0,
        dependencies: 0,
    };
    reader.stage("", "", &[], 0)?;
    Ok(reader.stacks)
}

struct Reader<'a> {
    source: &'a Source,
    limits: Limits,
    stacks: Vec<AssemblyStack>,
    templates: HashMap<String, Arc<[u8]>>,
    /// Folders of stages. Each is read once: stages that name each other's folders would multiply without end.
    visited: HashSet<String>,
    artifacts: usize,
    dependencies: usize,
}

impl Reader<'_> {
    /// Reads one manifest; `before` are stacks of stages this one depends on. Answers with the ids of its stacks.
    fn stage(
        &mut self,
        folder: &str,
        prefix: &str,
        before: &[String],
        depth: usize,
    ) -> Result<Vec<String>, AssemblyError> {
        let file = join(folder, "manifest.json");
        self.visited.insert(folder.to_owned());
        let manifest: Manifest = self.source.json(&file)?;
        check_version(&file, &manifest.version)?;
        if let Some(missing) = manifest.missing.first() {
            let key = missing.get("key").and_then(Value::as_str).unwrap_or("a value");
            let message = format!(
                "was synthesised without {key}, so its templates hold placeholders. Run cdk synth where it can look \
                 values up, or keep them in cdk.context.json."
            );
            return Err(AssemblyError::of_key(&file, "missing", message));
        }
        self.artifacts += manifest.artifacts.len();
        if self.artifacts > ARTIFACTS {
            let message = format!("with these the assembly has more than {ARTIFACTS} artifacts, which is the most");
            return Err(AssemblyError::of_key(&file, "artifacts", message));
        }
        let mut artifacts: Vec<(String, Artifact)> = Vec::new();
        for (id, value) in manifest.artifacts {
            let artifact = serde_json::from_value(value)
                .map_err(|error| AssemblyError::of_key(&file, format!("artifacts.{id}"), error.to_string()))?;
            artifacts.push((id, artifact));
        }
        self.dependencies += artifacts.iter().map(|(_, artifact)| artifact.dependencies.len()).sum::<usize>();
        if self.dependencies > DEPENDENCIES {
            let message =
                format!("with these the assembly has more than {DEPENDENCIES} dependencies, which is the most");
            return Err(AssemblyError::of_key(&file, "artifacts", message));
        }
        let ids: BTreeSet<&str> = artifacts.iter().map(|(id, _)| id.as_str()).collect();
        for (id, artifact) in &artifacts {
            if let Some(unknown) = artifact.dependencies.iter().find(|d| !ids.contains(d.as_str())) {
                let key = format!("artifacts.{id}.dependencies");
                return Err(AssemblyError::of_key(&file, key, format!("there is no artifact {unknown}")));
            }
        }
        let by_id = artifacts.iter().map(|(id, artifact)| (id.as_str(), artifact)).collect();
        let stage = Stage { folder, prefix, file: &file, by_id };
        let mut made: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for id in order(&file, &artifacts)? {
            let Some(artifact) = stage.artifact(&id) else { continue };
            let mut waits_for: Vec<String> = before.to_vec();
            for reached in stage.reach(&id) {
                waits_for.extend(made.get(reached).into_iter().flatten().cloned());
            }
            let stacks = match artifact.kind.as_str() {
                "aws:cloudformation:stack" => vec![self.stack(&stage, &id, artifact, waits_for)?],
                "cdk:cloud-assembly" => self.nested(&stage, &id, artifact, &waits_for, depth)?,
                _ => Vec::new(),
            };
            made.insert(id, stacks);
        }
        Ok(made.into_values().flatten().collect())
    }

    fn nested(
        &mut self,
        stage: &Stage<'_>,
        id: &str,
        artifact: &Artifact,
        before: &[String],
        depth: usize,
    ) -> Result<Vec<String>, AssemblyError> {
        if depth >= DEEPEST {
            return Err(AssemblyError::of_key(stage.file, artifact_key(id), "stages are nested too deeply"));
        }
        let properties: StageProperties = stage.properties(id, artifact)?;
        let key = format!("{}.properties.directoryName", artifact_key(id));
        let folder = stage.path(&key, &properties.directory_name)?;
        if folder == stage.folder || !self.source.contains(&join(&folder, "manifest.json")) {
            let message = format!("{} holds no stage", properties.directory_name);
            return Err(AssemblyError::of_key(stage.file, key, message));
        }
        if self.visited.contains(&folder) {
            let message = format!("{} is the folder of another stage already", properties.directory_name);
            return Err(AssemblyError::of_key(stage.file, key, message));
        }
        self.stage(&folder, &format!("{}{id}/", stage.prefix), before, depth + 1)
    }

    fn stack(
        &mut self,
        stage: &Stage<'_>,
        id: &str,
        artifact: &Artifact,
        depends_on: Vec<String>,
    ) -> Result<String, AssemblyError> {
        let properties: StackProperties = stage.properties(id, artifact)?;
        let key = artifact_key(id);
        let has_legacy_asset = artifact.metadata.values().filter_map(Value::as_array).flatten();
        if has_legacy_asset.into_iter().any(|entry| entry.get("type").and_then(Value::as_str) == Some("aws:cdk:asset"))
        {
            let message = "uses assets of the CDK 1 kind, whose buckets are parameters. Synthesise with the default \
                           stack synthesizer.";
            return Err(AssemblyError::of_key(stage.file, format!("{key}.metadata"), message));
        }
        let template_key = format!("{key}.properties.templateFile");
        let template_file = stage.path(&template_key, &properties.template_file)?;
        let template = self.template(&template_file)?;
        let mut parameters = BTreeMap::new();
        for (name, value) in properties.parameters {
            let text = plain::parameter_text(&value).ok_or_else(|| {
                let key = format!("{key}.properties.parameters.{name}");
                AssemblyError::of_key(stage.file, key, "must be a text, a number or true or false")
            })?;
            parameters.insert(name, text);
        }
        let (account, region) = environment(stage.file, &key, artifact.environment.as_deref())?;
        let (assets, images) = self.assets(stage, id, &template_file)?;
        let full_id = format!("{}{id}", stage.prefix);
        self.stacks.push(AssemblyStack {
            id: full_id.clone(),
            stack_name: properties.stack_name.unwrap_or_else(|| id.to_owned()),
            is_plain: false,
            template_file,
            template,
            parameters,
            tags: properties.tags,
            account,
            region,
            termination_protection: properties.termination_protection,
            depends_on,
            assets,
            images,
        });
        Ok(full_id)
    }

    /// A template's bytes. Many stacks may name one file: it is read, understood and held once.
    fn template(&mut self, file: &str) -> Result<Arc<[u8]>, AssemblyError> {
        if let Some(known) = self.templates.get(file) {
            return Ok(known.clone());
        }
        let template: Arc<[u8]> = plain::template(self.source, file, self.limits)?.into();
        self.templates.insert(file.to_owned(), template.clone());
        Ok(template)
    }

    /// The assets of the manifests a stack depends on, without the stack's own template: that goes its own way.
    fn assets(
        &self,
        stage: &Stage<'_>,
        id: &str,
        template_file: &str,
    ) -> Result<(Vec<AssemblyAsset>, Vec<String>), AssemblyError> {
        let (mut assets, mut images) = (Vec::new(), Vec::new());
        for reached in stage.reach(id) {
            let Some(artifact) = stage.artifact(reached).filter(|a| a.kind == "cdk:asset-manifest") else { continue };
            let properties: AssetManifestProperties = stage.properties(reached, artifact)?;
            let key = format!("{}.properties.file", artifact_key(reached));
            let file = stage.path(&key, &properties.file)?;
            let found = assets::read(self.source, &file, stage.folder)?;
            assets.extend(found.files.into_iter().filter(|asset| asset.path != template_file));
            images.extend(found.images);
        }
        Ok((assets, images))
    }
}

fn artifact_key(id: &str) -> String {
    format!("artifacts.{id}")
}

/// One manifest while it is read.
struct Stage<'a> {
    folder: &'a str,
    prefix: &'a str,
    file: &'a str,
    by_id: HashMap<&'a str, &'a Artifact>,
}

impl Stage<'_> {
    fn artifact(&self, id: &str) -> Option<&Artifact> {
        self.by_id.get(id).copied()
    }

    fn properties<T: serde::de::DeserializeOwned>(&self, id: &str, artifact: &Artifact) -> Result<T, AssemblyError> {
        T::deserialize(&artifact.properties).map_err(|error| {
            AssemblyError::of_key(self.file, format!("{}.properties", artifact_key(id)), error.to_string())
        })
    }

    fn path(&self, key: &str, path: &str) -> Result<String, AssemblyError> {
        inside(self.folder, path)
            .ok_or_else(|| AssemblyError::of_key(self.file, key, format!("“{path}” leads out of the assembly")))
    }

    /// Artifacts something depends on: its own dependencies, and through those that are no stacks and no stages, theirs.
    fn reach<'s>(&'s self, id: &'s str) -> Vec<&'s str> {
        let mut found: Vec<&str> = Vec::new();
        let mut seen: HashSet<&str> = HashSet::from([id]);
        let mut open: Vec<&str> = vec![id];
        while let Some(next) = open.pop() {
            for dependency in self.artifact(next).into_iter().flat_map(|a| &a.dependencies) {
                if !seen.insert(dependency) {
                    continue;
                }
                found.push(dependency);
                let is_end = |a: &Artifact| a.kind == "aws:cloudformation:stack" || a.kind == "cdk:cloud-assembly";
                if !self.artifact(dependency).is_some_and(is_end) {
                    open.push(dependency);
                }
            }
        }
        found
    }
}

/// Artifacts so that each follows what it depends on; otherwise as the file has them.
fn order(file: &str, artifacts: &[(String, Artifact)]) -> Result<Vec<String>, AssemblyError> {
    let mut waits_for: Vec<HashSet<&str>> =
        artifacts.iter().map(|(_, artifact)| artifact.dependencies.iter().map(String::as_str).collect()).collect();
    let mut waiting: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, names) in waits_for.iter().enumerate() {
        for name in names {
            waiting.entry(name).or_default().push(index);
        }
    }
    let positions = waits_for.iter().enumerate();
    let mut ready: BTreeSet<usize> = positions.filter(|(_, names)| names.is_empty()).map(|(index, _)| index).collect();
    let mut done: Vec<String> = Vec::new();
    while let Some((id, _)) = ready.pop_first().and_then(|index| artifacts.get(index)) {
        for index in waiting.remove(id.as_str()).into_iter().flatten() {
            if let Some(names) = waits_for.get_mut(index)
                && names.remove(id.as_str())
                && names.is_empty()
            {
                ready.insert(index);
            }
        }
        done.push(id.clone());
    }
    if done.len() < artifacts.len() {
        let done: HashSet<&String> = done.iter().collect();
        let stuck: Vec<&str> =
            artifacts.iter().map(|(id, _)| id).filter(|id| !done.contains(id)).map(String::as_str).collect();
        let message = format!("these depend on each other in a circle: {}", stuck.join(", "));
        return Err(AssemblyError::of_key(file, "artifacts", message));
    }
    Ok(done)
}

fn check_version(file: &str, version: &str) -> Result<(), AssemblyError> {
    let major = version.split('.').next().and_then(|text| text.parse::<u64>().ok());
    let message = match major {
        Some(OLDEST..=NEWEST) => return Ok(()),
        Some(newer) if newer > NEWEST => format!(
            "version {version} of the cloud assembly schema is newer than this Lockkeeper reads (up to {NEWEST}). \
             Update Lockkeeper, or synthesise with an older aws-cdk-lib."
        ),
        Some(_) => format!(
            "version {version} of the cloud assembly schema is too old (from {OLDEST}). Synthesise with aws-cdk-lib \
             2.129 or newer."
        ),
        None => format!("“{version}” is not a version; is this a cloud assembly?"),
    };
    Err(AssemblyError::of_key(file, "version", message))
}

/// `aws://account/region`, either of them possibly unknown.
fn environment(file: &str, key: &str, text: Option<&str>) -> Result<(Option<String>, Option<String>), AssemblyError> {
    let Some(text) = text else { return Ok((None, None)) };
    let parts = text.strip_prefix("aws://").and_then(|rest| rest.split_once('/'));
    let Some((account, region)) = parts else {
        let message = format!("“{text}” is not of the form aws://account/region");
        return Err(AssemblyError::of_key(file, format!("{key}.environment"), message));
    };
    let known = |value: &str| (!value.is_empty() && !value.starts_with("unknown-")).then(|| value.to_owned());
    Ok((known(account), known(region)))
}

pub fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
