//! Intrinsic functions, as far as they can be known: what depends on a resource that does not exist yet stays as it is
//! written, so that two templates can be compared before anything is made.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{
    naming::attribute,
    state::Resource,
    template::{resources, scalar},
};

/// What a template is read with.
pub(super) struct Scope<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) stack_name: &'a str,
    pub(super) stack_id: &'a str,
    pub(super) template: &'a Value,
    pub(super) parameters: &'a BTreeMap<String, String>,
    pub(super) resources: &'a BTreeMap<String, Resource>,
    pub(super) exports: &'a BTreeMap<String, String>,
    seen: RefCell<Seen>,
}

/// Which exports were read while resolving.
#[derive(Default)]
struct Seen {
    imports: BTreeSet<String>,
    missing: BTreeSet<String>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        (account, region): (&'a str, &'a str),
        (stack_name, stack_id): (&'a str, &'a str),
        template: &'a Value,
        parameters: &'a BTreeMap<String, String>,
        resources: &'a BTreeMap<String, Resource>,
        exports: &'a BTreeMap<String, String>,
    ) -> Self {
        let seen = RefCell::default();
        Self { account, region, stack_name, stack_id, template, parameters, resources, exports, seen }
    }

    /// Exports read so far that exist.
    pub(super) fn imports(&self) -> Vec<String> {
        self.seen.borrow().imports.iter().cloned().collect()
    }

    /// Exports asked for so far that nobody exports.
    pub(super) fn missing(&self) -> Vec<String> {
        self.seen.borrow().missing.iter().cloned().collect()
    }

    /// Logical ids of the resources whose condition holds.
    pub(super) fn active(&self) -> BTreeSet<String> {
        let holds = |resource: &Value| {
            resource.get("Condition").and_then(Value::as_str).is_none_or(|name| self.condition(name))
        };
        resources(self.template).filter(|(_, resource)| holds(resource)).map(|(id, _)| id.clone()).collect()
    }

    pub(super) fn condition(&self, name: &str) -> bool {
        self.template.pointer(&format!("/Conditions/{name}")).is_some_and(|condition| self.holds(condition))
    }

    fn holds(&self, value: &Value) -> bool {
        let Some((function, argument)) = function(value) else { return scalar(&self.resolve(value)) == "true" };
        let arguments = argument.as_array().map_or(&[][..], Vec::as_slice);
        match function {
            "Fn::And" => arguments.iter().all(|one| self.holds(one)),
            "Fn::Or" => arguments.iter().any(|one| self.holds(one)),
            "Fn::Not" => arguments.first().is_some_and(|one| !self.holds(one)),
            "Fn::Equals" => match arguments {
                [a, b] => scalar(&self.resolve(a)) == scalar(&self.resolve(b)),
                _ => false,
            },
            "Condition" => argument.as_str().is_some_and(|name| self.condition(name)),
            _ => scalar(&self.resolve(value)) == "true",
        }
    }

    pub(super) fn resolve(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.resolve(item)).filter(|item| !is_no_value(item)).collect())
            }
            Value::Object(map) => {
                if let Some((function, argument)) = function(value) {
                    return self.apply(function, argument).unwrap_or_else(|| value.clone());
                }
                let members = map.iter().map(|(key, item)| (key.clone(), self.resolve(item)));
                Value::Object(members.filter(|(_, item)| !is_no_value(item)).collect())
            }
            other => other.clone(),
        }
    }

    /// `None`: not known yet, or not a function this world has.
    fn apply(&self, name: &str, argument: &Value) -> Option<Value> {
        let list = argument.as_array().map_or(&[][..], Vec::as_slice);
        match name {
            "Ref" => self.reference(argument.as_str()?),
            "Fn::GetAtt" => {
                let path = match argument {
                    Value::String(path) => path.clone(),
                    _ => list.iter().map(|part| scalar(&self.resolve(part))).collect::<Vec<_>>().join("."),
                };
                let (logical_id, attribute_name) = path.split_once('.')?;
                let resource = self.resources.get(logical_id)?;
                Some(Value::String(attribute(resource, attribute_name, self.account, self.region)))
            }
            "Fn::Join" => {
                let [separator, parts] = list else { return None };
                let parts = self.resolve(parts);
                let resolved = json!({"Fn::Join": [separator, parts]});
                let texts: Option<Vec<String>> = parts.as_array()?.iter().map(text).collect();
                Some(texts.map_or(resolved, |texts| Value::String(texts.join(separator.as_str().unwrap_or_default()))))
            }
            "Fn::Sub" => self.substitute(argument),
            "Fn::Select" => {
                let [index, from] = list else { return None };
                let index: usize = scalar(&self.resolve(index)).parse().ok()?;
                self.resolve(from).as_array()?.get(index).cloned()
            }
            "Fn::Split" => {
                let [separator, from] = list else { return None };
                let source = text(&self.resolve(from))?;
                Some(Value::from(source.split(separator.as_str()?).collect::<Vec<_>>()))
            }
            "Fn::ImportValue" => {
                let export = text(&self.resolve(argument))?;
                let value = self.exports.get(&export).cloned();
                let mut seen = self.seen.borrow_mut();
                if value.is_some() {
                    seen.imports.insert(export)
                } else {
                    seen.missing.insert(export)
                };
                value.map(Value::String)
            }
            "Fn::If" => {
                let [condition, yes, no] = list else { return None };
                Some(self.resolve(if self.condition(condition.as_str()?) { yes } else { no }))
            }
            "Fn::FindInMap" => {
                let keys: Vec<String> = list.iter().map(|key| scalar(&self.resolve(key))).collect();
                let [map, first, second] = keys.as_slice() else { return None };
                self.template.get("Mappings")?.get(map)?.get(first)?.get(second).cloned()
            }
            "Fn::Base64" => Some(Value::String(STANDARD.encode(text(&self.resolve(argument))?))),
            "Fn::GetAZs" => {
                let region = text(&self.resolve(argument)).filter(|region| !region.is_empty());
                let region = region.unwrap_or_else(|| self.region.to_owned());
                Some(json!([format!("{region}a"), format!("{region}b"), format!("{region}c")]))
            }
            _ => None,
        }
    }

    fn reference(&self, name: &str) -> Option<Value> {
        let suffix = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let partition = if self.region.starts_with("cn-") { "aws-cn" } else { "aws" };
        let pseudo = match name {
            "AWS::Region" => self.region,
            "AWS::AccountId" => self.account,
            "AWS::StackName" => self.stack_name,
            "AWS::StackId" => self.stack_id,
            "AWS::Partition" => partition,
            "AWS::URLSuffix" => suffix,
            // Resolved away by whoever holds it.
            "AWS::NoValue" => return Some(json!({"Ref": "AWS::NoValue"})),
            "AWS::NotificationARNs" => return Some(json!([])),
            _ => {
                let is_list = self
                    .template
                    .pointer(&format!("/Parameters/{name}/Type"))
                    .and_then(Value::as_str)
                    .is_some_and(|kind| kind == "CommaDelimitedList" || kind.contains("List<"));
                return match self.parameters.get(name) {
                    Some(value) if is_list => Some(value.split(',').map(str::trim).collect()),
                    Some(value) => Some(Value::String(value.clone())),
                    None => self.resources.get(name).map(|resource| Value::String(resource.physical_id.clone())),
                };
            }
        };
        Some(Value::String(pseudo.to_owned()))
    }

    fn substitute(&self, argument: &Value) -> Option<Value> {
        let none = Map::new();
        let (pattern, own) = match argument {
            Value::String(pattern) => (pattern.as_str(), &none),
            Value::Array(parts) => (parts.first()?.as_str()?, parts.get(1).and_then(Value::as_object).unwrap_or(&none)),
            _ => return None,
        };
        let mut out = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}')?;
            out.push_str(before);
            rest = tail;
            if let Some(literal) = name.strip_prefix('!') {
                out.extend(["${", literal, "}"]);
                continue;
            }
            let value = match own.get(name) {
                Some(value) => self.resolve(value),
                None if name.contains('.') => self.apply("Fn::GetAtt", &Value::String(name.to_owned()))?,
                None => self.reference(name)?,
            };
            out.push_str(&text(&value)?);
        }
        out.push_str(rest);
        Some(Value::String(out))
    }
}

