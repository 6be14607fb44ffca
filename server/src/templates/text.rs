//! Values of a template as texts: intrinsic functions carried out as far as the templates alone decide them.

use serde_json::{Map, Value};

use super::{DEEPEST, ResourceRef, Templates, names::is_referred_to_by_name};

/// A text with the parts nobody knows before CloudFormation made the stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Known(String),
    /// What `Ref`, or `Fn::GetAtt` with an attribute, answers for a resource.
    Resource {
        at: ResourceRef,
        attribute: Option<String>,
    },
    Unknown,
}

impl Text {
    /// The text, where all of it is known.
    pub fn literal(&self) -> Option<String> {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Known(text) => Some(text.as_str()),
                Piece::Resource { .. } | Piece::Unknown => None,
            })
            .collect()
    }

    pub fn resources(&self) -> impl Iterator<Item = ResourceRef> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Resource { at, .. } => Some(*at),
            Piece::Known(_) | Piece::Unknown => None,
        })
    }

    fn known(text: impl Into<String>) -> Self {
        Self(vec![Piece::Known(text.into())])
    }

    fn unknown() -> Self {
        Self(vec![Piece::Unknown])
    }
}

impl Templates {
    /// A value's text, where the templates alone decide it.
    pub fn literal(&self, stack: usize, value: &Value) -> Option<String> {
        self.text(stack, value).literal()
    }

    /// A value as text, with what it knows of the resources it names.
    pub fn text(&self, stack: usize, value: &Value) -> Text {
        self.evaluate(stack, value, 0)
    }

    /// A text in which resources that were given a name stand for it.
    pub fn spelled(&self, text: &Text) -> Option<String> {
        text.0
            .iter()
            .map(|piece| match piece {
                Piece::Known(known) => Some(known.clone()),
                Piece::Resource { at, attribute: None } if is_referred_to_by_name(&self.get(*at).kind) => {
                    self.name(*at)
                }
                Piece::Resource { .. } | Piece::Unknown => None,
            })
            .collect()
    }

    fn evaluate(&self, stack: usize, value: &Value, depth: usize) -> Text {
        if depth > DEEPEST {
            return Text::unknown();
        }
        match value {
            Value::String(text) => Text::known(text),
            Value::Number(number) => Text::known(number.to_string()),
            Value::Bool(value) => Text::known(value.to_string()),
            Value::Object(map) if map.len() == 1 => {
                map.iter().next().map_or_else(Text::unknown, |(name, inner)| self.call(stack, name, inner, depth + 1))
            }
            Value::Object(_) | Value::Array(_) | Value::Null => Text::unknown(),
        }
    }

