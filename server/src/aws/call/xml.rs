//! XML as JSON, without knowing its schema: elements are tables, repeated elements and `member`, `item` are lists,
//! everything else is text. An empty list cannot be told from an empty text: whoever wants a list takes both.

use serde_json::{Map, Value};
use xmlparser::{ElementEnd, Token, Tokenizer};

/// An element that is still open: its name, its children, its text.
struct Open<'a> {
    name: &'a str,
    children: Vec<(&'a str, Value)>,
    text: String,
}

impl<'a> Open<'a> {
    fn new(name: &'a str) -> Self {
        Self { name, children: Vec::new(), text: String::new() }
    }

    fn value(self) -> Value {
        if self.children.is_empty() {
            return Value::String(self.text.trim().to_owned());
        }
        if self.children.iter().all(|(name, _)| is_item(name, self.name)) {
            return self.children.into_iter().map(|(_, value)| value).collect();
        }
        let mut map = Map::new();
        for (name, value) in self.children {
            match map.remove(name) {
                None => map.insert(name.to_owned(), value),
                Some(Value::Array(mut items)) => {
                    items.push(value);
                    map.insert(name.to_owned(), Value::Array(items))
                }
                Some(first) => map.insert(name.to_owned(), Value::Array(vec![first, value])),
            };
        }
        Value::Object(map)
    }
}

/// RDS and `ElastiCache` name items after what they are: `DBClusters` holds `DBCluster`, `Errors` holds `Error`.
fn is_item(name: &str, parent: &str) -> bool {
    matches!(name, "member" | "item") || (parent.len() > name.len() && parent.strip_suffix('s') == Some(name))
}

/// Name and content of the outermost element.
pub(super) fn read(body: &[u8]) -> Result<(String, Value), String> {
    let text = std::str::from_utf8(body).map_err(|e| e.to_string())?;
    let mut open: Vec<Open<'_>> = Vec::new();
    for token in Tokenizer::from(text) {
        match token.map_err(|e| e.to_string())? {
            Token::ElementStart { local, .. } => open.push(Open::new(local.as_str())),
            Token::Text { text } => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&unescaped(text.as_str()));
                }
            }
            Token::Cdata { text, .. } => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(text.as_str());
                }
            }
            Token::ElementEnd { end: ElementEnd::Close(..) | ElementEnd::Empty, .. } => {
                let Some(element) = open.pop() else { return Err("an element ends that never began".to_owned()) };
                let name = element.name;
                let value = element.value();
                match open.last_mut() {
                    Some(parent) => parent.children.push((name, value)),
                    None => return Ok((name.to_owned(), value)),
                }
            }
            _ => {}
        }
    }
    Err("the XML ends in the middle".to_owned())
}

fn unescaped(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = rest.find(';') else { break };
        match &rest[1..end] {
            "lt" => result.push('<'),
            "gt" => result.push('>'),
            "amp" => result.push('&'),
            "quot" => result.push('"'),
            "apos" => result.push('\''),
            other => {
                let number = other.strip_prefix("#x").map(|hex| u32::from_str_radix(hex, 16));
                let number = number.or_else(|| other.strip_prefix('#').map(str::parse));
                match number.and_then(Result::ok).and_then(char::from_u32) {
                    Some(character) => result.push(character),
                    None => result.push_str(&rest[..=end]),
                }
            }
        }
        rest = &rest[end + 1..];
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> Value {
        read(text.as_bytes()).unwrap().1
    }

    #[test]
    fn elements_become_tables_lists_and_texts() {
        let alarms = "<?xml version=\"1.0\"?><R xmlns=\"x\"><MetricAlarms><member><AlarmName>a &amp; b</AlarmName>\
                      <Actions><member>x</member></Actions></member></MetricAlarms><Empty/></R>";
        let expected = json!({"MetricAlarms": [{"AlarmName": "a & b", "Actions": ["x"]}], "Empty": ""});
        assert_eq!(value(alarms), expected);
    }

    #[test]
    fn items_named_after_what_they_are_are_items() {
        let clusters = "<R><DBClusters><DBCluster><Status>available</Status></DBCluster></DBClusters></R>";
        assert_eq!(value(clusters), json!({"DBClusters": [{"Status": "available"}]}));
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        assert!(read(b"<a><b>").is_err());
        assert!(read(b"").is_err());
    }

    #[test]
    fn numbers_of_characters_are_characters() {
        assert_eq!(value("<a>&#65;&#x42;&unknown;&lt;</a>"), json!("AB&unknown;<"));
        assert_eq!(unescaped("é &"), "é &");
    }
}
