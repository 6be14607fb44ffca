//! What the address of a page says: parameters of its path, and its query.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use crate::{error::ApiError, query::Query};

/// A parameter of the path; empty when the route has no such part.
pub fn part(name: &str) -> String {
    use_params_map().read_untracked().get(name).unwrap_or_default()
}

pub fn id_part(what: &str) -> Result<Uuid, ApiError> {
    Uuid::parse_str(&part("id")).map_err(|_| ApiError::NotFound { what: format!("The {what}") })
}

pub fn query() -> Query {
    let map = use_query_map().get_untracked();
    Query::new(map.into_iter().map(|(name, value)| (name.into_owned(), value)))
}
