//! A whole running server on a port of its own, on the sandbox's account, with one small application.

#![allow(dead_code, reason = "each suite uses its own part of this")]

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use app::ports::{Acts as _, Caller, Clock as _, Reads as _};
use domain::{
    deployment::State,
    digest::Digest,
    permission::{Actor, ActorKind, Grant, Role},
    release::{EnvironmentContent, ReleaseContent, StackContent},
};
use serde_json::json;
use server::{
    auth::{
        SessionStore,
        session::{self, Login},
    },
    aws::{Aws, AwsOptions, World},
    clock::SystemClock,
    config::{Config, Secret, SessionConfig},
    db::Db,
    ports::{StackPort as _, Target},
    sandbox::{self, SandboxOptions},
    services::NewBlob,
    startup::{Running, StartError, StartOptions, start},
    workers::{ProbeOptions, Rhythm},
};
use tempfile::TempDir;
use tower_sessions::Session;
use uuid::Uuid;

use super::support::caller;

pub const ACCOUNT: &str = "111122223333";

const BLUEPRINT: &str = r#"
[application]
name = "shop"

[[environments]]
name = "staging"
account = "111122223333"
region = "eu-west-1"

[[stacks]]
name = "Api"
name_pattern = "Shop-{stack}-{environment}"
"#;

/// What a server stands on, and outlives it.
pub struct Ground {
    pub folder: TempDir,
    pub database_url: String,
    pub world: Arc<sandbox::World>,
    pub settings: Vec<(String, String)>,
    /// An emulator in place of the sandbox.
    pub endpoint: Option<String>,
}

impl Ground {
    /// On the database at `url`, which exists and may be empty.
    pub fn on(database_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("blueprints")).unwrap();
        fs::write(folder.path().join("blueprints/shop.toml"), BLUEPRINT).unwrap();
        let options = SandboxOptions { speed: 20.0, ..SandboxOptions::new(ACCOUNT) };
        let world = sandbox::World::new(options, Arc::new(SystemClock));
        Self { folder, database_url: database_url.to_owned(), world, settings: Vec::new(), endpoint: None }
    }

    pub fn config(&self) -> Config {
        let env = [
            ("DATA_DIR", self.folder.path().display().to_string()),
            ("SERVER__LISTEN", "127.0.0.1:0".to_owned()),
            ("SERVER__PUBLIC_URL", "http://127.0.0.1".to_owned()),
            ("DATABASE__URL", self.database_url.clone()),
            ("OIDC__ISSUER", "http://127.0.0.1:9".to_owned()),
            ("OIDC__CLIENT_ID", "lockkeeper".to_owned()),
            ("ROLES", r#"[{ group = "leads", role = "lead" }]"#.to_owned()),
        ];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(self.settings.clone());
        let env = env.map(|(name, value)| (format!("LOCKKEEPER__{name}"), value));
        Config::load(None, env).expect("a good configuration")
    }

    fn aws(&self) -> World {
        match &self.endpoint {
            Some(url) => {
                World::Endpoint { url: url.clone(), access_key_id: ACCOUNT.to_owned(), secret: Secret::new("test") }
            }
            None => World::Sandbox(self.world.clone()),
        }
    }

    pub async fn start(&self) -> Result<Site, StartError> {
        self.start_polling_every(Duration::from_millis(200)).await
    }

    pub async fn start_polling_every(&self, poll_slow: Duration) -> Result<Site, StartError> {
        let options = StartOptions {
            world: self.aws(),
            clock: Arc::new(SystemClock),
            rhythm: Rhythm {
                poll_fast: Duration::from_millis(100).min(poll_slow),
                poll_slow,
                follow: Duration::from_millis(20),
            },
            probe: ProbeOptions::default(),
            listener: None,
            metrics: None,
            is_showroom: false,
        };
        let running = start(self.config(), options).await?;
        Ok(Site { url: format!("http://{}", running.address), running })
    }

    /// How often a stack's change sets were executed, as the account itself tells it.
    pub async fn executions(&self, stack: &str) -> usize {
        let target = Target {
            application: "shop".into(),
            environment: "staging".into(),
            account: Some(ACCOUNT.into()),
            region: "eu-west-1".into(),
            role_arn: None,
            external_id: None,
        };
        let aws = Aws::new(AwsOptions::new(self.aws(), Arc::new(SystemClock)));
        let events = aws.stack_events(&target, stack, None, 1000).await.expect("events");
        let begins = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"];
        events.iter().filter(|e| e.logical_id == stack && begins.contains(&e.status.as_str())).count()
    }

    /// The cookie of somebody with a role everywhere.
    pub async fn log_in(&self, role: Role) -> String {
        let db = Db::connect(&self.database_url).await.unwrap();
        let timeouts = SessionConfig { idle_timeout_secs: 3600, absolute_timeout_secs: 3600 };
        let store = SessionStore::new(db.clone(), Arc::new(SystemClock), timeouts);
        let login = Login {
            actor: Actor {
                id: format!("test#{}", role.name()),
                name: format!("Some {}", role.name()),
                email: None,
                kind: ActorKind::Person,
                groups: Vec::new(),
                grants: vec![Grant { role, applications: None, environments: None }],
                authenticated_at: SystemClock.now(),
            },
            provider_session: None,
            id_token: "none".to_owned(),
            started_at: SystemClock.now(),
        };
        let session = Session::new(None, Arc::new(store), None);
        session::start(&session, &login).await.unwrap();
        let id = session.id().unwrap().to_string();
        db.close().await;
        format!("lockkeeper={id}")
    }
}

pub fn person(role: Role) -> Caller {
    caller("Eli", role, SystemClock.now())
}

/// One process's worth of server.
pub struct Site {
    pub url: String,
    pub running: Running,
}

impl Site {
    /// A release with one stack for staging.
    pub async fn release(&self, version: &str) -> Uuid {
        let template = json!({ "Resources": { "Topic": {
            "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": version }
        } } });
        let bytes = template.to_string().into_bytes();
        let stack = StackContent {
            logical_name: "Api".into(),
            stack_name: "Shop-Api-staging".into(),
            template_digest: Digest::of_bytes(&bytes),
            template_size: bytes.len() as u64,
            parameters: BTreeMap::default(),
            tags: BTreeMap::default(),
            depends_on: Vec::new(),
            account: Some(ACCOUNT.into()),
            region: Some("eu-west-1".into()),
            assets: Vec::new(),
            termination_protection: None,
            resource_count: 1,
        };
        let environments = [("staging".to_owned(), EnvironmentContent { stacks: vec![stack] })].into();
        let content =
            ReleaseContent { application: "shop".into(), version: version.into(), source_revision: None, environments };
        let eli = person(Role::Engineer);
        self.running.services.create_release(&eli, content, vec![NewBlob { bytes }]).await.expect("created")
    }

    pub async fn request(&self, release: Uuid) -> Uuid {
        let eli = person(Role::Engineer);
        self.running.services.request_deployment(&eli, release, "staging", "because").await.expect("requested")
    }

    pub async fn state(&self, id: Uuid) -> State {
        let ada = person(Role::Admin);
        self.running.services.deployment(&ada, id).await.expect("seen").deployment.state
    }

    /// Waits for a state; fails when it has not come in time.
    pub async fn until(&self, id: Uuid, wanted: State, patience: Duration) {
        let reached = async {
            while self.state(id).await != wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let in_time = tokio::time::timeout(patience, reached).await.is_ok();
        assert!(in_time, "still {:?} after {patience:?}", self.state(id).await);
    }

    pub async fn stop(self) {
        self.running.shutdown();
        self.running.stopped().await;
    }
}
