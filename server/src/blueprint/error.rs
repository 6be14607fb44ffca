//! What is wrong with a blueprint, and where.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
};

/// One problem of one file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {}{message}{}", place(.key), hint(.suggestion.as_deref()))]
pub struct BlueprintError {
    pub file: String,
    pub line: usize,
    pub column: usize,
    /// Path of the key, for example `environments[1].protection.phrase`; empty for the file itself.
    pub key: String,
    pub message: String,
    /// The word that was probably meant.
    pub suggestion: Option<String>,
}

fn place(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{key}: ") }
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map(|word| format!("; did you mean “{word}”?")).unwrap_or_default()
}

/// Where a value stands: keys and, in brackets, positions from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    pub fn of(key: &str) -> Self {
        Self::default().key(key)
    }

    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Key(key.to_owned()));
        path
    }

    #[must_use]
    pub fn at(&self, index: usize) -> Self {
        let mut path = self.clone();
        path.0.push(Step::Index(index));
        path
    }

    fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if i == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

/// Problems as they are found, with the place of every value that was read.
#[derive(Debug)]
pub struct Findings {
    file: String,
    /// Offset of the first byte of every line.
    lines: Vec<usize>,
    text: String,
    places: BTreeMap<Path, Range<usize>>,
    /// Paths with a problem: a rule says nothing more about a value whose shape was wrong.
    reported: BTreeSet<Path>,
    errors: Vec<(usize, BlueprintError)>,
}

impl Findings {
    pub fn new(file: &str, text: &str) -> Self {
        let starts = text.match_indices('\n').map(|(offset, _)| offset + 1);
        Self {
            file: file.to_owned(),
            lines: std::iter::once(0).chain(starts).collect(),
            text: text.to_owned(),
            places: BTreeMap::new(),
            reported: BTreeSet::new(),
            errors: Vec::new(),
        }
    }

    pub fn remember(&mut self, path: &Path, place: Range<usize>) {
        self.places.insert(path.clone(), place);
    }

    /// A problem at a place in the text.
    pub fn at(&mut self, place: &Range<usize>, path: &Path, message: String, suggestion: Option<String>) {
        let (line, column) = self.line_and_column(place.start);
        self.reported.insert(path.clone());
        let error =
            BlueprintError { file: self.file.clone(), line, column, key: path.to_string(), message, suggestion };
        self.errors.push((place.start, error));
    }

    /// Nothing more will be said about this path.
    pub fn silence(&mut self, path: &Path) {
        self.reported.insert(path.clone());
    }

    /// A problem with a value that was read, or with one that is not there: then its parent's place is named.
    pub fn report(&mut self, path: &Path, message: impl Into<String>, suggestion: Option<String>) {
        if self.reported.contains(path) {
            return;
        }
        let place = self.nearest(path);
        self.at(&place, path, message.into(), suggestion);
    }

    /// Line and column of a value, or of the nearest table around it.
    pub fn position(&self, path: &Path) -> (usize, usize) {
        self.line_and_column(self.nearest(path).start)
    }

    fn nearest(&self, path: &Path) -> Range<usize> {
        let mut known = Some(path.clone());
        while let Some(candidate) = known {
            if let Some(place) = self.places.get(&candidate) {
                return place.clone();
            }
            known = candidate.parent();
        }
        0..0
    }

    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// In the order of the file.
    pub fn into_errors(mut self) -> Vec<BlueprintError> {
        self.errors.sort_by_key(|(offset, _)| *offset);
        self.errors.into_iter().map(|(_, error)| error).collect()
    }

    fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..offset.min(self.text.len())).map_or(0, |before| before.chars().count());
        (line, column + 1)
    }
}

/// The candidate closest to a word, when it is close enough to be what was meant.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}
