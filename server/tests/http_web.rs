//! The way in, as browsers and machines use it: pages, forms, sessions, the API, and login at a certified provider.
//!
//! Tests hold a [`world::Browser`] or a machine, not requests. Each has a database of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by panicking"
)]

#[path = "web/api.rs"]
mod api;
#[path = "web/demo_login.rs"]
mod demo_login;
#[path = "web/entrance.rs"]
mod entrance;
#[path = "web/exports.rs"]
mod exports;
#[path = "web/forms.rs"]
mod forms;
#[path = "web/login.rs"]
mod login;
#[path = "web/logout.rs"]
mod logout;
#[path = "web/provider.rs"]
mod provider;
#[path = "web/sessions.rs"]
mod sessions;
mod support;
#[path = "web/world.rs"]
mod world;
