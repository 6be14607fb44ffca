//! From what the linker wrote to what a browser runs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use wasm_bindgen_cli_support::Bindgen;

use super::{Files, files_under, remove};
use crate::{
    failure::{Context as _, Result},
    process, steps,
};

pub struct Module {
    pub script: Vec<u8>,
    pub wasm: Vec<u8>,
    /// Scripts of dependencies, under names that carry a hash already; the main script imports them by these names.
    pub snippets: Files,
}

pub fn bindgen(linked: &Path, optimiser: Option<&Path>, target: &Path) -> Result<Module> {
    let directory = target.join("wasm-bindgen");
    remove(&directory)?;
    Bindgen::new()
        .input_path(linked)
        .web(true)
        .doing(|| "choosing the web output".to_owned())?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .out_name("lockkeeper")
        .generate(&directory)
        .doing(|| format!("wasm-bindgen on {}", linked.display()))?;
    let wasm = directory.join("lockkeeper_bg.wasm");
    match optimiser {
        Some(program) => optimise(program, &wasm)?,
        None => steps::say("wasm-opt is not installed (npm ci in end2end): the module stays a little bigger"),
    }
    let main = directory.join("lockkeeper.js");
    let read = |path: &Path| fs::read(path).doing(|| format!("reading {}", path.display()));
    let mut snippets = Files::new();
    for path in files_under(&directory)?.into_iter().filter(|path| *path != main && *path != wasm) {
        let name = path.strip_prefix(&directory).doing(|| "naming a snippet".to_owned())?;
        snippets.insert(name.to_string_lossy().into_owned(), read(&path)?);
    }
    Ok(Module { script: read(&main)?, wasm: read(&wasm)?, snippets })
}

fn optimise(program: &Path, wasm: &Path) -> Result<()> {
    let smaller: PathBuf = wasm.with_extension("opt");
    process::run(
        Command::new("node")
            .arg(program)
            .args(["-Oz", "--enable-bulk-memory", "--enable-nontrapping-float-to-int", "--enable-sign-ext"])
            .args(["--enable-mutable-globals", "--enable-reference-types", "--enable-multivalue"])
            .arg(wasm)
            .arg("-o")
            .arg(&smaller),
    )?;
    fs::rename(&smaller, wasm).doing(|| format!("replacing {}", wasm.display()))
}
