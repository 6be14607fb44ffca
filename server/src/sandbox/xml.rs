//! Writing the XML of answers.

use std::fmt::{Display, Write as _};

use jiff::Timestamp;

/// Elements one after another; grows by chaining.
#[derive(Clone, Debug, Default)]
pub(super) struct Xml(String);

impl Xml {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn text(mut self, name: &str, value: impl Display) -> Self {
        let _ = write!(self.0, "<{name}>{}</{name}>", escaped(&value.to_string()));
        self
    }

    pub(super) fn maybe(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub(super) fn time(self, name: &str, at: Timestamp) -> Self {
        self.text(name, iso(at))
    }

    pub(super) fn append(mut self, other: &Xml) -> Self {
        self.0.push_str(&other.0);
        self
    }

    pub(super) fn group(mut self, name: &str, inner: &Xml) -> Self {
        let _ = write!(self.0, "<{name}>{}</{name}>", inner.0);
        self
    }

    /// `<Name><member>…</member></Name>`, as awsQuery writes lists.
    pub(super) fn list(self, name: &str, members: impl IntoIterator<Item = Xml>) -> Self {
        self.items(name, "member", members)
    }

    /// The same where a service gives the members a name of their own.
    pub(super) fn items(mut self, name: &str, item: &str, items: impl IntoIterator<Item = Xml>) -> Self {
        let _ = write!(self.0, "<{name}>");
        for one in items {
            let _ = write!(self.0, "<{item}>{}</{item}>", one.0);
        }
        let _ = write!(self.0, "</{name}>");
        self
    }

    /// `<DescribeStacksResponse xmlns="…"><DescribeStacksResult>…`, the whole answer.
    pub(super) fn response(&self, operation: &str, namespace: &str, request_id: &str) -> String {
        format!(
            "<{operation}Response xmlns=\"{namespace}\"><{operation}Result>{}</{operation}Result><ResponseMetadata>\
             <RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>",
            self.0
        )
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

impl From<&str> for Xml {
    /// A member that is text and nothing else.
    fn from(text: &str) -> Self {
        Self(escaped(text))
    }
}

/// Milliseconds, as AWS gives them.
fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\r' => out.push_str("&#xD;"),
            // XML 1.0 has no place for these at all.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let xml = Xml::new().text("Value", "<a href=\"x\">'&'</a>\u{1}").into_string();
        assert_eq!(xml, "<Value>&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;\u{fffd}</Value>");
    }
}
