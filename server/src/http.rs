//! The way in: routes and everything that happens to a request before a page or a service sees it.
//!
//! From the outside in: request id and log span, security headers, errors as pages or JSON, panics and time limits,
//! body limits, same-origin check, session, login guard, route. Nothing here decides what a person may do.

pub mod assets;
mod boundary;
mod caller;
pub mod evidence;
mod exports;
pub mod forms;
mod headers;
mod health;
mod live;
mod login;
mod origin;
mod pages;
pub mod problem;
mod rate;
pub mod releases;
mod request;
mod sheet;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use app::ports::{Clock, Ports};
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef},
    http::header,
    middleware::{from_fn, from_fn_with_state},
    response::IntoResponse as _,
    routing::{get, post},
};
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer, Predicate as _,
        predicate::{DefaultPredicate, NotForContentType},
    },
};
use tower_sessions::{SessionManagerLayer, cookie::SameSite};

use crate::{
    auth::{
        AuthAudit, SessionStore,
        oidc::{OidcClient, OidcError},
    },
    config::Config,
    db::Db,
    live::LiveHub,
};

pub use assets::Site;
pub use evidence::{EvidenceDownload, EvidenceStream};
pub use problem::Problem;
pub use releases::{ReleaseUpload, Upload};

/// What the routes stand on; [`AppState::new`] adds what belongs to HTTP itself.
pub struct Parts {
    pub config: Arc<Config>,
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    pub ports: Ports,
    pub live: LiveHub,
    pub audit: Arc<dyn AuthAudit>,
    pub uploads: Arc<dyn ReleaseUpload>,
    pub evidence: Arc<dyn EvidenceDownload>,
    /// Ends live connections, which would otherwise hold a shutdown up.
    pub shutdown: CancellationToken,
}

/// Shared by every route. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    inner: Arc<Inner>,
    leptos: LeptosOptions,
    is_showroom: bool,
}

/// The parts, and what HTTP keeps for itself.
pub struct Inner {
    pub parts: Parts,
    pub oidc: OidcClient,
    pub sessions: SessionStore,
    pub site: Site,
    logins: rate::LoginRate,
    /// Back-channel logout tokens seen lately, with the second they are forgotten at.
    logout_tokens: Mutex<HashMap<String, i64>>,
}

impl std::ops::Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

impl AppState {
    /// # Errors
    /// When the client for the login service cannot be built.
    pub fn new(parts: Parts) -> Result<Self, OidcError> {
        let oidc = OidcClient::new(&parts.config.oidc, &parts.config.server, parts.clock.clone())?;
        let sessions = SessionStore::new(parts.db.clone(), parts.clock.clone(), parts.config.session);
        let logins = rate::LoginRate::new(parts.config.server.login_attempts_per_minute);
        let leptos = LeptosOptions::builder().output_name("lockkeeper").build();
        let inner = Inner { oidc, sessions, site: Site::load(), logins, logout_tokens: Mutex::default(), parts };
        Ok(Self { inner: Arc::new(inner), leptos, is_showroom: false })
    }

    /// Shows the design page also in release builds: for the demo.
    #[must_use]
    pub fn as_showroom(self, is_showroom: bool) -> Self {
        Self { is_showroom, ..self }
    }
}

impl Inner {
    pub fn config(&self) -> &Config {
        &self.parts.config
    }

    /// `__Host-` binds a cookie to this host and to https; browsers refuse it on http.
    fn cookie_name(&self, name: &str) -> String {
        if self.parts.config.server.is_https() { format!("__Host-{name}") } else { name.to_owned() }
    }
}

/// Everything browsers and machines reach. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`, so that
/// addresses are known.
pub fn router(state: &AppState) -> Router {
    let server = &state.config().server;
    let sessions = SessionManagerLayer::new(state.sessions.clone())
        .with_name(state.cookie_name("lockkeeper"))
        .with_secure(server.is_https())
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/");

    let pages = pages::router(state)
        .merge(exports::router())
        .layer(from_fn_with_state(state.clone(), forms::fill))
        .layer(from_fn_with_state(state.clone(), caller::guard));
    let uploads = Router::new()
        .route("/api/applications/{application}/releases", post(releases::upload))
        .layer(DefaultBodyLimit::disable());
    let with_session = Router::new()
        .route("/login", get(login::begin))
        .route("/login/callback", get(login::callback))
        .route("/logout", post(login::logout))
        .route("/live", get(live::stream))
        .merge(uploads)
        .route("/deployments/{id}/evidence.zip", get(evidence::bundle))
        .route("/evidence.zip", get(evidence::range))
        .route("/api/deployments/{id}/evidence", get(evidence::bundle))
        .route("/api/evidence", get(evidence::range))
        .merge(pages)
        .layer(from_fn_with_state(state.clone(), caller::identify))
        .layer(sessions);
    // A download is checked byte by byte and often kept as it came.
    let compressible = DefaultPredicate::new().and(NotForContentType::new("application/zip"));
    let plain = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/version", get(health::version))
        .route("/sheet.css", get(sheet::style))
        .route("/logged-out", get(login::logged_out))
        .route("/logout/backchannel", post(login::backchannel))
        .route("/assets/{*path}", get(assets::serve))
        .route("/favicon.ico", get(assets::serve_root))
        .route("/favicon.svg", get(assets::serve_root))
        .route("/robots.txt", get(assets::serve_root))
        .route("/manifest.webmanifest", get(assets::serve_root));

    plain
        .merge(with_session)
        .with_state(state.clone())
        .layer(from_fn_with_state(state.clone(), origin::check))
        .layer(from_fn_with_state(state.clone(), boundary::limit_body))
        .layer(from_fn_with_state(state.clone(), boundary::contain))
        .layer(from_fn_with_state(state.clone(), problem::render))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(compressible))
        .layer(from_fn_with_state(state.clone(), headers::secure))
        .layer(from_fn_with_state(state.clone(), request::enter))
}

/// `/metrics`, for its own listener.
pub fn metrics_router(handle: PrometheusHandle) -> Router {
    let render = move || async move {
        handle.run_upkeep();
        ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
    };
    Router::new().route("/metrics", get(render)).layer(from_fn(headers::plain))
}
