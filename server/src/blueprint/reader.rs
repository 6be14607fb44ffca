//! Reads TOML against the schema of the document, keeping places and going on after every problem.
//!
//! What could not be read is replaced by an empty value of the right shape and its path is marked, so that the rules
//! can still look at everything else and stay silent about what is wrong already.

use std::ops::Range;

use serde_json::{Map, Value, json};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    document::Document,
    error::{Findings, Path, closest},
};

pub struct Reading {
    /// `None` when the text is not TOML at all.
    pub document: Option<Document>,
    /// What the file says, as far as it could be read.
    pub value: Value,
    pub findings: Findings,
}

pub fn read(file_name: &str, text: &str, schema: &Value) -> Reading {
    let mut findings = Findings::new(file_name, text);
    let (table, syntax_errors) = DeTable::parse_recoverable(text);
    for error in &syntax_errors {
        let place = error.span().unwrap_or(0..0);
        findings.at(&place, &Path::default(), format!("not valid TOML: {}", error.message()), None);
    }
    // Recovery may have dropped whole lines: what the rest then seems to lack would only mislead.
    if !syntax_errors.is_empty() {
        return Reading { document: None, value: Value::Null, findings };
    }
    let mut walker = Walker { schema, findings };
    let value = walker.object(schema, table.get_ref(), &(0..0), &Path::default());
    let mut findings = walker.findings;
    let document = match serde_json::from_value(value.clone()) {
        Ok(document) => Some(document),
        Err(error) => {
            findings.at(&(0..0), &Path::default(), error.to_string(), None);
            None
        }
    };
    Reading { document, value, findings }
}

struct Walker<'s> {
    schema: &'s Value,
    findings: Findings,
}

impl<'s> Walker<'s> {
    /// Follows references and strips "or null": TOML has no null.
    fn resolve(&self, mut schema: &'s Value) -> &'s Value {
        loop {
            let target = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
            if let Some(found) = target.and_then(|pointer| self.schema.pointer(pointer)) {
                schema = found;
                continue;
            }
            let choices = schema.get("anyOf").and_then(Value::as_array);
            match choices.and_then(|all| all.iter().find(|c| kind_of(c) != Some("null"))) {
                Some(found) => schema = found,
                None => return schema,
            }
        }
    }

    fn value(&mut self, schema: &'s Value, value: &Spanned<DeValue<'_>>, path: &Path) -> Value {
        let schema = self.resolve(schema);
        let place = value.span();
        self.findings.remember(path, place.clone());
        match (kind_of(schema), value.get_ref()) {
            (Some("object"), DeValue::Table(table)) => self.object(schema, table, &place, path),
            (Some("array"), DeValue::Array(items)) => {
                let item = schema.get("items").unwrap_or(&Value::Null);
                items.iter().enumerate().map(|(i, inner)| self.value(item, inner, &path.at(i))).collect()
            }
            (Some("string"), DeValue::String(text)) => self.text(schema, text, &place, path),
            (Some("boolean"), DeValue::Boolean(value)) => json!(value),
            (Some("integer"), DeValue::Integer(number)) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => self.integer(schema, number, &place, path),
                Err(_) => self.wrong(schema, "is out of range", &place, path),
            },
            (wanted, found) => {
                let message = format!("must be {}, but is {}", wanted.map_or("something else", words), describe(found));
                self.wrong(schema, &message, &place, path)
            }
        }
    }

    fn wrong(&mut self, schema: &'s Value, message: &str, place: &Range<usize>, path: &Path) -> Value {
        self.findings.at(place, path, message.to_owned(), None);
        self.placeholder(schema, path)
    }

    fn text(&mut self, schema: &'s Value, text: &str, place: &Range<usize>, path: &Path) -> Value {
        let choices = choices(schema);
        if choices.is_empty() || choices.contains(&text) {
            return json!(text);
        }
        let message = format!("“{text}” is none of {}", choices.join(", "));
        self.findings.at(place, path, message, closest(text, choices.iter().copied()));
        json!(choices[0])
    }

