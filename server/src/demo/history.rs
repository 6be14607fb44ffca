//! What happened before the demo was opened: two weeks of releases and deployments, made by the product itself.
//!
//! Services and workers do what they do every day, on an empty account and an empty database, only that the clock is
//! theirs: it stands at a day of the past and moves on to whatever is due next. People are the demo's own. Nothing is
//! written past the services, so the audit chain verifies, plans have digests and every gate was really passed.
//!
//! It is made in a folder of its own and put in place as a whole: a start that was cut off begins again.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use app::{
    ports::{Acts as _, Caller, Clock, Reads as _},
    views::DeploymentView,
};
use domain::{
    checklist::{ItemKind, MarkKind},
    deployment::{Deployment, State},
    permission::{Actor, ActorKind},
    plan::ChangeAction,
};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    auth::{
        claims::{actor_id, grants_for},
        demo_provider::PERSONAS,
    },
    aws::{Aws, AwsOptions, World},
    blueprint::Library,
    checks::{CheckEngine, HttpProbe, ProbeOptions},
    cli::Failure,
    clock::new_id,
    config::Config,
    db::Db,
    live::LiveHub,
    sandbox::{self, SandboxOptions},
    services::{NewBlob, Services},
    workers::{Rhythm, Step, Workers},
};

use super::{
    ACCOUNT,
    seed::{self, Seed},
};

const DATABASE: &str = "lockkeeper.db";
const FOLDER: &str = "history";
/// How fast the account worked in those days, against the demo's own hurry: a deployment took minutes.
const SPEED: f64 = 0.1;
/// Between two looks at something that goes on, in the time of the past.
const FOLLOW: Duration = Duration::from_secs(30);
/// More steps than this mean that something goes round in circles.
const MOST_STEPS: usize = 20_000;

/// What the past is made with.
pub(super) struct Past<'a> {
    pub config: &'a Config,
    pub issuer: &'a str,
    /// Where outputs of the account lead.
    pub site_url: &'a str,
    /// Where the finished account is kept.
    pub account_file: &'a Path,
    pub seeds: &'a [Seed],
    /// The end of the past.
    pub now: Timestamp,
}

/// A clock that stands still until it is moved on.
struct PastClock(AtomicI64);

impl PastClock {
    /// Never back.
    fn move_to(&self, to: Timestamp) {
        self.0.fetch_max(to.as_millisecond(), Ordering::SeqCst);
    }

    fn pass(&self, minutes: i64) {
        self.0.fetch_add(minutes * 60_000, Ordering::SeqCst);
    }
}

impl Clock for PastClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl Past<'_> {
    /// Makes the past, unless there is one already.
    pub(super) async fn make(&self) -> Result<(), Failure> {
        let data_dir = &self.config.data_dir;
        if data_dir.join(DATABASE).exists() || self.account_file.exists() {
            return Ok(());
        }
        let folder = data_dir.join(FOLDER);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let db = Db::connect(&format!("sqlite://{}", folder.join(DATABASE).display())).await?;
        db.migrate().await?;
        let clock = Arc::new(PastClock(AtomicI64::new(self.at(14, 9, 10).as_millisecond())));
        let options =
            SandboxOptions { speed: SPEED, site_url: Some(self.site_url.to_owned()), ..SandboxOptions::new(ACCOUNT) };
        let world = sandbox::World::new(options, clock.clone());
        seed::buckets(&world, self.seeds);
        let scene = Scene::new(self, db.clone(), clock, world.clone());
        scene.play().await?;
        db.close().await;
        // The account first: with the database in place the past counts as made.
        fs::write(self.account_file, world.to_json().map_err(|e| Failure::new(e.to_string()))?)?;
        fs::rename(folder.join(DATABASE), data_dir.join(DATABASE))?;
        fs::remove_dir_all(&folder)?;
        Ok(())
    }

    /// A time of day so many days ago.
    fn at(&self, days: i64, hours: i64, minutes: i64) -> Timestamp {
        let midnight = self.now.as_second() - self.now.as_second().rem_euclid(86_400);
        let secs = midnight - days * 86_400 + hours * 3_600 + minutes * 60;
        Timestamp::from_second(secs).unwrap_or(self.now)
    }
}

