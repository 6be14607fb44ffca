//! Folders of plain templates: `Api.template.json`, or `Api.json`, with an optional `parameters.json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{AssemblyError, AssemblyStack, Limits, source::Source};

const PARAMETERS: &str = "parameters.json";

pub fn read(source: &Source, limits: Limits) -> Result<Vec<AssemblyStack>, AssemblyError> {
    let ending = |name: &str, wanted: &[&str]| wanted.iter().any(|e| name.to_lowercase().ends_with(e));
    if let Some(yaml) = source.top_level().find(|name| ending(name, &[".yaml", ".yml"])) {
        let message = "is YAML; plain templates must be JSON. `cfn-flip`, or `aws cloudformation get-template`, \
                       converts one.";
        return Err(AssemblyError::of_file(yaml, message));
    }
    let names: Vec<&str> = source.top_level().filter(|name| ending(name, &[".json"]) && *name != PARAMETERS).collect();
    if names.is_empty() {
        return Err(AssemblyError::new(
            "not a cloud assembly: there is no manifest.json, and no *.template.json either. Name the folder that \
             `cdk synth` wrote (cdk.out).",
        ));
    }
    let mut parameters = parameters(source)?;
    let mut stacks = Vec::new();
    for name in names {
        let stem = name.strip_suffix(".template.json").or_else(|| name.strip_suffix(".json")).unwrap_or(name);
        stacks.push(AssemblyStack {
            id: stem.to_owned(),
            stack_name: stem.to_owned(),
            is_plain: true,
            template_file: name.to_owned(),
            template: template(source, name, limits)?.into(),
            parameters: parameters.remove(stem).unwrap_or_default(),
            tags: BTreeMap::new(),
            account: None,
            region: None,
            termination_protection: None,
            depends_on: Vec::new(),
            assets: Vec::new(),
            images: Vec::new(),
        });
    }
    if let Some(unknown) = parameters.keys().next() {
        return Err(AssemblyError::of_key(PARAMETERS, unknown, "there is no template of this name"));
    }
    Ok(stacks)
}

/// `{"Api": {"MinCapacity": 2}}`: template, parameter, value.
fn parameters(source: &Source) -> Result<BTreeMap<String, BTreeMap<String, String>>, AssemblyError> {
    if !source.contains(PARAMETERS) {
        return Ok(BTreeMap::new());
    }
    let all: BTreeMap<String, Map<String, Value>> = source.json(PARAMETERS)?;
    let mut result = BTreeMap::new();
    for (stack, values) in all {
        let mut texts = BTreeMap::new();
        for (name, value) in values {
            let text = parameter_text(&value).ok_or_else(|| {
                let key = format!("{stack}.{name}");
                AssemblyError::of_key(PARAMETERS, key, "must be a text, a number or true or false")
            })?;
            texts.insert(name, text);
        }
        result.insert(stack, texts);
    }
    Ok(result)
}

/// A parameter as `CloudFormation` takes it.
pub fn parameter_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A template's bytes, once they are known to be one.
pub fn template(source: &Source, file: &str, limits: Limits) -> Result<Vec<u8>, AssemblyError> {
    let size = source.size(file).ok_or_else(|| AssemblyError::of_file(file, "is not in the assembly"))?;
    if size > limits.template_bytes {
        let message = format!("is {size} bytes; CloudFormation takes templates up to {}", limits.template_bytes);
        return Err(AssemblyError::of_file(file, message));
    }
    let bytes = source.bytes(file)?;
    let parsed: Value = serde_json::from_slice(&bytes)
        .map_err(|error| AssemblyError::of_file(file, format!("is not a JSON template: {error}")))?;
    if parsed.get("Resources").and_then(Value::as_object).is_none_or(Map::is_empty) {
        return Err(AssemblyError::of_key(file, "Resources", "is missing or empty: not a CloudFormation template"));
    }
    Ok(bytes)
}
