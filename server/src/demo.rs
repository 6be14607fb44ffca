//! `lockkeeper demo`: the product with a made-up AWS account, a made-up login service and five people to be.
//!
//! Only what lies outside the product is made up, and it is reached the way the real thing is: the sandbox answers
//! signed SDK requests, the login service speaks OpenID Connect over HTTP. Everything listens on loopback.

mod history;
mod seed;
mod site;

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{
        demo_provider::{DemoClient, DemoProvider, PERSONAS},
        random_text,
    },
    aws::World,
    checks::ProbeOptions,
    cli::{Failure, say, serve::until_asked_to_stop},
    clock::SystemClock,
    config::{Config, Secret},
    sandbox::{self, SandboxOptions},
    startup::{StartOptions, start},
    telemetry,
    workers::Rhythm,
};

use app::ports::Clock as _;
use history::Past;

/// The account of the shipped example.
const ACCOUNT: &str = "123456789012";
const CLIENT_ID: &str = "lockkeeper-demo";

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where the demo keeps its database and its made-up account.
    #[arg(long, default_value = "lockkeeper-demo")]
    data_dir: PathBuf,
    /// Begins anew.
    #[arg(long)]
    fresh: bool,
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// How many times faster than real the made-up account works.
    #[arg(long, default_value_t = 4.0)]
    speed: f64,
}

pub async fn run(args: DemoArgs) -> Result<(), Failure> {
    if args.fresh && args.data_dir.join(MARKER).exists() {
        fs::remove_dir_all(&args.data_dir)?;
    }
    fs::create_dir_all(args.data_dir.join("blueprints"))?;
    fs::write(args.data_dir.join(MARKER), "A folder of `lockkeeper demo`; it may be deleted.\n")?;
    let clock = Arc::new(SystemClock);
    let listener = bind(args.port).await?;
    let address = listener.local_addr()?;
    let base = format!("http://{address}");
    let site_listener = bind_as_before(&args.data_dir, "site").await?;
    let site_url = format!("http://{}", site_listener.local_addr()?);
    let client = DemoClient {
        client_id: CLIENT_ID.to_owned(),
        client_secret: Secret::new(random_text()),
        redirect_uri: format!("{base}/login/callback"),
        post_logout_redirect_uri: format!("{base}/logged-out"),
    };
    let secret = client.client_secret.clone();
    let provider = DemoProvider::new(bind_as_before(&args.data_dir, "login").await?, client, clock.clone())?;
    let config = configuration(&args.data_dir, address, provider.issuer(), &secret)?;
    telemetry::start_logging(&config.log)?;

    let blueprint = args.data_dir.join("blueprints").join(seed::BLUEPRINT_FILE);
    if !blueprint.exists() {
        fs::write(&blueprint, seed::BLUEPRINT)?;
    }
    // Checks of the past ask the example site, too.
    let shutdown = CancellationToken::new();
    let helpers = tokio_util::task::TaskTracker::new();
    helpers.spawn(watch("example site", site::run(site_listener, shutdown.clone())));
    let assemblies = seed::unpack(&args.data_dir)?;
    let account_file = args.data_dir.join("account.json");
    let past = Past {
        config: &config,
        issuer: provider.issuer(),
        site_url: &site_url,
        account_file: &account_file,
        seeds: &assemblies,
        now: clock.now(),
    };
    past.make().await?;
    let options = SandboxOptions {
        speed: args.speed,
        site_url: Some(site_url),
        file: Some(account_file),
        ..SandboxOptions::new(ACCOUNT)
    };
    let world = sandbox::World::open(options, clock.clone())?;
    let metrics = telemetry::start_metrics()?;
    let running = start(
        config,
        StartOptions {
            world: World::Sandbox(world),
            clock,
            rhythm: Rhythm {
                poll_fast: Duration::from_secs(1),
                poll_slow: Duration::from_secs(5),
                follow: Duration::from_millis(500),
            },
            probe: ProbeOptions::at_home(),
            listener: Some(listener),
            metrics: Some(metrics),
            is_showroom: true,
        },
    )
    .await?;
    helpers.spawn(watch("login service", provider.run(shutdown.clone())));

    say(format!("\n  Lockkeeper demo: {base}\n\n  Log in as one of:"))?;
    for persona in PERSONAS {
        say(format!("    {:<14} {:<9} {}", persona.name, persona.title, persona.does))?;
    }
    say(format!("\n  Data in {}; Ctrl-C stops, --fresh begins anew.\n", args.data_dir.display()))?;
    until_asked_to_stop(&running.shutdown_token()).await?;
    running.stopped().await;
    shutdown.cancel();
    helpers.close();
    helpers.wait().await;
    Ok(())
}

/// Only a folder with this file in it is ever deleted.
const MARKER: &str = "THIS-IS-A-DEMO";

async fn bind(port: u16) -> Result<TcpListener, Failure> {
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpListener::bind(wanted).await {
        Ok(listener) => Ok(listener),
        Err(error) => Err(Failure::new(format!("{wanted} cannot be listened on: {error}; choose another --port"))),
    }
}

/// The port of an earlier start, where it is still free: people keep their identity, outputs keep their addresses.
async fn bind_as_before(data_dir: &Path, name: &str) -> Result<TcpListener, Failure> {
    let file = data_dir.join(format!("{name}.port"));
    let before = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse::<u16>().ok());
    let listener = match before {
        Some(port) => match bind(port).await {
            Ok(listener) => listener,
            Err(_) => bind(0).await?,
        },
        None => bind(0).await?,
    };
    fs::write(&file, listener.local_addr()?.port().to_string())?;
    Ok(listener)
}

/// Written to a file and read back, so that the demo is configured like everything else.
fn configuration(data_dir: &Path, address: SocketAddr, issuer: &str, secret: &Secret) -> Result<Config, Failure> {
    let text = format!(
        "data_dir = {data_dir:?}\n\
         [server]\nlisten = \"{address}\"\npublic_url = \"http://{address}\"\n\
         [oidc]\nissuer = \"{issuer}\"\nclient_id = \"{CLIENT_ID}\"\n\
         [log]\nfilter = \"warn\"\n\
         [[roles]]\ngroup = \"engineers\"\nrole = \"engineer\"\n\
         [[roles]]\ngroup = \"leads\"\nrole = \"lead\"\n\
         [[roles]]\ngroup = \"on-call\"\nrole = \"on-call\"\n\
         [[roles]]\ngroup = \"finance\"\nrole = \"finance\"\n\
         [[roles]]\ngroup = \"admins\"\nrole = \"admin\"\n",
        data_dir = data_dir.display().to_string(),
    );
    let path = data_dir.join("lockkeeper.toml");
    fs::write(&path, text)?;
    let environment = [("LOCKKEEPER__OIDC__CLIENT_SECRET".to_owned(), secret.expose().to_owned())];
    Config::load(Some(&path), environment.into_iter()).map_err(|errors| Failure::new(errors.to_string()))
}

async fn watch(name: &'static str, task: impl Future<Output = std::io::Result<()>>) {
    if let Err(error) = task.await {
        tracing::error!(name, error = &error as &dyn std::error::Error, "a part of the demo broke");
    }
}
