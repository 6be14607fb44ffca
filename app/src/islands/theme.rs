//! The colour scheme: the system's, or a chosen one. The choice lives in a cookie, so that the server's first paint is
//! right, and in local storage, which outlives the cookie's limits.

use leptos::prelude::*;

use super::browser::{document, set_cookie, store, stored};

const KEY: &str = "theme";
const YEAR_SECS: u32 = 31_536_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    fn parse(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// `None`: whatever the system says.
    fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::System => "Colours: system",
            Self::Light => "Colours: light",
            Self::Dark => "Colours: dark",
        }
    }
}

#[island]
pub fn ThemeToggle() -> impl IntoView {
    let (theme, set_theme) = signal(Theme::System);
    Effect::new(move |_| {
        let found = stored(KEY).map_or(Theme::System, |name| Theme::parse(&name));
        set_theme.set(found);
        wear(found);
    });
    let turn = move |_| {
        let next = theme.get_untracked().next();
        set_theme.set(next);
        store(KEY, next.name());
        wear(next);
    };
    view! {
        <button type="button" class="button button-quiet theme-toggle" on:click=turn title=move || theme.get().words()>
            <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
                <path d="M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11" class="theme-icon" />
            </svg>
            <span class="visually-hidden">{move || theme.get().words()}</span>
        </button>
    }
}

fn wear(theme: Theme) {
    let Some(root) = document().and_then(|document| document.document_element()) else { return };
    if let Some(name) = theme.name() {
        let _ = root.set_attribute("data-theme", name);
        set_cookie(&format!("{KEY}={name}; Path=/; Max-Age={YEAR_SECS}; SameSite=Lax"));
    } else {
        let _ = root.remove_attribute("data-theme");
        set_cookie(&format!("{KEY}=; Path=/; Max-Age=0; SameSite=Lax"));
    }
}