/// People, services and workers of the past.
struct Scene<'a> {
    past: &'a Past<'a>,
    clock: Arc<PastClock>,
    world: Arc<sandbox::World>,
    services: Services,
    workers: Workers,
}

impl<'a> Scene<'a> {
    fn new(past: &'a Past<'a>, db: Db, clock: Arc<PastClock>, world: Arc<sandbox::World>) -> Self {
        let services = Services {
            db,
            blueprints: Arc::new(Library::open(&past.config.blueprints_dir)),
            clock: clock.clone(),
            live: LiveHub::new(),
            work: Arc::new(Notify::new()),
            suite_work: Arc::new(Notify::new()),
            stale_after_secs: 60,
        };
        let mut options = AwsOptions::new(World::Sandbox(world.clone()), clock.clone());
        // Nobody else works in this account, and its clock does not wait.
        options.calls_per_second = std::num::NonZeroU32::MAX;
        options.burst = std::num::NonZeroU32::MAX;
        let aws = Aws::new(options);
        let workers = Workers {
            services: services.clone(),
            stacks: Arc::new(aws.clone()),
            assets: Arc::new(aws.clone()),
            identity: Arc::new(aws.clone()),
            checks: CheckEngine {
                stacks: Arc::new(aws.clone()),
                inspection: Arc::new(aws),
                probe: HttpProbe::new(ProbeOptions::at_home()),
                clock: clock.clone(),
            },
            rhythm: Rhythm { follow: FOLLOW, ..Rhythm::default() },
            owner: new_id(clock.now()).to_string(),
            duties: Vec::new(),
        };
        Self { past, clock, world, services, workers }
    }

    async fn play(&self) -> Result<(), Failure> {
        let old = self.release("1.4.0").await?;
        self.clock.pass(25);
        let first = self.plan(old, "staging", "First release with seasons").await?;
        self.start(first).await?;

        // Production, at the second try.
        self.clock.move_to(self.past.at(12, 14, 5));
        let early = self.plan(old, "production", "Seasons for everybody").await?;
        self.clock.pass(38);
        let why = "The season final is tonight. Ask again tomorrow, and tell on-call before.";
        self.services.reject_plan(&self.person("lea"), early, &self.digest(early).await?, why).await?;
        self.clock.move_to(self.past.at(11, 9, 30));
        let second = self.plan(old, "production", "Seasons for everybody, after the final").await?;
        self.clock.pass(22);
        self.approve(second, "Read all seven stacks; nothing is replaced").await?;
        self.clock.pass(35);
        self.finish(second).await?;

        // The next release, in staging: the first try breaks on the way.
        self.clock.move_to(self.past.at(3, 10, 40));
        let new = self.release("1.5.0").await?;
        self.clock.pass(15);
        let broken = self.plan(new, "staging", "Leaderboard per season").await?;
        self.break_a_function(broken).await?;
        self.start(broken).await?;
        self.clock.move_to(self.past.at(2, 9, 20));
        let again = self.plan(new, "staging", "Leaderboard per season, now that the code fits").await?;
        self.start(again).await
    }

    /// Created by the engineer, in the time of the past.
    async fn release(&self, version: &str) -> Result<Uuid, Failure> {
        let seed = self.past.seeds.iter().find(|seed| seed.version == version);
        let seed = seed.ok_or_else(|| Failure::new(format!("the demo has no release {version}")))?;
        let blobs = seed.blobs.iter().map(|b| NewBlob { bytes: b.bytes.clone() }).collect();
        Ok(self.services.create_release(&self.person("eli"), seed.content.clone(), blobs).await?)
    }

    /// Requested by the engineer; comes back when the plan is there.
    async fn plan(&self, release: Uuid, environment: &str, reason: &str) -> Result<Uuid, Failure> {
        let id = self.services.request_deployment(&self.person("eli"), release, environment, reason).await?;
        self.rest().await?;
        Ok(id)
    }

