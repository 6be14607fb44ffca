//! A first blueprint from templates: `lockkeeper init`.
//!
//! Pure: stacks go in, a file's text comes out, the same for the same input. What a blueprint can say is said in its
//! sections; what it cannot say yet is kept in comments, so that nothing that was found is lost. Guesses (which
//! environment, which severity, what looks like a migration) are marked as such: a person reads this file once and then
//! owns it.
//!
//! [`layout`] finds environments, logical names and patterns; [`contents`] what the stacks hold; [`writer`] the text.

mod contents;
mod layout;
mod writer;

use crate::{blueprint, templates::Stack};

pub use layout::Input;

/// Why no blueprint could be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InitError {
    #[error("there is no stack to write a blueprint for")]
    NoStack,
    #[error("no stack has a name CloudFormation takes (letters, digits and dashes, beginning with a letter): {0}")]
    NoName(String),
    #[error(
        "{0} is no name for an application: lower-case letters, digits and dashes, beginning with a letter, at most 40"
    )]
    Name(String),
    #[error(
        "the blueprint that came out is not valid, which is a mistake of Lockkeeper's; nothing was written. Please report \
         this with the templates' shape:\n{0}"
    )]
    Invalid(String),
}

/// The text of a blueprint for what was found; it has been read by the product's own loader.
///
/// # Errors
/// When there is nothing to describe, or the name is none.
pub fn blueprint(inputs: Vec<Input>, name: Option<&str>) -> Result<String, InitError> {
    if inputs.iter().all(|input| input.stacks.is_empty()) {
        return Err(InitError::NoStack);
    }
    if let Some(name) = name.filter(|name| layout::slug(name).as_deref() != Some(*name)) {
        return Err(InitError::Name(format!("“{name}”")));
    }
    let layout = layout::Layout::of(inputs);
    if layout.definitions.is_empty() {
        let names: Vec<&str> = layout.left_out.iter().map(|(name, _)| name.as_str()).collect();
        return Err(InitError::NoName(names.join(", ")));
    }
    let contents = contents::Contents::of(&layout);
    let text = writer::write(&layout, &contents, name);
    match blueprint::parse("blueprint.toml", &text) {
        Ok(_) => Ok(text),
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            Err(InitError::Invalid(lines.join("\n")))
        }
    }
}

/// Where something was found, for people.
fn origin(stack: &Stack, id: &str) -> String {
    format!("{} / {id}", stack.name)
}

#[cfg(test)]
mod tests;
