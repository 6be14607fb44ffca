//! Reading from services without an SDK crate each (decision 0006): one signed caller and a table of operations.
//!
//! Each SDK crate costs minutes of building, and a check wants one or two read operations of fifteen services. What an
//! SDK does for a call (signing, retries, time-outs, identity, interceptors) is done here by the same runtime the SDKs
//! use; only the shapes of requests and answers are ours, as JSON. An operation that is not in [`OPERATIONS`] cannot be
//! called, and nothing in it changes anything.

mod operations;
mod protocol;
mod xml;

use std::{fmt, sync::Arc};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::{
    auth::{
        SigV4OperationSigningConfig,
        sigv4::{SCHEME_ID, SigV4AuthScheme},
    },
    retries::classifiers::AwsErrorCodeClassifier,
};
use aws_smithy_async::{rt::sleep::SharedAsyncSleep, time::SharedTimeSource};
use aws_smithy_runtime::client::{
    orchestrator::operation::Operation as Call,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::client::{
    auth::{
        AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
        static_resolver::StaticAuthSchemeOptionResolver,
    },
    http::SharedHttpClient,
    identity::{SharedIdentityCache, SharedIdentityResolver},
    orchestrator::{OrchestratorError, SensitiveOutput},
    runtime_components::RuntimeComponentsBuilder,
    runtime_plugin::StaticRuntimePlugin,
};
use aws_smithy_types::{config_bag::Layer, error::ErrorMetadata, retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{
    SigningName,
    region::{Region, SigningRegion},
    request_id::RequestId as _,
};
use serde_json::Value;

use crate::ports::{AwsError, AwsErrorKind, Target};

use super::{Aws, World, meter::Counter};
use protocol::Protocol;

pub(super) use operations::*;

/// A JSON document and the id of the request it answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) value: Value,
    pub(super) request_id: Option<String>,
}

/// The bytes of an answer. `Debug` never shows them: among them are secrets.
pub(super) struct Received {
    pub(super) body: Vec<u8>,
    pub(super) request_id: Option<String>,
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Received({} bytes)", self.body.len())
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        self.body.fill(0);
    }
}

/// What the calls of one target have in common.
pub(super) struct Caller {
    pub(super) http: SharedHttpClient,
    pub(super) credentials: Option<SharedCredentialsProvider>,
    pub(super) identities: Option<SharedIdentityCache>,
    pub(super) retry: RetryConfig,
    pub(super) timeout: TimeoutConfig,
    pub(super) time: Option<SharedTimeSource>,
    pub(super) sleep: Option<SharedAsyncSleep>,
}

impl Aws {
    /// Calls an operation and reads its answer. Paging, where there is any, is the caller's.
    pub(super) async fn read(
        &self,
        target: &Target,
        operation: &'static ReadOperation,
        input: &Value,
    ) -> Result<Answer, AwsError> {
        let received = self.receive(target, operation, input).await?;
        let value = operation.protocol.read(operation.name(), &received.body).map_err(|why| AwsError {
            operation: operation.id.to_owned(),
            kind: AwsErrorKind::Service,
            message: format!("the answer could not be read: {why}"),
            request_id: received.request_id.clone(),
        })?;
        Ok(Answer { value, request_id: received.request_id.clone() })
    }

    pub(super) async fn receive(
        &self,
        target: &Target,
        operation: &'static ReadOperation,
        input: &Value,
    ) -> Result<Received, AwsError> {
        let connection = self.turn(target, operation.id).await?;
        let region = operation.region.unwrap_or(&target.region);
        let call = self.call(&connection.caller, target, operation, region);
        let input = operation.protocol.request(operation, input);
        super::answer(operation.id, call.invoke(input).await)
    }

    fn call(
        &self,
        caller: &Caller,
        target: &Target,
        operation: &'static ReadOperation,
        region: &str,
    ) -> Call<protocol::Parts, Received, ErrorMetadata> {
        let endpoint = match &self.inner.options.world {
            World::Endpoint { url, .. } => url.trim_end_matches('/').to_owned(),
            World::Default | World::Sandbox(_) => operation.endpoint(region),
        };
        let counter = Counter {
            meter: self.inner.meter.clone(),
            account: target.account.clone().unwrap_or_default(),
            region: region.to_owned(),
            service: operation.service(),
        };
        let mut builder = Call::builder()
            .service_name(operation.service())
            .operation_name(operation.name())
            .http_client(caller.http.clone())
            .endpoint_url(&endpoint)
            .standard_retry(&caller.retry)
            .timeout_config(caller.timeout.clone())
            .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
            .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .interceptor(counter)
            .runtime_plugin(signing(caller, operation, region));
        if let Some(sleep) = &caller.sleep {
            builder = builder.sleep_impl(sleep.clone());
        }
        if let Some(time) = &caller.time {
            builder = builder.time_source(time.clone());
        }
        builder
            .serializer(protocol::Parts::into_request)
            .deserializer(move |response| {
                let request_id = response.headers().request_id().map(str::to_owned);
                let body = response.body().bytes().unwrap_or_default();
                if response.status().is_success() {
                    return Ok(Received { body: body.to_vec(), request_id });
                }
                Err(OrchestratorError::operation(operation.protocol.failure(response.headers(), body)))
            })
            .build()
    }
}

fn signing(caller: &Caller, operation: &ReadOperation, region: &str) -> StaticRuntimePlugin {
    let signing = SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(Region::new(region.to_owned()))),
        name: Some(SigningName::from(operation.signing_name)),
        ..SigV4OperationSigningConfig::default()
    };
    let mut layer = Layer::new("signing");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(signing);
    if operation.is_sensitive {
        // Keeps the runtime from logging the answer, at whatever level.
        layer.store_put(SensitiveOutput);
    }
    let mut components = RuntimeComponentsBuilder::new("signing")
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )))
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_identity_cache(caller.identities.clone());
    if let Some(credentials) = &caller.credentials {
        components = components.with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(credentials.clone()));
    }
    StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
}

impl Caller {
    pub(super) fn of(config: &aws_config::SdkConfig, http: &SharedHttpClient) -> Arc<Self> {
        Arc::new(Self {
            http: http.clone(),
            credentials: config.credentials_provider(),
            identities: config.identity_cache(),
            retry: config.retry_config().cloned().unwrap_or_else(RetryConfig::standard),
            timeout: config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled),
            time: config.time_source(),
            sleep: config.sleep_impl(),
        })
    }
}
