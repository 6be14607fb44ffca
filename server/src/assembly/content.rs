//! An assembly laid beside a blueprint: what a release stores for one environment.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    blueprint::{Blueprint, Environment, StackDefinition},
    release::{EnvironmentContent, FileAsset, StackContent},
    template,
};

use super::{Assembly, AssemblyAsset, AssemblyError, AssemblyStack, Blob, BlobKind, Packaging, archive::pack_zip};

/// Where Lockkeeper itself keeps templates in a bucket.
const OWN_PREFIX: &str = "lockkeeper/";

/// What one environment of a release holds.
#[derive(Clone, Debug)]
pub struct Content {
    pub environment: EnvironmentContent,
    /// Each digest once.
    pub blobs: Vec<Blob>,
    /// What must be true before a deployment and cannot be seen from here.
    pub notices: Vec<String>,
}

/// Lays an assembly beside the blueprint. `account`: the account of the target, where the blueprint names none.
///
/// # Errors
/// Everything that does not fit.
pub fn content(
    assembly: &Assembly,
    blueprint: &Blueprint,
    environment_name: &str,
    account: Option<&str>,
) -> Result<Content, Vec<AssemblyError>> {
    let Some(environment) = blueprint.environment(environment_name) else {
        let known: Vec<&str> = blueprint.environments.iter().map(|e| e.name.as_str()).collect();
        let message = format!("the blueprint has no environment {environment_name}; it has {}", known.join(", "));
        return Err(vec![AssemblyError::new(message)]);
    };
    let account = environment.account.as_deref().or(account);
    let mut work = Work {
        assembly,
        blueprint,
        environment,
        account,
        problems: Vec::new(),
        blobs: BTreeMap::new(),
        notices: Vec::new(),
    };
    let pairs = work.pairs();
    let dependencies = work.dependencies(&pairs);
    let ordered = work.ordered(&pairs, &dependencies);
    let stacks: Vec<StackContent> =
        ordered.into_iter().map(|(stack, definition)| work.stack(stack, definition, &dependencies)).collect();
    if work.problems.is_empty() {
        let blobs = work.blobs.into_values().collect();
        Ok(Content { environment: EnvironmentContent { stacks }, blobs, notices: work.notices })
    } else {
        Err(work.problems)
    }
}

type Pair<'a> = (&'a AssemblyStack, &'a StackDefinition);

struct Work<'a> {
    assembly: &'a Assembly,
    blueprint: &'a Blueprint,
    environment: &'a Environment,
    account: Option<&'a str>,
    problems: Vec<AssemblyError>,
    blobs: BTreeMap<String, Blob>,
    notices: Vec<String>,
}

impl<'a> Work<'a> {
    fn problem(&mut self, stack: &AssemblyStack, message: String) {
        self.problems.push(AssemblyError::of_key(&stack.template_file, &stack.stack_name, message));
    }

