//! A whole server without a listener, and browsers that remember their cookies.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use app::{
    error::ApiError,
    ports::{Caller, Clock, Ports},
    views::EvidenceFilter,
};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use domain::{
    blueprint::Blueprint,
    permission::{Actor, ActorKind, Grant, Role},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use server::{
    auth::{
        DatabaseAuthAudit,
        session::{self, Login},
    },
    clock::SystemClock,
    config::Config,
    db::{self, Db},
    evidence::Bundle,
    http::{AppState, EvidenceDownload, EvidenceStream, Parts, ReleaseUpload, Upload, api::ReleaseCreated, router},
    live::LiveHub,
    ports::BlueprintPort,
    services::Services,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tower_sessions::Session;
use uuid::Uuid;

use super::support::TestDb;

/// Real time, moved by hand: tokens of a real provider carry the real time.
pub struct ShiftedClock(AtomicI64);

impl ShiftedClock {
    pub fn advance_secs(&self, secs: i64) {
        self.0.fetch_add(secs, Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

struct NoBlueprints;

impl BlueprintPort for NoBlueprints {
    fn get(&self, _: &str) -> Option<Arc<Blueprint>> {
        None
    }
    fn all(&self) -> Vec<Arc<Blueprint>> {
        Vec::new()
    }
    fn text(&self, _: &str) -> Option<String> {
        None
    }
    fn problems(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Remembers who uploaded how much; breaks when the application is called `broken`.
#[derive(Default)]
pub struct FakeUpload(pub Mutex<Vec<(Caller, usize)>>);

#[async_trait]
impl ReleaseUpload for FakeUpload {
    async fn upload(&self, caller: &Caller, application: &str, upload: Upload) -> Result<ReleaseCreated, ApiError> {
        assert!(application != "broken", "a bug");
        let mut multipart = upload.into_multipart().await?;
        let mut size = 0;
        while let Some(field) = multipart.next_field().await.map_err(|_| ApiError::rejected("cut off"))? {
            size += field.bytes().await.map_err(|_| ApiError::rejected("cut off"))?.len();
        }
        self.0.lock().unwrap().push((caller.clone(), size));
        Ok(ReleaseCreated {
            id: String::new(),
            application: application.to_owned(),
            version: String::new(),
            path: String::new(),
            notices: Vec::new(),
        })
    }
}

/// Makes nothing; who may have evidence is tested with the real one.
struct NoEvidence;

#[async_trait]
impl EvidenceDownload for NoEvidence {
    async fn bundle(&self, _: &Caller, _: Uuid) -> Result<Bundle, ApiError> {
        Err(ApiError::NotFound { what: "This deployment".to_owned() })
    }

    async fn range(&self, _: &Caller, _: &EvidenceFilter) -> Result<EvidenceStream, ApiError> {
        Ok(Box::pin(futures::stream::empty()))
    }
}

pub const PUBLIC_URL: &str = "http://lockkeeper.localhost";

pub struct World {
    pub router: Router,
    pub state: AppState,
    pub clock: Arc<ShiftedClock>,
    pub uploads: Arc<FakeUpload>,
    pub live: LiveHub,
    pub database: TestDb,
}

const ROLES: &str = r#"[
    { group = "engineers", role = "engineer" },
    { group = "leads", role = "lead" },
    { group = "on-call", role = "on-call" },
    { group = "finance", role = "finance" },
    { group = "admins", role = "admin" },
]"#;

impl World {
    /// Without a login service: nothing listens there.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// `settings`: further `SECTION__KEY` variables.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::on(TestDb::fresh().await, settings)
    }

    pub fn on(database: TestDb, settings: &[(&str, &str)]) -> Self {
        let mut env: BTreeMap<String, String> = [
            ("SERVER__PUBLIC_URL", PUBLIC_URL),
            ("SERVER__LOGIN_ATTEMPTS_PER_MINUTE", "1000"),
            ("OIDC__ISSUER", "http://127.0.0.1:9"),
            ("OIDC__CLIENT_ID", "lockkeeper"),
            ("ROLES", ROLES),
        ]
        .iter()
        .chain(settings)
        .map(|(name, value)| (format!("LOCKKEEPER__{name}"), (*value).to_owned()))
        .collect();
        if env.get("LOCKKEEPER__OIDC__ISSUER").is_some_and(|issuer| issuer != "http://127.0.0.1:9") {
            env.entry("LOCKKEEPER__OIDC__CLIENT_SECRET".to_owned())
                .or_insert_with(|| super::provider::CLIENT_SECRET.to_owned());
        }
        let config = Arc::new(Config::load(None, env.into_iter()).expect("a good configuration"));
        let db = database.db.clone();
        let clock = Arc::new(ShiftedClock(AtomicI64::new(0)));
        let live = LiveHub::new();
        let services = Arc::new(Services {
            db: db.clone(),
            blueprints: Arc::new(NoBlueprints),
            clock: clock.clone(),
            live: live.clone(),
            work: Arc::default(),
            stale_after_secs: 60,
        });
        let uploads = Arc::new(FakeUpload::default());
        let state = AppState::new(Parts {
            config,
            db: db.clone(),
            clock: clock.clone(),
            ports: Ports { reads: services.clone(), acts: services.clone(), clock: clock.clone() },
            live: live.clone(),
            live_access: services,
            audit: Arc::new(DatabaseAuthAudit { db, clock: clock.clone() }),
            uploads: uploads.clone(),
            evidence: Arc::new(NoEvidence),
            shutdown: CancellationToken::new(),
        })
        .expect("a state");
        Self { router: router(&state), state, clock, uploads, live, database }
    }

    pub fn db(&self) -> &Db {
        &self.database.db
    }

    /// A browser nobody is logged in with.
    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: BTreeMap::new() }
    }

    /// A browser whose person has `role` everywhere.
    pub async fn logged_in(&self, role: Role) -> Browser {
        let mut browser = self.browser();
        self.log_in(&mut browser, role).await;
        browser
    }

    /// Begins a session as a login would.
    pub async fn log_in(&self, browser: &mut Browser, role: Role) {
        self.log_in_with(browser, Grant { role, applications: None, environments: None }).await;
    }

    /// Begins the session of somebody whose role holds where the grant says.
    pub async fn log_in_with(&self, browser: &mut Browser, grant: Grant) {
        let role = grant.role;
        let now = self.clock.now();
        let login = Login {
            actor: Actor {
                id: format!("test#{}", role.name()),
                name: format!("Some {}", role.name()),
                email: None,
                kind: ActorKind::Person,
                groups: Vec::new(),
                grants: vec![grant],
                authenticated_at: now,
            },
            provider_session: Some(format!("sid-{}", role.name())),
            id_token: "none".to_owned(),
            started_at: now,
        };
        let session = Session::new(None, Arc::new(self.state.sessions.clone()), None);
        session::start(&session, &login).await.unwrap();
        browser.cookies.insert("lockkeeper".to_owned(), session.id().unwrap().to_string());
    }

    /// Action, outcome and actor of every audit row, oldest first.
    pub async fn audit(&self) -> Vec<(String, String, String)> {
        let mut connection = self.db().read().await.unwrap();
        let rows = db::audit::list_after(&mut connection, 0, 100).await.unwrap();
        rows.into_iter().map(|(event, _)| (event.action, format!("{:?}", event.outcome), event.actor_name)).collect()
    }
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }
}

/// Remembers cookies and sends what browsers send.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for value in parts.headers.get_all(header::SET_COOKIE) {
            let text = value.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if text.contains("Max-Age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = to_bytes(body, 10 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&body).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// A person follows a link.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request = Request::get(path)
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header("sec-fetch-mode", "navigate");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A script of a page asks.
    pub async fn fetch(&mut self, path: &str) -> Answer {
        let request =
            Request::get(path).header(header::ACCEPT, "*/*").header("sec-fetch-mode", "cors").body(Body::empty());
        self.send(request.unwrap()).await
    }

    /// A person sends a form of the page `from`, without JavaScript.
    pub async fn post(&mut self, from: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "navigate")
            .header(header::REFERER, format!("{PUBLIC_URL}{from}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }
}
