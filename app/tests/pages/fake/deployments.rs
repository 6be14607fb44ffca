//! Deployments in every state that matters, each brought there by events.

use std::collections::BTreeMap;

use domain::{
    blueprint::Protection,
    check::{Severity, Verdict},
    checklist::{Checklist, Item, ItemKind, MarkKind, Person, Section, SignOffRole},
    deployment::{ChangeSetRef, CheckRun, Deployment, Event, StackRun, State},
    digest::Digest,
    permission::Role,
    plan::{ChangeAction, Deferral, PropertyChange, Replacement, ResourceChange, StackPlan},
};
use uuid::Uuid;

use super::{ago, now};

pub const PHRASE: &str = "DEPLOY TO PRODUCTION";

pub fn person(name: &str) -> Person {
    Person { id: format!("https://id.example.org#{}", name.to_lowercase()), name: name.to_owned() }
}

fn item(id: &str, title: &str, kind: ItemKind) -> Item {
    Item { id: id.to_owned(), title: title.to_owned(), help: None, kind }
}

fn checklist() -> Checklist {
    let automatic = |checks: &[&str]| ItemKind::Automatic { checks: checks.iter().map(|c| (*c).to_owned()).collect() };
    Checklist {
        sections: vec![
            Section {
                id: "infrastructure".to_owned(),
                title: "Infrastructure".to_owned(),
                items: vec![
                    item("stacks", "All stacks are deployed", automatic(&["stack-data", "stack-api"])),
                    item("health", "The API answers and is healthy", automatic(&["http-health"])),
                ],
            },
            Section {
                id: "operations".to_owned(),
                title: "Operations".to_owned(),
                items: vec![
                    Item {
                        help: Some("The restore of last month counts if the schema did not change.".to_owned()),
                        ..item(
                            "backup",
                            "A restore from backup was tried",
                            ItemKind::Manual { evidence_required: true },
                        )
                    },
                    item(
                        "on-call",
                        "On-call knows about this deployment",
                        ItemKind::Manual { evidence_required: false },
                    ),
                ],
            },
        ],
        sign_off_roles: vec![SignOffRole {
            id: "engineering".to_owned(),
            title: "Engineering lead".to_owned(),
            role: Role::Lead,
        }],
    }
}

fn run(name: &str, depends_on: &[&str]) -> StackRun {
    StackRun::new(name, format!("Shop-{name}-production"), depends_on.iter().copied())
}

fn check(id: &str, title: &str, severity: Severity) -> CheckRun {
    CheckRun { id: id.to_owned(), title: title.to_owned(), severity, verdict: None, run: 0, finished_at: None }
}

/// Just requested, nothing prepared. `is_protected` decides between approval and start.
pub fn requested(number: u128, is_protected: bool) -> Deployment {
    Deployment {
        id: Uuid::from_u128(number),
        application: "shop".to_owned(),
        environment: if is_protected { "production" } else { "staging" }.to_owned(),
        release_id: Uuid::from_u128(1),
        release_version: "1.5.0".to_owned(),
        release_digest: Digest::of_bytes(b"release 1.5.0"),
        blueprint_digest: Digest::of_bytes(b"blueprint"),
        requested_by: person("Eli Novak"),
        requested_at: ago(1_500),
        reason: "Faster checkout and the new price list".to_owned(),
        protection: is_protected.then(|| Protection {
            phrase: PHRASE.to_owned(),
            quorum: 2,
            required_groups: vec!["shop-leads".to_owned()],
            max_login_age_secs: 900,
        }),
        checklist: if is_protected { checklist() } else { Checklist::default() },
        state: State::Planning,
        stacks: vec![
            run("Network", &[]),
            run("Data", &["Network"]),
            run("Api", &["Data"]),
            run("Web", &["Api"]),
            run("Monitoring", &["Api"]),
        ],
        plan_digest: None,
        approvals: Vec::new(),
        checks: vec![
            check("stack-data", "Stack Data is deployed", Severity::Error),
            check("stack-api", "Stack Api is deployed", Severity::Error),
            check("http-health", "The API answers /health", Severity::Error),
            check("http-fast", "The front page is fast", Severity::Warning),
        ],
        marks: Vec::new(),
        sign_offs: Vec::new(),
        cancellation: None,
        failure: None,
        started_at: None,
        finished_at: None,
    }
}

fn after(deployment: &Deployment, secs_ago: i64, event: &Event) -> Deployment {
    deployment.apply(event, ago(secs_ago)).unwrap().0
}

