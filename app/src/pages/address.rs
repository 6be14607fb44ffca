//! What the address of a page says: parameters of its path, filters and page number of its query.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use crate::{api::escape, error::ApiError};

/// A parameter of the path; empty when the route has no such part.
pub fn part(name: &str) -> String {
    use_params_map().read_untracked().get(name).unwrap_or_default()
}

pub fn id_part(what: &str) -> Result<Uuid, ApiError> {
    Uuid::parse_str(&part("id")).map_err(|_| ApiError::NotFound { what: format!("The {what}") })
}

/// A filter; absent and empty are the same.
pub fn filter(name: &str) -> Option<String> {
    use_query_map().read_untracked().get(name).filter(|value| !value.is_empty())
}

/// From 1; anything unreadable is the first page.
pub fn page_number() -> u32 {
    filter("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1)
}

/// A path with those filters that are set, ending so that `page=2` can follow.
pub fn with_filters(path: &str, filters: &[(&str, Option<&str>)]) -> String {
    let mut address = format!("{path}?");
    for (name, value) in filters {
        if let Some(value) = value {
            address.push_str(&format!("{name}={}&", escape(value)));
        }
    }
    address
}
