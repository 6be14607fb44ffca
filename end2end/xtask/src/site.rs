//! What the browser fetches: wasm with its script, the style sheet, the public files. Names carry the hash of their
//! content, so that they may be cached for ever; `site.json` says which name stands for what.

mod compress;
mod wasm;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use crate::{
    failure::{Context as _, Failure, Result},
    hex::hex,
    process, steps,
    toolchain::{Cargo, WASM},
    workspace::Workspace,
};

/// Files in the order in which they are written; a name that appears twice is a mistake.
type Files = BTreeMap<String, Vec<u8>>;

pub fn build(workspace: &Workspace, cargo: &Cargo) -> Result<()> {
    steps::timed("wasm", || {
        process::run(cargo.command(workspace).args([
            "build",
            "--package",
            "frontend",
            "--lib",
            "--target",
            WASM,
            "--profile",
            "wasm-release",
        ]))
    })?;
    let linked = workspace.target.join(WASM).join("wasm-release/frontend.wasm");
    let optimiser = workspace.end2end().join("node_modules/binaryen/bin/wasm-opt");
    let optimiser = optimiser.is_file().then_some(optimiser);

    let inputs = fingerprint(workspace, &linked, optimiser.as_deref())?;
    let stamp = workspace.site().join(".inputs");
    if fs::read_to_string(&stamp).is_ok_and(|built_from| built_from == inputs) {
        steps::say("site: unchanged");
        return Ok(());
    }
    steps::timed("site", || {
        let mut files = public_files(&workspace.root.join("public"))?;
        let mut manifest = BTreeMap::new();
        let sheet = style(&workspace.root.join("style/main.scss"))?;
        manifest.insert("css", add(&mut files, "lockkeeper", "css", sheet.into_bytes())?);
        let module = wasm::bindgen(&linked, optimiser.as_deref(), &workspace.target)?;
        // The script names no module: the page passes it, so a new module leaves the script's name alone.
        manifest.insert("wasm", add(&mut files, "lockkeeper", "wasm", module.wasm)?);
        manifest.insert("js", add(&mut files, "lockkeeper", "js", module.script)?);
        for (name, content) in module.snippets {
            insert(&mut files, &name, content)?;
        }
        compress::add_siblings(&mut files)?;
        files.insert("site.json".to_owned(), json(&manifest).into_bytes());
        files.insert(".inputs".to_owned(), inputs.into_bytes());
        replace_directory(&workspace.site(), &files)
    })
}

fn insert(files: &mut Files, name: &str, content: Vec<u8>) -> Result<()> {
    match files.insert(name.to_owned(), content) {
        None => Ok(()),
        Some(_) => Err(Failure::new(format!("two files of the site are called `{name}`"))),
    }
}

/// Adds a file under a name that changes with its content.
fn add(files: &mut Files, stem: &str, extension: &str, content: Vec<u8>) -> Result<String> {
    let name = format!("{stem}-{}.{extension}", &hash(&content)[..10]);
    insert(files, &name, content)?;
    Ok(name)
}

fn hash(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// Names are ours: lower-case letters, digits, dots and dashes, nothing to escape.
fn json(manifest: &BTreeMap<&str, String>) -> String {
    let entries: Vec<String> = manifest.iter().map(|(key, value)| format!("  \"{key}\": \"{value}\"")).collect();
    format!("{{\n{}\n}}\n", entries.join(",\n"))
}

fn style(main: &Path) -> Result<String> {
    grass::from_path(main, &grass::Options::default().style(grass::OutputStyle::Compressed))
        .doing(|| format!("compiling {}", main.display()))
}

fn public_files(directory: &Path) -> Result<Files> {
    let mut files = Files::new();
    for path in files_under(directory)? {
        let name = path.strip_prefix(directory).doing(|| "naming a public file".to_owned())?;
        let content = fs::read(&path).doing(|| format!("reading {}", path.display()))?;
        insert(&mut files, &name.to_string_lossy(), content)?;
    }
    Ok(files)
}

fn files_under(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(directory).sort_by_file_name() {
        let entry = entry.doing(|| format!("listing {}", directory.display()))?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// Everything the site is made from, this program included.
fn fingerprint(workspace: &Workspace, linked: &Path, optimiser: Option<&Path>) -> Result<String> {
    let mut inputs = vec![linked.to_owned()];
    inputs.extend(optimiser.map(Path::to_owned));
    for directory in ["style", "public", "end2end/xtask/src/site", "end2end/xtask/src/site.rs"] {
        inputs.extend(files_under(&workspace.root.join(directory))?);
    }
    let mut all = Sha256::new();
    for path in inputs {
        let content = fs::read(&path).doing(|| format!("reading {}", path.display()))?;
        all.update(path.to_string_lossy().as_bytes());
        all.update(Sha256::digest(&content));
    }
    Ok(hash(&all.finalize()))
}

/// Writes beside the old directory and swaps, so that a build that is interrupted leaves the old site whole.
fn replace_directory(directory: &Path, files: &Files) -> Result<()> {
    let fresh = directory.with_extension("new");
    remove(&fresh)?;
    for (name, content) in files {
        let path = fresh.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).doing(|| format!("making {}", parent.display()))?;
        }
        fs::write(&path, content).doing(|| format!("writing {}", path.display()))?;
    }
    remove(directory)?;
    fs::rename(&fresh, directory).doing(|| format!("putting {} into place", directory.display()))
}

fn remove(directory: &Path) -> Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::new(format!("removing {}: {error}", directory.display())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changes_with_the_content_and_only_with_it() {
        let mut files = Files::new();
        let first = add(&mut files, "lockkeeper", "css", b"a{}".to_vec()).unwrap();
        let second = add(&mut files, "lockkeeper", "css", b"b{}".to_vec()).unwrap();
        assert_ne!(first, second);
        assert_eq!(first, add(&mut Files::new(), "lockkeeper", "css", b"a{}".to_vec()).unwrap());
        assert!(add(&mut files, "lockkeeper", "css", b"a{}".to_vec()).is_err(), "the same file twice is a mistake");
    }

    #[test]
    fn the_manifest_is_json() {
        let manifest = BTreeMap::from([("css", "a.css".to_owned()), ("js", "b.js".to_owned())]);
        assert_eq!(json(&manifest), "{\n  \"css\": \"a.css\",\n  \"js\": \"b.js\"\n}\n");
    }
}
