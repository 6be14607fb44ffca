//! File and environment as one flat list of values with their places, and the typed reading of it.

use std::{collections::BTreeMap, collections::BTreeSet, ops::Range, path::Path};

use toml_edit::{Document, Item, TableLike, Value};

use super::{
    Secret,
    keys::KEYS,
    place::{ConfigError, Place},
};

/// Prefix of the environment variables that belong to us.
const PREFIX: &str = "LOCKKEEPER__";

#[derive(Clone, Debug)]
enum Raw {
    Text(String),
    Integer(i64),
    Boolean(bool),
    List(Vec<Raw>),
    /// A kind no key takes, named for the message.
    Other(&'static str),
    /// From the environment: its type is the one that is asked for.
    Untyped(String),
}

impl Raw {
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Untyped(_) => "text",
            Self::Integer(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::List(_) => "a list",
            Self::Other(kind) => kind,
        }
    }
}

#[derive(Clone, Debug)]
struct Leaf {
    raw: Raw,
    place: Place,
}

pub(super) struct Reader {
    leaves: BTreeMap<String, Leaf>,
    roles: usize,
    errors: Vec<ConfigError>,
}

impl Reader {
    pub(super) fn open(path: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Self {
        let mut reader = Self { leaves: BTreeMap::new(), roles: 0, errors: Vec::new() };
        if let Some(path) = path {
            reader.read_file(path);
        }
        reader.read_environment(env);
        reader.refuse_unknown();
        reader
    }

    fn read_file(&mut self, path: &Path) {
        let name = path.display().to_string();
        let start = Place::File { path: name.clone(), line: 1, column: 1 };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return self.report(start, "file", format!("cannot be read: {error}")),
        };
        let places = Places { file: &name, text: &text };
        match Document::parse(text.as_str()) {
            Ok(document) => self.flatten("", document.as_table(), &places),
            Err(error) => {
                let place = places.at(error.span());
                self.report(place, "file", format!("is not TOML: {}", error.message().trim()));
            }
        }
    }

    fn read_environment(&mut self, env: impl Iterator<Item = (String, String)>) {
        let mut variables: Vec<(String, String)> = env.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        variables.sort();
        for (name, value) in variables {
            let path = name[PREFIX.len()..].to_lowercase().replace("__", ".");
            let place = Place::Environment(name.clone());
            if path == "roles" {
                self.read_roles_variable(&name, &value);
                continue;
            }
            // One of the pair `x` and `x_file` in the environment replaces either of them in the file.
            let partner = path.strip_suffix("_file").map_or_else(|| format!("{path}_file"), str::to_owned);
            if matches!(self.leaves.get(&partner), Some(Leaf { place: Place::File { .. }, .. })) {
                self.leaves.remove(&partner);
            }
            self.leaves.insert(path, Leaf { raw: Raw::Untyped(value), place });
        }
    }

    /// `LOCKKEEPER__ROLES='[{ group = "leads", role = "lead" }]'`
    fn read_roles_variable(&mut self, name: &str, value: &str) {
        self.leaves.retain(|path, _| !path.starts_with("roles["));
        self.roles = 0;
        let text = format!("roles = {value}");
        match Document::parse(text.as_str()) {
            Ok(document) => {
                let places = Places { file: "", text: "" };
                self.flatten("", document.as_table(), &places);
                for (path, leaf) in &mut self.leaves {
                    if path.starts_with("roles") {
                        leaf.place = Place::Environment(name.to_owned());
                    }
                }
            }
            Err(error) => {
                self.roles = 1;
                let message = format!("is not a TOML list of tables: {}", error.message().trim());
                self.report(Place::Environment(name.to_owned()), "roles", message);
            }
        }
    }

