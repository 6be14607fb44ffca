//! An AWS of our own: deterministic, in process, below the SDK.
//!
//! The adapters sign and send what they would send to AWS; [`connector`] takes the HTTP request in place of the network
//! and answers real XML. Demo, service tests and production therefore run the same code. Accounts and regions come from
//! the signature, state lives in [`state`], time from the clock that was handed in, and every execution of a change set
//! is worked out in full when it begins ([`execution`]), so that a request only has to look which events are due.
//!
//! `CloudFormation` keeps the stacks. What every other service says is worked out of them ([`inventory`]): a stack's
//! template decides what exists, so that a deployment changes what checks see. What no template has (traffic, costs,
//! people's answers) is handed in from outside ([`outside`]) as series that depend on time and on nothing else. The
//! protocols of the services are those of the wire ([`protocol`]).
//!
//! It answers only the operations in [`session::OPERATIONS`] and refuses others by name. The adapter tests hold the same
//! conversation with it and with an emulator, so that it cannot drift into wishful thinking. Where it goes beyond the
//! emulator (a missing export fails the change set, capabilities are enforced, before and after values, throttling) it
//! follows the CloudFormation API reference and messages seen from AWS.
//!
//! What belongs here: what AWS would say. What does not: names of any application (seeds come from outside).
//!
//! Known to be simpler than AWS: templates are JSON, only properties in a short table force a replacement, no nested
//! stacks, no macros, no stack policies, no retained resources, SSM parameter types keep their name as value, and a
//! resource that reads an attribute of a changed one is listed only when that one is replaced (AWS and the emulator list
//! it as a possible change). Metrics are one value a minute, percentiles follow from it by a formula, and the average of a
//! count is that of its minutes. Filter patterns of logs are terms, metric math is arithmetic and `FILL`, costs are
//! filtered by tag and service.

mod alarms;
mod caches;
mod change_sets;
mod cloud_control;
mod connector;
mod controls;
mod costs;
mod databases;
mod diff;
mod distributions;
mod drift;
mod execution;
mod expression;
mod faults;
mod firewall;
mod functions;
mod identity;
mod inventory;
mod logs;
mod metric_data;
mod metrics;
mod naming;
mod objects;
mod outside;
mod protocol;
mod published;
mod request;
mod resolver;
mod resources;
mod secrets;
mod seed;
mod seeding;
mod series;
mod session;
mod stacks;
mod state;
mod template;
mod timing;
mod topics;
mod xml;

use std::{
    collections::BTreeMap,
    fmt,
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use app::ports::Clock;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use jiff::{SignedDuration, Timestamp};

pub use faults::Fault;
pub use outside::{
    BudgetSeed, CostSeed, DetectorSeed, LogSeed, MetricSeed, SecretSeed, Seeds, Series, SubscriptionSeed, TrailSeed,
};

use connector::Connector;
use faults::Faults;
use inventory::Inventories;
use request::{Refusal, Request, access_key};
use session::Session;
use state::{Bucket, Doom, State};

#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// Account of the process's own credentials, twelve digits. Roles lead to others.
    pub account: String,
    /// How many times faster than [`timing`] says things go.
    pub speed: f64,
    /// Where outputs that hold the address of an API or a distribution lead, as `<site_url>/<stack name>/…`.
    pub site_url: Option<String>,
    /// Written after every change, so that the world survives the process.
    pub file: Option<PathBuf>,
}

impl SandboxOptions {
    pub fn new(account: impl Into<String>) -> Self {
        Self { account: account.into(), speed: 1.0, site_url: None, file: None }
    }

    /// Guarded against a zero that would stop time.
    fn speed(&self) -> f64 {
        self.speed.max(0.001)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("{0}")]
    Refused(String),
    #[error("{path} could not be read: {reason}; move it away to begin with an empty world")]
    Unreadable { path: String, reason: String },
}

impl From<Refusal> for SandboxError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.message)
    }
}

/// The whole world. Share it by `Arc`; everything takes `&self`.
pub struct World {
    options: SandboxOptions,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    faults: Faults,
    inventories: Inventories,
    /// Numbers request ids. Not part of the state: how often somebody asked must not change what is made.
    asked: AtomicU64,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "World(account {})", self.options.account)
    }
}

impl World {
    /// An empty world.
    pub fn new(options: SandboxOptions, clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::with(State::default(), options, clock)
    }

