//! Blueprints as files: TOML with places, turned into `domain::blueprint::Blueprint`.
//!
//! What belongs here: the document's shape and its JSON Schema ([`document`]), reading it with the place of every
//! value kept ([`reader`]), the rules that need the whole file ([`rules`]), and the directory of files with their last
//! good versions ([`library`]). What a blueprint means once it is valid belongs to the domain.
//!
//! A file is judged as a whole: structure and rules are checked over everything that could be read, so that one look
//! at the messages is enough to mend the file.

mod convert;
mod document;
mod error;
mod library;
mod reader;
mod rules;

use domain::{blueprint::Blueprint, digest::Digest};
use serde_json::Value;

use crate::templates::Position;

pub(crate) use error::closest;
pub use error::{BlueprintError, Path as KeyPath};
pub use library::Library;
pub(crate) use rules::{is_logical_name, is_stack_name, problem_of_region};

/// Reads one blueprint file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn parse(file_name: &str, text: &str) -> Result<Blueprint, Vec<BlueprintError>> {
    parse_located(file_name, text).map(|located| located.blueprint)
}

/// A blueprint with the place of everything in its file.
#[derive(Debug)]
pub struct Located {
    pub blueprint: Blueprint,
    /// What the file says, without defaults.
    pub document: Value,
    places: error::Findings,
}

impl Located {
    /// Where a value stands, or the nearest table around it.
    pub fn position(&self, path: &KeyPath) -> Position {
        let (line, column) = self.places.position(path);
        Position { line, column }
    }
}

/// Reads one blueprint file and keeps the places of its values.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn parse_located(file_name: &str, text: &str) -> Result<Located, Vec<BlueprintError>> {
    let mut reading = reader::read(file_name, text, &schema());
    let Some(document) = reading.document.take() else {
        return Err(reading.findings.into_errors());
    };
    rules::check(&document, &mut reading.findings);
    if reading.findings.is_empty() {
        let blueprint = convert::blueprint(document, Digest::of_bytes(text.as_bytes()));
        Ok(Located { blueprint, document: reading.value, places: reading.findings })
    } else {
        Err(reading.findings.into_errors())
    }
}

/// The JSON Schema of a blueprint file, for editors (`lockkeeper schema`).
pub fn schema() -> Value {
    schemars::schema_for!(document::Document).to_value()
}

#[cfg(test)]
mod tests;
