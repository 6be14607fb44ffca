//! The server behind the pages: services that authorise and record, workers that reach AWS, and the way in over HTTP.

pub mod auth;
pub mod clock;
pub mod config;
pub mod db;
pub mod http;
pub mod live;
pub mod ports;
pub mod services;
pub mod telemetry;
