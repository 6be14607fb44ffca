//! Nothing typed is lost: forms that were refused, or came without a session, wait for their page to be shown again.
//!
//! They are bound to a cookie of their own, so that they outlive the session and the login in between. The cookie also
//! says who logged in last: forms of one person are not shown to the next one in the same browser.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use app::{
    components::DONE,
    error::ApiError,
    form::{FORM_FIELD, FormState, FormStates, FormStore, is_secret_field},
    ports::Clock,
};
use async_trait::async_trait;
use axum::{
    Json,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    AppState, Problem,
    caller::{is_navigation, local_path, login_address, not_logged_in, referring_page},
    problem::wants_page,
    request::ClientAddress,
};
use crate::{
    auth::{hash_of, random_text},
    clock::new_id,
    db::{self, Db, DbError, drafts::DraftRow},
};

const COOKIE: &str = "lockkeeper-forms";
/// How long a browser remembers whose forms it has; longer than any session.
const COOKIE_SECS: u32 = 30 * 86_400;
/// The phrase before something irreversible is typed anew every time.
const CONFIRMATION: &str = "phrase";
/// How long a form waits.
const KEPT_SECS: i64 = 3600;
/// Longer forms are not kept.
const LARGEST: usize = 64 << 10;
const AFTER_LOGIN: &str =
    "Your session had ended, so nothing was done. What you typed is below: check it and send it again.";

/// Forms from before this moment are forgotten.
pub fn oldest_kept(now: Timestamp) -> Timestamp {
    now.checked_sub(SignedDuration::from_secs(KEPT_SECS)).unwrap_or(Timestamp::MIN)
}

/// The value of a cookie of this request.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// What the forms cookie says: `owner`, or `owner.person`.
#[derive(Clone, Copy)]
struct FormsCookie<'a> {
    /// Opens the forms of this browser.
    owner: &'a str,
    /// Mark of who logged in last; `None` before the first login.
    person: Option<&'a str>,
}

impl<'a> FormsCookie<'a> {
    fn of(state: &AppState, headers: &'a HeaderMap) -> Option<Self> {
        Self::parse(cookie(headers, &state.cookie_name(COOKIE))?)
    }

    fn parse(value: &'a str) -> Option<Self> {
        let (owner, person) = value.split_once('.').map_or((value, None), |(owner, person)| (owner, Some(person)));
        (32..=64).contains(&owner.len()).then_some(Self { owner, person })
    }

    /// Who may go on with the forms of this browser when `person` logs in: the same cookie, or a new one.
    fn owner_for(self, person: &str) -> Option<&'a str> {
        self.person.is_none_or(|last| last == person).then_some(self.owner)
    }
}

/// Enough to tell people apart, and not their name.
fn mark_of(actor_id: &str) -> String {
    hash_of(actor_id).chars().take(16).collect()
}

/// The forms of one browser, during one request.
#[derive(Clone)]
pub struct BrowserForms {
    db: Db,
    clock: Arc<dyn Clock>,
    /// Value of the cookie; made when first needed.
    owner: Arc<OnceLock<String>>,
    page: String,
    /// Said in place of the page the form would have been shown on again: it could not be kept.
    unkept: Arc<OnceLock<Problem>>,
}

impl BrowserForms {
    fn new(state: &AppState, headers: &HeaderMap) -> Self {
        let owner = OnceLock::new();
        if let Some(cookie) = FormsCookie::of(state, headers) {
            let _ = owner.set(cookie.owner.to_owned());
        }
        Self {
            db: state.parts.db.clone(),
            clock: state.parts.clock.clone(),
            owner: Arc::new(owner),
            page: referring_page(headers),
            unkept: Arc::default(),
        }
    }

    /// The forms waiting for `path`, which forget them now.
    async fn take(&self, path: &str) -> Result<Vec<FormState>, DbError> {
        let Some(owner) = self.owner.get().map(|owner| hash_of(owner)) else { return Ok(Vec::new()) };
        let mut connection = self.db.read().await?;
        let kept = db::drafts::list(&mut connection, &owner, path, oldest_kept(self.clock.now())).await?;
        if !kept.is_empty() {
            db::drafts::delete_for_page(&mut connection, &owner, path).await?;
        }
        Ok(kept.iter().filter_map(|state| serde_json::from_str(state).ok()).collect())
    }

    /// Answers whether there was room.
    async fn put(&self, mut state: FormState) -> Result<bool, DbError> {
        state.fields.retain(|name, _| name != CONFIRMATION && !is_secret_field(name));
        let now = self.clock.now();
        let row = DraftRow {
            id: new_id(now).to_string(),
            owner: hash_of(self.owner.get_or_init(random_text)),
            form: state.form.clone(),
            state: db::to_json(&state)?,
            return_to: path_of(&self.page).to_owned(),
            created_at: now,
        };
        let mut transaction = self.db.write().await?;
        let is_kept = row.state.len() <= LARGEST && db::drafts::put(&mut transaction, row).await?;
        transaction.commit().await?;
        Ok(is_kept)
    }

    /// Gives the browser its cookie, if this request made one.
    fn set_cookie(&self, state: &AppState, request_cookie: Option<&str>, response: &mut Response) {
        let Some(owner) = self.owner.get().filter(|owner| Some(owner.as_str()) != request_cookie) else { return };
        give_cookie(state, owner, response);
    }
}

