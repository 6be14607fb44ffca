//! One reading per concern: defaults, limits and contradictions.

use std::{net::SocketAddr, path::Path};

use domain::permission::{Grant, Role};
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

use super::{
    AwsConfig, ChecksConfig, DatabaseConfig, EmulatorCredentials, LogConfig, LogFormat, Network, OidcConfig,
    RoleMapping, Secret, ServerConfig, SessionConfig,
    place::Place,
    reader::{Reader, distinct, nearest},
};

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

fn address(reader: &mut Reader, path: &str) -> Option<SocketAddr> {
    let text = reader.text(path)?;
    let address = text.parse().ok();
    if address.is_none() {
        reader.report_at(path, "wants an address and a port such as 127.0.0.1:8080 or [::1]:8080");
    }
    address
}

fn web_url(reader: &mut Reader, path: &str, text: &str) -> Option<Url> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Some(url),
        _ => {
            reader.report_at(path, "wants a URL that begins with https://");
            None
        }
    }
}

/// Whether the host is this machine, so that nobody listens in between.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn networks(reader: &mut Reader, path: &str) -> Vec<Network> {
    let texts = reader.list(path).unwrap_or_default();
    texts
        .iter()
        .filter_map(|text| {
            let network = Network::parse(text);
            if network.is_none() {
                reader.report_at(path, format!("`{text}` is no address and no network such as 10.0.0.0/8"));
            }
            network
        })
        .collect()
}

impl ServerConfig {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let listen =
            if reader.is_set("server.listen") { address(reader, "server.listen") } else { Some(DEFAULT_LISTEN) };
        let metrics_listen = address(reader, "server.metrics_listen");
        if let (Some(listen), Some(metrics)) = (listen, metrics_listen)
            && listen == metrics
            && listen.port() != 0
        {
            reader.report_at("server.metrics_listen", "is the address of `server.listen`: metrics need their own");
        }
        let public_url = Self::public_url(reader);
        let trusted_proxies = networks(reader, "server.trusted_proxies");
        let request_timeout_secs = reader.number("server.request_timeout_secs", 30, 1..601);
        let body_limit = reader.number("server.body_limit_bytes", 1 << 20, 1024..(1 << 30));
        let upload_limit = reader.number("server.upload_limit_bytes", 256 << 20, 1024..(1 << 32));
        let login_attempts = reader.number("server.login_attempts_per_minute", 30, 1..100_001);
        Some(Self {
            listen: listen?,
            metrics_listen,
            public_url: public_url?,
            trusted_proxies,
            request_timeout_secs: request_timeout_secs?,
            body_limit_bytes: usize::try_from(body_limit?).ok()?,
            upload_limit_bytes: usize::try_from(upload_limit?).ok()?,
            login_attempts_per_minute: u32::try_from(login_attempts?).ok()?,
        })
    }

    fn public_url(reader: &mut Reader) -> Option<Url> {
        const PATH: &str = "server.public_url";
        let allow_insecure = reader.boolean("server.allow_insecure_http", false);
        let text = reader.required_text(PATH)?;
        let url = web_url(reader, PATH, &text)?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            reader.report_at(PATH, "has a path: Lockkeeper needs a host of its own");
        }
        if url.scheme() == "https" && allow_insecure {
            let message = format!("contradicts `{PATH}` at {}, which is https: remove it", reader.place(PATH));
            reader.report_at("server.allow_insecure_http", message);
        }
        if url.scheme() == "http" && !is_loopback(&url) && !allow_insecure {
            reader.report_at(
                PATH,
                "is http on another host, where session cookies can be read on the way; use https, or set \
                 `server.allow_insecure_http` for a trial",
            );
        }
        Some(url)
    }
}

impl DatabaseConfig {
    pub(super) fn read(reader: &mut Reader, data_dir: &Path) -> Option<Self> {
        const PATH: &str = "database.url";
        let is_set = reader.is_set(PATH) || reader.is_set("database.url_file");
        let url = reader.secret(PATH);
        if !is_set {
            return Some(Self { url: Secret::new(format!("sqlite://{}", data_dir.join("lockkeeper.db").display())) });
        }
        let url = url?;
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.expose().starts_with(scheme)) {
            let path = if reader.is_set(PATH) { PATH } else { "database.url_file" };
            reader.report_at(path, "wants an address that begins with sqlite:// or postgres://");
            return None;
        }
        Some(Self { url })
    }
}

impl OidcConfig {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let issuer = reader.required_text("oidc.issuer");
        if let Some(url) = issuer.as_ref().and_then(|text| web_url(reader, "oidc.issuer", text))
            && url.scheme() == "http"
            && !is_loopback(&url)
        {
            reader.report_at("oidc.issuer", "is http on another host: anybody on the way could log in as anybody");
        }
        let client_id = reader.required_text("oidc.client_id");
        let client_secret = reader.secret("oidc.client_secret");
        let mut scopes = vec!["openid".to_owned()];
        scopes.extend(
            reader.list("oidc.scopes").unwrap_or_else(|| ["profile", "email", "groups"].map(str::to_owned).to_vec()),
        );
        let groups_claim = if reader.is_set("oidc.groups_claim") {
            reader.text("oidc.groups_claim")
        } else {
            Some("groups".to_owned())
        };
        if groups_claim.as_ref().is_some_and(|path| path.split('.').any(str::is_empty)) {
            reader.report_at("oidc.groups_claim", "has an empty part");
        }
        let redirect_origins = reader
            .list("oidc.redirect_origins")
            .unwrap_or_default()
            .iter()
            .filter_map(|text| web_url(reader, "oidc.redirect_origins", text))
            .map(|url| url.origin().ascii_serialization())
            .collect();
        Some(Self {
            issuer: issuer?,
            client_id: client_id?,
            client_secret,
            scopes: distinct(scopes),
            groups_claim: groups_claim?,
            redirect_origins,
        })
    }
}

