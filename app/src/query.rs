//! The query of an address: what narrows, sorts and pages a list. Links to the same list are made by changing it.

use http::{HeaderMap, header::COOKIE};

use crate::api::escape;

/// Names and values in their order; empty values are as good as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect())
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A filter, as views take it.
    pub fn filter(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// From 1; anything unreadable is the first page.
    pub fn page(&self, name: &str) -> u32 {
        self.get(name).and_then(|page| page.parse().ok()).unwrap_or(1).max(1)
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same with one value for a name, in the name's place.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut pairs = self.0.clone();
        if let Some(index) = pairs.iter().position(|(known, _)| known == name) {
            value.clone_into(&mut pairs[index].1);
            let mut rest = pairs.split_off(index + 1);
            rest.retain(|(known, _)| known != name);
            pairs.append(&mut rest);
        } else {
            pairs.push((name.to_owned(), value.to_owned()));
        }
        Self(pairs)
    }

    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(known, _)| known != name).cloned().collect())
    }

    /// A path with this query.
    pub fn address(&self, path: &str) -> String {
        let pairs: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    }

    /// A path with this query, ending so that `page=2` can follow.
    pub fn base(&self, path: &str) -> String {
        let address = self.address(path);
        let end = if self.0.is_empty() { '?' } else { '&' };
        format!("{address}{end}")
    }
}

/// The value of a cookie.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Query {
        Query::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn a_changed_value_keeps_its_place_and_stands_once() {
        let before = query(&[("a", "1"), ("columns", "x"), ("b", "2"), ("columns", "y"), ("empty", "")]);
        assert_eq!(before.address("/list"), "/list?a=1&columns=x&b=2&columns=y");
        assert_eq!(before.with("columns", "z").address("/list"), "/list?a=1&columns=z&b=2");
        assert_eq!(before.without("columns").base("/list"), "/list?a=1&b=2&");
        assert_eq!(Query::default().base("/list"), "/list?");
    }

    #[test]
    fn values_cannot_end_the_query() {
        let address = query(&[("q", "a&b=c #d")]).address("/search");
        assert!(!address.contains("b=c") && !address.contains('#') && !address.contains(' '), "{address}");
    }

    #[test]
    fn an_unreadable_page_is_the_first() {
        for (text, page) in [("3", 3), ("0", 1), ("-1", 1), ("x", 1)] {
            assert_eq!(query(&[("page", text)]).page("page"), page, "{text}");
        }
    }
}
