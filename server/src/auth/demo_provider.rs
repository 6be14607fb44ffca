//! The OpenID provider of the demo: five people, one click each, no passwords.
//!
//! It speaks the real protocol on its own loopback listener, and the product reaches it only through the code path that
//! reaches every other provider. It must never be started outside `lockkeeper demo`.

mod page;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use app::ports::Clock;
use axum::{
    Form, Json, Router,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ed25519_dalek::{Signer as _, SigningKey};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::random_text;
use crate::config::Secret;

/// Somebody who can be clicked.
#[derive(Clone, Copy, Debug)]
pub struct Persona {
    /// In the address of the card, and the subject of the ID token.
    pub id: &'static str,
    pub name: &'static str,
    pub email: &'static str,
    pub groups: &'static [&'static str],
    /// The role, as the card says it.
    pub title: &'static str,
    /// What the person is here for, one line.
    pub does: &'static str,
}

pub const PERSONAS: [Persona; 5] = [
    Persona {
        id: "eli",
        name: "Eli Engineer",
        email: "eli@demo.example",
        groups: &["engineers"],
        title: "Engineer",
        does: "Creates releases, requests and starts deployments",
    },
    Persona {
        id: "lea",
        name: "Lea Lead",
        email: "lea@demo.example",
        groups: &["leads"],
        title: "Lead",
        does: "Approves plans, waives items, signs off",
    },
    Persona {
        id: "nia",
        name: "Nia On-call",
        email: "nia@demo.example",
        groups: &["on-call"],
        title: "On-call",
        does: "Watches alarms, can cancel a deployment",
    },
    Persona {
        id: "fay",
        name: "Fay Finance",
        email: "fay@demo.example",
        groups: &["finance"],
        title: "Finance",
        does: "Looks at costs",
    },
    Persona {
        id: "ada",
        name: "Ada Admin",
        email: "ada@demo.example",
        groups: &["admins"],
        title: "Admin",
        does: "Manages access, reads the audit log",
    },
];

/// The one client the provider knows.
#[derive(Clone, Debug)]
pub struct DemoClient {
    pub client_id: String,
    pub client_secret: Secret,
    pub redirect_uri: String,
    pub post_logout_redirect_uri: String,
}

/// A code waits this long for its exchange.
const CODE_SECS: i64 = 60;
const TOKEN_SECS: i64 = 600;
const KEY_ID: &str = "demo";

struct Issued {
    persona: Persona,
    nonce: Option<String>,
    challenge: String,
    at: Timestamp,
}

struct Provider {
    issuer: String,
    client: DemoClient,
    key: SigningKey,
    codes: Mutex<HashMap<String, Issued>>,
    clock: Arc<dyn Clock>,
}

/// A provider on its listener, not yet answering.
pub struct DemoProvider {
    listener: TcpListener,
    provider: Arc<Provider>,
}

impl DemoProvider {
    /// # Errors
    /// When the listener has no address, or one that others can reach.
    pub fn new(listener: TcpListener, client: DemoClient, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(std::io::Error::other("the demo's login has no passwords and must listen on 127.0.0.1"));
        }
        let mut seed = [0u8; 32];
        rand::RngCore::fill_bytes(&mut rand::rng(), &mut seed);
        let provider = Provider {
            issuer: format!("http://{address}"),
            client,
            key: SigningKey::from_bytes(&seed),
            codes: Mutex::new(HashMap::new()),
            clock,
        };
        Ok(Self { listener, provider: Arc::new(provider) })
    }

    /// The issuer to put into the configuration.
    pub fn issuer(&self) -> &str {
        &self.provider.issuer
    }

    /// Answers until `shutdown`.
    ///
    /// # Errors
    /// When the listener breaks.
    pub async fn run(self, shutdown: CancellationToken) -> std::io::Result<()> {
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(keys))
            .route("/authorize", get(authorize))
            .route("/authorize/as/{persona}", get(choose))
            .route("/token", post(token))
            .route("/end_session", get(end_session))
            .with_state(self.provider);
        axum::serve(self.listener, router).with_graceful_shutdown(async move { shutdown.cancelled().await }).await
    }
}

async fn discovery(State(provider): State<Arc<Provider>>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", provider.issuer);
    Json(json!({
        "issuer": provider.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "jwks_uri": at("/jwks"),
        "end_session_endpoint": at("/end_session"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "email", "groups"],
        "prompt_values_supported": ["none", "login"],
    }))
}

async fn keys(State(provider): State<Arc<Provider>>) -> Json<Value> {
    let x = URL_SAFE_NO_PAD.encode(provider.key.verifying_key().as_bytes());
    Json(json!({ "keys": [
        { "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": KEY_ID, "x": x }
    ] }))
}

/// The parameters of an authorization request this provider accepts.
struct AuthorizationRequest {
    parameters: HashMap<String, String>,
}

