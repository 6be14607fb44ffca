//! The key an installation signs evidence with.
//!
//! Ed25519, as PKCS #8 in PEM, the form `openssl genpkey -algorithm ed25519` writes. Without a configured file it is made
//! when the server first starts, in the data folder, readable by its owner only.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use domain::digest::Digest;
use ed25519_dalek::{
    Signature, Signer as _, SigningKey, VerifyingKey,
    pkcs8::{
        DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
        spki::der::pem::LineEnding,
    },
};
use rand::RngCore as _;

use crate::config::Config;

/// Name of the file in the data folder.
const FILE: &str = "evidence-key.pem";

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "the evidence key {0} does not exist. Put it there, or make one with `openssl genpkey -algorithm ed25519 -out \
         {0}`; every replica needs the same"
    )]
    Missing(String),
    #[error("the evidence key {path} cannot be used")]
    Io { path: String, source: std::io::Error },
    #[error(
        "the evidence key {0} is not an Ed25519 private key in PEM (PKCS #8). Nothing was changed in it; restore it from \
         its backup"
    )]
    Malformed(String),
    #[error("a new evidence key could not be made")]
    Making,
}

/// Signs bundles. Never shown.
pub struct InstanceKey(SigningKey);

impl InstanceKey {
    /// The configured key, or the data folder's own, which is made when it is missing.
    pub fn open(config: &Config) -> Result<Self, KeyError> {
        match &config.evidence.signing_key_file {
            Some(path) => Self::read(path)?.ok_or_else(|| KeyError::Missing(path.display().to_string())),
            None => Self::in_folder(&config.data_dir),
        }
    }

    /// The key of a data folder, made when it is missing.
    pub fn in_folder(data_dir: &Path) -> Result<Self, KeyError> {
        let path = data_dir.join(FILE);
        if let Some(key) = Self::read(&path)? {
            return Ok(key);
        }
        let mut seed = [0; 32];
        rand::rng().fill_bytes(&mut seed);
        let key = SigningKey::from_bytes(&seed);
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Making)?;
        let broken = |source| KeyError::Io { path: path.display().to_string(), source };
        // Temporary files are readable by their owner only. It appears under its name complete or not at all, and never
        // over a key that another process has just made.
        let mut file = tempfile::NamedTempFile::new_in(data_dir).map_err(broken)?;
        file.write_all(pem.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(broken)?;
        match file.persist_noclobber(&path) {
            Ok(_) => {
                tracing::info!(path = %path.display(), "a key for evidence was made; back it up with the database");
                Ok(Self(key))
            }
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Self::read(&path)?.ok_or(KeyError::Making)
            }
            Err(error) => Err(broken(error.error)),
        }
    }

    fn read(path: &Path) -> Result<Option<Self>, KeyError> {
        let name = || path.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(KeyError::Io { path: name(), source }),
        };
        warn_if_open(path);
        let key = SigningKey::from_pkcs8_pem(text.trim()).map_err(|_| KeyError::Malformed(name()))?;
        Ok(Some(Self(key)))
    }

    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }

    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }
}

fn warn_if_open(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).map_or(0, |data| data.permissions().mode());
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "the evidence key can be read by others; `chmod 600` it");
    }
}

/// Verifies signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// `None` when the text is no Ed25519 public key in PEM.
    pub fn from_pem(text: &str) -> Option<Self> {
        VerifyingKey::from_public_key_pem(text.trim()).ok().map(Self)
    }

    pub fn pem(&self) -> String {
        self.0.to_public_key_pem(LineEnding::LF).unwrap_or_default()
    }

    /// SHA-256 of the key's DER form (`SubjectPublicKeyInfo`).
    pub fn fingerprint(&self) -> Digest {
        let der = self.0.to_public_key_der().map(|der| der.as_bytes().to_vec()).unwrap_or_default();
        Digest::of_bytes(&der)
    }

    pub fn accepts(&self, bytes: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.0.verify_strict(bytes, &signature).is_ok())
    }
}

/// The key a verifier trusts: named by its fingerprint, or given as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey(pub Digest);

impl TrustedKey {
    /// A fingerprint, or the path of a public key in PEM.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(fingerprint) = Digest::parse(&text.trim().to_ascii_lowercase().replace(':', "")) {
            return Ok(Self(fingerprint));
        }
        let path = PathBuf::from(text);
        let content = std::fs::read_to_string(&path).map_err(|error| {
            format!("--key wants a fingerprint of 64 hexadecimal digits or a file, and {text} cannot be read: {error}")
        })?;
        let key = PublicKey::from_pem(&content).ok_or_else(|| format!("{text} is not an Ed25519 public key in PEM"))?;
        Ok(Self(key.fingerprint()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = InstanceKey::in_folder(folder.path()).unwrap();
        let again = InstanceKey::in_folder(folder.path()).unwrap();
        assert_eq!(first.public(), again.public());
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.path().join(FILE), "nonsense").unwrap();
        assert!(matches!(InstanceKey::in_folder(folder.path()), Err(KeyError::Malformed(_))), "and never replaced");
    }

    #[test]
    fn a_public_key_travels_as_text() {
        let folder = tempfile::tempdir().unwrap();
        let key = InstanceKey::in_folder(folder.path()).unwrap();
        let public = PublicKey::from_pem(&key.public().pem()).unwrap();
        assert_eq!(public, key.public());
        assert!(public.accepts(b"text", &key.sign(b"text")));
        assert!(!public.accepts(b"other", &key.sign(b"text")));
        let path = folder.path().join("public.pem");
        std::fs::write(&path, public.pem()).unwrap();
        let by_file = TrustedKey::parse(path.to_str().unwrap()).unwrap();
        assert_eq!(by_file, TrustedKey::parse(&public.fingerprint().as_str().to_uppercase()).unwrap());
        assert!(TrustedKey::parse("/nowhere").unwrap_err().contains("cannot be read"));
    }
}
