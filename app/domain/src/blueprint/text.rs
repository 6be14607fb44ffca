//! Texts with placeholders for what is only known once the stacks are there.

/// A reference inside a check's text that must be replaced by a real value before it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placeholder {
    Output {
        stack: String,
        output: String,
    },
    /// The physical id of a resource, by its logical id (`Connect*`: the one that begins so) or its type.
    Resource {
        stack: String,
        logical_id: String,
    },
    Variable(String),
}

/// One piece of a text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextPart {
    Literal(String),
    Placeholder(Placeholder),
}

/// Splits `{output:Stack.Name}`, `{resource:Stack.LogicalId}` and `{variable:name}` out of a text.
///
/// # Errors
/// The placeholder that has another form, as it was written.
pub fn parse_text(text: &str) -> Result<Vec<TextPart>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else {
            return Err(rest[open..].to_owned());
        };
        let inner = &rest[open + 1..open + length];
        let placeholder = match inner.split_once(':') {
            Some(("output", reference)) => reference
                .split_once('.')
                .map(|(stack, output)| Placeholder::Output { stack: stack.to_owned(), output: output.to_owned() }),
            Some(("resource", reference)) => reference.split_once('.').map(|(stack, logical_id)| {
                Placeholder::Resource { stack: stack.to_owned(), logical_id: logical_id.to_owned() }
            }),
            Some(("variable", name)) => Some(Placeholder::Variable(name.to_owned())),
            _ => None,
        };
        let Some(placeholder) = placeholder else {
            return Err(format!("{{{inner}}}"));
        };
        if open > 0 {
            parts.push(TextPart::Literal(rest[..open].to_owned()));
        }
        parts.push(TextPart::Placeholder(placeholder));
        rest = &rest[open + length + 1..];
    }
    if !rest.is_empty() {
        parts.push(TextPart::Literal(rest.to_owned()));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_split_from_the_text_around_them() {
        let parts = parse_text("{output:Api.ApiEndpoint}/health?n={variable:network}").unwrap_or_default();
        assert_eq!(
            parts,
            [
                TextPart::Placeholder(Placeholder::Output { stack: "Api".into(), output: "ApiEndpoint".into() }),
                TextPart::Literal("/health?n=".into()),
                TextPart::Placeholder(Placeholder::Variable("network".into())),
            ]
        );
    }

    #[test]
    fn an_unknown_or_open_placeholder_is_named() {
        assert_eq!(parse_text("a{nope}b"), Err("{nope}".to_owned()));
        assert_eq!(parse_text("a{output:Api"), Err("{output:Api".to_owned()));
        assert_eq!(parse_text("{output:Api}"), Err("{output:Api}".to_owned()));
    }
}
