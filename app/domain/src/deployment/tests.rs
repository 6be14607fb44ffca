//! A realistic deployment to test on, and short words for the events that happen to it.

mod approval;
mod execution;
mod planning;
mod properties;
mod stopping;
mod table;
mod verification;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;
use crate::{
    checklist::{Item, ItemKind, MarkKind, Section, SignOffRole},
    permission::Role,
};

/// Logical names with what each depends on, in the order of execution.
type Graph<'a> = &'a [(&'a str, &'a [&'a str])];

const CHAIN: Graph<'static> = &[("Data", &[]), ("Api", &["Data"]), ("Web", &["Api"])];

/// Two ways that run side by side, and one stack that waits for both.
const DIAMOND: Graph<'static> = &[("Data", &[]), ("Queue", &[]), ("Api", &["Data", "Queue"]), ("Web", &["Api"])];

const SEVEN: Graph<'static> = &[
    ("Network", &[]),
    ("Security", &[]),
    ("Data", &["Network", "Security"]),
    ("Api", &["Data"]),
    ("Workflow", &["Data"]),
    ("Web", &["Api"]),
    ("Observability", &["Api", "Workflow"]),
];

const PHRASE: &str = "deploy to production";

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 50)
}

fn person(id: &str) -> Person {
    Person { id: id.to_owned(), name: format!("Name of {id}") }
}

fn stack_run(name: &str, depends_on: &[&str]) -> StackRun {
    StackRun::new(name, format!("Shop-{name}-production"), depends_on.iter().copied())
}

fn check_run(id: &str, severity: Severity) -> CheckRun {
    CheckRun { id: id.to_owned(), title: format!("Check {id}"), severity, verdict: None, run: 0, finished_at: None }
}

fn checklist() -> Checklist {
    let item = |id: &str, kind| Item { id: id.to_owned(), title: format!("Item {id}"), help: None, kind };
    let role = |id: &str, role| SignOffRole { id: id.to_owned(), title: format!("Role {id}"), role };
    Checklist {
        sections: vec![
            Section {
                id: "automatic".to_owned(),
                title: "Answered by checks".to_owned(),
                items: vec![item("healthy", ItemKind::Automatic { checks: vec!["health".to_owned()] })],
            },
            Section {
                id: "manual".to_owned(),
                title: "Answered by people".to_owned(),
                items: vec![
                    item("looked", ItemKind::Manual { evidence_required: false }),
                    item("measured", ItemKind::Manual { evidence_required: true }),
                ],
            },
        ],
        sign_off_roles: vec![role("engineering", Role::Lead), role("operations", Role::OnCall)],
    }
}

fn protection(quorum: u32, required_groups: &[&str]) -> Protection {
    Protection {
        phrase: PHRASE.to_owned(),
        quorum,
        required_groups: required_groups.iter().map(|&g| g.to_owned()).collect(),
        max_login_age_secs: 900,
    }
}

/// One deployment and every effect it has asked for so far.
struct Run {
    deployment: Deployment,
    effects: Vec<String>,
}

impl Run {
    /// In a protected environment, requested by Rita.
    fn protected(graph: Graph<'_>) -> Self {
        let deployment = Deployment {
            id: Uuid::nil(),
            application: "shop".to_owned(),
            environment: "production".to_owned(),
            release_id: Uuid::nil(),
            release_version: "1.4.0".to_owned(),
            release_digest: Digest::of_bytes(b"release"),
            blueprint_digest: Digest::of_bytes(b"blueprint"),
            requested_by: person("rita"),
            requested_at: now(),
            reason: "Scheduled release".to_owned(),
            protection: Some(protection(1, &[])),
            checklist: checklist(),
            state: State::Planning,
            stacks: graph.iter().map(|(name, depends_on)| stack_run(name, depends_on)).collect(),
            plan_digest: None,
            approvals: Vec::new(),
            checks: vec![check_run("health", Severity::Error), check_run("latency", Severity::Warning)],
            marks: Vec::new(),
            sign_offs: Vec::new(),
            cancellation: None,
            failure: None,
            started_at: None,
            finished_at: None,
        };
        let effects = deployment.begin().iter().map(Effect::key).collect();
        Self { deployment, effects }
    }

    fn unprotected(graph: Graph<'_>) -> Self {
        let mut run = Self::protected(graph);
        run.deployment.protection = None;
        run.deployment.checklist = Checklist::default();
        run
    }

    /// Applies an event that must be accepted and answers with the keys of its effects.
    fn apply(&mut self, event: &Event) -> Vec<String> {
        let (next, effects) = match self.deployment.apply(event, now()) {
            Ok(accepted) => accepted,
            Err(refusal) => panic!("{event:?} was refused: {refusal}"),
        };
        let keys: Vec<String> = effects.iter().map(Effect::key).collect();
        self.deployment = next;
        self.effects.extend(keys.clone());
        keys
    }

    fn refusal(&self, event: &Event) -> Refusal {
        match self.deployment.apply(event, now()) {
            Ok((next, _)) => panic!("{event:?} was accepted and led to {:?}", next.state),
            Err(refusal) => refusal,
        }
    }