    fn flatten(&mut self, prefix: &str, table: &dyn TableLike, places: &Places<'_>) {
        for (key, item) in table.iter() {
            let path = if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
            let span = table.get_key_value(key).and_then(|(key, _)| key.span()).or_else(|| item.span());
            let tables: Option<Vec<&dyn TableLike>> = match item {
                Item::ArrayOfTables(tables) => Some(tables.iter().map(|table| table as &dyn TableLike).collect()),
                Item::Value(Value::Array(array)) if path == "roles" => {
                    array.iter().map(|value| value.as_inline_table().map(|table| table as &dyn TableLike)).collect()
                }
                _ => None,
            };
            if let (Some(tables), "roles") = (&tables, path.as_str()) {
                self.roles = tables.len();
                for (index, table) in tables.iter().enumerate() {
                    self.flatten(&format!("roles[{index}]"), *table, places);
                }
            } else if let Some(table) = item.as_table_like() {
                self.flatten(&path, table, places);
            } else {
                let raw = item.as_value().map_or(Raw::Other("a list of tables"), raw);
                self.leaves.insert(path, Leaf { raw, place: places.at(span) });
            }
        }
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<(String, Place)> = self
            .leaves
            .iter()
            .filter(|(path, _)| !KEYS.iter().any(|key| key.path == pattern(path)))
            .map(|(path, leaf)| (path.clone(), leaf.place.clone()))
            .collect();
        for (path, place) in unknown {
            let message = match nearest(&pattern(&path), KEYS.iter().map(|key| key.path)) {
                Some(near) => format!("is not a key; did you mean `{near}`?"),
                None => "is not a key; server/docs/configuration.md lists them".to_owned(),
            };
            self.report(place, &path, message);
        }
    }

    pub(super) fn report(&mut self, place: Place, key: &str, message: impl Into<String>) {
        self.errors.push(ConfigError { place, key: key.to_owned(), message: message.into() });
    }

    /// Reports at the place of `path`, or says that it is not set.
    pub(super) fn report_at(&mut self, path: &str, message: impl Into<String>) {
        let place = self.place(path);
        self.report(place, path, message);
    }

    pub(super) fn place(&self, path: &str) -> Place {
        self.leaves.get(path).map_or(Place::Absent, |leaf| leaf.place.clone())
    }

    pub(super) fn is_set(&self, path: &str) -> bool {
        self.leaves.contains_key(path)
    }

    pub(super) fn role_count(&self) -> usize {
        self.roles
    }

    pub(super) fn finish(mut self) -> Vec<ConfigError> {
        self.errors.sort();
        self.errors.dedup();
        self.errors
    }

    fn wrong_kind(&mut self, path: &str, wanted: &str, leaf: &Leaf) {
        let message = format!("wants {wanted}, not {}", leaf.raw.kind());
        self.report(leaf.place.clone(), path, message);
    }

    fn leaf(&self, path: &str) -> Option<Leaf> {
        debug_assert!(KEYS.iter().any(|key| key.path == pattern(path)), "{path} is missing in config::keys");
        self.leaves.get(path).cloned()
    }

