//! The upload API behind `lockkeeper release create`: a ZIP with one folder per environment becomes a release.

use std::{collections::BTreeMap, io::Write as _, sync::Arc};

use app::{error::ApiError, ports::Caller};
use async_trait::async_trait;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{
    assembly::{self, Limits},
    http::{ReleaseUpload, Upload, api::ReleaseCreated},
    services::{NewBlob, Services},
};

/// Longest text field of the form, in bytes.
const MAX_FIELD: usize = 4096;

pub struct Uploads {
    services: Services,
    limit_bytes: usize,
    /// One archive is unpacked at a time: each may take half a gigabyte of disk and memory.
    unpacking: Arc<Semaphore>,
}

#[async_trait]
impl ReleaseUpload for Uploads {
    async fn upload(&self, caller: &Caller, application: &str, upload: Upload) -> Result<ReleaseCreated, ApiError> {
        self.services.may_upload(caller, application)?;
        let mut multipart = upload.into_multipart().await?;
        let mut fields: BTreeMap<String, String> = BTreeMap::new();
        let mut archive = None;
        let broken = |_| ApiError::rejected("The upload broke off or is larger than allowed. Nothing was stored.");
        while let Some(mut field) = multipart.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            let limit = if name == "archive" { self.limit_bytes } else { MAX_FIELD };
            let mut bytes = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(broken)? {
                if bytes.len() + chunk.len() > limit {
                    return Err(ApiError::rejected_field(&name, format!("{name} is larger than {limit} bytes.")));
                }
                bytes.write_all(&chunk).map_err(|e| ApiError::rejected(e.to_string()))?;
            }
            if name == "archive" {
                archive = Some(bytes);
            } else {
                let text = String::from_utf8(bytes)
                    .map_err(|_| ApiError::rejected_field(&name, format!("{name} is not text.")))?;
                fields.insert(name, text.trim().to_owned());
            }
        }
        let archive = archive.ok_or_else(|| ApiError::rejected_field("archive", "There is no archive."))?;
        let version = fields.remove("version").unwrap_or_default();
        if let Err(message) = check_version(&version) {
            return Err(ApiError::rejected_field("version", message));
        }
        let revision = fields.remove("source_revision").filter(|r| !r.is_empty());
        let (id, notices) = self.create(caller, application, version.clone(), revision, archive).await?;
        let (application, path) = (application.to_owned(), format!("/releases/{id}"));
        let id = id.to_string();
        Ok(ReleaseCreated { id, application, version, path, notices })
    }
}

impl Uploads {
    pub fn new(services: Services, limit_bytes: usize) -> Self {
        Self { services, limit_bytes, unpacking: Arc::new(Semaphore::new(1)) }
    }

    async fn create(
        &self,
        caller: &Caller,
        application: &str,
        version: String,
        revision: Option<String>,
        archive: Vec<u8>,
    ) -> Result<(Uuid, Vec<String>), ApiError> {
        let blueprint = self
            .services
            .blueprints
            .get(application)
            .ok_or_else(|| ApiError::NotFound { what: format!("Application {application}") })?;
        let broken_off = |e: &(dyn std::error::Error + 'static)| {
            tracing::error!(error = e, "reading an assembly broke off");
            ApiError::Unavailable { message: "The assembly could not be read. Nothing was stored.".to_owned() }
        };
        let permit = self.unpacking.clone().acquire_owned().await.map_err(|e| broken_off(&e))?;
        // Unpacking and hashing megabytes must not hold up the requests of others.
        let made = tokio::task::spawn_blocking(move || {
            // Held to the end of the work, also when nobody waits for it any more.
            let _permit = permit;
            assembly::release_from_archive(&archive, &blueprint, &version, revision.as_deref(), Limits::default())
        });
        let made = made.await.map_err(|e| broken_off(&e))?;
        let made = made.map_err(|problems| {
            ApiError::rejected_field("archive", format!("Nothing was stored.\n{}", problems.join("\n")))
        })?;
        let blobs = made.blobs.into_iter().map(|b| NewBlob { bytes: b.bytes }).collect();
        let id = self.services.create_release(caller, made.content, blobs).await?;
        Ok((id, made.notices))
    }
}

/// Versions appear in addresses and file names.
fn check_version(version: &str) -> Result<(), &'static str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_+".contains(c);
    if version.is_empty() || version.len() > 64 || !version.chars().all(fits) {
        return Err("Say a version of at most 64 letters, digits, dots, dashes, underscores or plus signs.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn only_plain_versions_are_taken() {
        for good in ["1.5.0", "2026-11-23", "1.0.0-rc.1+build_5"] {
            assert!(check_version(good).is_ok(), "{good}");
        }
        for bad in ["", "1 0", "../1", "a/b", "é"] {
            assert!(check_version(bad).is_err(), "{bad}");
        }
    }
}