    /// Of an environment that nobody has to approve for.
    async fn start(&self, id: Uuid) -> Result<(), Failure> {
        self.clock.pass(6);
        self.services.start_deployment(&self.person("eli"), id, &self.digest(id).await?).await?;
        self.rest().await
    }

    async fn approve(&self, id: Uuid, comment: &str) -> Result<(), Failure> {
        let deployment = self.view(id).await?.deployment;
        let phrase = deployment.protection.as_ref().map(|p| p.phrase.clone()).unwrap_or_default();
        self.services.approve_plan(&self.person("lea"), id, &self.digest(id).await?, &phrase, comment).await?;
        self.rest().await
    }

    /// The checklist and the signatures.
    async fn finish(&self, id: Uuid) -> Result<(), Failure> {
        let deployment = self.view(id).await?.deployment;
        for item in deployment.open_items() {
            self.clock.pass(2);
            let (by, kind, note) = match item.kind {
                ItemKind::Manual { .. } => ("eli", MarkKind::Done, "Looked at it together with Nia"),
                ItemKind::Automatic { .. } => ("lea", MarkKind::Waived, "Known, and agreed for this release"),
            };
            self.services.mark_item(&self.person(by), id, &item.id, kind, note).await?;
        }
        for role in deployment.checklist.sign_off_roles {
            self.clock.pass(9);
            let by = if role.role == domain::permission::Role::Engineer { "eli" } else { "lea" };
            self.services.sign_off(&self.person(by), id, &role.id, "Checked").await?;
        }
        self.rest().await
    }

    /// The first function this deployment changes will not come up.
    async fn break_a_function(&self, id: Uuid) -> Result<(), Failure> {
        let view = self.view(id).await?;
        let changed = view.plan.iter().flat_map(|stack| stack.changes.iter().map(move |change| (stack, change)));
        let function = changed
            .filter(|(_, change)| change.action == ChangeAction::Modify)
            .find(|(_, change)| change.resource_type == "AWS::Lambda::Function");
        if let Some((stack, change)) = function {
            let reason = "Resource handler returned message: \"Unzipped size must be smaller than 262144000 bytes\" \
                          (HandlerErrorCode: InvalidRequest)";
            self.world.fail_resource(&stack.stack_name, &change.logical_id, reason);
        }
        Ok(())
    }

    /// Lets everything happen that happens without a person.
    async fn rest(&self) -> Result<(), Failure> {
        for _ in 0..MOST_STEPS {
            match self.workers.step().await? {
                Step::Done => {}
                Step::Due(at) => self.clock.move_to(at),
                Step::Rest => return Ok(()),
            }
        }
        Err(Failure::new("the demo's history does not come to an end"))
    }

    async fn view(&self, id: Uuid) -> Result<DeploymentView, Failure> {
        Ok(self.services.deployment(&self.person("lea"), id).await?)
    }

    async fn digest(&self, id: Uuid) -> Result<String, Failure> {
        let Deployment { state, plan_digest, .. } = self.view(id).await?.deployment;
        let is_ready = matches!(state, State::Planned | State::AwaitingApproval);
        let digest = plan_digest.filter(|_| is_ready);
        let digest =
            digest.ok_or_else(|| Failure::new(format!("a plan of the demo's history is {}", state.words())))?;
        Ok(digest.as_str().to_owned())
    }

    /// One of the demo's people, just logged in.
    fn person(&self, id: &str) -> Caller {
        let persona = PERSONAS.iter().find(|p| p.id == id).unwrap_or(&PERSONAS[0]);
        let groups: Vec<String> = persona.groups.iter().map(|g| (*g).to_owned()).collect();
        Caller {
            actor: Actor {
                id: actor_id(self.past.issuer, persona.id),
                name: persona.name.to_owned(),
                email: Some(persona.email.to_owned()),
                kind: ActorKind::Person,
                grants: grants_for(&groups, &self.past.config.roles),
                groups,
                authenticated_at: self.clock.now() - SignedDuration::from_mins(1),
            },
            address: Some("127.0.0.1".to_owned()),
            request_id: new_id(self.clock.now()).to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