    fn integer(&mut self, schema: &'s Value, number: i64, place: &Range<usize>, path: &Path) -> Value {
        let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
        let (minimum, maximum) = (bound("minimum"), bound("maximum"));
        if minimum.is_none_or(|m| number >= m) && maximum.is_none_or(|m| number <= m) {
            return json!(number);
        }
        let range = match (minimum, maximum) {
            (Some(minimum), Some(maximum)) => format!("from {minimum} to {maximum}"),
            (Some(minimum), None) => format!("at least {minimum}"),
            (None, Some(maximum)) => format!("at most {maximum}"),
            (None, None) => String::new(),
        };
        self.wrong(schema, &format!("must be {range}, but is {number}"), place, path)
    }

    fn object(&mut self, schema: &'s Value, table: &DeTable<'_>, place: &Range<usize>, path: &Path) -> Value {
        if let Some(values) = schema.get("additionalProperties").filter(|v| v.is_object()) {
            let entries = table.iter().map(|(key, inner)| {
                let name = key.get_ref().to_string();
                let value = self.value(values, inner, &path.key(&name));
                (name, value)
            });
            return Value::Object(entries.collect());
        }
        let shape = Shape::of(self.schema, schema, table);
        let mut result = Map::new();
        for (key, inner) in table {
            let name = key.get_ref().as_ref();
            let inner_path = path.key(name);
            if let Some(tag) = shape.tag.as_ref().filter(|tag| tag.name == name) {
                self.findings.remember(&inner_path, inner.span());
                result.insert(name.to_owned(), self.tag(tag, inner, &inner_path));
            } else if let Some((_, property)) = shape.properties.iter().find(|(known, _)| *known == name) {
                result.insert(name.to_owned(), self.value(property, inner, &inner_path));
            } else if shape.is_decided() {
                let known = shape.properties.iter().map(|(known, _)| known.as_str());
                let suggestion = closest(name, known.filter(|k| !table.contains_key(*k)));
                let message = match shape.tag.as_ref().and_then(|tag| tag.chosen) {
                    Some(variant) => format!("unknown key for a {variant} check"),
                    None => "unknown key".to_owned(),
                };
                self.findings.at(&key.span(), &inner_path, message, suggestion);
            }
        }
        for name in &shape.required {
            if !result.contains_key(*name) {
                self.findings.at(place, &path.key(name), "is missing".to_owned(), None);
            }
        }
        self.fill(&shape, &mut result, path);
        Value::Object(result)
    }

    fn tag(&mut self, tag: &Tag<'_>, value: &Spanned<DeValue<'_>>, path: &Path) -> Value {
        if tag.chosen.is_none() {
            let (message, suggestion) = match value.get_ref() {
                DeValue::String(text) => (
                    format!("“{text}” is none of {}", tag.choices.join(", ")),
                    closest(text, tag.choices.iter().copied()),
                ),
                other => (format!("must be a text, but is {}", describe(other)), None),
            };
            self.findings.at(&value.span(), path, message, suggestion);
        }
        json!(tag.effective())
    }

    /// Puts empty values where required ones are missing; what is wrong with them has been said.
    fn fill(&mut self, shape: &Shape<'s>, result: &mut Map<String, Value>, path: &Path) {
        if let Some(tag) = &shape.tag {
            result.entry(tag.name).or_insert_with(|| json!(tag.effective()));
        }
        for name in shape.required.iter().chain(&shape.stand_ins) {
            let property = shape.properties.iter().find(|(known, _)| known == name).map(|(_, property)| *property);
            if result.contains_key(*name) {
                continue;
            }
            let inner_path = path.key(name);
            let value = match property {
                Some(property) => self.placeholder(self.resolve(property), &inner_path),
                None => json!(""),
            };
            self.findings.silence(&inner_path);
            result.insert((*name).to_owned(), value);
        }
    }

