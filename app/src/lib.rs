//! The user interface and its contract: pages, components, the views they render and the ports they ask.
//!
//! Pages exist only on the server (`ssr`): they render HTML that works without JavaScript. What runs in the browser is
//! the handful of islands in [`islands`]; nothing else is compiled to wasm.

#[cfg(feature = "ssr")]
pub mod error;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod ports;
#[cfg(feature = "ssr")]
pub mod site;
#[cfg(feature = "ssr")]
pub mod views;
