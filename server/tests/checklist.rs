//! The shipped checklist through the services, with many people at once: the same suite on SQLite and PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by panicking"
)]

mod support;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use app::{
    error::ApiError,
    ports::{Acts as _, Caller, Clock as _, NewFile, NewMark, NewSignature, Reads as _},
    views::AuditFilter,
};
use domain::{
    blueprint::Blueprint,
    check::Verdict,
    checklist::{ItemKind, ItemState, MarkKind, NewCondition, Outcome, Person},
    deployment::{CheckRun, Deployment, State},
    digest::Digest,
    permission::Role,
    release::{EnvironmentContent, ReleaseContent},
};
use server::{
    clock::new_id,
    db::{self, releases::Release},
    live::LiveHub,
    ports::BlueprintPort,
    services::Services,
};
use support::{FixedClock, TestDb, caller};
use tokio::sync::Notify;
use uuid::Uuid;

struct Shipped(Arc<Blueprint>);

impl BlueprintPort for Shipped {
    fn get(&self, application: &str) -> Option<Arc<Blueprint>> {
        (application == self.0.application.name).then(|| self.0.clone())
    }

    fn all(&self) -> Vec<Arc<Blueprint>> {
        vec![self.0.clone()]
    }

    fn text(&self, _: &str) -> Option<String> {
        None
    }

