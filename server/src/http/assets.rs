//! The browser's files, embedded in the binary: found by name, compressed before they were embedded.

use std::collections::BTreeMap;

use app::site::SiteFiles;
use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::{AppState, Problem};

#[derive(RustEmbed)]
#[folder = "$LOCKKEEPER_SITE_DIR"]
#[allow_missing = true]
struct Embedded;

/// Says which name stands for what; written by the build of the site.
const MANIFEST: &str = "site.json";
const UNCHANGING: &str = "public, max-age=31536000, immutable";
/// For files whose name does not change with their content.
const CHANGING: &str = "public, max-age=3600";

/// What the manifest says.
pub struct Site {
    files: SiteFiles,
    hashed: Vec<String>,
}

impl Site {
    /// Without a manifest (a build without the site) pages have neither style nor scripts, and still work.
    pub(super) fn load() -> Self {
        Self::of::<Embedded>()
    }

    fn of<E: RustEmbed>() -> Self {
        let manifest: BTreeMap<String, String> =
            E::get(MANIFEST).and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default();
        let address = |name: &str| manifest.get(name).map(|file| format!("/assets/{file}"));
        let files = SiteFiles {
            css: address("css").unwrap_or_else(|| "/assets/lockkeeper.css".to_owned()),
            js: address("js"),
            wasm: address("wasm"),
        };
        Self { files, hashed: manifest.into_values().collect() }
    }

    pub fn files(&self) -> &SiteFiles {
        &self.files
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The encodings a browser takes, best first, with the ending of the sibling that holds it.
fn acceptable(headers: &HeaderMap) -> impl Iterator<Item = (&'static str, &'static str)> {
    let accepted: Vec<String> = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|part| {
            let mut pieces = part.split(';').map(str::trim);
            let coding = pieces.next()?.to_ascii_lowercase();
            let is_refused = pieces.any(|piece| piece.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)));
            (!is_refused).then_some(coding)
        })
        .collect();
    [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(move |(coding, _)| accepted.iter().any(|accepted| accepted == coding))
}

fn etag(file: &EmbeddedFile) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&file.metadata.sha256_hash()[..12]))
}

fn answer<E: RustEmbed>(site: &Site, name: &str, headers: &HeaderMap) -> Response {
    // Siblings and the manifest are not addresses of their own.
    let is_hidden = name == MANIFEST || name.starts_with('.') || name.contains("/.") || name.contains("..");
    let plain = if is_hidden { None } else { E::get(name) };
    let Some(plain) = plain else {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "This file does not exist",
            "Reload the page: it may have a new name.",
        )
        .way_out("Go to the overview", "/")
        .into_response();
    };
    let (coding, file) = acceptable(headers)
        .find_map(|(coding, ending)| Some((Some(coding), E::get(&format!("{name}{ending}"))?)))
        .unwrap_or((None, plain));
    let tag = etag(&file);
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known.split(',').any(|one| one.trim() == tag || one.trim() == "*"));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Body::from(file.data.into_owned()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
        if let Some(coding) = coding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    };
    let caching = if site.hashed.iter().any(|hashed| hashed == name) { UNCHANGING } else { CHANGING };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// `/assets/…`
pub(super) async fn serve(State(state): State<AppState>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    answer::<Embedded>(&state.site, &name, &headers)
}

/// Files that browsers look for at the root.
pub(super) async fn serve_root(State(state): State<AppState>, request: Request) -> Response {
    answer::<Embedded>(&state.site, request.uri().path().trim_start_matches('/'), request.headers())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A site as the build leaves it.
    #[derive(RustEmbed)]
    #[folder = "tests/data/site"]
    struct Sample;

    fn get(name: &str, headers: &[(header::HeaderName, &'static str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        answer::<Sample>(&Site::of::<Sample>(), name, &headers)
    }

    fn text(response: &Response, name: header::HeaderName) -> &str {
        response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    #[test]
    fn the_manifest_says_which_name_stands_for_what() {
        let site = Site::of::<Sample>();
        assert_eq!(site.files().css, "/assets/lockkeeper-0123456789.css");
        assert_eq!((&site.files().js, &site.files().wasm), (&None, &None));
    }

    #[test]
    fn hashed_names_are_kept_for_ever_and_others_are_asked_for_again() {
        let response = get("lockkeeper-0123456789.css", &[]);
        assert_eq!(response.status(), 200);
        assert_eq!(text(&response, header::CACHE_CONTROL), UNCHANGING);
        assert_eq!(text(&response, header::CONTENT_TYPE), "text/css; charset=utf-8");
        assert_eq!(text(&response, header::CONTENT_ENCODING), "");
        assert_eq!(text(&get("robots.txt", &[]), header::CACHE_CONTROL), CHANGING);
    }

    #[test]
    fn the_compressed_sibling_is_sent_to_who_takes_it() {
        let response = get("lockkeeper-0123456789.css", &[(header::ACCEPT_ENCODING, "gzip, br")]);
        assert_eq!(text(&response, header::CONTENT_ENCODING), "br");
        assert_eq!(text(&response, header::VARY), "accept-encoding");
        let plain = get("robots.txt", &[(header::ACCEPT_ENCODING, "gzip, br")]);
        assert_eq!((plain.status().as_u16(), text(&plain, header::CONTENT_ENCODING)), (200, ""));
    }

    #[test]
    fn what_the_browser_has_already_is_not_sent_again() {
        let tag = text(&get("robots.txt", &[]), header::ETAG).to_owned();
        let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_str(&tag).unwrap())]);
        assert_eq!(answer::<Sample>(&Site::of::<Sample>(), "robots.txt", &headers).status(), 304);
        assert_eq!(get("robots.txt", &[(header::IF_NONE_MATCH, "\"another\"")]).status(), 200);
    }

    #[test]
    fn what_is_no_file_of_the_site_does_not_exist() {
        for name in ["site.json", ".inputs", "../Cargo.toml", "snippets/../robots.txt", "nothing.css"] {
            assert_eq!(get(name, &[]).status(), 404, "{name}");
        }
    }

    #[test]
    fn the_best_encoding_the_browser_takes_comes_first() {
        let table = [
            ("gzip, deflate, br", vec!["br", "gzip"]),
            ("gzip", vec!["gzip"]),
            ("br;q=0, gzip;q=0.5", vec!["gzip"]),
            ("identity", vec![]),
            ("", vec![]),
        ];
        for (given, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(given));
            assert_eq!(acceptable(&headers).map(|(coding, _)| coding).collect::<Vec<_>>(), expected, "{given}");
        }
    }
}