    fn call(&self, stack: usize, function: &str, argument: &Value, depth: usize) -> Text {
        match (function, argument) {
            ("Ref", Value::String(name)) => self.reference(stack, name),
            ("Fn::GetAtt", _) => match attribute(argument) {
                Some((id, attribute)) => self
                    .find(stack, &id)
                    .map_or_else(Text::unknown, |at| Text(vec![Piece::Resource { at, attribute: Some(attribute) }])),
                None => Text::unknown(),
            },
            ("Fn::Join", Value::Array(parts)) => {
                let (Some(Value::String(separator)), Some(Value::Array(items))) = (parts.first(), parts.get(1)) else {
                    return Text::unknown();
                };
                let mut pieces = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    if i > 0 && !separator.is_empty() {
                        pieces.push(Piece::Known(separator.clone()));
                    }
                    pieces.extend(self.evaluate(stack, item, depth).0);
                }
                Text(pieces)
            }
            ("Fn::Sub", _) => {
                let (Some(body), values) = (substitution(argument).0, substitution_values(argument)) else {
                    return Text::unknown();
                };
                self.substitute(stack, body, values, depth)
            }
            ("Fn::ImportValue", name) => {
                let name = self.evaluate(stack, name, depth).literal();
                match name.and_then(|name| self.export(&name)) {
                    Some((owner, value)) => self.evaluate(owner, value, depth),
                    None => Text::unknown(),
                }
            }
            ("Fn::Select", Value::Array(parts)) => {
                let index = parts.first().and_then(|i| self.evaluate(stack, i, depth).literal()?.parse::<usize>().ok());
                let chosen = index.and_then(|index| parts.get(1)?.as_array()?.get(index));
                chosen.map_or_else(Text::unknown, |item| self.evaluate(stack, item, depth))
            }
            ("Fn::FindInMap", Value::Array(keys)) => {
                let keys: Option<Vec<String>> =
                    keys.iter().take(3).map(|key| self.evaluate(stack, key, depth).literal()).collect();
                let found = keys.and_then(|keys| {
                    let [map, first, second] = keys.as_slice() else { return None };
                    self.stacks.get(stack)?.template.get("Mappings")?.get(map)?.get(first)?.get(second)
                });
                found.map_or_else(Text::unknown, |value| self.evaluate(stack, value, depth))
            }
            _ => Text::unknown(),
        }
    }

    fn reference(&self, stack: usize, name: &str) -> Text {
        let Some(owner) = self.stacks.get(stack) else { return Text::unknown() };
        let value = match name {
            "AWS::Region" => owner.region.clone(),
            "AWS::AccountId" => owner.account.clone(),
            "AWS::StackName" => Some(owner.name.clone()),
            "AWS::Partition" => Some("aws".to_owned()),
            "AWS::URLSuffix" => Some("amazonaws.com".to_owned()),
            "AWS::NoValue" => Some(String::new()),
            _ => match self.find(stack, name) {
                Some(at) => return Text(vec![Piece::Resource { at, attribute: None }]),
                None => self.parameter(stack, name),
            },
        };
        value.map_or_else(Text::unknown, Text::known)
    }

    /// What a parameter is given, or its default; never what Systems Manager would put in its place.
    fn parameter(&self, stack: usize, name: &str) -> Option<String> {
        let owner = self.stacks.get(stack)?;
        let declared = owner.template.get("Parameters")?.get(name)?;
        let kind = declared.get("Type").and_then(Value::as_str).unwrap_or_default();
        if kind.starts_with("AWS::SSM::") {
            return None;
        }
        let default = || match declared.get("Default")? {
            Value::String(text) => Some(text.clone()),
            other @ (Value::Number(_) | Value::Bool(_)) => Some(other.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        owner.parameters.get(name).cloned().or_else(default)
    }

    fn substitute(&self, stack: usize, body: &str, values: Option<&Map<String, Value>>, depth: usize) -> Text {
        let mut pieces = Vec::new();
        let mut rest = body;
        while let Some(open) = rest.find("${") {
            if open > 0 {
                pieces.push(Piece::Known(rest[..open].to_owned()));
            }
            let Some(length) = rest[open..].find('}') else { break };
            let name = &rest[open + 2..open + length];
            match (name.strip_prefix('!'), values.and_then(|v| v.get(name)), name.split_once('.')) {
                (Some(literal), _, _) => pieces.push(Piece::Known(format!("${{{literal}}}"))),
                (None, Some(value), _) => pieces.extend(self.evaluate(stack, value, depth).0),
                (None, None, Some((id, attribute))) => pieces.push(match self.find(stack, id) {
                    Some(at) => Piece::Resource { at, attribute: Some(attribute.to_owned()) },
                    None => Piece::Unknown,
                }),
                (None, None, None) => pieces.extend(self.reference(stack, name).0),
            }
            rest = &rest[open + length + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Known(rest.to_owned()));
        }
        Text(pieces)
    }
}

/// The two forms of `Fn::GetAtt`.
pub fn attribute(argument: &Value) -> Option<(String, String)> {
    match argument {
        Value::String(text) => text.split_once('.').map(|(id, name)| (id.to_owned(), name.to_owned())),
        Value::Array(parts) => {
            let id = parts.first()?.as_str()?.to_owned();
            Some((id, parts.get(1).and_then(Value::as_str).unwrap_or_default().to_owned()))
        }
        _ => None,
    }
}

/// The two forms of `Fn::Sub`: the text, and the values that come with it.
pub fn substitution(argument: &Value) -> (Option<&str>, Vec<&Value>) {
    match argument {
        Value::String(text) => (Some(text), Vec::new()),
        Value::Array(parts) => (
            parts.first().and_then(Value::as_str),
            substitution_values(argument).map(|values| values.values().collect()).unwrap_or_default(),
        ),
        _ => (None, Vec::new()),
    }
}

fn substitution_values(argument: &Value) -> Option<&Map<String, Value>> {
    argument.as_array()?.get(1)?.as_object()
}

/// The names between `${` and `}`.
pub fn placeholders(body: &str) -> Vec<&str> {
    body.split("${").skip(1).filter_map(|rest| rest.split('}').next()).filter(|name| !name.starts_with('!')).collect()
}
