//! Login, its way back, logout, and the provider telling us about a logout there.

use axum::{
    Extension,
    extract::{Form, Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    AppState, Problem,
    caller::{Visitor, local_path, login_address},
    forms, problem,
    request::ClientAddress,
};
use crate::auth::{
    AuthEvent,
    claims::{actor, actor_id},
    oidc::{Freshness, Identity, OidcError},
    session::{self, Login, PendingLogin},
};

#[derive(Debug, Deserialize)]
pub(super) struct LoginQuery {
    return_to: Option<String>,
    /// Either asks for a fresh login of somebody who is logged in.
    step_up: Option<String>,
    max_age: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    /// RFC 9207: who sent this answer.
    iss: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct LogoutForm {
    /// Present: end every session of this person.
    everywhere: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct BackchannelForm {
    logout_token: String,
}

fn session_failed(error: &impl std::fmt::Display) -> Response {
    tracing::error!(%error, "the session cannot be stored");
    Problem::database().into_response()
}

fn provider_failed(state: &AppState, error: &OidcError, again: &str) -> Response {
    match error {
        OidcError::Unreachable(_) => {
            tracing::error!(oidc.issuer = state.oidc.issuer(), %error, "login is not possible");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The login service does not answer",
                "Nobody can log in right now; those who are logged in can go on. Try again in a minute. If it stays like \
                 this, tell whoever runs the login service.",
            )
            .retry_after(60)
        }
        OidcError::Untrusted(_) => {
            tracing::warn!(oidc.issuer = state.oidc.issuer(), %error, "a login was refused");
            Problem::new(
                StatusCode::BAD_REQUEST,
                "This login could not be verified",
                "The answer of the login service was not what it must be, so you were not logged in. Start again; if it \
                 happens again, tell whoever runs Lockkeeper the reference below.",
            )
        }
        OidcError::NotFresh => Problem::new(
            StatusCode::FORBIDDEN,
            "The login service did not ask you again",
            "What you want to do needs a login from just now, and the login service did not confirm one. Log out there, \
             then start again.",
        ),
    }
    .way_out("Start the login again", again)
    .into_response()
}

/// Cookies belong to one host: a login begun on another name of ours would come back without its session.
fn is_other_host(state: &AppState, request: &Request) -> bool {
    let public = &state.config().server.public_url;
    let expected = match (public.host_str(), public.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => return false,
    };
    request
        .headers()
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|host| !host.eq_ignore_ascii_case(&expected))
}

pub(super) async fn begin(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(address): Extension<ClientAddress>,
    session: Session,
    Query(query): Query<LoginQuery>,
    request: Request,
) -> Response {
    // An image or a script of another site may not use up what this network may begin.
    let mode = request.headers().get("sec-fetch-mode");
    if mode.is_some_and(|mode| mode.as_bytes() != b"navigate") {
        return Problem::new(
            StatusCode::FORBIDDEN,
            "A login begins by opening its page",
            "Something on a page asked for a login, and no person did. Nothing was begun. Open the login in your browser.",
        )
        .way_out("Log in", "/login")
        .into_response();
    }
    let return_to = local_path(query.return_to.as_deref());
    let is_step_up = query.step_up.is_some() || query.max_age.is_some();
    if visitor.caller().is_some() && !is_step_up {
        return Redirect::to(&return_to).into_response();
    }
    if is_other_host(&state, &request) {
        let here = request.uri().path_and_query().map_or("/login", |here| here.as_str());
        return Redirect::to(&state.config().server.absolute(here)).into_response();
    }
    if let Err(response) = state.logins.check(session::known(&session).await, address) {
        return response;
    }
    let max_age_secs = state.config().session.absolute_timeout_secs;
    let begun = match state.oidc.begin(max_age_secs, is_step_up).await {
        Ok(begun) => begun,
        Err(error) => return provider_failed(&state, &error, &login_address(&return_to)),
    };
    let pending = PendingLogin {
        state: begun.state,
        nonce: begun.nonce,
        pkce_verifier: begun.pkce_verifier,
        return_to,
        is_step_up,
        started_at: state.parts.clock.now(),
    };
    match session::remember_pending(&session, pending).await {
        Ok(()) => Redirect::to(begun.url.as_str()).into_response(),
        Err(error) => session_failed(&error),
    }
}

fn not_started_here() -> Response {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "This login was not started here",
        "It was started in another browser, was used already, or took longer than a quarter of an hour. Nobody was \
         logged in.",
    )
    .way_out("Start the login again", "/login")
    .into_response()
}

