//! Tables as files: the same questions the pages ask, answered with every row, as comma-separated values.

use app::{
    error::ApiError,
    pages::environment_tables,
    query::Query,
    tables::{self, Table},
    views::{EnvironmentTables, Paging},
};
use axum::{
    Extension, Router,
    extract::{Path, RawQuery, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};

use super::{
    AppState, Problem,
    caller::{Visitor, not_logged_in},
};

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/deployments.csv", get(deployments))
        .route("/releases.csv", get(releases))
        .route("/audit.csv", get(audit))
        .route("/applications/{application}/environments/{environment}/stacks.csv", get(stacks))
        .route("/applications/{application}/environments/{environment}/events.csv", get(events))
}

fn read(query: Option<&str>) -> Query {
    Query::new(form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned())
}

type Asked = (State<AppState>, Extension<Visitor>, RawQuery);

async fn deployments((State(state), Extension(visitor), RawQuery(query)): Asked) -> Result<Response, Problem> {
    let caller = visitor.caller().ok_or_else(not_logged_in)?;
    let query = read(query.as_deref());
    let wanted = app::views::DeploymentFilter { is_export: true, ..tables::deployments::filter(&query) };
    let view = state.parts.ports.reads.deployments(caller, &wanted).await?;
    Ok(file(&state, &tables::deployments::TABLE, &query, &view.rows, view.paging))
}

async fn releases((State(state), Extension(visitor), RawQuery(query)): Asked) -> Result<Response, Problem> {
    let caller = visitor.caller().ok_or_else(not_logged_in)?;
    let query = read(query.as_deref());
    let wanted = app::views::ReleaseFilter { is_export: true, ..tables::releases::filter(&query) };
    let view = state.parts.ports.reads.releases(caller, &wanted).await?;
    Ok(file(&state, &tables::releases::TABLE, &query, &view.rows, view.paging))
}

async fn audit((State(state), Extension(visitor), RawQuery(query)): Asked) -> Result<Response, Problem> {
    let caller = visitor.caller().ok_or_else(not_logged_in)?;
    let query = read(query.as_deref());
    let wanted = app::views::AuditFilter { is_export: true, ..tables::audit::filter(&query) };
    let view = state.parts.ports.reads.audit(caller, &wanted).await?;
    Ok(file(&state, &tables::audit::TABLE, &query, &view.rows, view.paging))
}

async fn stacks(asked: Asked, Path((application, environment)): Path<(String, String)>) -> Result<Response, Problem> {
    let (State(state), Extension(visitor), RawQuery(query)) = asked;
    let caller = visitor.caller().ok_or_else(not_logged_in)?;
    let query = read(query.as_deref());
    let wanted = environment_tables(&query);
    let view = state.parts.ports.reads.environment(caller, &application, &environment, &wanted).await?;
    let total = view.stacks.len() as u64;
    let paging = Paging { page: 1, per_page: u32::MAX, total };
    Ok(file(&state, &tables::stacks::TABLE, &query, &view.stacks, paging))
}

async fn events(asked: Asked, Path((application, environment)): Path<(String, String)>) -> Result<Response, Problem> {
    let (State(state), Extension(visitor), RawQuery(query)) = asked;
    let caller = visitor.caller().ok_or_else(not_logged_in)?;
    let query = read(query.as_deref());
    let wanted = EnvironmentTables { is_export: true, ..environment_tables(&query) };
    let view = state.parts.ports.reads.environment(caller, &application, &environment, &wanted).await?;
    Ok(file(&state, &tables::events::TABLE, &query, &view.events, view.events_paging))
}

/// A file that silently lacks rows would be a lie, so too many are refused.
fn file<R>(state: &AppState, table: &'static Table<R>, query: &Query, rows: &[R], paging: Paging) -> Response {
    if paging.total > u64::from(paging.per_page) {
        return Problem::from(ApiError::rejected(format!(
            "There are {} rows, and a file holds at most {}. No file was made: narrow the list with its filters",
            paging.total, paging.per_page
        )))
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .into_response();
    }
    let day = state.parts.clock.now().strftime("%Y-%m-%d");
    let name = format!("attachment; filename=\"lockkeeper-{}-{day}.csv\"", table.id);
    let mut response = table.csv(query, rows).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    response
}
