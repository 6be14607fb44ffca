//! The server behind the pages: services that authorise and record, workers that reach AWS, and the way in over HTTP.

pub mod assembly;
pub mod blueprint;
pub mod clock;
pub mod db;
pub mod live;
pub mod ports;
pub mod services;