    pub(super) fn text(&mut self, path: &str) -> Option<String> {
        let leaf = self.leaf(path)?;
        match &leaf.raw {
            Raw::Text(text) | Raw::Untyped(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Raw::Text(_) | Raw::Untyped(_) => {
                self.report(leaf.place, path, "is empty; leave it out instead");
                None
            }
            _ => {
                self.wrong_kind(path, "text", &leaf);
                None
            }
        }
    }

    pub(super) fn required_text(&mut self, path: &str) -> Option<String> {
        if !self.is_set(path) {
            self.report(Place::Absent, path, "is required");
        }
        self.text(path)
    }

    pub(super) fn number(&mut self, path: &str, default: u64, allowed: Range<u64>) -> Option<u64> {
        let Some(leaf) = self.leaf(path) else { return Some(default) };
        let number = match &leaf.raw {
            Raw::Integer(number) => u64::try_from(*number).ok(),
            Raw::Untyped(text) => {
                let Ok(number) = text.trim().parse() else {
                    self.report(leaf.place, path, "wants a whole number");
                    return None;
                };
                Some(number)
            }
            _ => {
                self.wrong_kind(path, "a whole number", &leaf);
                return None;
            }
        };
        let number = number.filter(|number| allowed.contains(number));
        if number.is_none() {
            let message = format!("wants a number from {} to {}", allowed.start, allowed.end - 1);
            self.report(leaf.place, path, message);
        }
        number
    }

    pub(super) fn boolean(&mut self, path: &str, default: bool) -> bool {
        let Some(leaf) = self.leaf(path) else { return default };
        match &leaf.raw {
            Raw::Boolean(value) => *value,
            Raw::Untyped(text) if text == "true" || text == "false" => text == "true",
            Raw::Untyped(_) => {
                self.report(leaf.place, path, "wants true or false");
                default
            }
            _ => {
                self.wrong_kind(path, "true or false", &leaf);
                default
            }
        }
    }

    /// In the environment: separated by commas.
    pub(super) fn list(&mut self, path: &str) -> Option<Vec<String>> {
        let leaf = self.leaf(path)?;
        match &leaf.raw {
            Raw::Untyped(text) => {
                Some(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
            }
            Raw::List(values) => {
                let texts: Option<Vec<String>> = values
                    .iter()
                    .map(|value| match value {
                        Raw::Text(text) => Some(text.clone()),
                        _ => None,
                    })
                    .collect();
                if texts.is_none() {
                    self.report(leaf.place, path, "wants a list of text");
                }
                texts
            }
            _ => {
                self.wrong_kind(path, "a list of text", &leaf);
                None
            }
        }
    }

    /// The value itself or, from `<path>_file`, the content of a file without its last line break.
    pub(super) fn secret(&mut self, path: &str) -> Option<Secret> {
        let file_key = format!("{path}_file");
        if self.is_set(path) && self.is_set(&file_key) {
            let message = format!("contradicts `{path}` at {}: set one of them", self.place(path));
            self.report_at(&file_key, message);
            return None;
        }
        if let Some(file) = self.text(&file_key) {
            return match std::fs::read_to_string(&file) {
                Ok(value) if !value.trim().is_empty() => Some(Secret::new(value.trim_end_matches(['\r', '\n']))),
                Ok(_) => {
                    self.report_at(&file_key, format!("{file} is empty"));
                    None
                }
                Err(error) => {
                    self.report_at(&file_key, format!("{file} cannot be read: {error}"));
                    None
                }
            };
        }
        self.text(path).map(Secret::new)
    }
}

/// The key of the documentation for a path: `roles[3].group` is `roles[].group`.
fn pattern(path: &str) -> String {
    match (path.find('['), path.find(']')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &path[..=open], &path[close..]),
        _ => path.to_owned(),
    }
}

/// The most similar of `candidates`, if one is similar enough to be meant.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// A list without those that appear twice.
pub(super) fn distinct(values: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    values.into_iter().filter(|value| seen.insert(value.clone())).collect()
}

fn raw(value: &Value) -> Raw {
    match value {
        Value::String(text) => Raw::Text(text.value().clone()),
        Value::Integer(number) => Raw::Integer(*number.value()),
        Value::Boolean(value) => Raw::Boolean(*value.value()),
        Value::Array(values) => Raw::List(values.iter().map(raw).collect()),
        Value::Float(_) => Raw::Other("a number with a fraction"),
        Value::Datetime(_) => Raw::Other("a date"),
        Value::InlineTable(_) => Raw::Other("a table"),
    }
}

struct Places<'a> {
    file: &'a str,
    text: &'a str,
}

impl Places<'_> {
    fn at(&self, span: Option<Range<usize>>) -> Place {
        let before = self.text.get(..span.map_or(0, |span| span.start)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Place::File {
            path: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}
