//! Words somebody searches for, as patterns of `LIKE`.

/// More words than this are not looked at: each costs a comparison per row.
pub const MOST: usize = 5;

/// One pattern per word, `%` where there are fewer: every one has to match.
pub fn patterns(text: &str) -> [String; MOST] {
    let mut words = text.split_whitespace();
    std::array::from_fn(|_| match words.next() {
        Some(word) => format!("%{}%", literal(&word.to_lowercase())),
        None => "%".to_owned(),
    })
}

/// What was typed stands for itself; the statement says `ESCAPE '!'`.
fn literal(word: &str) -> String {
    word.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_wildcards_stand_for_themselves() {
        let [first, second, third, ..] = patterns("100% A_b! ");
        assert_eq!((first.as_str(), second.as_str(), third.as_str()), ("%100!%%", "%a!_b!!%", "%"));
    }
}
