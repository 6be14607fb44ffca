//! The colours of `style/_tokens.scss`: text at 4.5:1, lines and icons at 3:1, in both schemes.

use std::collections::BTreeMap;

type Colour = (f64, f64, f64);

fn tokens(scheme: usize) -> BTreeMap<String, Colour> {
    let text = include_str!("../../../style/_tokens.scss");
    text.lines()
        .filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("--")?.split_once(": light-dark(")?;
            let colour = value.trim_end_matches(");").split(", ").nth(scheme)?;
            let channel = |at: usize| Some(f64::from(u8::from_str_radix(colour.get(at..at + 2)?, 16).ok()?) / 255.0);
            Some((name.to_owned(), (channel(1)?, channel(3)?, channel(5)?)))
        })
        .collect()
}

/// WCAG 2.2, relative luminance.
fn luminance((red, green, blue): Colour) -> f64 {
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    0.0722f64.mul_add(linear(blue), 0.2126f64.mul_add(linear(red), 0.7152 * linear(green)))
}

fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    if one > other { one / other } else { other / one }
}

#[test]
fn black_on_white_is_21_to_1() {
    assert!((contrast((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)) - 21.0).abs() < 0.01);
}

#[test]
fn text_lines_and_icons_can_be_read_in_both_schemes() {
    let states = ["good", "attention", "bad", "running", "waiting", "unknown", "not-applicable"];
    let colours = ["blue", "green", "teal", "amber", "red", "violet", "grey"];
    let mut wanted: Vec<(String, String, f64)> = Vec::new();
    let mut want = |front: &str, back: &str, ratio: f64| wanted.push((front.to_owned(), back.to_owned(), ratio));
    for back in ["surface", "raised", "sunken", "hover"] {
        want("text", back, 4.5);
        want("muted", back, 4.5);
        want("accent", back, 3.0);
    }
    for back in ["surface", "raised", "hover", "accent-soft"] {
        want("accent", back, 4.5);
        want("border-strong", if back == "accent-soft" { "raised" } else { back }, 3.0);
    }
    want("on-accent", "accent", 4.5);
    want("text", "accent-soft", 4.5);
    for state in states {
        let front = format!("state-{state}");
        want(&front, &format!("{front}-soft"), 4.5);
        want("text", &format!("{front}-soft"), 4.5);
        for back in ["surface", "raised", "hover"] {
            want(&front, back, 4.5);
        }
    }
    for colour in colours {
        want("on-env", &format!("env-{colour}"), 4.5);
        want(&format!("env-{colour}"), "raised", 3.0);
    }
    for (scheme, name) in ["light", "dark"].into_iter().enumerate() {
        let tokens = tokens(scheme);
        assert!(tokens.len() > 30, "the tokens could not be read");
        let weak: Vec<String> = wanted
            .iter()
            .filter_map(|(front, back, ratio)| {
                let found = contrast(tokens[front], tokens[back]);
                (found < *ratio).then(|| format!("{front} on {back}: {found:.2}, wanted {ratio}"))
            })
            .collect();
        assert!(weak.is_empty(), "{name}: {weak:#?}");
    }
}
