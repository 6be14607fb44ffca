use domain::permission::Role;

use super::{Config, ConfigErrors, LogFormat, Network, Secret, keys};

const GOOD: &str = r#"
[server]
public_url = "https://lockkeeper.example.org"
[oidc]
issuer = "https://login.example.org"
client_id = "lockkeeper"
[[roles]]
group = "leads"
role = "lead"
environments = ["production"]
"#;

fn load_with(text: &str, env: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lockkeeper.toml");
    std::fs::write(&path, text).unwrap();
    Config::load(Some(&path), env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

/// Mistakes as "line:column key message", without the folder.
fn mistakes(text: &str, env: &[(&str, &str)]) -> Vec<String> {
    let errors = load_with(text, env).expect_err("the configuration should be refused");
    errors
        .0
        .iter()
        .map(|error| {
            let shown = error.to_string();
            shown.split_once("lockkeeper.toml:").map_or(shown.clone(), |(_, rest)| rest.to_owned())
        })
        .collect()
}

#[test]
fn a_small_file_is_enough() {
    let config = load_with(GOOD, &[]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.absolute("/login"), "https://lockkeeper.example.org/login");
    assert!(config.server.is_https());
    assert_eq!(config.database.url.expose(), "sqlite://data/lockkeeper.db");
    assert_eq!(config.blueprints_dir.to_str(), Some("data/blueprints"));
    assert_eq!(config.oidc.scopes, ["openid", "profile", "email", "groups"]);
    assert_eq!(config.roles[0].grant.role, Role::Lead);
    assert_eq!(config.roles[0].grant.environments.as_deref(), Some(&["production".to_owned()][..]));
    assert_eq!(config.log.format, LogFormat::Text);
}

#[test]
fn the_environment_overrides_the_file() {
    let config = load_with(
        GOOD,
        &[
            ("LOCKKEEPER__SERVER__LISTEN", "0.0.0.0:9000"),
            ("LOCKKEEPER__OIDC__SCOPES", "profile, roles"),
            ("LOCKKEEPER__ROLES", r#"[{ group = "ops", role = "on-call" }]"#),
            ("LOCKKEEPER_UNRELATED", "x"),
            ("HOME", "/"),
        ],
    )
    .unwrap();
    assert_eq!(config.server.listen.port(), 9000);
    assert_eq!(config.oidc.scopes, ["openid", "profile", "roles"]);
    assert_eq!(config.roles.len(), 1);
    assert_eq!(config.roles[0].group, "ops");
}

#[test]
fn the_environment_alone_is_enough() {
    let env = [
        ("LOCKKEEPER__SERVER__PUBLIC_URL", "http://127.0.0.1:8080"),
        ("LOCKKEEPER__OIDC__ISSUER", "http://127.0.0.1:9999"),
        ("LOCKKEEPER__OIDC__CLIENT_ID", "x"),
        ("LOCKKEEPER__ROLES", r#"[{ group = "a", role = "admin" }]"#),
    ];
    let config = Config::load(None, env.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))).unwrap();
    assert!(!config.server.is_https());
}

#[test]
fn all_mistakes_are_reported_at_once_with_their_places() {
    let text = r#"data_dir = 7
[server]
public_url = "http://lockkeeper.example.org"
lisen = "127.0.0.1:1"
request_timeout_secs = "soon"
trusted_proxies = ["10.0.0.0/33"]
[oidc]
issuer = "https://login.example.org"
[[roles]]
group = "leads"
role = "leed"
[session]
idle_timeout_secs = 7200
absolute_timeout_secs = 3600
[aws]
access_key_id = "test"
poll_fast_secs = 90
[log]
format = "xml"
"#;
    let found = mistakes(text, &[("LOCKKEEPER__AWS__CALLS_PER_SECOND", "many"), ("LOCKKEEPER__LGO__FILTER", "info")]);
    let expected = [
        "1:1: data_dir: wants text, not a number",
        "3:1: server.public_url: is http on another host",
        "4:1: server.lisen: is not a key; did you mean `server.listen`?",
        "5:1: server.request_timeout_secs: wants a whole number, not text",
        "6:1: server.trusted_proxies: `10.0.0.0/33` is no address",
        "11:1: roles[0].role: `leed` is no role; did you mean `lead`?",
        "13:1: session.idle_timeout_secs: is longer than",
        "16:1: aws.access_key_id: is for emulators",
        "16:1: aws.access_key_id: needs its other half",
        "17:1: aws.poll_fast_secs: is longer than",
        "19:1: log.format: `xml` is neither",
        "LOCKKEEPER__AWS__CALLS_PER_SECOND: aws.calls_per_second: wants a whole number",
        "LOCKKEEPER__LGO__FILTER: lgo.filter: is not a key; did you mean `log.filter`?",
        "not set: oidc.client_id: is required",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

#[test]
fn contradictions_are_refused() {
    let table: &[(&str, &str, &str)] = &[
        ("[oidc]\n", "client_secret = \"a\"\nclient_secret_file = \"/nowhere\"\n", "contradicts `oidc.client_secret`"),
        ("[server]\n", "allow_insecure_http = true\n", "contradicts `server.public_url`"),
        ("[server]\n", "listen = \"127.0.0.1:9000\"\nmetrics_listen = \"127.0.0.1:9000\"\n", "metrics need their own"),
        ("[oidc]\n", "client_secret_file = \"/nowhere/at/all\"\n", "cannot be read"),
    ];
    for (section, lines, message) in table {
        let found = mistakes(&GOOD.replacen(section, &format!("{section}{lines}"), 1), &[]);
        assert!(found.len() == 1 && found[0].contains(message), "{message}: {found:?}");
    }
}

#[test]
fn without_roles_nobody_could_do_anything() {
    let text = GOOD.split("[[roles]]").next().unwrap();
    let found = mistakes(text, &[]);
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("nobody could do anything"));
}

#[test]
fn broken_toml_and_missing_files_say_where() {
    assert!(mistakes("[server\n", &[])[0].starts_with("1:8: file: is not TOML"), "{:?}", mistakes("[server\n", &[]));
    let missing = Config::load(Some(std::path::Path::new("/nowhere/lockkeeper.toml")), std::iter::empty());
    assert!(missing.unwrap_err().to_string().contains("/nowhere/lockkeeper.toml:1:1: file: cannot be read"));
}

#[test]
fn a_secret_comes_from_its_file_and_the_environment_wins_over_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("secret");
    std::fs::write(&secret, "s3cret\n").unwrap();
    let text = GOOD.replacen("[oidc]\n", "[oidc]\nclient_secret = \"old\"\n", 1);
    let config = load_with(&text, &[("LOCKKEEPER__OIDC__CLIENT_SECRET_FILE", secret.to_str().unwrap())]).unwrap();
    assert_eq!(config.oidc.client_secret.as_ref().map(Secret::expose), Some("s3cret"));
    let shown = format!("{config:?}");
    assert!(!shown.contains("s3cret") && shown.contains("[hidden]"));
}

#[test]
fn networks_contain_their_addresses() {
    let table = [
        ("10.0.0.0/8", "10.200.3.4", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("192.0.2.7", "192.0.2.7", true),
        ("0.0.0.0/0", "203.0.113.9", true),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true),
        ("2001:db8::/32", "2001:db8:1::1", true),
        ("2001:db8::/32", "2001:db9::1", false),
    ];
    for (network, address, expected) in table {
        assert_eq!(
            Network::parse(network).unwrap().contains(address.parse().unwrap()),
            expected,
            "{network} {address}"
        );
    }
    assert_eq!(Network::parse("10.0.0.0/x"), None);
}

/// Set `LOCKKEEPER_BLESS=1` to write the table into the document.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test's own switch, not configuration of the product")]
fn the_documentation_lists_every_key_as_the_code_does() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once("<!-- keys -->\n").unwrap();
    let (table, after) = rest.split_once("<!-- /keys -->").unwrap();
    let generated = keys::reference();
    if std::env::var("LOCKKEEPER_BLESS").is_ok() {
        std::fs::write(path, format!("{before}<!-- keys -->\n{generated}<!-- /keys -->{after}")).unwrap();
        return;
    }
    assert_eq!(table, generated, "run the test with LOCKKEEPER_BLESS=1 to renew the table");
}
