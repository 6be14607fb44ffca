//! The main job and its accidents, through the services and workers, on the sandbox below the SDK.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by panicking"
)]

#[path = "services/evidence.rs"]
mod evidence;
mod support;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use app::{
    error::ApiError,
    ports::{Acts as _, Caller, Clock, Reads as _},
    views::{AuditFilter, DeploymentFilter, DeploymentView, ReleaseFilter},
};
use domain::{
    blueprint::{
        Application, Blueprint, CheckDefinition, CheckKind, Environment, EnvironmentColour, Protection, StackDefinition,
    },
    check::{Severity, Verdict},
    checklist::{Checklist, Item, ItemKind, MarkKind, Section, SignOffRole},
    deployment::{StackRunState, State},
    digest::Digest,
    permission::Role,
    release::{EnvironmentContent, ReleaseContent, StackContent},
};
use serde_json::{Value, json};
use server::{
    aws::{Aws, AwsOptions, World},
    clock::{SystemClock, new_id},
    live::LiveHub,
    ports::{BlueprintPort, StackPort, Target},
    sandbox::{self, Fault, SandboxOptions},
    services::{NewBlob, Services},
    workers::{HttpProbe, ProbeOptions, Rhythm, Workers},
};
use support::{TestDb, caller};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const ACCOUNT: &str = "111122223333";
const PHRASE: &str = "DEPLOY TO PRODUCTION";

struct OneBlueprint(RwLock<Arc<Blueprint>>);

impl BlueprintPort for OneBlueprint {
    fn get(&self, application: &str) -> Option<Arc<Blueprint>> {
        let blueprint = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        (blueprint.application.name == application).then_some(blueprint)
    }

    fn all(&self) -> Vec<Arc<Blueprint>> {
        vec![self.0.read().unwrap_or_else(PoisonError::into_inner).clone()]
    }

    fn text(&self, _: &str) -> Option<String> {
        Some("the text".to_owned())
    }

    fn problems(&self) -> Vec<String> {
        Vec::new()
    }
}

fn environment(name: &str, protection: Option<Protection>) -> Environment {
    Environment {
        name: name.into(),
        title: name.into(),
        account: Some(ACCOUNT.into()),
        region: "eu-west-1".into(),
        role_arn: None,
        external_id: None,
        template_bucket: None,
        colour: EnvironmentColour::Red,
        variables: BTreeMap::new(),
        tags: BTreeMap::new(),
        protection,
    }
}

fn blueprint(quorum: u32) -> Blueprint {
    let stack = |name: &str, depends_on: &[&str]| StackDefinition {
        name: name.into(),
        name_pattern: "Shop-{stack}-{environment}".into(),
        depends_on: depends_on.iter().map(|d| (*d).to_owned()).collect(),
        is_stateful: false,
        outputs: Vec::new(),
    };
    let check = |id: &str, kind| CheckDefinition {
        id: id.into(),
        title: id.into(),
        severity: Severity::Error,
        environments: None,
        retries: 0,
        retry_delay_secs: 0,
        kind,
    };
    let protection = Protection { phrase: PHRASE.into(), quorum, required_groups: Vec::new(), max_login_age_secs: 900 };
    Blueprint {
        application: Application {
            name: "shop".into(),
            title: "Shop".into(),
            description: String::new(),
            repository: None,
            links: Vec::new(),
            contacts: Vec::new(),
        },
        environments: vec![environment("staging", None), environment("production", Some(protection))],
        stacks: vec![stack("Data", &[]), stack("Api", &["Data"])],
        checks: vec![
            check("api", CheckKind::StackStatus { stack: "Api".into() }),
            check(
                "table",
                CheckKind::StackOutput { stack: "Data".into(), output: "TopicArn".into(), starts_with: None },
            ),
        ],
        checklist: Checklist {
            sections: vec![Section {
                id: "all".into(),
                title: "All".into(),
                items: vec![
                    Item {
                        id: "stacks".into(),
                        title: "Stacks".into(),
                        help: None,
                        kind: ItemKind::Automatic { checks: vec!["api".into(), "table".into()] },
                    },
                    Item {
                        id: "seen".into(),
                        title: "Seen".into(),
                        help: None,
                        kind: ItemKind::Manual { evidence_required: true },
                    },
                ],
            }],
            sign_off_roles: vec![
                SignOffRole { id: "verified".into(), title: "Verified".into(), role: Role::Engineer },
                SignOffRole { id: "approved".into(), title: "Approved".into(), role: Role::Lead },
            ],
        },
        digest: Digest::of_bytes(b"the text"),
    }
}

