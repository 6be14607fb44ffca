//! The user interface and its contract: pages, components, the views they render and the ports they ask.
//!
//! Pages exist only on the server (`ssr`): they render HTML that works without JavaScript. What runs in the browser is
//! the handful of islands in [`islands`]; nothing else is compiled to wasm.

// Leptos' view types nest one level per element.
#![recursion_limit = "256"]
#![allow(
    clippy::needless_pass_by_value,
    reason = "the properties of a component are owned, whatever it does with them"
)]

pub mod islands;
pub mod relative_time;

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod error;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod layout;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod ports;
#[cfg(feature = "ssr")]
pub mod query;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod site;
#[cfg(feature = "ssr")]
pub mod tables;
#[cfg(feature = "ssr")]
pub mod topics;
#[cfg(feature = "ssr")]
pub mod views;

#[cfg(feature = "ssr")]
pub use routes::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
