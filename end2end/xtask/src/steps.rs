//! Progress for the person at the terminal, and the tally at the end.

use std::{
    io::Write as _,
    sync::OnceLock,
    time::{Duration, Instant},
};

use crate::failure::{Failure, Result};

static STARTED: OnceLock<Instant> = OnceLock::new();

fn elapsed() -> Duration {
    STARTED.get_or_init(Instant::now).elapsed()
}

/// One line on stderr; a closed terminal is no reason to stop.
pub fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{}", line.trim_end()));
}

/// Says when a piece of work begins, and how long it took.
pub fn timed<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(&format!("[{:>7}] {name} …", clock(elapsed())));
    let begun = Instant::now();
    let result = work();
    let how = if result.is_ok() { "done" } else { "FAILED" };
    say(&format!("[{:>7}] {name}: {how} in {}", clock(elapsed()), clock(begun.elapsed())));
    result
}

pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 { format!("{:.1} s", time.as_secs_f64()) } else { format!("{}:{:02}", seconds / 60, seconds % 60) }
}

/// How many checks a step made. A step that is not a test suite is one check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    pub const ONE_PASSED: Self = Self { passed: 1, failed: 0 };
    pub const ONE_FAILED: Self = Self { passed: 0, failed: 1 };

    pub fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

struct Row {
    name: &'static str,
    tally: Tally,
    took: Duration,
    problem: Option<String>,
}

impl Row {
    fn render(&self, width: usize) -> String {
        let mark = if self.tally.failed == 0 { "ok  " } else { "FAIL" };
        let problem = self.problem.as_deref().map(|problem| format!("  {problem}")).unwrap_or_default();
        format!("{mark}  {:<width$}  {:>5} passed  {:>9}{problem}", self.name, self.tally.passed, clock(self.took))
    }
}

/// What every step of a run said.
#[derive(Default)]
pub struct Summary {
    rows: Vec<Row>,
}

impl Summary {
    /// Runs a step and keeps its result; a failed step does not end the run.
    pub fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<Tally>) -> bool {
        let begun = Instant::now();
        // Inside, so that a step with failed tests is said to have failed.
        let mut counted = None;
        let outcome = timed(name, || match work()? {
            tally if tally.failed == 0 => Ok(tally),
            tally => {
                counted = Some(tally);
                Err(Failure::new(format!("{} failed", tally.failed)))
            }
        });
        let (tally, problem) = match outcome {
            Ok(tally) => (tally, None),
            Err(failure) => {
                let problem = failure.to_string();
                say(&problem);
                (counted.unwrap_or(Tally::ONE_FAILED), problem.lines().next().map(str::to_owned))
            }
        };
        let is_good = tally.failed == 0;
        self.rows.push(Row { name, tally, took: begun.elapsed(), problem });
        is_good
    }

    pub fn print(&self) {
        drop(write!(std::io::stdout(), "{}", self.render()));
    }

    pub fn total(&self) -> Tally {
        self.rows.iter().fold(Tally::default(), |sum, row| sum.plus(row.tally))
    }

    /// The closing table; its last line is exactly `N passed, N failed`.
    fn render(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        let mut lines: Vec<String> = self.rows.iter().map(|row| row.render(width)).collect();
        let Tally { passed, failed } = self.total();
        lines.push(format!("in {}\n{passed} passed, {failed} failed\n", clock(elapsed())));
        format!("\n{}", lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_sums_tests_and_steps() {
        let mut summary = Summary::default();
        assert!(summary.step("format", || Ok(Tally::ONE_PASSED)));
        assert!(!summary.step("tests", || Ok(Tally { passed: 40, failed: 2 })));
        assert!(!summary.step("browser", || Err(Failure::new("no browser\nand more"))));
        let text = summary.render();
        assert_eq!(text.lines().last(), Some("41 passed, 3 failed"));
        assert!(text.contains("no browser") && !text.contains("and more"), "{text}");
    }

    #[test]
    fn a_minute_is_written_as_a_clock() {
        assert_eq!(clock(Duration::from_millis(1_500)), "1.5 s");
        assert_eq!(clock(Duration::from_secs(61)), "1:01");
    }
}