    fn state(&self) -> State {
        self.deployment.state
    }

    fn stack_state(&self, name: &str) -> StackRunState {
        self.deployment.stack(name).expect("the stack is in the graph").state
    }

    fn plan(&self) -> Digest {
        self.deployment.plan_digest.clone().expect("planning is over")
    }

    fn prepare_all(mut self) -> Self {
        for name in self.names() {
            self.apply(&prepared(&name));
        }
        self
    }

    fn names(&self) -> Vec<String> {
        self.deployment.stacks.iter().map(|s| s.logical_name.clone()).collect()
    }

    fn approved_by(&self, id: &str) -> Event {
        Event::Approved {
            by: person(id),
            groups: Vec::new(),
            plan_digest: self.plan(),
            phrase: PHRASE.to_owned(),
            comment: String::new(),
        }
    }

    /// Every change set prepared, the plan approved.
    fn executing(graph: Graph<'_>) -> Self {
        let mut run = Self::protected(graph).prepare_all();
        run.apply(&run.approved_by("anna"));
        run
    }

    /// Every stack done, every check asked.
    fn verifying() -> Self {
        let mut run = Self::executing(CHAIN);
        for name in run.names() {
            run.apply(&started(&name));
            run.apply(&succeeded(&name));
        }
        run
    }

    /// Every check has passed; no item is ticked yet.
    fn awaiting_sign_off() -> Self {
        let mut run = Self::verifying();
        run.apply(&answered("health", 1, Verdict::Pass));
        run.apply(&answered("latency", 1, Verdict::Pass));
        run
    }

    /// Ready to be signed.
    fn with_closed_list() -> Self {
        let mut run = Self::awaiting_sign_off();
        run.apply(&marked("looked", MarkKind::Done, ""));
        run.apply(&marked("measured", MarkKind::Done, "p95 is 80 ms"));
        run
    }
}

fn prepared(stack: &str) -> Event {
    Event::ChangeSetPrepared {
        stack: stack.to_owned(),
        change_set: ChangeSetRef { id: format!("cs-{stack}"), name: "lockkeeper".into(), stack_id: stack.to_owned() },
        plan_digest: Digest::of_bytes(stack.as_bytes()),
        counts: ChangeCounts { added: 1, ..ChangeCounts::default() },
        is_new: false,
        may_lose_data: false,
    }
}

fn empty(stack: &str) -> Event {
    Event::ChangeSetEmpty { stack: stack.to_owned(), plan_digest: Digest::of_bytes(b"empty") }
}

fn deferred(stack: &str, waits_for: &str) -> Event {
    let deferral =
        Deferral { waits_for: Some(waits_for.to_owned()), missing_exports: vec![format!("{waits_for}-Export")] };
    let plan_digest = Digest::of_bytes(b"deferred");
    Event::ChangeSetDeferred { stack: stack.to_owned(), deferral, plan_digest, is_new: true }
}

fn unprepared(stack: &str) -> Event {
    Event::ChangeSetFailed { stack: stack.to_owned(), reason: "Template format error".to_owned() }
}

fn late_losses(stack: &str) -> Event {
    Event::LateChangesRefused { stack: stack.to_owned(), resources: vec!["Table".to_owned()] }
}

fn started(stack: &str) -> Event {
    Event::StackStarted { stack: stack.to_owned() }
}

fn succeeded(stack: &str) -> Event {
    Event::StackSucceeded { stack: stack.to_owned() }
}

fn not_started(stack: &str) -> Event {
    Event::StackNotStarted { stack: stack.to_owned() }
}

fn failed(stack: &str, reason: &str) -> Event {
    Event::StackFailed { stack: stack.to_owned(), reason: reason.to_owned() }
}

fn answered(check: &str, run: u32, verdict: Verdict) -> Event {
    Event::CheckFinished { check: check.to_owned(), run, verdict }
}

fn rerun(checks: &[&str]) -> Event {
    Event::ChecksRequested { by: person("emil"), checks: checks.iter().map(|&c| c.to_owned()).collect() }
}

fn marked(item: &str, kind: MarkKind, note: &str) -> Event {
    Event::ItemMarked { item: item.to_owned(), kind, by: person("emil"), note: note.to_owned() }
}

fn reopened(item: &str) -> Event {
    Event::ItemReopened { item: item.to_owned(), by: person("emil") }
}

fn signed(role: &str, by: &str) -> Event {
    Event::SignedOff { role: role.to_owned(), by: person(by), comment: String::new() }
}

fn cancel() -> Event {
    Event::CancelRequested { by: person("olga"), reason: "Customers complain".to_owned() }
}

fn superseded() -> Event {
    Event::Superseded { by_deployment: "newer".to_owned() }
}

fn abandoned(reason: &str) -> Event {
    Event::Abandoned { by: person("anna"), reason: reason.to_owned() }
}

fn ended_as_failed(reason: &str) -> Event {
    Event::MarkedFailed { by: person("anna"), reason: reason.to_owned() }
}
