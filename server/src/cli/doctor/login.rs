//! The login service: its documents, its keys, its clock.

use std::sync::Arc;

use crate::{auth::oidc::OidcClient, clock::SystemClock, config::Config};

use super::{Finding, time};

pub(super) async fn provider(config: &Config) -> Vec<Finding> {
    let issuer = &config.oidc.issuer;
    let documents = match OidcClient::new(&config.oidc, &config.server, Arc::new(SystemClock)) {
        Ok(client) => client.look().await,
        Err(error) => Err(error),
    };
    let mut findings = vec![match documents {
        Ok(found) if found.keys > 0 => {
            Finding::ok("login service", format!("{issuer} answers, with {} signing keys", found.keys))
        }
        Ok(_) => Finding::fail(
            "login service",
            format!("{issuer} publishes no signing key"),
            "Nobody can log in before it does: see its JWKS document.",
        ),
        Err(error) => Finding::fail(
            "login service",
            error.to_string(),
            format!(
                "Nobody can log in before it answers. Try `curl {}/.well-known/openid-configuration` from here; the \
                 issuer in it must be `oidc.issuer`, character by character.",
                issuer.trim_end_matches('/')
            ),
        ),
    }];
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    findings.extend(time::against("clock of the login service", &address).await);
    findings
}