pub(super) async fn callback(
    State(state): State<AppState>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    session: Session,
    headers: HeaderMap,
    Query(query): Query<CallbackQuery>,
) -> Response {
    let now = state.parts.clock.now();
    let pending = match session::take_pending(&session, query.state.as_deref().unwrap_or_default(), now).await {
        Ok(Some(pending)) => pending,
        // A login was counted when it began; what never began is counted here.
        Ok(None) => return state.logins.check(None, ClientAddress(address)).err().unwrap_or_else(not_started_here),
        Err(error) => return session_failed(&error),
    };
    if query.iss.as_ref().is_some_and(|issuer| issuer != state.oidc.issuer()) {
        return not_started_here();
    }
    let mut again = login_address(&pending.return_to);
    if pending.is_step_up {
        again.push_str("&step_up=1");
    }
    let address = address.map(|address| address.to_string());
    let Some(code) = query.code else {
        let reason = query.error.as_deref().unwrap_or("no code").chars().take(100).collect::<String>();
        return denied(&state, None, &format!("the login service said {reason}"), address, &again).await;
    };
    let freshness = Freshness {
        max_age_secs: state.config().session.absolute_timeout_secs,
        not_before: pending.is_step_up.then_some(pending.started_at),
    };
    let identity = match state.oidc.finish(&code, &pending.nonce, &pending.pkce_verifier, freshness).await {
        Ok(identity) => identity,
        Err(error) => return provider_failed(&state, &error, &again),
    };
    let actor_id = actor_id(state.oidc.issuer(), &identity.subject);
    let mut response = log_in(&state, &session, identity, &pending, address).await;
    if response.status().is_redirection() {
        forms::hand_over(&state, &headers, &actor_id, &mut response).await;
    }
    response
}

async fn log_in(
    state: &AppState,
    session: &Session,
    identity: Identity,
    pending: &PendingLogin,
    address: Option<String>,
) -> Response {
    let actor = actor(state.oidc.issuer(), &identity, &state.config().roles);
    if actor.grants.is_empty() {
        let again = login_address(&pending.return_to);
        return denied(state, Some(&identity), "none of the groups has a role here", address, &again).await;
    }
    // The row comes first: a login that cannot be recorded does not happen.
    let event = AuthEvent::LoggedIn { actor: actor.clone(), is_step_up: pending.is_step_up };
    if let Err(error) = state.parts.audit.record(event, address).await {
        tracing::error!(%error, "a login could not be recorded and was refused");
        return Problem::database().into_response();
    }
    let login = Login {
        actor,
        provider_session: identity.provider_session,
        id_token: identity.id_token,
        started_at: state.parts.clock.now(),
    };
    match session::start(session, &login).await {
        Ok(()) => Redirect::to(&pending.return_to).into_response(),
        Err(error) => session_failed(&error),
    }
}

async fn denied(
    state: &AppState,
    identity: Option<&Identity>,
    reason: &str,
    address: Option<String>,
    again: &str,
) -> Response {
    let (id, name) = identity.map_or_else(
        || ("unknown".to_owned(), "unknown".to_owned()),
        |identity| (actor_id(state.oidc.issuer(), &identity.subject), identity.name.clone()),
    );
    let event = AuthEvent::LoginDenied { id, name, reason: reason.to_owned() };
    if let Err(error) = state.parts.audit.record(event, address).await {
        tracing::error!(%error, "a denied login could not be recorded");
        return Problem::database().into_response();
    }
    let message = match identity {
        Some(identity) if identity.groups.is_empty() => format!(
            "{}, the login service named no groups for you, so you have no role here. Ask whoever runs Lockkeeper to give \
             one of your groups a role.",
            identity.name
        ),
        Some(identity) => format!(
            "{}, you are in {}, and none of these groups has a role here. Ask whoever runs Lockkeeper to give one of \
             them a role.",
            identity.name,
            identity.groups.join(", ")
        ),
        None => "The login service did not let you through. You can try again.".to_owned(),
    };
    Problem::new(StatusCode::FORBIDDEN, "You may not use Lockkeeper", message)
        .way_out("Log in as somebody else", again)
        .into_response()
}