fn prepared(stack: &StackPlan) -> Event {
    Event::ChangeSetPrepared {
        stack: stack.logical_name.clone(),
        change_set: ChangeSetRef {
            id: format!("arn:aws:cloudformation:eu-central-1:111122223333:changeSet/lk-1/{}", stack.logical_name),
            name: "lk-1".to_owned(),
            stack_id: format!("arn:aws:cloudformation:eu-central-1:111122223333:stack/{}/1", stack.stack_name),
        },
        plan_digest: stack.digest().unwrap(),
        counts: stack.counts(),
        is_new: stack.is_new,
        may_lose_data: stack.changes.iter().any(ResourceChange::may_lose_data),
    }
}

pub fn planned(number: u128, is_protected: bool) -> Deployment {
    let mut deployment = requested(number, is_protected);
    for stack in plan() {
        let event = if let Some(deferral) = stack.deferral.clone() {
            let plan_digest = stack.digest().unwrap();
            let is_new = stack.is_new;
            Event::ChangeSetDeferred { stack: stack.logical_name.clone(), deferral, plan_digest, is_new }
        } else if stack.changes.is_empty() {
            Event::ChangeSetEmpty { stack: stack.logical_name.clone(), plan_digest: stack.digest().unwrap() }
        } else {
            prepared(&stack)
        };
        deployment = after(&deployment, 1_440, &event);
    }
    deployment
}

pub fn approved_by(deployment: &Deployment, name: &str, secs_ago: i64) -> Deployment {
    let event = Event::Approved {
        by: person(name),
        groups: vec!["shop-leads".to_owned()],
        plan_digest: deployment.plan_digest.clone().unwrap(),
        phrase: PHRASE.to_owned(),
        comment: "Replacement of the cache is agreed with support".to_owned(),
    };
    after(deployment, secs_ago, &event)
}

pub fn executing(number: u128) -> Deployment {
    let deployment = approved_by(&approved_by(&planned(number, true), "Lea Becker", 900), "Sam Okoro", 700);
    let begun = Event::StackStarted { stack: "Data".to_owned() };
    // Network has no changes, so Data is the first to run.
    deployment.apply(&begun, ago(690)).map_or(deployment, |(next, _)| next)
}

pub fn failed(number: u128) -> Deployment {
    let event = Event::StackFailed {
        stack: "Data".to_owned(),
        reason: "UPDATE_ROLLBACK_COMPLETE: Cache (AWS::ElastiCache::ReplicationGroup): insufficient capacity for \
                 cache.r7g.large in eu-central-1b"
            .to_owned(),
    };
    after(&executing(number), 300, &event)
}

/// Deployed and checked: one check failed, one item is ticked, one waived.
pub fn awaiting_sign_off(number: u128) -> Deployment {
    let mut deployment = executing(number);
    for stack in ["Data", "Api"] {
        let event = Event::StackSucceeded { stack: stack.to_owned() };
        deployment = after(&deployment, 500, &event);
    }
    let late = StackPlan {
        deferral: None,
        changes: vec![added("Dashboard", "AWS::CloudWatch::Dashboard")],
        ..plan().remove(4)
    };
    deployment = after(&deployment, 450, &prepared(&late));
    for stack in ["Web", "Monitoring"] {
        deployment = after(&deployment, 400, &Event::StackSucceeded { stack: stack.to_owned() });
    }
    for (check, verdict) in [
        ("stack-data", Verdict::Pass),
        ("stack-api", Verdict::Pass),
        ("http-health", Verdict::Inconclusive),
        ("http-fast", Verdict::Warn),
    ] {
        deployment = after(&deployment, 200, &Event::CheckFinished { check: check.to_owned(), run: 1, verdict });
    }
    let mark = |item: &str, kind, note: &str| Event::ItemMarked {
        item: item.to_owned(),
        kind,
        by: person("Eli Novak"),
        note: note.to_owned(),
    };
    let ticked = after(&deployment, 120, &mark("on-call", MarkKind::Done, "Told Robin at hand-over"));
    after(
        &ticked,
        100,
        &mark("health", MarkKind::Waived, "The health address is only reachable from inside; probed by hand"),
    )
}

pub fn succeeded(number: u128) -> Deployment {
    let by = person("Eli Novak");
    let note = "Restore test of 12 November, ticket SHOP-812".to_owned();
    let done = Event::ItemMarked { item: "backup".to_owned(), kind: MarkKind::Done, by, note };
    let closed = after(&awaiting_sign_off(number), 90, &done);
    let signed = Event::SignedOff {
        role: "engineering".to_owned(),
        by: person("Lea Becker"),
        comment: "Watched the first hundred orders".to_owned(),
    };
    after(&closed, 60, &signed)
}