    /// The world in `options.file`, or an empty one where there is no such file.
    pub fn open(options: SandboxOptions, clock: Arc<dyn Clock>) -> Result<Arc<Self>, SandboxError> {
        let Some(path) = options.file.clone() else { return Ok(Self::new(options, clock)) };
        let unreadable = |reason: String| SandboxError::Unreadable { path: path.display().to_string(), reason };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::from_json(&text, options, clock).map_err(|error| unreadable(error.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::new(options, clock)),
            Err(error) => Err(unreadable(error.to_string())),
        }
    }

    pub fn from_json(
        text: &str,
        options: SandboxOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, serde_json::Error> {
        Ok(Self::with(serde_json::from_str(text)?, options, clock))
    }

    fn with(state: State, options: SandboxOptions, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            options,
            clock,
            state: Mutex::new(state),
            faults: Faults::default(),
            inventories: Inventories::default(),
            asked: AtomicU64::new(0),
        })
    }

    /// Everything but faults that still wait.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&*self.lock())
    }

    /// What the process's own calls are signed with here.
    pub fn access_key_id(&self) -> String {
        access_key("AKIA", &self.options.account)
    }

    /// What to build an `SdkConfig` with.
    pub fn http_client(self: &Arc<Self>) -> SharedHttpClient {
        SharedHttpClient::new(Connector(self.clone()))
    }

    /// The time in this world.
    pub fn now(&self) -> Timestamp {
        self.clock.now() + SignedDuration::from_millis(self.lock().advanced_ms)
    }

    /// Lets time pass here that did not pass outside.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.advanced_ms = state.advanced_ms.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
        self.keep(&state);
    }

    /// Whether nothing was seeded or made yet.
    pub fn is_empty(&self) -> bool {
        let state = self.lock();
        state.buckets.is_empty() && state.places.values().all(|place| place.stacks.is_empty())
    }

    /// A stack that is `CREATE_COMPLETE` from the start. Stacks it imports from must have been seeded before.
    pub fn seed_stack(
        &self,
        account: &str,
        region: &str,
        stack_name: &str,
        template_json: &str,
        parameters: &BTreeMap<String, String>,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), SandboxError> {
        let request = Request::seed(account, region);
        let seeded = self.session(&request, |session| {
            let seeded = seed::stack(session, stack_name, template_json, parameters, tags);
            (seeded.is_ok(), seeded)
        });
        Ok(seeded?)
    }

    /// A bucket without objects; an existing one stays as it is.
    pub fn seed_bucket(&self, account: &str, name: &str) {
        let mut state = self.lock();
        let bucket = Bucket { account: account.to_owned(), objects: BTreeMap::new() };
        state.buckets.entry(name.to_owned()).or_insert(bucket);
        self.keep(&state);
    }

    /// The next execution that touches this resource fails there and is rolled back.
    pub fn fail_resource(&self, stack_name: &str, logical_id: &str, reason: &str) {
        let mut state = self.lock();
        state.dooms.push(Doom {
            stack_name: stack_name.to_owned(),
            logical_id: logical_id.to_owned(),
            reason: reason.to_owned(),
        });
        self.keep(&state);
    }

    /// The next `times` requests of an operation (`CreateChangeSet`; `*` for any) meet this fault. Attempts of the SDK
    /// count one by one.
    pub fn inject(&self, fault: Fault, operation: &str, times: u32) {
        self.faults.inject(fault, operation, times);
    }

    fn request_id(&self, operation: &str) -> String {
        naming::uuid(&[operation, &self.asked.fetch_add(1, Ordering::Relaxed).to_string()])
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the world up to now and lets `work` look at it; the first of its two answers says whether it changed
    /// anything worth keeping.
    fn session<T>(&self, request: &Request, work: impl FnOnce(&mut Session<'_>) -> (bool, T)) -> T {
        let mut state = self.lock();
        let now = self.clock.now() + SignedDuration::from_millis(state.advanced_ms);
        state.places.values_mut().for_each(|place| place.settle(now));
        let inventories = &self.inventories;
        let mut session = Session { state: &mut state, request, options: &self.options, now, inventories };
        let (changed, answer) = work(&mut session);
        if changed {
            self.keep(&state);
        }
        answer
    }

    /// A world that cannot be written goes on in memory, and says so.
    fn keep(&self, state: &State) {
        let Some(path) = &self.options.file else { return };
        if let Err(error) = write(path, state) {
            let path = path.display();
            tracing::error!(%path, %error, "the sandbox could not be written; it will be lost when the process ends");
        }
    }
}

/// Beside it first, then in its place: whoever reads sees the old world or the new one.
fn write(path: &Path, state: &State) -> io::Result<()> {
    let beside = path.with_extension("tmp");
    let mut file = File::create(&beside)?;
    file.write_all(&serde_json::to_vec(state)?)?;
    file.sync_all()?;
    std::fs::rename(beside, path)
}
