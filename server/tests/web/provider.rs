//! The certified provider (`end2end/oidc/server.mjs`), started and ended by the test, and a person's way through it.

use std::{collections::BTreeMap, process::Stdio};

use reqwest::{Client, Response, redirect::Policy};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};
use url::Url;

use super::world::{PUBLIC_URL, World};

/// Odd characters on purpose: they must survive the header of the token request.
pub const CLIENT_SECRET: &str = "a secret/with:odd+chars";

pub struct Provider {
    pub issuer: String,
    process: Child,
    http: Client,
}

impl Provider {
    pub async fn start() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../end2end/oidc");
        let mut process = Command::new("node")
            .args(["server.mjs", "--port", "0"])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("node is installed and `npm ci` was run in end2end/oidc");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let issuer = loop {
            let line = lines.next_line().await.unwrap().expect("the provider starts; run `npm ci` in end2end/oidc");
            if let Ok(said) = serde_json::from_str::<Value>(&line) {
                break said["issuer"].as_str().unwrap().to_owned();
            }
        };
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        let provider = Self { issuer, process, http };
        provider.register(PUBLIC_URL, PUBLIC_URL).await;
        provider
    }

    /// `backchannel` is where the provider reaches the server, which may differ from where browsers do.
    pub async fn register(&self, public_url: &str, backchannel: &str) {
        let body = json!({
            "public_url": public_url,
            "backchannel_url": format!("{backchannel}/logout/backchannel"),
        });
        self.test("client", &body.to_string()).await;
    }

    async fn test(&self, what: &str, body: &str) -> String {
        let url = format!("{}/test/{what}", self.issuer);
        let response = self.http.post(url).body(body.to_owned()).send().await.unwrap();
        assert_eq!(response.status(), 200, "{what}");
        response.text().await.unwrap()
    }

    /// Spoils the next ID token.
    pub async fn tamper(&self, how: &str) {
        self.test(&format!("tamper?how={how}"), "").await;
    }

    /// New keys; the old ones are gone.
    pub async fn rotate(&self) {
        self.test("rotate", "").await;
    }

    pub async fn sign(&self, claims: &Value, foreign: bool, typ: &str) -> String {
        self.test("sign", &json!({ "claims": claims, "foreign": foreign, "typ": typ }).to_string()).await
    }

    pub async fn stop(&mut self) {
        self.process.kill().await.unwrap();
    }

    pub async fn world(&self) -> World {
        World::with(&[("OIDC__ISSUER", &self.issuer)]).await
    }
}

/// A person's session at the provider.
pub struct Visit {
    http: Client,
    cookies: BTreeMap<String, String>,
}

impl Visit {
    pub fn new(provider: &Provider) -> Self {
        Self { http: provider.http.clone(), cookies: BTreeMap::new() }
    }

    fn remember(&mut self, response: &Response) {
        for value in response.headers().get_all("set-cookie") {
            let pair = value.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    fn cookie_line(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Goes from the authorization request to the callback, logging in as `person` when asked; answers with path and
    /// query of the callback.
    pub async fn log_in(&mut self, authorize: &str, person: &str) -> String {
        let mut url = Url::parse(authorize).unwrap();
        url.query_pairs_mut().append_pair("login_hint", person);
        for _ in 0..8 {
            let response = self.http.get(url.clone()).header("cookie", self.cookie_line()).send().await.unwrap();
            self.remember(&response);
            let Some(location) = response.headers().get("location") else {
                panic!("{url} did not redirect: {}", response.text().await.unwrap());
            };
            url = url.join(location.to_str().unwrap()).unwrap();
            if url.as_str().starts_with(PUBLIC_URL) {
                return format!("{}?{}", url.path(), url.query().unwrap_or_default());
            }
        }
        panic!("the provider redirects for ever");
    }

    /// Confirms a logout on the provider's page.
    pub async fn log_out(&mut self, end_session: &str) -> u16 {
        let response = self.http.get(end_session).header("cookie", self.cookie_line()).send().await.unwrap();
        self.remember(&response);
        let base = response.url().clone();
        let page = response.text().await.unwrap();
        let field = |name: &str| {
            let at = page.find(name).unwrap_or_else(|| panic!("no {name} on {page}")) + name.len();
            page[at..].split('"').next().unwrap().to_owned()
        };
        let action = base.join(&field("action=\"")).unwrap();
        let xsrf = field("name=\"xsrf\" value=\"");
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("xsrf", &xsrf)
            .append_pair("logout", "yes")
            .finish();
        let request = self
            .http
            .post(action)
            .header("cookie", self.cookie_line())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        request.send().await.unwrap().status().as_u16()
    }
}
