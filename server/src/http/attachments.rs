//! Files as evidence: the one form of a page that sends more than text, and the way the file comes back out.

use std::collections::BTreeMap;

use app::{
    error::ApiError,
    form::{FORM_FIELD, FormState, FormStore as _},
    ports::{Caller, NewFile, NewMark},
};
use axum::{
    Extension,
    extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Redirect, Response},
};
use domain::checklist::{MarkKind, evidence::LARGEST};
use uuid::Uuid;

use super::{
    AppState, Problem,
    caller::{Visitor, not_logged_in},
    forms::BrowserForms,
};

pub(super) const ATTACH: &str = "/api/attach_evidence";
/// Room for the other fields and the borders between them.
const AROUND: usize = 64 << 10;

/// The most a body for this route may have; `None` for other routes.
pub(super) fn body_limit(request: &Request) -> Option<usize> {
    (request.uri().path() == ATTACH).then_some(LARGEST + AROUND)
}

/// Attaches a file to an item.
pub(super) async fn attach(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Extension(forms): Extension<BrowserForms>,
    mut request: Request,
) -> Response {
    let Some(caller) = visitor.caller().cloned() else { return not_logged_in().into_response() };
    DefaultBodyLimit::disable().apply(&mut request);
    let sent = match Multipart::from_request(request, &()).await {
        Ok(multipart) => read(multipart).await,
        Err(_) => Err(unreadable()),
    };
    let (form, item, outcome) = match sent {
        Ok(sent) => {
            let (form, item) = (sent.form.clone(), sent.item.clone());
            (form, item, store(&state, &caller, sent).await)
        }
        Err(error) => (String::new(), String::new(), Err(error)),
    };
    let page = forms.page();
    match outcome {
        Ok(()) => Redirect::to(&format!("{page}#item-{item}")).into_response(),
        // Browsers do not fill a file field again: the reason is what can be given back.
        Err(error) if !form.is_empty() => {
            let kept =
                FormState { form: form.clone(), fields: BTreeMap::new(), error: Some(error.clone()), notice: None };
            match forms.keep(kept).await {
                Ok(()) => Redirect::to(&format!("{page}#{form}")).into_response(),
                Err(_) => Problem::from(error).into_response(),
            }
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

struct Sent {
    form: String,
    deployment: String,
    item: String,
    note: String,
    file: Option<NewFile>,
}

fn unreadable() -> ApiError {
    ApiError::rejected(
        "The file could not be read; it may be larger than 1 MiB. Nothing was stored. Try again, or give a link.",
    )
}

async fn read(mut multipart: Multipart) -> Result<Sent, ApiError> {
    let mut sent =
        Sent { form: String::new(), deployment: String::new(), item: String::new(), note: String::new(), file: None };
    while let Some(field) = multipart.next_field().await.map_err(|_| unreadable())? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            let file_name = field.file_name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|_| unreadable())?.to_vec();
            sent.file = Some(NewFile { name: file_name, bytes }).filter(|f| !f.name.is_empty() || !f.bytes.is_empty());
            continue;
        }
        let value = field.text().await.map_err(|_| unreadable())?;
        match name.as_str() {
            FORM_FIELD if value.len() <= 200 => sent.form = value,
            "deployment" => sent.deployment = value,
            "item" => sent.item = value,
            "note" => sent.note = value,
            _ => {}
        }
    }
    Ok(sent)
}

async fn store(state: &AppState, caller: &Caller, sent: Sent) -> Result<(), ApiError> {
    let id = Uuid::parse_str(&sent.deployment).map_err(|_| ApiError::NotFound { what: "The deployment".to_owned() })?;
    let file = sent.file.ok_or_else(|| ApiError::rejected_field("file", "Choose a file first. Nothing was stored."))?;
    let mark = NewMark {
        kind: MarkKind::Noted,
        note: sent.note,
        link: String::new(),
        expires_on: None,
        seen: None,
        file: Some(file),
    };
    state.parts.ports.acts.mark_item(caller, id, &sent.item, mark).await
}

/// Gives a file out, never to be shown in place: what somebody attached must not run as a page of ours.
pub(super) async fn serve(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    Path((id, digest)): Path<(String, String)>,
) -> Response {
    let Some(caller) = visitor.caller() else { return not_logged_in().into_response() };
    let missing = || ApiError::NotFound { what: "This file".to_owned() };
    let found = match Uuid::parse_str(&id) {
        Ok(id) => state.parts.ports.reads.evidence_file(caller, id, &digest).await,
        Err(_) => Err(missing()),
    };
    let (file, bytes) = match found {
        Ok(found) => found,
        Err(error) => return Problem::from(error).into_response(),
    };
    let encoded: String = form_urlencoded::byte_serialize(file.name.as_bytes()).collect::<String>().replace('+', "%20");
    let disposition = format!("attachment; filename*=UTF-8''{encoded}");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    for (name, value) in [(header::CONTENT_TYPE, file.media_type), (header::CONTENT_DISPOSITION, disposition)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}
