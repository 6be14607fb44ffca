//! What is wrong with an assembly, and where.

/// One problem. `Display` names the file and, within it, the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{message}", place(.file), place(.key))]
pub struct AssemblyError {
    /// Path from the assembly's folder; empty for the folder itself.
    pub file: String,
    /// Path inside the file, for example `artifacts.App-Api.properties.templateFile`; may be empty.
    pub key: String,
    pub message: String,
}

fn place(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("{name}: ") }
}

impl AssemblyError {
    pub fn new(message: impl Into<String>) -> Self {
        Self { file: String::new(), key: String::new(), message: message.into() }
    }

    pub fn of_file(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), key: String::new(), message: message.into() }
    }

    pub fn of_key(file: &str, key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), key: key.into(), message: message.into() }
    }
}
