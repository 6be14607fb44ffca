//! What the test runners say at their end, in numbers.

use crate::steps::Tally;

/// Understands cargo-nextest (`Summary [ 1.2s] 12 tests run: 11 passed, 1 failed`) and `cargo test`
/// (`test result: ok. 5 passed; 0 failed; …`, once per binary).
pub fn of_rust_tests(text: &str) -> Tally {
    text.lines().fold(Tally::default(), |sum, line| {
        let line = line.trim_start();
        if line.starts_with("test result:") {
            return sum.plus(Tally { passed: number_before(line, "passed"), failed: number_before(line, "failed") });
        }
        if line.starts_with("Summary [") {
            let failed = ["failed", "exec failed", "timed out"].iter().map(|word| number_before(line, word)).sum();
            return sum.plus(Tally { passed: number_before(line, "passed"), failed });
        }
        sum
    })
}

/// Understands Playwright's closing lines: `  12 passed (1.1m)`, `  1 failed`, `  1 flaky`, `  2 did not run`. A test
/// that passed at its second try, or was interrupted or never ran, has not passed.
pub fn of_browser_tests(text: &str) -> Tally {
    text.lines().fold(Tally::default(), |sum, line| {
        let (count, what) = line.trim().split_once(' ').unwrap_or_default();
        let Ok(count) = count.parse() else { return sum };
        match what.split(" (").next().unwrap_or_default() {
            "passed" => sum.plus(Tally { passed: count, failed: 0 }),
            "failed" | "flaky" | "interrupted" | "did not run" => sum.plus(Tally { passed: 0, failed: count }),
            _ => sum,
        }
    })
}

/// How many warnings a build printed, without cargo's own closing count.
pub fn warnings(text: &str) -> usize {
    text.lines()
        .filter(|line| line.starts_with("warning") || line.starts_with("error"))
        .filter(|line| !(line.contains(" generated ") && line.contains(" warning")))
        .count()
}

/// The number in front of the last of these words: `10 passed (1 slow)`, `2 exec failed`.
fn number_before(line: &str, words: &str) -> u64 {
    line.split([',', ';', ':', '.'])
        .filter_map(|part| part.trim().split_once(' '))
        .filter(|(_, what)| what.split(" (").next() == Some(words))
        .find_map(|(count, _)| count.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_is_understood() {
        let text = "     Summary [   0.512s] 12 tests run: 10 passed (1 slow), 2 failed, 3 skipped\n";
        assert_eq!(of_rust_tests(text), Tally { passed: 10, failed: 2 });
        let text = "     Summary [   0.512s] 120 tests run: 118 passed, 1 failed, 1 timed out, 0 skipped\n";
        assert_eq!(of_rust_tests(text), Tally { passed: 118, failed: 2 });
    }

    #[test]
    fn cargo_test_is_summed_over_its_binaries() {
        let text = "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n\
                    test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(of_rust_tests(text), Tally { passed: 7, failed: 3 });
    }

    #[test]
    fn a_flaky_or_skipped_over_browser_test_has_not_passed() {
        let text = "Running 9 tests using 2 workers\n  1 failed\n    [js] › main.spec.ts:3:1 › 3 passed\n  1 flaky\n  \
                    2 did not run\n  1 skipped\n  4 passed (1.2m)\n";
        assert_eq!(of_browser_tests(text), Tally { passed: 4, failed: 4 });
    }

    #[test]
    fn warnings_are_counted_without_cargos_own_count() {
        let text = "   Compiling app\nwarning: unused import\n  --> app/src/lib.rs:1:1\nwarning: `app` (lib) generated 1 \
                    warning\n";
        assert_eq!(warnings(text), 1);
        assert_eq!(warnings("    Finished `dev` profile\n"), 0);
    }
}
