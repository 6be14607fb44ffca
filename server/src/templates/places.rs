//! Where the keys of a JSON text stand.

use std::collections::BTreeMap;

/// Line and column, from 1; columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

impl Default for Position {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

enum Container {
    Object { expects_key: bool },
    Array,
}

/// Positions of the keys on the second level, by the two keys that lead there: `("Resources", "Queue")`.
///
/// The text is known to be JSON; on anything else the answer is incomplete, and nothing worse.
pub fn positions(text: &str) -> BTreeMap<(String, String), Position> {
    let mut found = BTreeMap::new();
    let mut containers: Vec<Container> = Vec::new();
    let mut section = String::new();
    let mut at = Position::default();
    let mut characters = text.char_indices();
    while let Some((offset, character)) = characters.next() {
        let start = at;
        advance(&mut at, character);
        match character {
            '{' => containers.push(Container::Object { expects_key: true }),
            '[' => containers.push(Container::Array),
            '}' | ']' => {
                containers.pop();
            }
            ',' => {
                if let Some(Container::Object { expects_key }) = containers.last_mut() {
                    *expects_key = true;
                }
            }
            '"' => {
                let mut end = offset + 1;
                let mut is_escaped = false;
                for (inner, next) in characters.by_ref() {
                    advance(&mut at, next);
                    end = inner + next.len_utf8();
                    match next {
                        '\\' if !is_escaped => is_escaped = true,
                        '"' if !is_escaped => break,
                        _ => is_escaped = false,
                    }
                }
                let depth = containers.len();
                let Some(Container::Object { expects_key }) = containers.last_mut() else { continue };
                if !*expects_key {
                    continue;
                }
                *expects_key = false;
                let key: String = text.get(offset..end).and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
                match depth {
                    1 => section = key,
                    2 => {
                        found.insert((section.clone(), key), start);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    found
}

fn advance(at: &mut Position, character: char) {
    if character == '\n' {
        at.line += 1;
        at.column = 1;
    } else {
        at.column += 1;
    }
}