/// The single key of `{"Fn::…": …}`, `{"Ref": …}` or `{"Condition": …}` with its argument.
fn function(value: &Value) -> Option<(&str, &Value)> {
    let map = value.as_object()?;
    let (key, argument) = map.iter().next()?;
    let is_function =
        map.len() == 1 && (key == "Ref" || key.starts_with("Fn::") || (key == "Condition" && argument.is_string()));
    is_function.then_some((key.as_str(), argument))
}

/// A value that can stand in a string; an unresolved function cannot.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Array(_) | Value::Object(_) | Value::Null => None,
        other => Some(scalar(other)),
    }
}

fn is_no_value(value: &Value) -> bool {
    matches!(function(value), Some(("Ref", name)) if name == "AWS::NoValue")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(template: &Value, value: &Value) -> Value {
        let parameters = BTreeMap::from([("Stage".to_owned(), "staging".to_owned())]);
        let topic = Resource { physical_id: "arn:topic".to_owned(), resource_type: "AWS::SNS::Topic".to_owned() };
        let resources = BTreeMap::from([("Topic".to_owned(), topic)]);
        let exports = BTreeMap::from([("shared-vpc".to_owned(), "vpc-1".to_owned())]);
        Scope::new(("123456789012", "eu-west-1"), ("App", "arn:stack"), template, &parameters, &resources, &exports)
            .resolve(value)
    }

    #[test]
    fn functions_nest() {
        let value = json!({"Fn::Join": ["/", [
            {"Fn::Sub": "${AWS::StackName}-${Stage}"},
            {"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]},
            {"Fn::ImportValue": "shared-vpc"},
            {"Ref": "Topic"}
        ]]});
        assert_eq!(resolved(&json!({}), &value), json!("App-staging/b/vpc-1/arn:topic"));
    }

    #[test]
    fn what_is_not_known_yet_stays_as_written() {
        let value = json!({"Fn::Join": ["", ["x-", {"Ref": "Stage"}, {"Ref": "NotMadeYet"}]]});
        let expected = json!({"Fn::Join": ["", ["x-", "staging", {"Ref": "NotMadeYet"}]]});
        assert_eq!(resolved(&json!({}), &value), expected);
    }

    #[test]
    fn no_value_removes_what_holds_it() {
        let template = json!({"Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "production"]}}});
        let value = json!({"Kept": 1, "Gone": {"Fn::If": ["Prod", "x", {"Ref": "AWS::NoValue"}]}});
        assert_eq!(resolved(&template, &value), json!({"Kept": 1}));
    }

    #[test]
    fn a_missing_export_is_remembered() {
        let (template, parameters) = (json!({}), BTreeMap::new());
        let (resources, exports) = (BTreeMap::new(), BTreeMap::new());
        let scope = Scope::new(("1", "r"), ("App", "id"), &template, &parameters, &resources, &exports);
        scope.resolve(&json!({"A": {"Fn::ImportValue": "ghost"}}));
        assert_eq!(scope.missing(), ["ghost"]);
        assert!(scope.imports().is_empty());
    }
}
