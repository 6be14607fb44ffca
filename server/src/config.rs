//! What an operator can set: `lockkeeper.toml`, overridden by `LOCKKEEPER__SECTION__KEY` in the environment.
//!
//! Reading never stops at the first mistake: unknown keys, wrong types, missing values and contradictions are collected
//! and reported together, each with its place. [`keys`] lists every key once; the reader refuses what is not in it, and
//! `server/docs/configuration.md` is generated from it.

pub mod keys;
mod place;
mod reader;
mod sections;
#[cfg(test)]
mod tests;

use std::{net::SocketAddr, path::Path, path::PathBuf};

use domain::permission::Grant;
use url::Url;

pub use place::{ConfigError, ConfigErrors, Place};

use reader::Reader;

/// Everything `serve` needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    pub data_dir: PathBuf,
    pub blueprints_dir: PathBuf,
    pub server: ServerConfig,
    pub database: DatabaseConfig,
    pub oidc: OidcConfig,
    pub roles: Vec<RoleMapping>,
    pub session: SessionConfig,
    pub aws: AwsConfig,
    pub checks: ChecksConfig,
    pub log: LogConfig,
    pub evidence: EvidenceConfig,
}

#[derive(Clone, Debug)]
pub struct ServerConfig {
    pub listen: SocketAddr,
    /// `None`: no metrics listener.
    pub metrics_listen: Option<SocketAddr>,
    /// Where browsers reach us, without a trailing slash.
    pub public_url: Url,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    pub request_timeout_secs: u64,
    pub body_limit_bytes: usize,
    pub upload_limit_bytes: usize,
    pub login_attempts_per_minute: u32,
}

impl ServerConfig {
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// An absolute address of ours. `path` begins with a slash.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}

#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// May hold a password: shown only through [`Secret`]'s `Debug`.
    pub url: Secret,
}

#[derive(Clone, Debug)]
pub struct OidcConfig {
    /// Exactly as written: the provider's own documents are compared with it character by character.
    pub issuer: String,
    pub client_id: String,
    /// `None`: a public client, protected by PKCE alone.
    pub client_secret: Option<Secret>,
    pub scopes: Vec<String>,
    /// Dotted path of the claim that lists the groups, for example `realm_access.roles`.
    pub groups_claim: String,
    /// Further origins a login or logout may be redirected through, for a provider that hands over to another one.
    pub redirect_origins: Vec<String>,
}

/// Members of `group` get `grant`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleMapping {
    pub group: String,
    pub grant: Grant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    pub idle_timeout_secs: u64,
    pub absolute_timeout_secs: u64,
}

#[derive(Clone, Debug)]
pub struct AwsConfig {
    /// An emulator or a VPC endpoint for every service.
    pub endpoint_url: Option<Url>,
    /// Only with `endpoint_url`: real credentials come from the machine, never from this file.
    pub emulator_credentials: Option<EmulatorCredentials>,
    /// How often an environment is looked at while something moves in it.
    pub poll_fast_secs: u64,
    /// … and while nothing does.
    pub poll_slow_secs: u64,
    /// Budget per account, region and API.
    pub calls_per_second: u32,
}

#[derive(Clone, Debug)]
pub struct ChecksConfig {
    /// Private networks `http` checks may ask.
    pub allow_private: Vec<Network>,
}

#[derive(Clone, Debug)]
pub struct EmulatorCredentials {
    pub access_key_id: String,
    pub secret_access_key: Secret,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    pub format: LogFormat,
    pub filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceConfig {
    /// `None`: a key of this data folder's own, made when it is first needed.
    pub signing_key_file: Option<PathBuf>,
}

/// A value that is never shown: `Debug` hides it, there is no `Display` and no `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself: only for handing it to where it is needed.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[hidden]")
    }
}

/// An address, or a network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: std::net::IpAddr,
    prefix: u8,
}

impl Network {
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: std::net::IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        (prefix <= longest).then_some(Self { address, prefix })
    }

    pub fn contains(&self, other: std::net::IpAddr) -> bool {
        use std::net::IpAddr::{V4, V6};
        match (self.address, other.to_canonical()) {
            (V4(network), V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            (V6(network), V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                network.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl Config {
    /// Reads `path` (where one is given) and the environment.
    ///
    /// # Errors
    /// All mistakes at once, each with its place.
    pub fn load(path: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::open(path, env);
        let config = Self::read(&mut reader);
        let errors = reader.finish();
        match config {
            Some(config) if errors.is_empty() => Ok(config),
            _ => Err(ConfigErrors(errors)),
        }
    }

    /// Each part is read before any is given up on, so that one run shows every mistake.
    fn read(reader: &mut Reader) -> Option<Self> {
        let data_dir = PathBuf::from(reader.text("data_dir").unwrap_or_else(|| "data".to_owned()));
        let blueprints_dir = reader.text("blueprints_dir").map_or_else(|| data_dir.join("blueprints"), PathBuf::from);
        let server = ServerConfig::read(reader);
        let database = DatabaseConfig::read(reader, &data_dir);
        let oidc = OidcConfig::read(reader);
        let roles = sections::roles(reader);
        let session = SessionConfig::read(reader);
        let aws = AwsConfig::read(reader);
        let checks = ChecksConfig::read(reader);
        let log = LogConfig::read(reader);
        let evidence = EvidenceConfig { signing_key_file: reader.text("evidence.signing_key_file").map(PathBuf::from) };
        Some(Self {
            data_dir,
            blueprints_dir,
            server: server?,
            database: database?,
            oidc: oidc?,
            roles,
            session: session?,
            aws: aws?,
            checks,
            log: log?,
            evidence,
        })
    }
}