    fn problems(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A deployment to production whose checks have all passed, and nobody has done anything yet.
struct Production {
    services: Services,
    clock: Arc<FixedClock>,
    id: Uuid,
    _db: TestDb,
}

impl Production {
    async fn open() -> Self {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints/trivianft.toml"));
        let blueprint = server::blueprint::parse("trivianft.toml", &text.unwrap()).expect("the shipped blueprint");
        let test_db = TestDb::fresh().await;
        let clock = FixedClock::new();
        let (id, db) = (new_id(clock.now()), test_db.db.clone());
        let deployment = deployment(&blueprint, id, clock.now());
        let content = ReleaseContent {
            application: "trivianft".into(),
            version: "1.5.0".into(),
            source_revision: None,
            environments: BTreeMap::from([("production".into(), EnvironmentContent { stacks: Vec::new() })]),
        };
        let release = Release {
            id: deployment.release_id,
            digest: content.digest().unwrap(),
            content,
            created_by: "ci".into(),
            created_by_name: "CI".into(),
            created_at: clock.now(),
        };
        let mut tx = db.write().await.unwrap();
        db::releases::insert(&mut tx, &release).await.unwrap();
        db::deployments::insert(&mut tx, &deployment).await.unwrap();
        tx.commit().await.unwrap();
        let services = Services {
            db,
            blueprints: Arc::new(Shipped(Arc::new(blueprint))),
            clock: clock.clone(),
            live: LiveHub::new(),
            work: Arc::new(Notify::new()),
            stale_after_secs: 60,
        };
        Self { services, clock, id, _db: test_db }
    }

    fn person(&self, name: &str, role: Role) -> Caller {
        caller(name, role, self.clock.now())
    }

    async fn deployment(&self) -> Deployment {
        let ada = self.person("Ada", Role::Admin);
        self.services.checklist(&ada, self.id, None).await.expect("seen").deployment
    }

    async fn state_of(&self, item: &str) -> ItemState {
        self.deployment().await.item_state(item, self.clock.now()).expect("an item")
    }

    async fn tick(&self, who: &Caller, item: &str) -> Result<(), ApiError> {
        self.services.mark_item(who, self.id, item, done("seen, ticket 4711")).await
    }

    /// Ticks everything that keeps people from signing; checks have closed the rest.
    async fn close_all(&self) {
        let ada = self.person("Ada", Role::Admin);
        let deployment = self.deployment().await;
        for item in deployment.open_items(self.clock.now()) {
            self.tick(&ada, &item.id).await.unwrap_or_else(|error| panic!("{}: {error}", item.id));
        }
    }

    async fn sign(
        &self,
        name: &str,
        role: Role,
        sign_off: &str,
        outcome: Outcome,
        conditions: Vec<NewCondition>,
    ) -> Result<(), ApiError> {
        let deployment = self.deployment().await;
        let seen = deployment.list_digests(&deployment.standing(self.clock.now())).seen();
        let signature = NewSignature {
            role: sign_off.into(),
            comment: "looked at it".into(),
            outcome,
            conditions,
            seen: seen.as_str().into(),
        };
        self.services.sign_off(&self.person(name, role), self.id, signature).await
    }
}

fn deployment(blueprint: &Blueprint, id: Uuid, now: jiff::Timestamp) -> Deployment {
    let production = blueprint.environment("production").unwrap();
    Deployment {
        id,
        application: "trivianft".into(),
        environment: "production".into(),
        release_id: new_id(now),
        release_version: "1.5.0".into(),
        release_digest: Digest::of_bytes(b"release"),
        blueprint_digest: blueprint.digest.clone(),
        requested_by: Person { id: "test:eli".into(), name: "Eli".into() },
        requested_at: now,
        reason: "autumn season".into(),
        protection: production.protection.clone(),
        checklist: blueprint.checklist_for(production),
        state: State::AwaitingSignOff,
        stacks: Vec::new(),
        plan_digest: Some(Digest::of_bytes(b"plan")),
        approvals: Vec::new(),
        checks: blueprint
            .checks_for("production")
            .map(|check| CheckRun {
                id: check.id.clone(),
                title: check.title.clone(),
                severity: check.severity,
                verdict: Some(Verdict::Pass),
                run: 1,
                finished_at: Some(now),
            })
            .collect(),
        marks: Vec::new(),
        sign_offs: Vec::new(),
        conditions: Vec::new(),
        cancellation: None,
        failure: None,
        started_at: Some(now),
        finished_at: None,
    }
}

fn mark(kind: MarkKind, note: &str) -> NewMark {
    NewMark { kind, note: note.into(), link: String::new(), expires_on: None, seen: None, file: None }
}

fn done(note: &str) -> NewMark {
    mark(MarkKind::Done, note)
}

fn is_conflict(outcome: &Result<(), ApiError>, words: &str) -> bool {
    matches!(outcome, Err(ApiError::Conflict { message }) if message.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_people_tick_at_once_and_every_tick_counts() {
    let production = Arc::new(Production::open().await);
    let deployment = production.deployment().await;
    let manual = |item: &&domain::checklist::Item| matches!(item.kind, ItemKind::Manual { .. });
    let items: Vec<String> =
        deployment.open_items(production.clock.now()).into_iter().filter(manual).map(|i| i.id.clone()).collect();
    assert!(items.len() > 200, "{}", items.len());
    let mut people = Vec::new();
    for number in 0..20 {
        let production = production.clone();
        let mine: Vec<String> = items.iter().skip(number).step_by(20).cloned().collect();
        people.push(tokio::spawn(async move {
            let who = production.person(&format!("Person {number}"), Role::Admin);
            for item in &mine {
                production.tick(&who, item).await.unwrap_or_else(|error| panic!("{item}: {error}"));
            }
            mine.len()
        }));
    }
    let mut ticked = 0;
    for person in people {
        ticked += person.await.expect("nobody was refused");
    }
    assert_eq!(ticked, items.len());
    let after = production.deployment().await;
    assert_eq!(after.marks.len(), ticked, "nobody overwrote anybody");
    assert!(after.open_items(production.clock.now()).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_on_one_item_the_second_is_told_who_was_first() {
    let production = Production::open().await;
    let (eva, ned) = (production.person("Eva", Role::Engineer), production.person("Ned", Role::Engineer));
    let (first, second) = tokio::join!(production.tick(&eva, "pdc-1.1"), production.tick(&ned, "pdc-1.1"));
    assert_eq!([&first, &second].iter().filter(|o| o.is_ok()).count(), 1, "{first:?} {second:?}");
    let told = is_conflict(&first, "Ned ticked it") || is_conflict(&second, "Eva ticked it");
    assert!(told, "{first:?} {second:?}");
    assert_eq!(production.deployment().await.marks.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requester_cannot_waive_and_the_attempt_is_recorded() {
    let production = Production::open().await;
    let day = Some("2026-01-01".parse().unwrap());
    let waiver = NewMark { expires_on: day, ..mark(MarkKind::Waived, "no time") };
    let eli = production.person("Eli", Role::Lead);
    let refused = production.services.mark_item(&eli, production.id, "pdc-2.2", waiver.clone()).await;
    assert!(matches!(&refused, Err(ApiError::Rejected { message, .. }) if message.contains("You requested")));
    let engineer = production.person("Eva", Role::Engineer);
    let denied = production.services.mark_item(&engineer, production.id, "pdc-2.2", waiver.clone()).await;
    assert!(matches!(denied, Err(ApiError::Denied { .. })), "{denied:?}");

    let lea = production.person("Lea", Role::Lead);
    production.services.mark_item(&lea, production.id, "pdc-2.2", waiver).await.expect("waived");
    assert_eq!(production.state_of("pdc-2.2").await, ItemState::Waived);
    production.clock.advance_secs(60 * 86_400);
    assert_eq!(production.state_of("pdc-2.2").await, ItemState::Open, "the waiver has ended");

    let ada = production.person("Ada", Role::Admin);
    let audit = production.services.audit(&ada, &AuditFilter::default()).await.expect("seen");
    let denied: Vec<&str> = audit.rows.iter().filter(|r| r.was_denied).map(|r| r.actor.as_str()).collect();
    assert!(denied.contains(&"Eli") && denied.contains(&"Eva"), "{denied:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_for_finance_is_ticked_by_finance() {
    let production = Production::open().await;
    let eva = production.person("Eva", Role::Engineer);
    assert!(matches!(production.tick(&eva, "pdc-6.1").await, Err(ApiError::Denied { .. })));
    production.tick(&production.person("Fay", Role::Finance), "pdc-6.1").await.expect("ticked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_evidence_and_comes_back_to_those_who_may_see_it() {
    let production = Production::open().await;
    let eva = production.person("Eva", Role::Engineer);
    let attach = |name: &str, bytes: &[u8]| NewMark {
        file: Some(NewFile { name: name.into(), bytes: bytes.into() }),
        ..mark(MarkKind::Noted, "")
    };
    let services = &production.services;
    let lie = services.mark_item(&eva, production.id, "pdc-2.1", attach("shot.png", b"<script>")).await;
    assert!(matches!(&lie, Err(ApiError::Rejected { field, .. }) if field.as_deref() == Some("file")), "{lie:?}");
    let refused = services.mark_item(&eva, production.id, "pdc-2.1", done("")).await;
    assert!(matches!(refused, Err(ApiError::Rejected { .. })), "it wants evidence: {refused:?}");

    let png = b"\x89PNG\r\n\x1a\n\0\0bytes".as_slice();
    services.mark_item(&eva, production.id, "pdc-2.1", attach("../shot.png", png)).await.expect("attached");
    services.mark_item(&eva, production.id, "pdc-2.1", done("")).await.expect("the file is the evidence");

    let digest = Digest::of_bytes(png);
    let (file, bytes) = services.evidence_file(&eva, production.id, digest.as_str()).await.expect("found");
    assert_eq!((file.name.as_str(), file.media_type.as_str(), bytes.as_slice()), ("shot.png", "image/png", png));
    let mut stranger = production.person("Sid", Role::Viewer);
    stranger.actor.grants[0].applications = Some(vec!["other".into()]);
    let hidden = services.evidence_file(&stranger, production.id, digest.as_str()).await;
    assert!(matches!(hidden, Err(ApiError::NotFound { .. })), "{hidden:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn four_people_sign_with_conditions_that_stay_until_their_owner_closes_them() {
    let production = Production::open().await;
    production.close_all().await;
    let due = "2025-12-01".parse().unwrap();
    let condition = NewCondition { text: "Watch the queue".into(), owner: "Ona".into(), due };
    let with = Outcome::PassedWithConditions;
    production.sign("Eli", Role::Engineer, "deployed", Outcome::Passed, vec![]).await.expect("signed");
    let twice = production.sign("Eli", Role::Admin, "verified", Outcome::Passed, vec![]).await;
    assert!(matches!(twice, Err(ApiError::Rejected { .. })), "one person, one role: {twice:?}");
    production.sign("Ona", Role::OnCall, "verified", with, vec![condition]).await.expect("signed");

    // Something changes: what was signed is stale, is renewed, and nothing is lost.
    let (lea, eva) = (production.person("Lea", Role::Lead), production.person("Eva", Role::Engineer));
    production.clock.advance_secs(60);
    production.services.mark_item(&eva, production.id, "pdc-1.1", mark(MarkKind::Reopened, "")).await.expect("open");
    let later = production.deployment().await;
    let signature = later.sign_off_of("deployed").expect("it is kept");
    let changes = later.changes_since(signature, production.clock.now());
    assert!(changes[0].words().contains("pdc-1.1") && changes[0].words().ends_with("was reopened by Eva"));
    assert_eq!(later.missing_sign_offs(production.clock.now()).len(), 4);
    production.tick(&lea, "pdc-1.1").await.expect("ticked again");
    production.sign("Eli", Role::Engineer, "deployed", Outcome::Passed, vec![]).await.expect("renewed");
    let due = "2025-12-01".parse().unwrap();
    let condition = NewCondition { text: "Watch the queue".into(), owner: "ona".into(), due };
    production.sign("Ona", Role::OnCall, "verified", with, vec![condition]).await.expect("renewed");
    production.sign("Lea", Role::Lead, "approved", Outcome::Passed, vec![]).await.expect("signed");
    assert_eq!(production.deployment().await.state, State::AwaitingSignOff);
    production.sign("Vic", Role::Viewer, "product", Outcome::Passed, vec![]).await.expect("signed");
    let over = production.deployment().await;
    assert_eq!((over.state, over.outcome()), (State::Succeeded, Some(with)));

    let ona = production.person("Ona", Role::OnCall);
    let open = production.services.overview(&ona).await.expect("seen").conditions;
    assert_eq!(open.len(), 1);
    assert!(open[0].is_mine && open[0].text == "Watch the queue" && !open[0].is_overdue);
    let id = over.conditions[0].id;
    let other = production.services.close_condition(&lea, production.id, id, "done").await;
    assert!(matches!(&other, Err(ApiError::Rejected { message, .. }) if message.contains("ona")), "{other:?}");
    production.services.close_condition(&ona, production.id, id, "It was empty").await.expect("closed");
    assert!(production.services.overview(&ona).await.expect("seen").conditions.is_empty());
    let first_week = production.tick(&production.person("Fay", Role::Finance), "pdc-43.3").await;
    assert!(first_week.is_ok(), "what comes after the sign-off is still worked off: {first_week:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_for_a_list_that_changed_meanwhile_is_refused() {
    let production = Production::open().await;
    production.close_all().await;
    let deployment = production.deployment().await;
    let seen = deployment.list_digests(&deployment.standing(production.clock.now())).seen();
    let eva = production.person("Eva", Role::Engineer);
    production.services.mark_item(&eva, production.id, "pdc-1.1", mark(MarkKind::Reopened, "")).await.expect("open");
    production.clock.advance_secs(1);
    production.tick(&eva, "pdc-1.1").await.expect("ticked again, by somebody else");
    let signature = NewSignature {
        role: "deployed".into(),
        comment: String::new(),
        outcome: Outcome::Passed,
        conditions: Vec::new(),
        seen: seen.as_str().into(),
    };
    let refused = production.services.sign_off(&eva, production.id, signature).await;
    assert!(is_conflict(&refused, "has changed since you opened the page"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_too_old_does_not_sign_but_ticks() {
    let production = Production::open().await;
    production.close_all().await;
    production.clock.advance_secs(3600);
    let mut late = production.person("Lea", Role::Lead);
    late.actor.authenticated_at = production.clock.now() - jiff::SignedDuration::from_secs(901);
    let seen = Digest::of_bytes(b"whatever").as_str().to_owned();
    let signature = NewSignature {
        role: "approved".into(),
        comment: String::new(),
        outcome: Outcome::Passed,
        conditions: Vec::new(),
        seen,
    };
    let stale = production.services.sign_off(&late, production.id, signature).await;
    assert!(matches!(stale, Err(ApiError::NeedsRecentLogin { max_age_secs: 900 })), "{stale:?}");
    production
        .services
        .mark_item(&late, production.id, "pdc-1.1", mark(MarkKind::Noted, "a note"))
        .await
        .expect("noted");
}