    /// Each stack of the assembly with its definition, in the order of the blueprint.
    fn pairs(&mut self) -> Vec<Pair<'a>> {
        let (assembly, blueprint, name) = (self.assembly, self.blueprint, &self.environment.name);
        let is_meant = |stack: &AssemblyStack, definition: &StackDefinition| {
            stack.stack_name == definition.stack_name(name) || (stack.is_plain && stack.stack_name == definition.name)
        };
        for stack in &assembly.stacks {
            if blueprint.stacks.iter().any(|definition| is_meant(stack, definition)) {
                continue;
            }
            let other = blueprint
                .environments
                .iter()
                .find(|e| blueprint.stacks.iter().any(|d| d.stack_name(&e.name) == stack.stack_name));
            let message = match other {
                Some(other) => format!("belongs to {}, not to {name}: was the assembly of {name} meant?", other.name),
                None => "is not in the blueprint".to_owned(),
            };
            self.problem(stack, message);
        }
        let mut pairs = Vec::new();
        let mut missing = Vec::new();
        for definition in &blueprint.stacks {
            let mut found = assembly.stacks.iter().filter(|stack| is_meant(stack, definition));
            match found.next() {
                Some(stack) => pairs.push((stack, definition)),
                None => missing.push(definition.stack_name(name)),
            }
            if let Some(second) = found.next() {
                self.problem(second, format!("is there twice: both are stack {} of the blueprint", definition.name));
            }
        }
        if !missing.is_empty() {
            let message = format!("the blueprint expects these stacks, and they are not here: {}", missing.join(", "));
            self.problems.push(AssemblyError::new(message));
        }
        pairs
    }

    /// Logical names each stack waits for: what the assembly says and what the blueprint says.
    fn dependencies(&mut self, pairs: &[Pair<'a>]) -> BTreeMap<&'a str, Vec<String>> {
        let logical = |id: &str| pairs.iter().find(|(stack, _)| stack.id == id).map(|(_, d)| d.name.as_str());
        let mut result = BTreeMap::new();
        for (stack, definition) in pairs {
            let of_assembly = stack.depends_on.iter().filter_map(|id| logical(id));
            let is_here = |name: &&str| pairs.iter().any(|(_, d)| d.name == **name);
            let of_blueprint = definition.depends_on.iter().map(String::as_str).filter(is_here);
            let names: BTreeSet<&str> =
                of_assembly.chain(of_blueprint).filter(|name| *name != definition.name).collect();
            // In the order of the blueprint, which is what people know.
            let in_order = self.blueprint.stacks.iter().map(|d| d.name.as_str()).filter(|name| names.contains(name));
            result.insert(definition.name.as_str(), in_order.map(str::to_owned).collect());
        }
        result
    }

    /// Dependencies first; where they leave a choice, the order of the blueprint.
    fn ordered(&mut self, pairs: &[Pair<'a>], dependencies: &BTreeMap<&'a str, Vec<String>>) -> Vec<Pair<'a>> {
        let mut done: Vec<Pair<'a>> = Vec::new();
        while done.len() < pairs.len() {
            let is_done = |name: &str| done.iter().any(|(_, d)| d.name == name);
            let is_ready =
                |d: &StackDefinition| dependencies.get(d.name.as_str()).into_iter().flatten().all(|name| is_done(name));
            let next = pairs.iter().find(|(_, d)| !is_done(&d.name) && is_ready(d));
            let Some(pair) = next else {
                let stuck: Vec<&str> = pairs.iter().map(|(_, d)| d.name.as_str()).filter(|n| !is_done(n)).collect();
                let message = format!(
                    "assembly and blueprint together make these stacks wait for each other: {}",
                    stuck.join(", ")
                );
                self.problems.push(AssemblyError::new(message));
                break;
            };
            done.push(*pair);
        }
        done
    }

    fn stack(
        &mut self,
        stack: &AssemblyStack,
        definition: &StackDefinition,
        dependencies: &BTreeMap<&'a str, Vec<String>>,
    ) -> StackContent {
        self.target(stack);
        let assets = stack.assets.iter().filter_map(|asset| self.asset(stack, asset)).collect();
        for image in &stack.images {
            self.notices.push(format!(
                "{}: container image {image} must be published before a deployment; Lockkeeper uploads files, not images",
                stack.stack_name
            ));
        }
        let parsed = serde_json::from_slice(&stack.template).unwrap_or_default();
        let template = self.keep(Blob::new(stack.template.to_vec(), BlobKind::Template));
        StackContent {
            logical_name: definition.name.clone(),
            stack_name: definition.stack_name(&self.environment.name),
            template_digest: template.0,
            template_size: template.1,
            parameters: stack.parameters.clone(),
            tags: self.tags(stack),
            depends_on: dependencies.get(definition.name.as_str()).cloned().unwrap_or_default(),
            account: stack.account.clone(),
            region: stack.region.clone(),
            assets,
            termination_protection: stack.termination_protection,
            resource_count: template::resource_count(&parsed),
        }
    }

    /// The environment's tags, and over them what the assembly says itself.
    fn tags(&self, stack: &AssemblyStack) -> BTreeMap<String, String> {
        let mut tags = self.environment.tags.clone();
        tags.extend(stack.tags.clone());
        tags
    }

    /// An assembly made for another account or region must not reach this one.
    fn target(&mut self, stack: &AssemblyStack) {
        let name = &self.environment.name;
        if let (Some(made_for), Some(account)) = (&stack.account, self.account)
            && made_for != account
        {
            self.problem(stack, format!("was synthesised for account {made_for}, but {name} is account {account}"));
        }
        if let Some(made_for) = stack.region.as_ref().filter(|r| **r != self.environment.region) {
            let message =
                format!("was synthesised for region {made_for}, but {name} is in {}", self.environment.region);
            self.problem(stack, message);
        }
    }

    fn asset(&mut self, stack: &AssemblyStack, asset: &AssemblyAsset) -> Option<FileAsset> {
        let key = format!("files.{}", asset.id);
        let region = &self.environment.region;
        let is_here = |d: &&super::AssetDestination| {
            d.region
                .as_ref()
                .or(stack.region.as_ref())
                .is_none_or(|r| self.filled(r).as_deref() == Some(region.as_str()))
        };
        let mut destinations = asset.destinations.iter().filter(is_here);
        let (Some(destination), rest) = (destinations.next(), destinations.next()) else {
            let message = format!("has no destination in {region}");
            self.problems.push(AssemblyError::of_key(&asset.manifest, key, message));
            return None;
        };
        if rest.is_some() {
            let message = format!("has several destinations in {region}; one is supported");
            self.problems.push(AssemblyError::of_key(&asset.manifest, key, message));
            return None;
        }
        let (Some(bucket), Some(object)) = (self.filled(&destination.bucket), self.filled(&destination.key)) else {
            let message = format!(
                "needs the account of {}, and neither the assembly nor the blueprint names it",
                self.environment.name
            );
            self.problems.push(AssemblyError::of_key(&asset.manifest, key, message));
            return None;
        };
        if let Some(message) = self.problem_of_destination(stack, &bucket, &object) {
            self.problems.push(AssemblyError::of_key(&asset.manifest, key, message));
            return None;
        }
        let bytes = match self.bytes(asset) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.problems.push(error);
                return None;
            }
        };
        let (blob, size) = self.keep(Blob::new(bytes, BlobKind::Asset));
        Some(FileAsset { id: asset.id.clone(), blob, size, bucket, key: object })
    }

    /// An upload must not choose what Lockkeeper's rights are used on: files go where the CDK's bootstrap keeps them, or
    /// where the blueprint says, and never over Lockkeeper's own.
    fn problem_of_destination(&self, stack: &AssemblyStack, bucket: &str, object: &str) -> Option<String> {
        if object.starts_with(OWN_PREFIX) {
            return Some(format!(
                "goes to {object} in bucket {bucket}, and what begins with {OWN_PREFIX} is Lockkeeper's own. Synthesise \
                 with another bucketPrefix."
            ));
        }
        let account = self.account.or(stack.account.as_deref());
        let region = &self.environment.region;
        let is_chosen = self.environment.template_bucket.as_deref() == Some(bucket);
        if is_chosen || is_bootstrap_bucket(bucket, account, region) {
            return None;
        }
        Some(format!(
            "goes to bucket {bucket}, which is neither the CDK bootstrap's (cdk-<qualifier>-assets-{}-{region}) nor the \
             template_bucket of {}. Synthesise for a bootstrap bucket, or name this one as template_bucket in the \
             blueprint.",
            account.unwrap_or("<account>"),
            self.environment.name
        ))
    }

    fn bytes(&self, asset: &AssemblyAsset) -> Result<Vec<u8>, AssemblyError> {
        let source = &self.assembly.source;
        // A zip asset that is a file already is one somebody packed.
        if asset.packaging == Packaging::File || source.contains(&asset.path) {
            return source.bytes(&asset.path);
        }
        pack_zip(&source.directory(&asset.path)?)
    }

    fn keep(&mut self, blob: Blob) -> (domain::digest::Digest, u64) {
        let (digest, size) = (blob.digest.clone(), u64::try_from(blob.bytes.len()).unwrap_or(u64::MAX));
        self.blobs.entry(digest.as_str().to_owned()).or_insert(blob);
        (digest, size)
    }

    /// The CDK's placeholders filled for the target; `None` when that needs an account nobody named.
    fn filled(&self, text: &str) -> Option<String> {
        let region = &self.environment.region;
        let text = text.replace("${AWS::Region}", region).replace("${AWS::Partition}", partition(region));
        match self.account {
            Some(account) => Some(text.replace("${AWS::AccountId}", account)),
            None => (!text.contains("${AWS::AccountId}")).then_some(text),
        }
    }
}

/// `cdk-<qualifier>-assets-<account>-<region>`; an account nobody named is any.
fn is_bootstrap_bucket(bucket: &str, account: Option<&str>, region: &str) -> bool {
    let parts = bucket.strip_prefix("cdk-").and_then(|rest| rest.split_once("-assets-"));
    let Some((qualifier, place)) = parts else { return false };
    let Some((found, place)) = place.split_once('-') else { return false };
    let is_account = found.len() == 12 && found.bytes().all(|b| b.is_ascii_digit());
    let is_qualifier = !qualifier.is_empty() && qualifier.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    is_qualifier && is_account && account.is_none_or(|account| account == found) && place == region
}

fn partition(region: &str) -> &'static str {
    match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ if region.starts_with("us-iso-") => "aws-iso",
        _ if region.starts_with("us-isob-") => "aws-iso-b",
        _ if region.starts_with("eu-isoe-") => "aws-iso-e",
        _ if region.starts_with("us-isof-") => "aws-iso-f",
        _ if region.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
}
