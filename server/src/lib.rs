//! The server behind the pages: services that authorise and record, workers that reach AWS, and the way in over HTTP.

pub mod auth;
pub mod aws;
pub mod clock;
pub mod config;
pub mod db;
pub mod http;
pub mod live;
pub mod ports;
pub mod sandbox;
pub mod services;
pub mod telemetry;
pub mod workers;
