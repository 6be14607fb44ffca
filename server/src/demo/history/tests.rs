use std::{fs, sync::Arc};

use app::views::{AuditFilter, DeploymentFilter, DeploymentRow};
use domain::{audit::ChainVerifier, permission::Role};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    auth::random_text,
    clock::SystemClock,
    config::Secret,
    db,
    demo::{bind, configuration, site},
};

/// A folder of its own, gone when the test is.
struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Made {
    services: Services,
    world: Arc<sandbox::World>,
    _folder: Folder,
}

async fn made() -> Made {
    let folder = Folder(std::env::temp_dir().join(format!("lockkeeper-history-{}", random_text())));
    fs::create_dir_all(folder.0.join("blueprints")).unwrap();
    fs::write(folder.0.join("blueprints").join(seed::BLUEPRINT_FILE), seed::BLUEPRINT).unwrap();
    let listener = bind(0).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let running = tokio_util::task::TaskTracker::new();
    running.spawn(site::run(listener, stop.clone()));
    let config = configuration(&folder.0, address, "http://127.0.0.1:1", &Secret::new("s".to_owned())).unwrap();
    let account_file = folder.0.join("account.json");
    let seeds = seed::unpack(&folder.0).unwrap();
    let past = Past {
        config: &config,
        issuer: "http://127.0.0.1:1",
        site_url: &format!("http://{address}"),
        account_file: &account_file,
        seeds: &seeds,
        now: SystemClock.now(),
    };
    past.make().await.unwrap();
    // A second start finds the past there and leaves it alone.
    let before = fs::metadata(&account_file).unwrap().modified().unwrap();
    past.make().await.unwrap();
    assert_eq!(fs::metadata(&account_file).unwrap().modified().unwrap(), before);
    stop.cancel();
    running.close();
    running.wait().await;
    let db = Db::connect(config.database.url.expose()).await.unwrap();
    let services = Services {
        db,
        blueprints: Arc::new(Library::open(&config.blueprints_dir)),
        clock: Arc::new(SystemClock),
        live: LiveHub::new(),
        work: Arc::new(Notify::new()),
        suite_work: Arc::new(Notify::new()),
        stale_after_secs: 60,
    };
    let options = SandboxOptions { file: Some(account_file), ..SandboxOptions::new(ACCOUNT) };
    let world = sandbox::World::open(options, Arc::new(SystemClock)).unwrap();
    Made { services, world, _folder: folder }
}

fn admin() -> Caller {
    Caller {
        actor: Actor {
            id: "ada".to_owned(),
            name: "Ada".to_owned(),
            email: None,
            kind: ActorKind::Person,
            groups: Vec::new(),
            grants: vec![domain::permission::Grant { role: Role::Admin, applications: None, environments: None }],
            authenticated_at: SystemClock.now(),
        },
        address: None,
        request_id: "test".to_owned(),
    }
}

fn told(row: &DeploymentRow) -> String {
    format!("{} {} {}", row.version, row.band.environment, row.state.words())
}

#[tokio::test]
async fn the_demo_begins_with_a_past_that_was_really_lived_through() {
    let Made { services, world, _folder } = made().await;
    let deployments = services.deployments(&admin(), &DeploymentFilter::default()).await.unwrap();
    let all: Vec<String> = deployments.rows.iter().map(told).collect();
    assert_eq!(
        all,
        [
            "1.5.0 staging Succeeded",
            "1.5.0 staging Failed",
            "1.4.0 production Succeeded",
            "1.4.0 production Rejected",
            "1.4.0 staging Succeeded",
        ]
    );
    assert!(deployments.rows.iter().all(|row| row.requested_at < SystemClock.now()), "all of it is past");
    let took = |row: &DeploymentRow| row.finished_at.unwrap().duration_since(row.requested_at).as_mins();
    assert!(deployments.rows.iter().all(|row| (4..240).contains(&took(row))), "none took no time or a day");

    let failed = services.deployment(&admin(), deployments.rows[1].id).await.unwrap();
    assert!(failed.deployment.failure.is_some());
    let production = services.deployment(&admin(), deployments.rows[2].id).await.unwrap();
    assert_eq!(production.deployment.approvals.len(), 1);
    assert!(production.deployment.missing_sign_offs().is_empty() && production.deployment.open_items().is_empty());
    assert!(!production.checks.is_empty() && production.checks.iter().all(|check| check.outcome.is_some()));

    let overview = services.overview(&admin()).await.unwrap();
    for summary in &overview.applications[0].environments {
        let version = if summary.band.environment == "production" { "1.4.0" } else { "1.5.0" };
        assert_eq!(summary.release.as_ref().map(|r| r.version.as_str()), Some(version), "{}", summary.sentence);
        assert!(summary.active_deployment.is_none(), "nothing waits");
    }
    assert!(!world.is_empty());
    let audit = services.audit(&admin(), &AuditFilter::default()).await.unwrap();
    for act in ["approve_plan", "reject_plan", "sign_off", "create_release"] {
        let filter = AuditFilter { action: Some(act.to_owned()), ..AuditFilter::default() };
        let rows = services.audit(&admin(), &filter).await.unwrap().rows;
        assert!(!rows.is_empty() && rows.iter().all(|row| row.actor.contains(' ')), "{act} was done by a person");
    }
    let mut connection = services.db.read().await.unwrap();
    let mut verifier = ChainVerifier::default();
    for (event, hash) in db::audit::list_after(&mut connection, 0, 10_000).await.unwrap() {
        verifier.accept(&event, &hash).unwrap();
    }
    assert_eq!(u64::try_from(verifier.head().0).unwrap(), audit.paging.total);
}