    /// An empty value of the right shape.
    fn placeholder(&mut self, schema: &'s Value, path: &Path) -> Value {
        match kind_of(schema) {
            Some("object") => {
                let mut result = Map::new();
                self.fill(&Shape::of(self.schema, schema, &DeTable::new()), &mut result, path);
                Value::Object(result)
            }
            Some("array") => json!([]),
            Some("boolean") => json!(false),
            Some("integer") => schema.get("minimum").cloned().unwrap_or(json!(0)),
            _ => choices(schema).first().map_or(json!(""), |first| json!(first)),
        }
    }
}

/// What an object may hold, with the keys of the variant its tag names.
struct Shape<'s> {
    properties: Vec<(&'s String, &'s Value)>,
    required: Vec<&'s str>,
    /// Required by the variant that stands in while the tag is missing or unknown; not reported.
    stand_ins: Vec<&'s str>,
    tag: Option<Tag<'s>>,
}

struct Tag<'s> {
    name: &'s str,
    choices: Vec<&'s str>,
    chosen: Option<&'s str>,
}

impl<'s> Tag<'s> {
    fn effective(&self) -> &'s str {
        self.chosen.or_else(|| self.choices.first().copied()).unwrap_or_default()
    }
}

impl<'s> Shape<'s> {
    fn of(root: &'s Value, schema: &'s Value, table: &DeTable<'_>) -> Self {
        let properties = |schema: &'s Value| all_properties(root, schema);
        let required = |schema: &'s Value| all_required(root, schema);
        let mut shape =
            Self { properties: properties(schema), required: required(schema), stand_ins: Vec::new(), tag: None };
        let Some(variants) = schema.get("oneOf").and_then(Value::as_array) else {
            return shape;
        };
        let is_tag = |(_, property): &(&String, &Value)| property.get("const").is_some();
        let name = variants.iter().flat_map(own_properties).find(is_tag).map(|(name, _)| name.as_str());
        let Some(name) = name else { return shape };
        let word = |variant: &'s Value| variant.get("properties")?.get(name)?.get("const")?.as_str();
        let given = table.get(name).and_then(|value| match value.get_ref() {
            DeValue::String(text) => Some(text.as_ref()),
            _ => None,
        });
        let chosen = variants.iter().find(|variant| given.is_some() && word(variant) == given);
        match (chosen, variants.first()) {
            (Some(variant), _) => {
                shape.properties.extend(properties(variant));
                shape.required.extend(required(variant));
            }
            (None, Some(variant)) => {
                shape.stand_ins = required(variant);
                shape.stand_ins.retain(|key| *key != name);
                shape.required.push(name);
            }
            (None, None) => {}
        }
        let choices = variants.iter().filter_map(word).collect();
        shape.tag = Some(Tag { name, choices, chosen: chosen.and_then(word) });
        shape
    }

    fn is_decided(&self) -> bool {
        self.tag.as_ref().is_none_or(|tag| tag.chosen.is_some())
    }
}

fn own_properties(schema: &Value) -> Vec<(&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten().collect()
}

fn own_required(schema: &Value) -> Vec<&str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The schema a variant refers to: it has the keys of both.
fn referred<'s>(root: &'s Value, schema: &'s Value) -> Option<&'s Value> {
    root.pointer(schema.get("$ref")?.as_str()?.strip_prefix('#')?)
}

fn all_properties<'s>(root: &'s Value, schema: &'s Value) -> Vec<(&'s String, &'s Value)> {
    let mut all = own_properties(schema);
    all.extend(referred(root, schema).map(own_properties).unwrap_or_default());
    all
}

fn all_required<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s str> {
    let mut all = own_required(schema);
    all.extend(referred(root, schema).map(own_required).unwrap_or_default());
    all
}

/// The type a schema asks for, without "or null".
fn kind_of(schema: &Value) -> Option<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => Some(kind),
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ if !choices(schema).is_empty() => Some("string"),
        _ => None,
    }
}

/// The words a text may be, when there are only some.
fn choices(schema: &Value) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let described = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    listed.chain(described.filter_map(|choice| choice.get("const")?.as_str())).collect()
}

fn words(kind: &str) -> &str {
    match kind {
        "object" => "a table",
        "array" => "a list",
        "string" => "a text in quotes",
        "boolean" => "true or false",
        "integer" => "a whole number",
        other => other,
    }
}

fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
