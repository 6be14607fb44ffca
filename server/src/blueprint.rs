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

pub use error::BlueprintError;
pub use library::Library;

/// Reads one blueprint file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn parse(file_name: &str, text: &str) -> Result<Blueprint, Vec<BlueprintError>> {
    let mut reading = reader::read(file_name, text, &schema());
    let Some(document) = reading.document.take() else {
        return Err(reading.findings.into_errors());
    };
    rules::check(&document, &mut reading.findings);
    if reading.findings.is_empty() {
        Ok(convert::blueprint(document, Digest::of_bytes(text.as_bytes())))
    } else {
        Err(reading.findings.into_errors())
    }
}

/// The JSON Schema of a blueprint file, for editors (`lockkeeper schema`).
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(document::Document).to_value()
}

#[cfg(test)]
mod tests;
