//! Puts the product together. The only file that names concrete adapters.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use app::ports::{Clock, Ports};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    auth::audit::DatabaseAuthAudit,
    aws::{Aws, AwsOptions, World},
    blueprint::Library,
    clock::{SystemClock, new_id},
    config::Config,
    db::{
        self, Db, DbError, Engine,
        lock::{LockError, ProcessLock},
    },
    duties::{self, Blueprints, Occasion},
    evidence::{Exports, InstanceKey},
    http,
    live::{LiveHub, Replicas},
    ports::{AssetPort, IdentityPort, StackPort, TemplatePort},
    services::Services,
    uploads::Uploads,
    workers::{HttpProbe, ProbeOptions, Rhythm, Workers},
};

/// After a shutdown was asked for, running requests and workers have this long.
const GRACE: Duration = Duration::from_secs(20);

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the folder {path} cannot be used")]
    Folder { path: String, source: std::io::Error },
    #[error("this data cannot be used")]
    Locked(#[from] LockError),
    #[error("the database cannot be opened")]
    Database(#[from] DbError),
    #[error("the database cannot be migrated")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("{address} cannot be listened on")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("evidence cannot be signed")]
    Evidence(#[from] crate::evidence::key::KeyError),
    #[error("the login client cannot be built")]
    Login(#[from] crate::auth::oidc::OidcError),
}

/// What differs between production, demo and tests.
pub struct StartOptions {
    pub world: World,
    pub clock: Arc<dyn Clock>,
    pub rhythm: Rhythm,
    pub probe: ProbeOptions,
    /// Used instead of the configured address where it is already bound.
    pub listener: Option<TcpListener>,
    pub metrics: Option<PrometheusHandle>,
    /// Whether this is only looked at: the demo.
    pub is_showroom: bool,
}

impl StartOptions {
    /// Production: the AWS the configuration names, at its rhythm.
    pub fn from_config(config: &Config) -> Self {
        let world = match (&config.aws.endpoint_url, &config.aws.emulator_credentials) {
            (Some(url), Some(credentials)) => World::Endpoint {
                url: url.to_string(),
                access_key_id: credentials.access_key_id.clone(),
                secret: credentials.secret_access_key.clone(),
            },
            _ => World::Default,
        };
        Self {
            probe: ProbeOptions { allow_private_addresses: config.aws.endpoint_url.is_some() },
            world,
            clock: Arc::new(SystemClock),
            rhythm: Rhythm {
                poll_fast: Duration::from_secs(config.aws.poll_fast_secs),
                poll_slow: Duration::from_secs(config.aws.poll_slow_secs),
                ..Rhythm::default()
            },
            listener: None,
            metrics: None,
            is_showroom: false,
        }
    }
}

/// A running server.
pub struct Running {
    pub address: SocketAddr,
    pub services: Services,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    db: Db,
    blueprints: Arc<Blueprints>,
    /// Keeps other processes off a SQLite database for as long as this one runs.
    _lock: Option<ProcessLock>,
}

impl Running {
    /// Asks everything to stop.
    pub fn shutdown(&self) {
        self.shutdown.cancel();
    }

    pub fn shutdown_token(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Reads the blueprints at once; one that is wrong keeps its last good version.
    pub async fn reload_blueprints(&self) {
        if let Err(error) = self.blueprints.read_again(Occasion::Signal).await {
            tracing::error!(error, "the blueprints could not be read again");
        }
    }

    /// Waits until everything has stopped; what does not stop in time is left to the next start.
    pub async fn stopped(self) {
        self.shutdown.cancelled().await;
        self.tasks.close();
        if tokio::time::timeout(GRACE, self.tasks.wait()).await.is_err() {
            tracing::warn!("some work did not stop in time; it goes on where it was at the next start");
        }
        self.db.close().await;
    }
}

/// What commands that only look at an account need.
pub fn readers(world: World) -> (Arc<dyn StackPort>, Arc<dyn TemplatePort>) {
    let aws = Aws::new(AwsOptions::new(world, Arc::new(SystemClock)));
    (Arc::new(aws.clone()), Arc::new(aws))
}

/// Opens and migrates the configured database.
///
/// # Errors
/// When the data folder or the database cannot be used.
pub async fn open_database(config: &Config) -> Result<Db, StartError> {
    make_folders(config)?;
    let db = Db::connect(config.database.url.expose()).await?;
    db.migrate().await?;
    Ok(db)
}

fn make_folders(config: &Config) -> Result<(), StartError> {
    for path in [&config.data_dir, &config.blueprints_dir] {
        std::fs::create_dir_all(path)
            .map_err(|source| StartError::Folder { path: path.display().to_string(), source })?;
    }
    Ok(())
}

/// Alone on a SQLite database, everything others held is a dead process's: work goes on at once.
async fn take_over(db: &Db, owner: &str) -> Result<(), DbError> {
    let mut tx = db.write().await?;
    let held = db::leases::release_others(&mut tx, owner).await?;
    tx.commit().await?;
    if held > 0 {
        tracing::info!(leases = held, "going on where a process before this one was stopped");
    }
    Ok(())
}

/// Starts everything: database, workers, listeners.
///
/// # Errors
/// When something it stands on is missing. Nothing keeps running then.
pub async fn start(config: Config, options: StartOptions) -> Result<Running, StartError> {
    let config = Arc::new(config);
    let clock = options.clock.clone();
    make_folders(&config)?;
    // Before anything is read or migrated: another process may be in the middle of something.
    let lock = ProcessLock::take(config.database.url.expose())?;
    let db = open_database(&config).await?;
    let owner = new_id(clock.now()).to_string();
    if lock.is_some() {
        take_over(&db, &owner).await?;
    }
    let library = Arc::new(Library::open(&config.blueprints_dir));
    for problem in library.problems() {
        tracing::warn!(problem, "a blueprint cannot be used");
    }
    let (live, outbox) = match db.engine() {
        Engine::Sqlite => (LiveHub::new(), None),
        Engine::Postgres => {
            let (live, outbox) = LiveHub::shared();
            (live, Some(outbox))
        }
    };
    let services = Services {
        db: db.clone(),
        blueprints: library.clone(),
        clock: clock.clone(),
        live: live.clone(),
        work: Arc::new(Notify::new()),
        stale_after_secs: stale_after_secs(options.rhythm),
    };
    let mut aws_options = AwsOptions::new(options.world, clock.clone());
    if let Ok(rate) = config.aws.calls_per_second.try_into() {
        aws_options.calls_per_second = rate;
    }
    let aws = Aws::new(aws_options);
    let shutdown = CancellationToken::new();
    let exports = evidence(&config, &services).await?;
    let state = http::AppState::new(http::Parts {
        config: config.clone(),
        db: db.clone(),
        clock: clock.clone(),
        ports: Ports { reads: Arc::new(services.clone()), acts: Arc::new(services.clone()), clock: clock.clone() },
        live,
        live_access: Arc::new(services.clone()),
        audit: Arc::new(DatabaseAuthAudit { db: db.clone(), clock: clock.clone() }),
        uploads: Arc::new(Uploads::new(services.clone(), config.server.upload_limit_bytes)),
        evidence: Arc::new(exports),
        shutdown: shutdown.clone(),
    })?
    .as_showroom(options.is_showroom);
    let listener = match options.listener {
        Some(listener) => listener,
        None => bind(config.server.listen).await?,
    };
    let address =
        listener.local_addr().map_err(|source| StartError::Listen { address: config.server.listen, source })?;
    let metrics_listener = match (config.server.metrics_listen, &options.metrics) {
        (Some(address), Some(_)) => Some(bind(address).await?),
        _ => None,
    };

    let blueprints = Arc::new(Blueprints::new(library, services.clone()));
    let tasks = TaskTracker::new();
    let workers = Workers {
        services: services.clone(),
        stacks: Arc::new(aws.clone()) as Arc<dyn StackPort>,
        assets: Arc::new(aws.clone()) as Arc<dyn AssetPort>,
        identity: Arc::new(aws.clone()) as Arc<dyn IdentityPort>,
        probe: HttpProbe::new(options.probe),
        rhythm: options.rhythm,
        owner: owner.clone(),
        duties: duties::all(&db, &state.sessions, &aws, &blueprints),
    };
    tasks.spawn(workers.run(shutdown.clone()));
    if let Some(outbox) = outbox {
        let (hub, work) = (services.live.clone(), services.work.clone());
        let replicas = Replicas { hub, outbox, db: db.clone(), url: config.database.url.clone(), owner, work };
        tasks.spawn(replicas.run(shutdown.clone()));
    }
    let service = http::router(&state).into_make_service_with_connect_info::<SocketAddr>();
    tasks.spawn(serve(axum::serve(listener, service).with_graceful_shutdown(shutdown.clone().cancelled_owned())));
    if let (Some(listener), Some(handle)) = (metrics_listener, options.metrics) {
        let service = http::metrics_router(handle).into_make_service();
        let stop = shutdown.clone().cancelled_owned();
        tasks.spawn(serve(axum::serve(listener, service).with_graceful_shutdown(stop)));
    }
    tracing::info!(%address, "listening");
    Ok(Running { address, services, shutdown, tasks, db, blueprints, _lock: lock })
}

/// The exports of evidence with this server's key. Replicas with different keys are said out loud: each would sign its
/// own bundles, and an auditor would have to know all of them.
async fn evidence(config: &Config, services: &Services) -> Result<Exports, StartError> {
    let key = InstanceKey::open(config)?;
    let fingerprint = key.public().fingerprint().to_string();
    let now = services.clock.now();
    let mut connection = services.db.read().await?;
    for other in db::evidence_keys::list(&mut connection).await?.iter().filter(|k| k.fingerprint != fingerprint) {
        tracing::warn!(
            evidence.key = %fingerprint, evidence.other_key = %other.fingerprint, last_seen_at = %other.last_seen_at,
            "evidence was also signed with another key. Give every replica the same `evidence.signing_key_file`; after a \
             deliberate change this is as it should be, and bundles of before are checked with the key of before"
        );
    }
    db::evidence_keys::remember(&mut connection, &fingerprint, &key.public().pem(), now).await?;
    drop(connection);
    let instance = config.server.public_url.as_str().trim_end_matches('/').to_owned();
    Ok(Exports::new(services.clone(), key, instance))
}

async fn serve(server: impl IntoFuture<Output = std::io::Result<()>>) {
    if let Err(error) = server.await {
        tracing::error!(error = &error as &dyn std::error::Error, "a listener broke");
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

/// A snapshot is stale when three looks in a row did not bring a newer one.
fn stale_after_secs(rhythm: Rhythm) -> i64 {
    i64::try_from(rhythm.poll_slow.as_secs()).unwrap_or(i64::MAX / 4).max(5) * 3
}