/// The `[[roles]]` tables.
pub(super) fn roles(reader: &mut Reader) -> Vec<RoleMapping> {
    if reader.role_count() == 0 {
        reader.report(Place::Absent, "roles", "names no group, so nobody could do anything; add a [[roles]] table");
    }
    (0..reader.role_count()).filter_map(|index| role(reader, index)).collect()
}

fn role(reader: &mut Reader, index: usize) -> Option<RoleMapping> {
    let path = |key: &str| format!("roles[{index}].{key}");
    let group = reader.required_text(&path("group"));
    let role = reader.required_text(&path("role")).and_then(|name| {
        let role = Role::parse(&name);
        if role.is_none() {
            let known = Role::ALL.map(Role::name);
            let message = match nearest(&name, known.into_iter()) {
                Some(near) => format!("`{name}` is no role; did you mean `{near}`?"),
                None => format!("`{name}` is no role; the roles are {}", known.join(", ")),
            };
            reader.report_at(&path("role"), message);
        }
        role
    });
    let mut limit = |key: &str| {
        let names = reader.list(&path(key));
        if names.as_ref().is_some_and(Vec::is_empty) {
            reader.report_at(&path(key), "is empty, so the role would hold nowhere; leave it out for everywhere");
        }
        names
    };
    let (applications, environments) = (limit("applications"), limit("environments"));
    Some(RoleMapping { group: group?, grant: Grant { role: role?, applications, environments } })
}

impl SessionConfig {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let idle = reader.number("session.idle_timeout_secs", 3600, 60..(30 * 86_400));
        let absolute = reader.number("session.absolute_timeout_secs", 43_200, 60..(90 * 86_400));
        let (idle, absolute) = (idle?, absolute?);
        if idle > absolute {
            reader.report_at(
                "session.idle_timeout_secs",
                format!("is longer than `session.absolute_timeout_secs` ({absolute})"),
            );
        }
        Some(Self { idle_timeout_secs: idle, absolute_timeout_secs: absolute })
    }
}

impl AwsConfig {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let endpoint_url = reader.text("aws.endpoint_url").and_then(|text| web_url(reader, "aws.endpoint_url", &text));
        let access_key_id = reader.text("aws.access_key_id");
        let secret_key = if reader.is_set("aws.secret_access_key_file") {
            "aws.secret_access_key_file"
        } else {
            "aws.secret_access_key"
        };
        let secret_access_key = reader.secret("aws.secret_access_key");
        for path in ["aws.access_key_id", secret_key] {
            if reader.is_set(path) && !reader.is_set("aws.endpoint_url") {
                reader.report_at(
                    path,
                    "is for emulators and needs `aws.endpoint_url`; real credentials come from the machine's role",
                );
            }
        }
        if reader.is_set("aws.access_key_id") != reader.is_set(secret_key) {
            let present = if reader.is_set("aws.access_key_id") { "aws.access_key_id" } else { secret_key };
            reader.report_at(present, "needs its other half: `aws.access_key_id` and `aws.secret_access_key`");
        }
        let fast = reader.number("aws.poll_fast_secs", 3, 1..3601);
        let slow = reader.number("aws.poll_slow_secs", 60, 1..86_401);
        let calls_per_second = reader.number("aws.calls_per_second", 5, 1..1001);
        let (fast, slow) = (fast?, slow?);
        if fast > slow {
            reader.report_at("aws.poll_fast_secs", format!("is longer than `aws.poll_slow_secs` ({slow})"));
        }
        Some(Self {
            endpoint_url,
            emulator_credentials: access_key_id
                .zip(secret_access_key)
                .map(|(access_key_id, secret_access_key)| EmulatorCredentials { access_key_id, secret_access_key }),
            poll_fast_secs: fast,
            poll_slow_secs: slow,
            calls_per_second: u32::try_from(calls_per_second?).ok()?,
        })
    }
}

impl ChecksConfig {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self { allow_private: networks(reader, "checks.allow_private") }
    }
}

impl LogConfig {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let format = match reader.text("log.format").as_deref() {
            None if reader.is_set("log.format") => None,
            None | Some("text") => Some(LogFormat::Text),
            Some("json") => Some(LogFormat::Json),
            Some(other) => {
                let message = format!("`{other}` is neither `text` nor `json`");
                reader.report_at("log.format", message);
                None
            }
        };
        let filter = reader.text("log.filter").unwrap_or_else(|| "info".to_owned());
        if let Err(error) = EnvFilter::try_new(&filter) {
            reader.report_at("log.filter", format!("is no filter: {error}"));
        }
        Some(Self { format: format?, filter })
    }
}