fn templates(version: &str, environment: &str) -> [(&'static str, Value); 2] {
    let data = json!({
        "Resources": { "Topic": { "Type": "AWS::SNS::Topic", "Properties": { "DisplayName": version } } },
        "Outputs": { "TopicArn": {
            "Value": { "Ref": "Topic" }, "Export": { "Name": format!("shop-{environment}-topic") }
        } }
    });
    let api = json!({
        "Resources": { "Parameter": { "Type": "AWS::SSM::Parameter", "Properties": {
            "Type": "String", "Name": format!("/shop/{environment}/{version}"),
            "Value": { "Fn::ImportValue": format!("shop-{environment}-topic") }
        } } },
        "Outputs": { "Name": { "Value": { "Ref": "Parameter" } } }
    });
    [("Data", data), ("Api", api)]
}

/// Everything but HTTP, with workers that can be stopped and started again.
struct Shop {
    services: Services,
    blueprints: Arc<OneBlueprint>,
    world: Arc<sandbox::World>,
    _db: TestDb,
    working: Option<(CancellationToken, JoinHandle<()>)>,
}

impl Shop {
    async fn open(quorum: u32) -> Self {
        let test_db = TestDb::fresh().await;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let options = SandboxOptions { speed: 50.0, ..SandboxOptions::new(ACCOUNT) };
        let world = sandbox::World::new(options, clock.clone());
        let blueprints = Arc::new(OneBlueprint(RwLock::new(Arc::new(blueprint(quorum)))));
        let services = Services {
            db: test_db.db.clone(),
            blueprints: blueprints.clone(),
            clock,
            live: LiveHub::new(),
            work: Arc::new(Notify::new()),
            stale_after_secs: 60,
        };
        let mut shop = Self { services, blueprints, world, _db: test_db, working: None };
        shop.start_workers();
        shop
    }

    fn aws(&self) -> Aws {
        let mut options = AwsOptions::new(World::Sandbox(self.world.clone()), self.services.clock.clone());
        options.initial_backoff = Duration::from_millis(5);
        options.calls_per_second = 1000.try_into().expect("not zero");
        options.burst = 1000.try_into().expect("not zero");
        Aws::new(options)
    }

    fn start_workers(&mut self) {
        let aws = self.aws();
        let workers = Workers {
            services: self.services.clone(),
            stacks: Arc::new(aws.clone()),
            assets: Arc::new(aws.clone()),
            identity: Arc::new(aws),
            probe: HttpProbe::new(ProbeOptions::default()),
            rhythm: Rhythm {
                poll_fast: Duration::from_millis(100),
                poll_slow: Duration::from_millis(200),
                follow: Duration::from_millis(20),
            },
            owner: new_id(self.services.clock.now()).to_string(),
            duties: Vec::new(),
        };
        let stop = CancellationToken::new();
        self.working = Some((stop.clone(), tokio::spawn(workers.run(stop))));
    }

    /// Takes an environment out of the blueprint.
    fn forget(&self, environment: &str) {
        let mut blueprint = blueprint(1);
        blueprint.environments.retain(|e| e.name != environment);
        *self.blueprints.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(blueprint);
    }

    async fn stop_workers(&mut self) {
        if let Some((stop, task)) = self.working.take() {
            stop.cancel();
            task.await.expect("workers end");
        }
    }

    fn person(&self, name: &str, role: Role) -> Caller {
        caller(name, role, self.services.clock.now())
    }

    async fn release(&self, version: &str) -> Uuid {
        let mut environments = BTreeMap::new();
        let mut blobs = Vec::new();
        for environment in ["staging", "production"] {
            let stacks = templates(version, environment).map(|(name, template)| {
                let bytes = template.to_string().into_bytes();
                let digest = Digest::of_bytes(&bytes);
                let size = bytes.len() as u64;
                blobs.push(NewBlob { bytes });
                StackContent {
                    logical_name: name.into(),
                    stack_name: format!("Shop-{name}-{environment}"),
                    template_digest: digest,
                    template_size: size,
                    parameters: BTreeMap::new(),
                    tags: BTreeMap::from([("Project".into(), "shop".into())]),
                    depends_on: if name == "Api" { vec!["Data".into()] } else { Vec::new() },
                    account: Some(ACCOUNT.into()),
                    region: Some("eu-west-1".into()),
                    assets: Vec::new(),
                    termination_protection: None,
                    resource_count: 1,
                }
            });
            environments.insert(environment.to_owned(), EnvironmentContent { stacks: stacks.to_vec() });
        }
        let content =
            ReleaseContent { application: "shop".into(), version: version.into(), source_revision: None, environments };
        let eli = self.person("Eli", Role::Engineer);
        self.services.create_release(&eli, content, blobs).await.expect("created")
    }

    async fn request(&self, release: Uuid, environment: &str) -> Uuid {
        let eli = self.person("Eli", Role::Engineer);
        self.services.request_deployment(&eli, release, environment, "because").await.expect("requested")
    }

    async fn view(&self, id: Uuid) -> DeploymentView {
        self.services.deployment(&self.person("Ada", Role::Admin), id).await.expect("seen")
    }

    /// Waits until the deployment is in a state; says what it looks like when it never is.
    async fn until(&self, id: Uuid, wanted: State) -> DeploymentView {
        for _ in 0..600 {
            let view = self.view(id).await;
            if view.deployment.state == wanted {
                return view;
            }
            assert!(!view.deployment.state.is_final(), "{:?}", view.deployment.failure);
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let view = self.view(id).await;
        panic!("still {:?}: {:?} {:?}", view.deployment.state, view.problems, view.deployment.stacks);
    }

    async fn approve(&self, id: Uuid, name: &str, phrase: &str) -> Result<(), ApiError> {
        let digest = self.view(id).await.deployment.plan_digest.expect("a plan");
        let lead = self.person(name, Role::Lead);
        self.services.approve_plan(&lead, id, digest.as_str(), phrase, "fine").await
    }

    /// Closes the list and signs with two people.
    async fn sign(&self, id: Uuid) {
        let (eli, lea) = (self.person("Eli", Role::Engineer), self.person("Lea", Role::Lead));
        self.services.mark_item(&eli, id, "seen", MarkKind::Done, "I saw it").await.expect("ticked");
        self.services.sign_off(&eli, id, "verified", "").await.expect("signed");
        self.services.sign_off(&lea, id, "approved", "").await.expect("signed");
    }

    /// How often a stack's change sets were executed, as the account itself tells it.
    async fn executions(&self, stack: &str) -> usize {
        let target = Target {
            application: "shop".into(),
            environment: "production".into(),
            account: Some(ACCOUNT.into()),
            region: "eu-west-1".into(),
            role_arn: None,
            external_id: None,
        };
        let aws = self.aws();
        if aws.describe_stack(&target, stack).await.expect("asked").is_none() {
            return 0;
        }
        let events = aws.stack_events(&target, stack, None, 1000).await.expect("events");
        let begins = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"];
        events.iter().filter(|e| e.logical_id == stack && begins.contains(&e.status.as_str())).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_reaches_production_through_approval_checks_and_signatures() {
    let shop = Shop::open(1).await;
    let release = shop.release("1.0.0").await;
    let id = shop.request(release, "production").await;
    let view = shop.until(id, State::AwaitingApproval).await;
    let api = view.deployment.stack("Api").expect("a stack");
    assert_eq!(api.state, StackRunState::Deferred, "it imports what Data will export");
    assert_eq!(view.plan.len(), 2);

    let wrong = shop.approve(id, "Lea", "deploy to production").await;
    assert!(matches!(&wrong, Err(ApiError::Rejected { field, .. }) if field.as_deref() == Some("phrase")), "{wrong:?}");
    shop.approve(id, "Lea", PHRASE).await.expect("approved");

    let view = shop.until(id, State::AwaitingSignOff).await;
    assert!(view.checks.iter().all(|c| c.verdict == Some(Verdict::Pass)), "{:?}", view.checks);
    let lea = shop.person("Lea", Role::Lead);
    let early = shop.services.sign_off(&lea, id, "approved", "").await;
    assert!(matches!(early, Err(ApiError::Rejected { .. })), "{early:?}");
    shop.sign(id).await;
    let view = shop.view(id).await;
    assert_eq!(view.deployment.state, State::Succeeded);

    let ada = shop.person("Ada", Role::Admin);
    let audit = shop.services.audit(&ada, &AuditFilter::default()).await.expect("seen");
    let acts: Vec<&str> = audit.rows.iter().map(|r| r.action.as_str()).collect();
    for act in [
        "create_release",
        "request_deployment",
        "approve_plan",
        "change_set",
        "stack",
        "check",
        "tick_item",
        "sign_off",
    ] {
        assert!(acts.contains(&act), "{act} is missing in {acts:?}");
    }
    assert_eq!(shop.executions("Shop-Data-production").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unprotected_environment_is_started_by_the_engineer() {
    let shop = Shop::open(1).await;
    let release = shop.release("1.0.0").await;
    let id = shop.request(release, "staging").await;
    let view = shop.until(id, State::Planned).await;
    let digest = view.deployment.plan_digest.expect("a plan");
    let eli = shop.person("Eli", Role::Engineer);
    shop.services.start_deployment(&eli, id, digest.as_str()).await.expect("started");
    shop.until(id, State::Succeeded).await;

    let again = shop.request(release, "staging").await;
    let view = shop.until(again, State::Succeeded).await;
    assert!(view.deployment.is_without_changes(), "nothing had to be done the second time");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_may_only_do_what_their_role_allows_and_refusals_are_recorded() {
    let shop = Shop::open(1).await;
    let release = shop.release("1.0.0").await;
    let fay = shop.person("Fay", Role::Finance);
    let denied = shop.services.request_deployment(&fay, release, "production", "please").await;
    assert!(matches!(denied, Err(ApiError::Denied { .. })), "{denied:?}");

    let id = shop.request(release, "production").await;
    let view = shop.until(id, State::AwaitingApproval).await;
    let digest = view.deployment.plan_digest.expect("a plan");
    let eli = shop.person("Eli", Role::Lead);
    let own = shop.services.approve_plan(&eli, id, digest.as_str(), PHRASE, "").await;
    assert!(matches!(own, Err(ApiError::Rejected { .. })), "the requester approved: {own:?}");

    let mut lea = shop.person("Lea", Role::Lead);
    lea.actor.authenticated_at = shop.services.clock.now() - jiff::SignedDuration::from_hours(1);
    let stale = shop.services.approve_plan(&lea, id, digest.as_str(), PHRASE, "").await;
    assert!(matches!(stale, Err(ApiError::NeedsRecentLogin { .. })), "{stale:?}");

    let other = Digest::of_bytes(b"another plan");
    let fresh = shop.person("Lea", Role::Lead);
    let changed = shop.services.approve_plan(&fresh, id, other.as_str(), PHRASE, "").await;
    assert!(matches!(changed, Err(ApiError::Conflict { .. })), "{changed:?}");

    let ada = shop.person("Ada", Role::Admin);
    let audit = shop.services.audit(&ada, &AuditFilter::default()).await.expect("seen");
    assert!(audit.rows.iter().any(|r| r.was_denied && r.actor == "Fay"), "the refusal is not in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_approvers_at_the_same_moment_both_count_and_it_starts_once() {
    let shop = Shop::open(2).await;
    let release = shop.release("1.0.0").await;
    let id = shop.request(release, "production").await;
    shop.until(id, State::AwaitingApproval).await;
    let (lea, lou) = tokio::join!(shop.approve(id, "Lea", PHRASE), shop.approve(id, "Lou", PHRASE));
    assert!(lea.is_ok() && lou.is_ok(), "{lea:?} {lou:?}");
    shop.until(id, State::AwaitingSignOff).await;
    assert_eq!(shop.view(id).await.deployment.approvals.len(), 2);
    assert_eq!(shop.executions("Shop-Data-production").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_request_takes_the_place_of_a_waiting_one() {
    let shop = Shop::open(1).await;
    let (first, second) = (shop.release("1.0.0").await, shop.release("1.1.0").await);
    let older = shop.request(first, "production").await;
    shop.until(older, State::AwaitingApproval).await;
    let newer = shop.request(second, "production").await;
    assert_eq!(shop.view(older).await.deployment.state, State::Superseded);
    shop.until(newer, State::AwaitingApproval).await;
    shop.approve(newer, "Lea", PHRASE).await.expect("approved");
    shop.until(newer, State::AwaitingSignOff).await;
    let eli = shop.person("Eli", Role::Engineer);
    let busy = shop.services.request_deployment(&eli, first, "production", "again").await;
    assert!(matches!(busy, Err(ApiError::Conflict { .. })), "{busy:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_stop_in_the_middle_lose_nothing_and_repeat_nothing() {
    let mut shop = Shop::open(1).await;
    let release = shop.release("1.0.0").await;
    let id = shop.request(release, "production").await;
    for _ in 0..4 {
        shop.stop_workers().await;
        shop.start_workers();
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    shop.until(id, State::AwaitingApproval).await;
    shop.approve(id, "Lea", PHRASE).await.expect("approved");
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(40)).await;
        shop.stop_workers().await;
        shop.start_workers();
    }
    shop.until(id, State::AwaitingSignOff).await;
    for stack in ["Shop-Data-production", "Shop-Api-production"] {
        assert_eq!(shop.executions(stack).await, 1, "{stack}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lost_and_a_throttled_account_change_nothing_about_the_result() {
    let shop = Shop::open(1).await;
    for (fault, operation) in [
        (Fault::AnswerLost, "CreateChangeSet"),
        (Fault::Throttle, "DescribeChangeSet"),
        (Fault::ServerError, "DescribeStacks"),
    ] {
        shop.world.inject(fault, operation, 4);
    }
    let release = shop.release("1.0.0").await;
    let id = shop.request(release, "production").await;
    shop.until(id, State::AwaitingApproval).await;
    shop.world.inject(Fault::AnswerLost, "ExecuteChangeSet", 4);
    shop.approve(id, "Lea", PHRASE).await.expect("approved");
    shop.until(id, State::AwaitingSignOff).await;
    for stack in ["Shop-Data-production", "Shop-Api-production"] {
        assert_eq!(shop.executions(stack).await, 1, "{stack}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_fails_is_explained_and_the_rest_is_not_touched() {
    let shop = Shop::open(1).await;
    let release = shop.release("1.0.0").await;
    let id = shop.request(release, "production").await;
    shop.until(id, State::AwaitingApproval).await;
    shop.world.fail_resource("Shop-Data-production", "Topic", "The topic quota is used up");
    shop.approve(id, "Lea", PHRASE).await.expect("approved");
    let mut view = shop.view(id).await;
    for _ in 0..400 {
        view = shop.view(id).await;
        if view.deployment.state.is_final() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(view.deployment.state, State::Failed);
    let failure = view.deployment.failure.clone().expect("a failure");
    assert!(failure.what.contains("The topic quota is used up"), "{failure:?}");
    assert_eq!(shop.executions("Shop-Api-production").await, 0);
    let release = shop.release("1.0.1").await;
    shop.services
        .request_deployment(&shop.person("Eli", Role::Engineer), release, "production", "mended")
        .await
        .expect("the environment is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_named_and_nothing_is_changed() {
    let shop = Shop::open(1).await;
    let action = "cloudformation:CreateChangeSet".to_owned();
    shop.world.inject(Fault::AccessDenied { action }, "CreateChangeSet", 20);
    let release = shop.release("1.0.0").await;
    let id = shop.request(release, "production").await;
    let mut view = shop.view(id).await;
    for _ in 0..400 {
        view = shop.view(id).await;
        if view.deployment.state.is_final() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let failure = view.deployment.failure.clone().expect("a failure");
    assert!(failure.what.contains("cloudformation:CreateChangeSet"), "{failure:?}");
    assert!(failure.next.contains("Nothing was changed"), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_taken_out_of_the_blueprint_is_no_trap() {
    let shop = Shop::open(1).await;
    let release = shop.release("1.0.0").await;
    let id = shop.request(release, "production").await;
    let view = shop.until(id, State::AwaitingApproval).await;
    let digest = view.deployment.plan_digest.expect("a plan");
    shop.forget("production");

    let lea = shop.person("Lea", Role::Lead);
    let view = shop.services.deployment(&lea, id).await.expect("still seen");
    assert!(view.band.is_protected, "what was recorded goes on protecting it");
    assert!(view.offers.cancel.is_usable() && !view.offers.approve.is_usable());
    let approved = shop.services.approve_plan(&lea, id, digest.as_str(), PHRASE, "fine").await;
    assert!(
        matches!(&approved, Err(ApiError::Conflict { message }) if message.contains("Put it back")),
        "{approved:?}"
    );

    let mut stale = shop.person("Ada", Role::Admin);
    stale.actor.authenticated_at = shop.services.clock.now() - jiff::SignedDuration::from_hours(1);
    let refused = shop.services.cancel_deployment(&stale, id, "gone").await;
    assert!(matches!(refused, Err(ApiError::NeedsRecentLogin { .. })), "{refused:?}");
    shop.services.cancel_deployment(&shop.person("Ada", Role::Admin), id, "gone").await.expect("cancelled");
    assert_eq!(shop.view(id).await.deployment.state, State::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_whose_role_is_gone_is_ended_by_an_admin_and_says_that_aws_may_go_on() {
    let shop = Shop::open(1).await;
    let release = shop.release("1.0.0").await;
    let id = shop.request(release, "production").await;
    shop.until(id, State::AwaitingApproval).await;
    for operation in ["DescribeChangeSet", "DescribeStacks"] {
        let action = format!("cloudformation:{operation}");
        shop.world.inject(Fault::AccessDenied { action }, operation, 1_000_000);
    }
    shop.approve(id, "Lea", PHRASE).await.expect("approved");
    let ada = shop.person("Ada", Role::Admin);
    let early = shop.services.mark_failed(&ada, id, "the role is gone").await;
    assert!(matches!(early, Err(ApiError::Conflict { .. })), "one failed call proves nothing: {early:?}");

    let lea = shop.person("Lea", Role::Lead);
    let mut is_stuck = false;
    for _ in 0..600 {
        if shop.view(id).await.offers.mark_failed.is_usable() {
            is_stuck = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(is_stuck, "{:?}", shop.view(id).await.problems);
    let denied = shop.services.mark_failed(&lea, id, "the role is gone").await;
    assert!(matches!(denied, Err(ApiError::Denied { .. })), "{denied:?}");
    shop.services.mark_failed(&ada, id, "the role is gone").await.expect("ended");
    let view = shop.view(id).await;
    let failure = view.deployment.failure.clone().expect("a failure");
    assert_eq!(view.deployment.state, State::Failed);
    assert!(failure.next.contains("AWS may still be working on Shop-Data-production"), "{failure:?}");
    let audit = shop.services.audit(&ada, &AuditFilter::default()).await.expect("seen");
    assert!(audit.rows.iter().any(|r| r.action == "abandon_deployment" && !r.was_denied));
    let newer = shop.release("1.0.1").await;
    shop.request(newer, "production").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_their_totals_count_only_what_a_person_may_see() {
    let shop = Shop::open(1).await;
    let release = shop.release("1.0.0").await;
    shop.request(release, "production").await;
    let seen = shop.request(release, "staging").await;
    let mut tess = shop.person("Tess", Role::Engineer);
    tess.actor.grants[0].environments = Some(vec!["staging".to_owned()]);
    let mut other = shop.person("Otto", Role::Engineer);
    other.actor.grants[0].applications = Some(vec!["another".to_owned()]);
    let all = shop.person("Ada", Role::Admin);
    for (who, deployments, releases) in [(&all, 2, 1), (&tess, 1, 1), (&other, 0, 0)] {
        let name = &who.actor.name;
        let list = shop.services.deployments(who, &DeploymentFilter::default()).await.expect("listed");
        assert_eq!((list.paging.total, list.rows.len() as u64), (deployments, deployments), "deployments of {name}");
        let list = shop.services.releases(who, &ReleaseFilter::default()).await.expect("listed");
        assert_eq!((list.paging.total, list.rows.len() as u64), (releases, releases), "releases of {name}");
    }
    let list = shop.services.deployments(&tess, &DeploymentFilter::default()).await.expect("listed");
    assert_eq!(list.rows[0].id, seen);
    let view = shop.services.release(&tess, release).await.expect("seen");
    assert_eq!(view.deployments.len(), 1, "also on the release's page");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_release_twice_is_one_and_a_taken_version_keeps_its_content() {
    let shop = Shop::open(1).await;
    let first = shop.release("1.0.0").await;
    assert_eq!(shop.release("1.0.0").await, first);
    let content = ReleaseContent {
        application: "shop".into(),
        version: "1.0.0".into(),
        source_revision: Some("other".into()),
        environments: BTreeMap::new(),
    };
    let eli = shop.person("Eli", Role::Engineer);
    let refused = shop.services.create_release(&eli, content, Vec::new()).await;
    assert!(refused.is_err_and(|e| e.to_string().contains("exists already")));
}