/// Whoever ends every session has a reason, and must not believe in vain that it happened.
fn still_logged_in() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "You are still logged in",
        "Your sessions could not be ended, because the database did not do it. You are still logged in here and \
         everywhere else. Try again in a moment; if it stays like this, tell whoever runs Lockkeeper.",
    )
    .way_out("Back to your account", "/account")
    .retry_after(5)
}

/// Ends the session here, then at the provider.
pub(super) async fn logout(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    session: Session,
    headers: HeaderMap,
    Form(form): Form<LogoutForm>,
) -> Response {
    let Some((login, caller)) = visitor.login().zip(visitor.caller()) else {
        return Redirect::to("/logged-out").into_response();
    };
    let sessions = match form.everywhere {
        Some(_) => match state.sessions.end_for_subject(&login.actor.id).await {
            Ok(sessions) => sessions,
            Err(error) => {
                tracing::error!(%error, "the sessions of a person could not be ended");
                return still_logged_in().into_response();
            }
        },
        None => 1,
    };
    let recorded = async {
        forms::forget(&state, &headers).await?;
        let event = AuthEvent::LoggedOut { actor: login.actor.clone(), sessions };
        state.parts.audit.record(event, caller.address.clone()).await
    };
    // A logout happens even when it cannot be recorded: keeping somebody logged in is worse than a missing row.
    if let Err(error) = recorded.await {
        tracing::error!(%error, "a logout could not be recorded");
    }
    if let Err(error) = session.flush().await {
        return session_failed(&error);
    }
    match state.oidc.logout_url(&login.id_token).await {
        Some(url) => Redirect::to(url.as_str()).into_response(),
        None => Redirect::to("/logged-out").into_response(),
    }
}

pub(super) async fn logged_out(State(state): State<AppState>) -> Response {
    let way_out = ("Log in again".to_owned(), "/login".to_owned());
    let message = "Your session here has ended. What you did stays recorded.";
    Html(problem::page(&state, "You are logged out", message, Some(&way_out), "")).into_response()
}

/// The provider says that somebody logged out there. Its signature is its permission.
pub(super) async fn backchannel(
    State(state): State<AppState>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    Form(form): Form<BackchannelForm>,
) -> Response {
    let refuse = |message: String| {
        tracing::warn!(reason = %message, "a back-channel logout was refused");
        Problem::new(StatusCode::BAD_REQUEST, "This logout was refused", message).into_response()
    };
    let subject = match state.oidc.verify_logout_token(&form.logout_token).await {
        Ok(subject) => subject,
        Err(error @ OidcError::Unreachable(_)) => return provider_failed(&state, &error, "/"),
        Err(error) => return refuse(error.to_string()),
    };
    let id = subject.subject.as_deref().map(|subject| actor_id(state.oidc.issuer(), subject));
    let ended = match state.sessions.end_by_token(&subject, id.as_deref()).await {
        Ok(Some(ended)) => Ok(ended),
        Ok(None) => return refuse("this logout token was used before".to_owned()),
        Err(error) => Err(error),
    };
    let recorded = match ended {
        Ok(sessions) => {
            let event = AuthEvent::ProviderLoggedOut { subject: id.unwrap_or_else(|| "unknown".to_owned()), sessions };
            state.parts.audit.record(event, address.map(|address| address.to_string())).await
        }
        Err(error) => Err(error),
    };
    match recorded {
        Ok(()) => ([(header::CACHE_CONTROL, "no-store")], StatusCode::OK).into_response(),
        Err(error) => {
            if let Err(error) = state.sessions.forget_token(&subject).await {
                tracing::warn!(%error, "a logout token will be taken for a replay");
            }
            session_failed(&error)
        }
    }
}
