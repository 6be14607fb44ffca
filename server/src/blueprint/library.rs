//! The blueprints of a directory, each in its last good version.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use domain::blueprint::Blueprint;

use super::parse;
use crate::ports::BlueprintPort;

/// Shared by every request and worker; a reload changes what the next question sees.
#[derive(Debug)]
pub struct Library {
    directory: PathBuf,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By file name. A broken file keeps the version that was good before.
    files: BTreeMap<String, File>,
    problems: Vec<String>,
    fingerprint: Fingerprint,
}

#[derive(Clone, Debug)]
struct File {
    blueprint: Arc<Blueprint>,
    text: Arc<str>,
}

/// What the directory looked like when it was read: names, sizes and times of change.
type Fingerprint = BTreeMap<String, (u64, Option<SystemTime>)>;

impl Library {
    /// Reads the directory; what is wrong with it is in [`Library::problems`], so that one bad file does not keep the
    /// server from starting.
    pub fn open(directory: impl Into<PathBuf>) -> Self {
        let library = Self { directory: directory.into(), state: RwLock::default() };
        library.reload();
        library
    }

    /// The blueprint of an application.
    pub fn get(&self, application: &str) -> Option<Arc<Blueprint>> {
        self.file(application).map(|file| file.blueprint)
    }

    /// The text a blueprint was read from: what its digest is of.
    pub fn source(&self, application: &str) -> Option<Arc<str>> {
        self.file(application).map(|file| file.text)
    }

    /// Every blueprint, ordered by the application's name.
    pub fn all(&self) -> Vec<Arc<Blueprint>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = state.files.values().map(|file| Arc::clone(&file.blueprint)).collect();
        all.sort_by(|a, b| a.application.name.cmp(&b.application.name));
        all
    }

    /// What is wrong now, each with its file; empty when every file is good.
    pub fn problems(&self) -> Vec<String> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).problems.clone()
    }

    /// Reads every file again and answers whether anything changed: a blueprint, or what is wrong.
    pub fn reload(&self) -> bool {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let next = read_directory(&self.directory, &state.files);
        let digests = |s: &State| s.files.values().map(|f| f.blueprint.digest.clone()).collect::<Vec<_>>();
        let is_changed = digests(&next) != digests(&state) || next.problems != state.problems;
        *state = next;
        is_changed
    }

    /// [`Library::reload`], when names, sizes or times of change in the directory are not what they were.
    pub fn reload_if_changed(&self) -> bool {
        let seen = self.state.read().unwrap_or_else(PoisonError::into_inner).fingerprint.clone();
        let is_same = fingerprint(&self.directory).map_or(seen.is_empty(), |now| now == seen);
        if is_same { false } else { self.reload() }
    }

    fn file(&self, application: &str) -> Option<File> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.files.values().find(|file| file.blueprint.application.name == application).cloned()
    }
}

impl BlueprintPort for Library {
    fn get(&self, application: &str) -> Option<Arc<Blueprint>> {
        Self::get(self, application)
    }

    fn all(&self) -> Vec<Arc<Blueprint>> {
        Self::all(self)
    }

    fn text(&self, application: &str) -> Option<String> {
        self.source(application).map(|text| text.as_ref().to_owned())
    }

    fn problems(&self) -> Vec<String> {
        Self::problems(self)
    }
}

fn fingerprint(directory: &Path) -> std::io::Result<Fingerprint> {
    let mut found = Fingerprint::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_blueprint = Path::new(&name).extension().is_some_and(|e| e == "toml");
        if is_blueprint && !name.starts_with('.') {
            let metadata = fs::metadata(entry.path())?;
            found.insert(name, (metadata.len(), metadata.modified().ok()));
        }
    }
    Ok(found)
}

fn read_directory(directory: &Path, before: &BTreeMap<String, File>) -> State {
    let mut state = State::default();
    match fingerprint(directory) {
        Ok(found) => state.fingerprint = found,
        Err(error) => {
            state.files = before.clone();
            let kept = if before.is_empty() { "" } else { " The blueprints read before stay in use." };
            state
                .problems
                .push(format!("The blueprint directory {} cannot be read: {error}.{kept}", directory.display()));
            return state;
        }
    }
    for name in state.fingerprint.keys() {
        match read_file(directory, name) {
            Ok(file) => {
                let application = &file.blueprint.application.name;
                let is_same = |other: &&File| other.blueprint.application.name == *application;
                if state.files.values().any(|other| is_same(&other)) {
                    let message = format!(
                        "{name}: application “{application}” is described by another file already; this one is not used"
                    );
                    state.problems.push(message);
                } else {
                    state.files.insert(name.clone(), file);
                }
            }
            Err(problems) => {
                state.problems.extend(problems);
                if let Some(last_good) = before.get(name) {
                    state.problems.push(format!("{name}: the version before these errors stays in use"));
                    state.files.insert(name.clone(), last_good.clone());
                }
            }
        }
    }
    state
}

fn read_file(directory: &Path, name: &str) -> Result<File, Vec<String>> {
    let text =
        fs::read_to_string(directory.join(name)).map_err(|error| vec![format!("{name}: cannot be read: {error}")])?;
    match parse(name, &text) {
        Ok(blueprint) => Ok(File { blueprint: Arc::new(blueprint), text: text.into() }),
        Err(errors) => Err(errors.iter().map(ToString::to_string).collect()),
    }
}
