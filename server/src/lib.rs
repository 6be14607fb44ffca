//! The server behind the pages: services that authorise and record, workers that reach AWS, and the way in over HTTP.

pub mod assembly;
pub mod auth;
pub mod aws;
pub mod blueprint;
pub mod checks;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
mod duties;
pub mod evidence;
pub mod http;
pub mod init;
pub mod lint;
pub mod live;
pub mod ports;
pub mod sandbox;
pub mod services;
pub mod startup;
pub mod telemetry;
pub mod templates;
mod uploads;
pub mod workers;