fn give_cookie(state: &AppState, value: &str, response: &mut Response) {
    let secure = if state.config().server.is_https() { "; Secure" } else { "" };
    let name = state.cookie_name(COOKIE);
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECS}{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn path_of(page: &str) -> &str {
    page.split(['?', '#']).next().unwrap_or("/")
}

#[async_trait]
impl FormStore for BrowserForms {
    async fn keep(&self, state: FormState) -> Result<(), ApiError> {
        let is_done = state.form == DONE;
        let refusal = state.error.clone().unwrap_or_else(|| ApiError::Unavailable {
            message: "Nothing was changed: this needs a fresh login first.".to_owned(),
        });
        let why = match self.put(state).await {
            Ok(true) => return Ok(()),
            Ok(false) => "It is too long to be kept, or too many forms wait for you already.",
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a form could not be kept");
                "It could not be kept here."
            }
        };
        if !is_done {
            let message = format!("{refusal} Go back in your browser to find what you typed. {why}");
            let problem =
                Problem::from(refusal.clone()).message(message).way_out("Back to the page", self.page.clone());
            let _ = self.unkept.set(problem);
        }
        Err(refusal)
    }

    fn page(&self) -> String {
        self.page.clone()
    }
}

/// Gives pages the forms that wait for them, and server functions a place to keep forms.
pub(super) async fn fill(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let forms = BrowserForms::new(&state, request.headers());
    let request_cookie = forms.owner.get().cloned();
    if request.method() == Method::GET && request_cookie.is_some() && is_navigation(request.headers()) {
        match forms.take(request.uri().path()).await {
            Ok(states) => {
                request.extensions_mut().insert(FormStates(Arc::new(states)));
            }
            // The page is worth more than the form on it; the form stays kept.
            Err(error) => tracing::error!(%error, "kept forms cannot be read"),
        }
    }
    request.extensions_mut().insert(forms.clone());
    let mut response = next.run(request).await;
    if let Some(problem) = forms.unkept.get() {
        return problem.clone().into_response();
    }
    forms.set_cookie(&state, request_cookie.as_deref(), &mut response);
    response
}

/// The name of a form: its own word for itself, or the act it is for.
fn form_name(fields: &BTreeMap<String, String>, path: &str) -> String {
    fields
        .get(FORM_FIELD)
        .filter(|name| !name.is_empty() && name.len() <= 200)
        .cloned()
        .unwrap_or_else(|| path.rsplit('/').next().unwrap_or_default().to_owned())
}

/// Somebody sent a form and has no session any more: keep it, send them to log in, show it again afterwards.
pub(super) async fn keep_for_login(state: &AppState, request: Request) -> Response {
    // Strangers may not fill the database: keeping counts as beginning a login.
    let address = request.extensions().get::<ClientAddress>().copied().unwrap_or_default();
    if let Err(response) = state.logins.check_form(address) {
        return response;
    }
    let is_page = wants_page(&request);
    let headers = request.headers().clone();
    let path = request.uri().path().to_owned();
    let forms = BrowserForms::new(state, &headers);
    let request_cookie = forms.owner.get().cloned();
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    if is_form && let Ok(body) = to_bytes(request.into_body(), LARGEST).await {
        let fields: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
        let form = form_name(&fields, &path);
        let kept = FormState { form, fields, error: None, notice: Some(AFTER_LOGIN.to_owned()) };
        match forms.put(kept).await {
            Ok(true) => (),
            Ok(false) => return too_long().into_response(),
            Err(error) => {
                tracing::error!(%error, "a form could not be kept");
                return Problem::database().into_response();
            }
        }
    } else if is_page {
        return too_long().into_response();
    }
    let login = login_address(&local_path(Some(&forms.page)));
    let mut response = if is_page {
        Redirect::to(&login).into_response()
    } else {
        let error = ApiError::rejected(
            "Your session has ended. Nothing was changed, and what you typed is kept. Log in to find it again.",
        );
        (StatusCode::UNAUTHORIZED, Json(error)).into_response()
    };
    forms.set_cookie(state, request_cookie.as_deref(), &mut response);
    response
}

fn too_long() -> Problem {
    let message = "Your session has ended, and what you sent could not be kept. Nothing was changed. Log in with the \
                   link below in a new tab, then go back here and send it again.";
    not_logged_in().message(message)
}

/// At logout: what one person typed is not for the next one.
pub(super) async fn forget(state: &AppState, headers: &HeaderMap) -> Result<(), DbError> {
    let Some(FormsCookie { owner, .. }) = FormsCookie::of(state, headers) else { return Ok(()) };
    let mut connection = state.parts.db.read().await?;
    db::drafts::delete_for_owner(&mut connection, &hash_of(owner)).await
}

/// At login: the same person finds their forms again; anybody else begins with none.
pub(super) async fn hand_over(state: &AppState, headers: &HeaderMap, actor_id: &str, response: &mut Response) {
    let person = mark_of(actor_id);
    let known = FormsCookie::of(state, headers);
    let owner = known.and_then(|cookie| cookie.owner_for(&person));
    if owner.is_none()
        && let Err(error) = forget(state, headers).await
    {
        // Nobody has the cookie that opens them any more, and they are gone within the hour.
        tracing::warn!(%error, "forms of the person before could not be deleted");
    }
    let owner = owner.map_or_else(random_text, str::to_owned);
    give_cookie(state, &format!("{owner}.{person}"), response);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_stay_with_the_person_who_logged_in_last() {
        let owner = random_text();
        let (lea, jonas) = (mark_of("https://idp#lea"), mark_of("https://idp#jonas"));
        let of_lea = format!("{owner}.{lea}");
        let cookie = FormsCookie::parse(&of_lea).unwrap();
        assert_eq!(cookie.owner_for(&lea), Some(owner.as_str()));
        assert_eq!(cookie.owner_for(&jonas), None);
        assert_eq!(FormsCookie::parse(&owner).unwrap().owner_for(&jonas), Some(owner.as_str()), "nobody before");
        for bad in ["", ".", "short.x", &"x".repeat(65)] {
            assert!(FormsCookie::parse(bad).is_none(), "{bad}");
        }
    }
}
