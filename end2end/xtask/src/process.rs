//! Running programs: in the foreground, tapped for their summary, or in the background until they are no longer needed.

use std::{
    io::{BufRead as _, BufReader, Read, Write as _},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitCode, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::failure::{Context as _, Failure, Result};

fn named(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Runs to the end with the terminal as it is.
pub fn run(command: &mut Command) -> Result<()> {
    let name = named(command);
    let status = command.stdin(Stdio::null()).status().doing(|| format!("starting `{name}`"))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{name}` ended with {status}"))) }
}

/// Runs to the end quietly and answers with what it printed.
pub fn output(command: &mut Command) -> Result<String> {
    let name = named(command);
    let output = command.stdin(Stdio::null()).output().doing(|| format!("starting `{name}`"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(Failure::new(format!("`{name}` ended with {}\n{stdout}{stderr}", output.status)))
}

pub struct Tapped {
    pub status: ExitStatus,
    /// What was printed, without colours.
    pub text: String,
}

/// Runs to the end, showing and keeping what is printed.
pub fn tapped(command: &mut Command) -> Result<Tapped> {
    let name = named(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .doing(|| format!("starting `{name}`"))?;
    let readers = [
        child.stdout.take().map(|pipe| thread::spawn(move || copy(pipe))),
        child.stderr.take().map(|pipe| thread::spawn(move || copy(pipe))),
    ];
    let mut text = String::new();
    for reader in readers.into_iter().flatten() {
        text.push_str(&reader.join().map_err(|_| Failure::new(format!("reading from `{name}` failed")))?);
    }
    let status = child.wait().doing(|| format!("waiting for `{name}`"))?;
    Ok(Tapped { status, text })
}

fn copy(pipe: impl Read) -> String {
    let mut kept = String::new();
    for line in BufReader::new(pipe).split(b'\n').map_while(std::io::Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        drop(writeln!(std::io::stderr(), "{line}"));
        kept.push_str(&without_colours(&line));
        kept.push('\n');
    }
    kept
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // CSI … final byte
            characters.by_ref().skip(1).find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Replaces this process, so that signals and the exit code go straight to the program.
pub fn become_program(command: &mut Command) -> Result<ExitCode> {
    let name = named(command);
    let error = command.exec();
    Err(Failure::new(format!("starting `{name}`: {error}")))
}

/// A program that runs until this value is dropped, or until this process ends, however it ends: its keeper
/// (`keep.sh`) waits on a pipe from here and stops the program when the pipe closes.
pub struct Background {
    keeper: Child,
    name: String,
}

/// Ends the program with this signal, then KILL after ten seconds.
#[derive(Clone, Copy)]
pub enum EndWith {
    Term,
    /// What PostgreSQL calls a fast shutdown.
    Int,
}

const KEEPER: &str = include_str!("keep.sh");

impl Background {
    /// `log` receives what the program prints.
    pub fn start(command: &Command, end_with: EndWith, log: std::fs::File) -> Result<Self> {
        let name = named(command);
        let signal = match end_with {
            EndWith::Term => "TERM",
            EndWith::Int => "INT",
        };
        let errors = log.try_clone().doing(|| format!("sharing the log of `{name}`"))?;
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keep", signal]).arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => keeper.env(key, value),
                None => keeper.env_remove(key),
            };
        }
        if let Some(directory) = command.get_current_dir() {
            keeper.current_dir(directory);
        }
        let keeper = keeper
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            // Its own group: Ctrl-C reaches this process only, and the keeper then sees the pipe close.
            .process_group(0)
            .spawn()
            .doing(|| format!("starting `{name}`"))?;
        Ok(Self { keeper, name })
    }

    /// Waits until `is_ready`, or says that the program ended or took too long.
    pub fn wait_until(&mut self, patience: Duration, is_ready: impl Fn() -> bool) -> Result<()> {
        let begun = Instant::now();
        while !is_ready() {
            if let Some(status) = self.keeper.try_wait().doing(|| format!("watching `{}`", self.name))? {
                return Err(Failure::new(format!("`{}` ended with {status} before it was ready", self.name)));
            }
            if begun.elapsed() > patience {
                return Err(Failure::new(format!("`{}` was not ready within {} s", self.name, patience.as_secs())));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_removed_before_a_summary_is_read() {
        assert_eq!(without_colours("\u{1b}[32;1m12 passed\u{1b}[0m (3s)"), "12 passed (3s)");
    }

    #[test]
    fn a_background_program_ends_with_its_keeper() {
        let directory = std::env::temp_dir().join(format!("xtask-keeper-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let marker = directory.join("pid");
        let script = format!("echo $$ > {}; exec sleep 60", marker.display());
        let mut background = Background::start(
            Command::new("sh").args(["-c", &script]),
            EndWith::Term,
            std::fs::File::create(directory.join("log")).unwrap(),
        )
        .unwrap();
        let pid = || std::fs::read_to_string(&marker).ok().filter(|text| text.ends_with('\n'));
        background.wait_until(Duration::from_secs(5), || pid().is_some()).unwrap();
        let process = format!("/proc/{}", pid().unwrap().trim());
        assert!(std::path::Path::new(&process).exists());
        drop(background);
        assert!(!std::path::Path::new(&process).exists(), "the program outlived its keeper");
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_program_that_ends_at_once_is_noticed() {
        let log = std::fs::File::create("/dev/null").unwrap();
        let mut background = Background::start(&Command::new("false"), EndWith::Term, log).unwrap();
        let error = background.wait_until(Duration::from_secs(5), || false).unwrap_err();
        assert!(error.to_string().contains("before it was ready"), "{error}");
    }
}
