//! Tells the embedding of the site where it is: the folder in `LOCKKEEPER_SITE`, or an empty one.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=LOCKKEEPER_SITE");
    let site = match env::var_os("LOCKKEEPER_SITE") {
        Some(site) => PathBuf::from(site),
        None => PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?).join("no-site"),
    };
    fs::create_dir_all(&site)?;
    println!("cargo::rerun-if-changed={}", site.display());
    println!("cargo::rustc-env=LOCKKEEPER_SITE_DIR={}", site.display());
    Ok(())
}
