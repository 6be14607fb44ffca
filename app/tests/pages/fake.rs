//! A small world for page tests and for looking at pages: ports that answer from memory.
//!
//! Deployments are driven through the real state machine, so that no test shows a state that cannot happen.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_imports,
    reason = "made for tests, where a broken fixture should stop everything"
)]
#![allow(dead_code, reason = "every user of this module uses another part of it")]

#[path = "fake/checks.rs"]
pub mod checks;
#[path = "fake/deployments.rs"]
pub mod deployments;
#[path = "fake/watches.rs"]
pub mod watches;
#[path = "fake/world.rs"]
pub mod world;

use std::sync::{Arc, Mutex};

use app::{
    error::ApiError,
    form::{FormState, FormStore},
    ports::{Acts, Caller, Clock, EvidenceReads, Ports, Reads},
    views::*,
};
use async_trait::async_trait;
use domain::{
    checklist::MarkKind,
    permission::{Actor, ActorKind, Grant, Role},
};
use jiff::Timestamp;
use uuid::Uuid;

use self::world::World;

pub fn now() -> Timestamp {
    "2026-11-23T09:30:00Z".parse().unwrap()
}

pub fn ago(secs: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() - secs).unwrap()
}

pub fn caller(name: &str, role: Role) -> Caller {
    Caller {
        actor: Actor {
            id: format!("https://id.example.org#{}", name.to_lowercase()),
            name: name.to_owned(),
            email: Some(format!("{}@example.org", name.to_lowercase().replace(' ', "."))),
            kind: ActorKind::Person,
            groups: vec!["shop-leads".to_owned(), "everybody".to_owned()],
            grants: vec![Grant { role, applications: None, environments: None }],
            authenticated_at: ago(300),
        },
        address: Some("192.0.2.7".to_owned()),
        request_id: "req-1".to_owned(),
    }
}

pub struct FakeClock;

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

pub struct FakeReads {
    pub world: World,
}

#[async_trait]
impl Reads for FakeReads {
    async fn overview(&self, _: &Caller) -> Result<OverviewView, ApiError> {
        tokio::task::yield_now().await;
        Ok(self.world.overview())
    }

    async fn environment(
        &self,
        _: &Caller,
        application: &str,
        name: &str,
        tables: &EnvironmentTables,
    ) -> Result<EnvironmentView, ApiError> {
        self.world.environment(application, name, tables)
    }

    async fn checks(
        &self,
        _: &Caller,
        application: &str,
        name: &str,
        _: &ChecksFilter,
    ) -> Result<ChecksView, ApiError> {
        self.world.checks(application, name)
    }

    async fn releases(&self, _: &Caller, filter: &ReleaseFilter) -> Result<ReleasesView, ApiError> {
        Ok(self.world.releases(filter))
    }

    async fn release(&self, _: &Caller, id: Uuid) -> Result<ReleaseView, ApiError> {
        self.world.release(id)
    }

    async fn deployments(&self, _: &Caller, filter: &DeploymentFilter) -> Result<DeploymentsView, ApiError> {
        Ok(self.world.deployments(filter))
    }

    async fn deployment(&self, caller: &Caller, id: Uuid) -> Result<DeploymentView, ApiError> {
        self.world.deployment(caller, id)
    }

    async fn approvals(&self, _: &Caller) -> Result<ApprovalsView, ApiError> {
        Ok(self.world.approvals())
    }

    async fn audit(&self, caller: &Caller, filter: &AuditFilter) -> Result<AuditView, ApiError> {
        World::audit(caller, filter)
    }

    async fn account(&self, caller: &Caller) -> Result<AccountView, ApiError> {
        Ok(World::account(caller))
    }

    async fn search(&self, _: &Caller, text: &str) -> Result<SearchView, ApiError> {
        Ok(World::search(text))
    }
}

#[async_trait]
impl EvidenceReads for FakeReads {
    async fn evidence(&self, _: &Caller, filter: &EvidenceFilter) -> Result<EvidenceView, ApiError> {
        Ok(self.world.evidence(filter))
    }
}

/// Remembers what it was asked and answers as told.
#[derive(Default)]
pub struct FakeActs {
    pub asked: Mutex<Vec<String>>,
    pub refusal: Mutex<Option<ApiError>>,
}

impl FakeActs {
    pub fn refusing(error: ApiError) -> Self {
        Self { refusal: Mutex::new(Some(error)), ..Self::default() }
    }

    pub fn note(&self, what: String) -> Result<(), ApiError> {
        self.asked.lock().unwrap().push(what);
        self.refusal.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl Acts for FakeActs {
    async fn request_deployment(&self, _: &Caller, r: Uuid, environment: &str, reason: &str) -> Result<Uuid, ApiError> {
        self.note(format!("request {r} {environment} {reason}")).map(|()| Uuid::from_u128(7))
    }

    async fn start_deployment(&self, _: &Caller, id: Uuid, digest: &str) -> Result<(), ApiError> {
        self.note(format!("start {id} {digest}"))
    }

    async fn approve_plan(&self, _: &Caller, id: Uuid, digest: &str, phrase: &str, note: &str) -> Result<(), ApiError> {
        self.note(format!("approve {id} {digest} {phrase} {note}"))
    }

    async fn reject_plan(&self, _: &Caller, id: Uuid, digest: &str, comment: &str) -> Result<(), ApiError> {
        self.note(format!("reject {id} {digest} {comment}"))
    }

    async fn cancel_deployment(&self, _: &Caller, id: Uuid, reason: &str) -> Result<(), ApiError> {
        self.note(format!("cancel {id} {reason}"))
    }

    async fn run_checks(&self, _: &Caller, id: Uuid, checks: &[String]) -> Result<(), ApiError> {
        self.note(format!("checks {id} {}", checks.join("+")))
    }

    async fn run_suite(&self, _: &Caller, application: &str, place: &str, suite: &str) -> Result<Uuid, ApiError> {
        self.note(format!("suite {application} {place} {suite}")).map(|()| Uuid::from_u128(8))
    }

    async fn mark_item(&self, _: &Caller, id: Uuid, item: &str, kind: MarkKind, note: &str) -> Result<(), ApiError> {
        self.note(format!("mark {id} {item} {kind:?} {note}"))
    }

    async fn reopen_item(&self, _: &Caller, id: Uuid, item: &str) -> Result<(), ApiError> {
        self.note(format!("reopen {id} {item}"))
    }

    async fn sign_off(&self, _: &Caller, id: Uuid, role: &str, comment: &str) -> Result<(), ApiError> {
        self.note(format!("sign {id} {role} {comment}"))
    }

    async fn mark_failed(&self, _: &Caller, id: Uuid, reason: &str) -> Result<(), ApiError> {
        self.note(format!("fail {id} {reason}"))
    }
}

/// Keeps forms in memory; the page they come from is fixed.
pub struct FakeForms {
    pub page: String,
    pub kept: Arc<Mutex<Vec<FormState>>>,
}

#[async_trait]
impl FormStore for FakeForms {
    async fn keep(&self, state: FormState) -> Result<(), ApiError> {
        self.kept.lock().unwrap().push(state);
        Ok(())
    }

    fn page(&self) -> String {
        self.page.clone()
    }
}

pub fn ports(world: World, acts: Arc<FakeActs>) -> Ports {
    Ports { reads: Arc::new(FakeReads { world }), acts, clock: Arc::new(FakeClock) }
}