pub fn rejected(number: u128) -> Deployment {
    let deployment = planned(number, true);
    let plan_digest = deployment.plan_digest.clone().unwrap();
    let event = Event::Rejected {
        by: person("Lea Becker"),
        plan_digest,
        comment: "The cache must not be replaced during the sale".to_owned(),
    };
    after(&deployment, 600, &event)
}

fn added(id: &str, kind: &str) -> ResourceChange {
    ResourceChange {
        logical_id: id.to_owned(),
        physical_id: None,
        resource_type: kind.to_owned(),
        action: ChangeAction::Add,
        replacement: Replacement::Never,
        properties: Vec::new(),
    }
}

fn property(path: &str, before: Option<&str>, after: Option<&str>, replacement: Replacement) -> PropertyChange {
    PropertyChange {
        path: path.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
        replacement,
    }
}

fn modified(id: &str, kind: &str, properties: Vec<PropertyChange>) -> ResourceChange {
    let replacement = properties.iter().map(|p| p.replacement).max().unwrap_or(Replacement::Never);
    ResourceChange {
        logical_id: id.to_owned(),
        physical_id: Some(format!("shop-production-{}", id.to_lowercase())),
        resource_type: kind.to_owned(),
        action: ChangeAction::Modify,
        replacement,
        properties,
    }
}

fn stack(name: &str, changes: Vec<ResourceChange>) -> StackPlan {
    StackPlan {
        logical_name: name.to_owned(),
        stack_name: format!("Shop-{name}-production"),
        is_new: false,
        template_digest: Digest::of_bytes(name.as_bytes()),
        parameters: BTreeMap::from([("Environment".to_owned(), "production".to_owned())]),
        tags: BTreeMap::new(),
        changes,
        deferral: None,
    }
}

/// Five stacks: unchanged, with data loss, with permissions, plain, and one that must wait.
pub fn plan() -> Vec<StackPlan> {
    let removed =
        ResourceChange { action: ChangeAction::Remove, ..modified("OldTopic", "AWS::SNS::Topic", Vec::new()) };
    let monitoring = StackPlan {
        is_new: true,
        deferral: Some(Deferral {
            waits_for: Some("Api".to_owned()),
            missing_exports: vec!["Shop-Api-production-QueueName".to_owned()],
        }),
        ..stack("Monitoring", Vec::new())
    };
    vec![
        stack("Network", Vec::new()),
        stack(
            "Data",
            vec![
                modified(
                    "Orders",
                    "AWS::DynamoDB::Table",
                    vec![property(
                        "Properties.BillingMode",
                        Some("PROVISIONED"),
                        Some("PAY_PER_REQUEST"),
                        Replacement::Never,
                    )],
                ),
                modified(
                    "Cache",
                    "AWS::ElastiCache::ReplicationGroup",
                    vec![
                        property("Properties.EngineVersion", Some("6.2"), Some("7.1"), Replacement::Never),
                        property(
                            "Properties.CacheNodeType",
                            Some("cache.r6g.large"),
                            Some("cache.r7g.large"),
                            Replacement::Always,
                        ),
                    ],
                ),
                removed,
            ],
        ),
        stack(
            "Api",
            vec![
                modified(
                    "CheckoutFunction",
                    "AWS::Lambda::Function",
                    vec![
                        property("Properties.MemorySize", Some("256"), Some("512"), Replacement::Never),
                        property("Properties.Code.S3Key", Some("4f1b.zip"), Some("9ac2.zip"), Replacement::Never),
                    ],
                ),
                modified(
                    "CheckoutRole",
                    "AWS::IAM::Role",
                    vec![property(
                        "Properties.Policies",
                        Some("[{\"Action\":[\"dynamodb:GetItem\"]}]"),
                        Some("[{\"Action\":[\"dynamodb:GetItem\",\"dynamodb:PutItem\"]}]"),
                        Replacement::Never,
                    )],
                ),
                added("PriceQueue", "AWS::SQS::Queue"),
            ],
        ),
        stack("Web", vec![added("PriceListPage", "AWS::S3::Bucket")]),
        monitoring,
    ]
}

pub fn all() -> Vec<Deployment> {
    let cancelled = {
        let event = Event::CancelRequested { by: person("Robin Kay"), reason: "Traffic peak, try tonight".to_owned() };
        after(&planned(19, true), 800, &event)
    };
    vec![
        planned(10, true),
        approved_by(&planned(11, true), "Lea Becker", 900),
        executing(12),
        awaiting_sign_off(13),
        succeeded(14),
        failed(15),
        rejected(16),
        requested(17, true),
        planned(18, false),
        cancelled,
    ]
    .into_iter()
    .inspect(|d| assert!(d.requested_at < now()))
    .collect()
}
