//! `*.assets.json`: files that must be uploaded, and images that must be published.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    AssemblyAsset, AssemblyError, AssetDestination, Packaging,
    source::{Source, inside},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssetManifest {
    #[serde(default)]
    files: Map<String, Value>,
    #[serde(default)]
    docker_images: Map<String, Value>,
}

#[derive(Deserialize)]
struct FileEntry {
    source: FileSource,
    destinations: Map<String, Value>,
}

#[derive(Deserialize)]
struct FileSource {
    path: Option<String>,
    packaging: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileDestination {
    bucket_name: String,
    object_key: String,
    region: Option<String>,
}

pub struct Assets {
    pub files: Vec<AssemblyAsset>,
    pub images: Vec<String>,
}

/// `folder`: where the manifest stands; paths in it start there.
pub fn read(source: &Source, file: &str, folder: &str) -> Result<Assets, AssemblyError> {
    let manifest: AssetManifest = source.json(file)?;
    let mut files = Vec::new();
    for (id, value) in manifest.files {
        files.push(asset(source, file, folder, id, &value)?);
    }
    let images = manifest.docker_images.iter().map(|(id, value)| image(id, value)).collect();
    Ok(Assets { files, images })
}

fn asset(source: &Source, file: &str, folder: &str, id: String, value: &Value) -> Result<AssemblyAsset, AssemblyError> {
    let key = format!("files.{id}");
    let wrong = |inner: &str, message: String| AssemblyError::of_key(file, format!("{key}{inner}"), message);
    let entry = FileEntry::deserialize(value).map_err(|error| wrong("", error.to_string()))?;
    let Some(named) = entry.source.path else {
        let message = "is made by a command, which Lockkeeper does not run. Synthesise so that the file is in the \
                       assembly.";
        return Err(wrong(".source", message.to_owned()));
    };
    let path =
        inside(folder, &named).ok_or_else(|| wrong(".source.path", format!("“{named}” leads out of the assembly")))?;
    let packaging = match entry.source.packaging.as_deref() {
        None | Some("file") => Packaging::File,
        Some("zip") => Packaging::Zip,
        Some(other) => return Err(wrong(".source.packaging", format!("“{other}” is neither file nor zip"))),
    };
    let is_there = match packaging {
        Packaging::File => source.contains(&path),
        Packaging::Zip => source.is_directory(&path) || source.contains(&path),
    };
    if !is_there {
        return Err(wrong(".source.path", format!("“{named}” is not in the assembly")));
    }
    let mut destinations = Vec::new();
    for (name, value) in &entry.destinations {
        let destination = FileDestination::deserialize(value)
            .map_err(|error| wrong(&format!(".destinations.{name}"), error.to_string()))?;
        destinations.push(AssetDestination {
            bucket: destination.bucket_name,
            key: destination.object_key,
            region: destination.region,
        });
    }
    Ok(AssemblyAsset { id, manifest: file.to_owned(), path, packaging, destinations })
}

/// How an image is named to a person: where it is expected, as far as the manifest says.
fn image(id: &str, value: &Value) -> String {
    let destination = value.get("destinations").and_then(Value::as_object).and_then(|all| all.values().next());
    let text = |key: &str| destination.and_then(|d| d.get(key)).and_then(Value::as_str);
    match (text("repositoryName"), text("imageTag")) {
        (Some(repository), Some(tag)) => format!("{repository}:{tag}"),
        _ => id.to_owned(),
    }
}