impl AuthorizationRequest {
    fn parse(query: Option<&str>, client: &DemoClient) -> Result<Self, &'static str> {
        let parameters: HashMap<String, String> =
            form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        let is = |name: &str, expected: &str| parameters.get(name).is_some_and(|value| value == expected);
        if !is("client_id", &client.client_id) {
            return Err("This client is not known here.");
        }
        if !is("redirect_uri", &client.redirect_uri) {
            return Err("This client may not be redirected there.");
        }
        if !is("response_type", "code") || !is("code_challenge_method", "S256") {
            return Err("This provider answers with a code, protected by PKCE (S256), and with nothing else.");
        }
        if parameters.get("code_challenge").is_none_or(|challenge| challenge.len() != 43) {
            return Err("The PKCE challenge is missing.");
        }
        Ok(Self { parameters })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    fn back(&self, client: &DemoClient, issuer: &str, answer: (&str, &str)) -> Response {
        let Ok(mut url) = Url::parse(&client.redirect_uri) else {
            return refuse("The client's redirect address cannot be read.");
        };
        url.query_pairs_mut().append_pair(answer.0, answer.1).append_pair("iss", issuer);
        if let Some(state) = self.get("state") {
            url.query_pairs_mut().append_pair("state", state);
        }
        Redirect::to(url.as_str()).into_response()
    }
}

fn refuse(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, html(page::refusal(message))).into_response()
}

/// The page's own policy: nothing but its inline style, which carries no nonce because nothing else is on the page.
fn html(body: String) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    let mut response = Html(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

async fn authorize(State(provider): State<Arc<Provider>>, RawQuery(query): RawQuery) -> Response {
    match AuthorizationRequest::parse(query.as_deref(), &provider.client) {
        Err(message) => refuse(message),
        Ok(request) if request.get("prompt") == Some("none") => {
            request.back(&provider.client, &provider.issuer, ("error", "login_required"))
        }
        Ok(request) => {
            let is_again = request.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|p| p == "login"));
            html(page::personas(query.as_deref().unwrap_or_default(), is_again))
        }
    }
}

async fn choose(State(provider): State<Arc<Provider>>, Path(id): Path<String>, RawQuery(query): RawQuery) -> Response {
    let request = match AuthorizationRequest::parse(query.as_deref(), &provider.client) {
        Ok(request) => request,
        Err(message) => return refuse(message),
    };
    let Some(persona) = PERSONAS.into_iter().find(|persona| persona.id == id) else {
        return refuse("Nobody of this name is here.");
    };
    let now = provider.clock.now();
    let code = random_text();
    let issued = Issued {
        persona,
        nonce: request.get("nonce").map(str::to_owned),
        challenge: request.get("code_challenge").unwrap_or_default().to_owned(),
        at: now,
    };
    {
        let mut codes = provider.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, issued| now.as_second() - issued.at.as_second() <= CODE_SECS);
        codes.insert(code.clone(), issued);
    }
    request.back(&provider.client, &provider.issuer, ("code", &code))
}

fn token_error(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

impl Provider {
    fn knows(&self, headers: &HeaderMap) -> bool {
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
            .and_then(|value| String::from_utf8(STANDARD.decode(value).ok()?).ok());
        given.is_some_and(|given| {
            let mut parts = given.splitn(2, ':').map(|part| {
                form_urlencoded::parse(format!("v={part}").as_bytes())
                    .next()
                    .map(|(_, value)| value.into_owned())
                    .unwrap_or_default()
            });
            parts.next().as_ref() == Some(&self.client.client_id)
                && parts.next().as_deref() == Some(self.client.client_secret.expose())
        })
    }

    fn sign(&self, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "kid": KEY_ID, "typ": "JWT" });
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

async fn token(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    if !provider.knows(&headers) {
        return token_error(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if field("grant_type") != "authorization_code" {
        return token_error(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    // Taken out before anything is checked: a code is good for one attempt.
    let issued = provider.codes.lock().unwrap_or_else(PoisonError::into_inner).remove(field("code"));
    let now = provider.clock.now();
    let Some(issued) = issued.filter(|issued| {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier").as_bytes()));
        now.as_second() - issued.at.as_second() <= CODE_SECS
            && issued.challenge == challenge
            && field("redirect_uri") == provider.client.redirect_uri
    }) else {
        return token_error(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let persona = issued.persona;
    let mut claims = json!({
        "iss": provider.issuer,
        "sub": persona.id,
        "aud": provider.client.client_id,
        "iat": now.as_second(),
        "exp": now.as_second() + TOKEN_SECS,
        "auth_time": issued.at.as_second(),
        "name": persona.name,
        "email": persona.email,
        "groups": persona.groups,
        "sid": random_text(),
    });
    if let Some(nonce) = issued.nonce {
        claims["nonce"] = nonce.into();
    }
    let body = json!({
        "access_token": random_text(),
        "token_type": "Bearer",
        "expires_in": TOKEN_SECS,
        "id_token": provider.sign(&claims),
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// There is no session to end here: each login shows the cards again.
async fn end_session(State(provider): State<Arc<Provider>>, RawQuery(query): RawQuery) -> Response {
    let wanted = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "post_logout_redirect_uri")
        .map(|(_, value)| value.into_owned());
    if wanted.as_ref() == Some(&provider.client.post_logout_redirect_uri) {
        Redirect::to(&provider.client.post_logout_redirect_uri).into_response()
    } else {
        html(page::refusal("You are logged out."))
    }
}
