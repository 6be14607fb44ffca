//! Leptos: every page and every server function, with one context for both.

use std::sync::{Arc, OnceLock};

use app::{form::FormStore, site::Showroom};
use axum::{Router, extract::Request, http::request::Parts};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, generate_route_list, render_app_async_with_context};

use super::{AppState, caller::Visitor, forms::BrowserForms, headers::ResponseNonce};

/// Asked once per process: making the list beside a page that renders can hang (leptos 4773).
fn listing() -> Vec<AxumRouteListing> {
    static LISTING: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    LISTING.get_or_init(|| generate_route_list(app::App)).clone()
}

/// What pages and server functions find in their context: the ports, the caller if somebody is logged in, the nonce, the
/// site's files, forms to show again and a place to keep forms.
fn context(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let state = state.clone();
    move || {
        provide_context(state.parts.ports.clone());
        provide_context(state.site.files().clone());
        if state.is_showroom {
            provide_context(Showroom);
        }
        let Some(Parts { extensions, .. }) = use_context::<Parts>() else { return };
        if let Some(ResponseNonce(nonce)) = extensions.get::<ResponseNonce>() {
            // Replaces the one Leptos made: the policy in the header names ours.
            provide_context(nonce.clone());
        }
        if let Some(caller) = extensions.get::<Visitor>().and_then(Visitor::caller) {
            provide_context(caller.clone());
        }
        provide_context(extensions.get::<app::form::FormStates>().cloned().unwrap_or_default());
        if let Some(forms) = extensions.get::<BrowserForms>() {
            provide_context::<Arc<dyn FormStore>>(Arc::new(forms.clone()));
        }
    }
}

pub(super) fn router(state: &AppState) -> Router<AppState> {
    app::api::register();
    let context = context(state);
    let options = state.leptos.clone();
    let shell = move || app::shell(options.clone());
    // Unknown addresses get the application's own page, which sets the status.
    let unknown = render_app_async_with_context(context.clone(), shell.clone());
    Router::new()
        .leptos_routes_with_context(state, listing(), context, shell)
        .fallback(move |request: Request| unknown(request))
}
