//! The yardstick of `cargo xtask bench`: a bare axum route that answers with the bytes of one file.
//!
//! `baseline ADDRESS FILE`

use std::{error::Error, net::SocketAddr};

use axum::{Router, http::header, response::IntoResponse, routing::get};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: baseline ADDRESS FILE".into());
    };
    let page: &'static [u8] = std::fs::read(file)?.leak();
    let route =
        get(move || async move { ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response() });
    let listener = tokio::net::TcpListener::bind(address.parse::<SocketAddr>()?).await?;
    axum::serve(listener, Router::new().route("/", route)).await?;
    Ok(())
}
