//! The adapters: how the ports of [`crate::ports`] reach CloudFormation, S3 and STS.
//!
//! SDK types live only below this module. Real AWS, an emulator over HTTP and the in-process [`crate::sandbox`] run the
//! very same code: signing, retries, paging and parsing are the SDK's in all three, and a [`World`] only decides how the
//! `SdkConfig` beneath is built ([`connection`]).
//!
//! What belongs here: one call (with its pages) and what its answer or failure means in our words. What does not:
//! deciding whether a call should be made, trying again later, remembering answers. Those are the workers'.
//!
//! Every call goes the same way: the target's account is verified once ([`identity`]), the budget of its API is waited
//! for ([`budget`]), the SDK makes up to three attempts, each of which is counted ([`meter`]), and a failure is put into
//! one of the kinds of [`crate::ports::AwsErrorKind`] ([`error`]).

mod assets;
mod budget;
mod call;
mod changes;
mod connection;
mod error;
mod identity;
mod inspect;
mod meter;
mod stacks;
mod templates;

use std::{collections::HashMap, fmt, num::NonZeroU32, sync::Arc, time::Duration};

use app::ports::Clock;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use tokio::sync::{Mutex, OnceCell};

pub use meter::{CallCount, CallMeter};

use crate::{
    config::Secret,
    ports::{AwsError, Target},
    sandbox,
};
use budget::Budgets;
use connection::Connection;

/// Which AWS the calls reach.
#[derive(Clone)]
pub enum World {
    /// The real one; credentials from the usual chain (environment, profile, SSO, container, instance).
    Default,
    /// An emulator: path-style S3, fixed credentials, a role is assumed only where the target names one.
    Endpoint { url: String, access_key_id: String, secret: Secret },
    /// Our own, in this process.
    Sandbox(Arc<sandbox::World>),
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("Default"),
            Self::Endpoint { url, access_key_id, .. } => write!(f, "Endpoint({url} as {access_key_id})"),
            Self::Sandbox(_) => f.write_str("Sandbox"),
        }
    }
}

/// How calls are made. [`AwsOptions::new`] has the values for production.
#[derive(Clone)]
pub struct AwsOptions {
    pub world: World,
    pub clock: Arc<dyn Clock>,
    /// Establishing a connection, TLS included.
    pub connect_timeout: Duration,
    /// Until the first byte of an answer.
    pub read_timeout: Duration,
    /// One attempt.
    pub attempt_timeout: Duration,
    /// One call with all its attempts and the waiting between them.
    pub call_timeout: Duration,
    /// Sending an object, in place of `read_timeout`, `attempt_timeout` and `call_timeout`.
    pub upload_timeout: Duration,
    /// Upper bound of the first wait between two attempts; doubles, at most 20 s.
    pub initial_backoff: Duration,
    /// Sustained `CloudFormation` calls per second, per account, region and API.
    pub calls_per_second: NonZeroU32,
    /// Calls that may be made at once before the rate applies.
    pub burst: NonZeroU32,
    /// How long a call may wait for its turn before it is given up as throttled, without having been sent.
    pub budget_wait: Duration,
}

impl AwsOptions {
    /// Four calls a second with bursts of eight stay under the five a second users report for `DescribeStacks`, whose
    /// quota AWS does not publish, and leave room for a person working beside Lockkeeper.
    pub fn new(world: World, clock: Arc<dyn Clock>) -> Self {
        const FOUR: NonZeroU32 = NonZeroU32::MIN.saturating_add(3);
        const EIGHT: NonZeroU32 = NonZeroU32::MIN.saturating_add(7);
        Self {
            world,
            clock,
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(20),
            attempt_timeout: Duration::from_secs(25),
            call_timeout: Duration::from_secs(90),
            upload_timeout: Duration::from_mins(10),
            initial_backoff: Duration::from_secs(1),
            calls_per_second: FOUR,
            burst: EIGHT,
            budget_wait: Duration::from_secs(30),
        }
    }
}

/// All adapters; cheap to clone.
#[derive(Clone)]
pub struct Aws {
    inner: Arc<Inner>,
}

struct Inner {
    options: AwsOptions,
    http: connection::Http,
    base: OnceCell<aws_config::SdkConfig>,
    connections: Mutex<HashMap<Target, Arc<OnceCell<Arc<Connection>>>>>,
    budgets: Budgets,
    meter: Arc<CallMeter>,
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Aws({:?})", self.inner.options.world)
    }
}

impl Aws {
    /// Builds nothing that needs the network: connections are made by the first call of each target.
    pub fn new(options: AwsOptions) -> Self {
        let http = connection::http(&options.world);
        let budgets = Budgets::new(&options);
        let meter = Arc::new(CallMeter::new(options.clock.clone()));
        Self {
            inner: Arc::new(Inner {
                options,
                http,
                base: OnceCell::new(),
                connections: Mutex::new(HashMap::new()),
                budgets,
                meter,
            }),
        }
    }

    /// What was called since the last `drain`.
    pub fn meter(&self) -> &CallMeter {
        &self.inner.meter
    }

    /// The clients of a target, with the account verified and a turn of the API's budget taken.
    async fn turn(&self, target: &Target, operation: &'static str) -> Result<Arc<Connection>, AwsError> {
        let connection = self.connection(target).await;
        self.verify(target, &connection).await?;
        self.inner.budgets.take(target, operation).await?;
        Ok(connection)
    }
}

/// Turns an SDK result into ours; `operation` is `service:Operation`.
fn answer<T, E>(operation: &'static str, result: Result<T, SdkError<E, HttpResponse>>) -> Result<T, AwsError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    result.map_err(|failure| error::from_sdk(operation, &failure))
}
