//! Every key, once: the reader refuses what is not here, the documentation is generated from it.

/// One key an operator can set.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Dotted; `[]` stands for each entry of a list of tables.
    pub path: &'static str,
    pub kind: &'static str,
    /// As a reader of the documentation wants it: a value, "required" or a sentence.
    pub default: &'static str,
    pub meaning: &'static str,
}

const fn key(path: &'static str, kind: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { path, kind, default, meaning }
}

pub const KEYS: &[Key] = &[
    key("data_dir", "path", "`data`", "Where the SQLite database and other state live."),
    key(
        "blueprints_dir",
        "path",
        "`<data_dir>/blueprints`",
        "Folder of the blueprints, one `.toml` file per application.",
    ),
    key(
        "server.listen",
        "address",
        "`127.0.0.1:8080`",
        "Address and port browsers (or the proxy before them) connect to.",
    ),
    key(
        "server.metrics_listen",
        "address",
        "off",
        "Address and port of `/metrics` for Prometheus. Its own listener, so that it need not be public.",
    ),
    key(
        "server.public_url",
        "URL",
        "required",
        "Where browsers reach Lockkeeper, without a path. Must be `https` unless the host is this machine.",
    ),
    key(
        "server.allow_insecure_http",
        "true or false",
        "`false`",
        "Accept a `http` public URL on another host. Logins can then be read on the network; for trials only.",
    ),
    key(
        "server.trusted_proxies",
        "list of addresses or networks",
        "`[]`",
        "Proxies whose `X-Forwarded-For` is believed, for example `[\"10.0.0.0/8\"]`.",
    ),
    key("server.request_timeout_secs", "seconds", "`30`", "After this long a request is answered with 504."),
    key("server.body_limit_bytes", "bytes", "`1048576`", "Largest form a page may send."),
    key("server.upload_limit_bytes", "bytes", "`268435456`", "Largest release that may be uploaded."),
    key(
        "server.login_attempts_per_minute",
        "number",
        "`30`",
        "Logins one browser may begin per minute; browsers new to us share ten times as many per network address. More are answered with 429.",
    ),
    key(
        "database.url",
        "URL, secret",
        "`sqlite://<data_dir>/lockkeeper.db`",
        "`sqlite://path` or `postgres://user:password@host/database`.",
    ),
    key("database.url_file", "path", "none", "File that holds `database.url`."),
    key("oidc.issuer", "URL", "required", "Issuer of the OpenID provider; its discovery document is below it."),
    key("oidc.client_id", "text", "required", "Client id registered at the provider."),
    key(
        "oidc.client_secret",
        "text, secret",
        "none",
        "Client secret. Without one the client is public and relies on PKCE.",
    ),
    key("oidc.client_secret_file", "path", "none", "File that holds `oidc.client_secret`."),
    key(
        "oidc.scopes",
        "list of text",
        "`[\"openid\", \"profile\", \"email\", \"groups\"]`",
        "Scopes to ask for. `openid` is always asked for.",
    ),
    key(
        "oidc.groups_claim",
        "text",
        "`groups`",
        "Claim that lists a person's groups, as a dotted path such as `realm_access.roles`. A list or a single text.",
    ),
    key(
        "oidc.redirect_origins",
        "list of origins",
        "`[]`",
        "Further origins a login may pass through, for a provider that hands over to another one.",
    ),
    key("roles[].group", "text", "required", "Name of a group as the provider says it."),
    key(
        "roles[].role",
        "text",
        "required",
        "`viewer`, `finance`, `on-call`, `engineer`, `lead`, `admin` or `auditor`.",
    ),
    key("roles[].applications", "list of text", "all", "Applications the role holds for."),
    key("roles[].environments", "list of text", "all", "Environments the role holds for."),
    key("session.idle_timeout_secs", "seconds", "`3600`", "A session ends after this long without a request."),
    key(
        "session.absolute_timeout_secs",
        "seconds",
        "`43200`",
        "A session ends this long after login, whatever happens.",
    ),
    key("aws.endpoint_url", "URL", "AWS", "Endpoint for every AWS service: an emulator."),
    key("aws.access_key_id", "text", "none", "Access key for the emulator; refused without `aws.endpoint_url`."),
    key("aws.secret_access_key", "text, secret", "none", "Secret key for the emulator."),
    key("aws.secret_access_key_file", "path", "none", "File that holds `aws.secret_access_key`."),
    key("aws.poll_fast_secs", "seconds", "`3`", "How often an environment is looked at while something moves in it."),
    key("aws.poll_slow_secs", "seconds", "`60`", "How often an environment is looked at while nothing moves in it."),
    key(
        "aws.calls_per_second",
        "number",
        "`5`",
        "Calls per second and account, region and API that Lockkeeper allows itself.",
    ),
    key(
        "evidence.signing_key_file",
        "path",
        "`<data_dir>/evidence-key.pem`, made when missing",
        "Ed25519 private key (PKCS #8, PEM) that signs evidence bundles. Several replicas need the same one.",
    ),
    key("log.format", "`text` or `json`", "`text`", "Form of a log line."),
    key(
        "log.filter",
        "text",
        "`info`",
        "What is logged, as `tracing` filter directives, for example `info,server=debug`.",
    ),
];

/// The table of `server/docs/configuration.md`.
pub fn reference() -> String {
    use std::fmt::Write as _;
    let mut table =
        String::from("| key | environment variable | kind | default | meaning |\n| --- | --- | --- | --- | --- |\n");
    for Key { path, kind, default, meaning } in KEYS {
        let variable = if path.starts_with("roles[]") {
            "`LOCKKEEPER__ROLES` (the whole list, as TOML)".to_owned()
        } else {
            format!("`LOCKKEEPER__{}`", path.to_uppercase().replace('.', "__"))
        };
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| `{path}` | {variable} | {kind} | {default} | {meaning} |");
    }
    table
}
