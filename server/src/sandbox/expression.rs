//! Metric math, as far as alarms and checks use it: arithmetic on metrics and numbers, and `FILL`.

use std::collections::BTreeMap;

/// Seconds since 1970 and the value of the period that begins there.
pub(super) type Points = BTreeMap<i64, f64>;

#[derive(Clone, Debug)]
enum Term {
    Number(f64),
    Points(Points),
}

/// `None`: not an expression this world understands, or one that names what is not there.
pub(super) fn evaluate(text: &str, known: &BTreeMap<String, Points>) -> Option<Points> {
    let mut parser = Parser { rest: text.trim(), known };
    let term = parser.sum()?;
    match term {
        Term::Points(points) if parser.rest.is_empty() => Some(points),
        _ => None,
    }
}

struct Parser<'a> {
    rest: &'a str,
    known: &'a BTreeMap<String, Points>,
}

impl Parser<'_> {
    fn takes(&mut self, token: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(token) else { return false };
        self.rest = rest.trim_start();
        true
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> &str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        word
    }

    fn sum(&mut self) -> Option<Term> {
        let mut left = self.product()?;
        loop {
            if self.takes('+') {
                left = combined(left, self.product()?, |a, b| Some(a + b));
            } else if self.takes('-') {
                left = combined(left, self.product()?, |a, b| Some(a - b));
            } else {
                return Some(left);
            }
        }
    }

    fn product(&mut self) -> Option<Term> {
        let mut left = self.factor()?;
        loop {
            if self.takes('*') {
                left = combined(left, self.factor()?, |a, b| Some(a * b));
            } else if self.takes('/') {
                left = combined(left, self.factor()?, |a, b| (b != 0.0).then(|| a / b));
            } else {
                return Some(left);
            }
        }
    }

    fn factor(&mut self) -> Option<Term> {
        if self.takes('-') {
            return Some(combined(Term::Number(0.0), self.factor()?, |a, b| Some(a - b)));
        }
        if self.takes('(') {
            let inner = self.sum()?;
            return self.takes(')').then_some(inner);
        }
        if self.rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return self.word(|c| c.is_ascii_digit() || c == '.').parse().ok().map(Term::Number);
        }
        let name = self.word(|c| c.is_ascii_alphanumeric() || c == '_').to_owned();
        if name == "FILL" && self.takes('(') {
            let points = self.sum()?;
            let Term::Number(filling) = self.takes(',').then(|| self.sum())?? else { return None };
            return self.takes(')').then(|| filled(points, filling, self.known));
        }
        self.known.get(&name).cloned().map(Term::Points)
    }
}

/// Where both have a value; a number has one everywhere.
fn combined(left: Term, right: Term, with: impl Fn(f64, f64) -> Option<f64>) -> Term {
    match (left, right) {
        (Term::Number(a), Term::Number(b)) => Term::Number(with(a, b).unwrap_or_default()),
        (Term::Points(points), Term::Number(b)) => {
            Term::Points(points.into_iter().filter_map(|(at, a)| Some((at, with(a, b)?))).collect())
        }
        (Term::Number(a), Term::Points(points)) => {
            Term::Points(points.into_iter().filter_map(|(at, b)| Some((at, with(a, b)?))).collect())
        }
        (Term::Points(left), Term::Points(right)) => {
            let both = left.into_iter().filter_map(|(at, a)| Some((at, with(a, *right.get(&at)?)?)));
            Term::Points(both.collect())
        }
    }
}

/// A value wherever any of the metrics has one.
fn filled(term: Term, filling: f64, known: &BTreeMap<String, Points>) -> Term {
    let Term::Points(mut points) = term else { return term };
    for at in known.values().flat_map(BTreeMap::keys) {
        points.entry(*at).or_insert(filling);
    }
    Term::Points(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> BTreeMap<String, Points> {
        BTreeMap::from([
            ("client".to_owned(), Points::from([(0, 3.0), (60, 1.0)])),
            ("server".to_owned(), Points::from([(0, 2.0), (60, 0.0)])),
            ("requests".to_owned(), Points::from([(0, 100.0), (60, 0.0)])),
            ("rare".to_owned(), Points::from([(60, 4.0)])),
        ])
    }

    #[test]
    fn rates_are_worked_out_where_there_were_requests() {
        let rate = evaluate("(client + server) / requests * 100", &known());
        assert_eq!(rate, Some(Points::from([(0, 5.0)])));
    }

    #[test]
    fn gaps_are_filled_on_request() {
        assert_eq!(evaluate("FILL(rare, 0) - 1", &known()), Some(Points::from([(0, -1.0), (60, 3.0)])));
    }

    #[test]
    fn what_is_not_understood_is_nothing() {
        for text in ["ghost + 1", "client +", "ANOMALY_DETECTION_BAND(client)", "client server", "(client", "1 + 2"] {
            assert_eq!(evaluate(text, &known()), None, "{text}");
        }
    }
}
