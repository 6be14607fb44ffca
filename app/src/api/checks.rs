//! Acts on the checks of an environment.

use leptos::prelude::*;

use super::answer::{Typed, answer, asked};
use crate::error::ApiError;

#[server(endpoint = "run_suite", prefix = "/api")]
pub async fn run_suite(
    #[server(default)] form_id: String,
    #[server(default)] application: String,
    #[server(default)] environment: String,
    #[server(default)] suite: String,
) -> Result<(), ApiError> {
    let outcome = async {
        let (ports, caller) = asked()?;
        ports.acts.run_suite(&caller, &application, &environment, &suite).await.map(|_| ())
    };
    answer(outcome.await, Typed::new(form_id, &[]), "The suite runs. Results appear as they come.").await
}
