//! Words somebody searches for, as patterns of `LIKE`.

/// More words than this are not looked at: each costs a comparison per row.
pub const MOST: usize = 5;

/// That a column `words` matches every pattern, which are the first arguments of the statement.
pub const EVERY_ONE: &str = "words LIKE $1 ESCAPE '!' AND words LIKE $2 ESCAPE '!' AND words LIKE $3 ESCAPE '!' \
                             AND words LIKE $4 ESCAPE '!' AND words LIKE $5 ESCAPE '!'";

/// One pattern per word, `%` where there are fewer: every one has to match.
pub fn patterns(text: &str) -> [String; MOST] {
    let mut words = text.split_whitespace();
    std::array::from_fn(|_| match words.next() {
        Some(word) => format!("%{}%", literal(&word.to_lowercase())),
        None => "%".to_owned(),
    })
}

/// What was typed stands for itself; [`EVERY_ONE`] says how it is escaped.
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
