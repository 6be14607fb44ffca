//! The HTML document around every page.

use http::request::Parts;
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{query::cookie, routes::App, site::SiteFiles};

/// Name of the cookie in which the browser keeps a chosen colour scheme, so that the first paint is already right.
pub const THEME_COOKIE: &str = "theme";

pub fn shell(_options: LeptosOptions) -> impl IntoView {
    let site = use_context::<SiteFiles>().unwrap_or_default();
    let script = site.hydration_script();
    let SiteFiles { css, js, wasm } = site;
    // Without both there is nothing to preload: every page works without them.
    let (js, wasm) = js.zip(wasm).unzip();
    let nonce = use_nonce();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=chosen_theme()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content="Releases of AWS applications, from plan to signed-off deployment." />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <link rel="stylesheet" href=css nonce=nonce.clone() />
                {js.map(|js| view! { <link rel="modulepreload" href=js nonce=nonce.clone() /> })}
                {wasm
                    .map(|wasm| {
                        view! {
                            <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                        }
                    })}
                {script.map(|script| view! { <script type="module" nonce=nonce.clone() inner_html=script></script> })}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

fn chosen_theme() -> Option<&'static str> {
    let chosen = cookie(&use_context::<Parts>()?.headers, THEME_COOKIE)?;
    ["light", "dark"].into_iter().find(|known| *known == chosen)
}
