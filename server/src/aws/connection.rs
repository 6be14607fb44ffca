//! How the `SdkConfig` of a target is built, once per target: the one place where real AWS, an emulator and the sandbox
//! differ.

use std::{sync::Arc, time::SystemTime};

use app::ports::Clock;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig, identity::IdentityCache, sts::AssumeRoleProvider};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::{
    rt::sleep::{SharedAsyncSleep, TokioSleep},
    time::{SharedTimeSource, TimeSource},
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use tokio::sync::OnceCell;

use crate::ports::Target;

use super::{Aws, AwsOptions, World, call::Caller, meter::Counter};

pub(super) type Http = SharedHttpClient;

/// One TLS stack for everything that leaves the process; the sandbox answers in place of the network.
pub(super) fn http(world: &World) -> Http {
    match world {
        World::Sandbox(world) => world.http_client(),
        World::Default | World::Endpoint { .. } => {
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
        }
    }
}

/// The clients of one target. They share one credentials cache, which renews an assumed role before it expires.
pub(super) struct Connection {
    pub(super) stacks: aws_sdk_cloudformation::Client,
    pub(super) objects: aws_sdk_s3::Client,
    pub(super) identity: aws_sdk_sts::Client,
    /// For services without an SDK crate.
    pub(super) caller: Arc<Caller>,
    /// Set once the account was seen to be the target's.
    pub(super) verified: OnceCell<()>,
}

impl Aws {
    pub(super) async fn connection(&self, target: &Target) -> Arc<Connection> {
        let cell = {
            let mut connections = self.inner.connections.lock().await;
            connections.entry(target.clone()).or_default().clone()
        };
        cell.get_or_init(|| async { Arc::new(self.connect(target).await) }).await.clone()
    }

    async fn connect(&self, target: &Target) -> Connection {
        let base = self.inner.base.get_or_init(|| base(&self.inner.options, self.inner.http.clone())).await;
        let region = Region::new(target.region.clone());
        let mut config = base.to_builder().region(region.clone()).identity_cache(IdentityCache::lazy().build()).build();
        if let Some(role) = &target.role_arn {
            let mut builder = AssumeRoleProvider::builder(role)
                .configure(&config)
                .region(region)
                .session_name(session_name(&target.application, &target.environment));
            if let Some(id) = &target.external_id {
                builder = builder.external_id(id);
            }
            let provider = SharedCredentialsProvider::new(builder.build().await);
            config = config.to_builder().credentials_provider(provider).build();
        }
        let counter = |service| Counter {
            meter: self.inner.meter.clone(),
            account: target.account.clone().unwrap_or_default(),
            region: target.region.clone(),
            service,
        };
        let stacks = aws_sdk_cloudformation::config::Builder::from(&config).interceptor(counter("cloudformation"));
        // Emulators have no bucket host names; the template URLs we hand out are path-style as well.
        let path_style = !matches!(self.inner.options.world, World::Default);
        let objects =
            aws_sdk_s3::config::Builder::from(&config).interceptor(counter("s3")).force_path_style(path_style);
        let identity = aws_sdk_sts::config::Builder::from(&config).interceptor(counter("sts"));
        Connection {
            stacks: aws_sdk_cloudformation::Client::from_conf(stacks.build()),
            objects: aws_sdk_s3::Client::from_conf(objects.build()),
            identity: aws_sdk_sts::Client::from_conf(identity.build()),
            caller: Caller::of(&config, &self.inner.http),
            verified: OnceCell::new(),
        }
    }
}

/// What all targets have in common, credentials included.
async fn base(options: &AwsOptions, http: Http) -> SdkConfig {
    let retry = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(options.initial_backoff);
    let timeout = TimeoutConfig::builder()
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        .operation_attempt_timeout(options.attempt_timeout)
        .operation_timeout(options.call_timeout)
        .build();
    let time = SharedTimeSource::new(Now(options.clock.clone()));
    let fixed = match &options.world {
        World::Default => {
            let loader = aws_config::defaults(BehaviorVersion::latest())
                .http_client(http)
                .retry_config(retry)
                .timeout_config(timeout)
                .time_source(time);
            let loader = match app_name() {
                Some(name) => loader.app_name(name),
                None => loader,
            };
            return loader.load().await;
        }
        World::Endpoint { access_key_id, secret, .. } => {
            Credentials::new(access_key_id, secret.expose(), None, None, "endpoint")
        }
        World::Sandbox(world) => Credentials::new(world.access_key_id(), "sandbox", None, None, "sandbox"),
    };
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(retry)
        .timeout_config(timeout)
        .time_source(time)
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .credentials_provider(SharedCredentialsProvider::new(fixed));
    builder.set_app_name(app_name());
    if let World::Endpoint { url, .. } = &options.world {
        builder.set_endpoint_url(Some(url.clone()));
    }
    builder.build()
}

fn app_name() -> Option<AppName> {
    AppName::new("lockkeeper").ok()
}

/// Signatures and the expiry of credentials follow the process's clock like everything else.
struct Now(Arc<dyn Clock>);

impl std::fmt::Debug for Now {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Now")
    }
}

impl TimeSource for Now {
    fn now(&self) -> SystemTime {
        self.0.now().into()
    }
}

/// What `CloudTrail` shows as the caller: 2 to 64 characters of `[\w+=,.@-]`.
fn session_name(application: &str, environment: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    format!("lockkeeper-{application}-{environment}")
        .chars()
        .map(|c| if allowed(c) { c } else { '-' })
        .take(64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_names_are_what_sts_accepts() {
        assert_eq!(session_name("Trivia NFT", "staging/eu"), "lockkeeper-Trivia-NFT-staging-eu");
        assert_eq!(session_name(&"x".repeat(100), "p").len(), 64);
    }
}
