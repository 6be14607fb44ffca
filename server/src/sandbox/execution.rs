//! What executing a change set does, worked out in full when it begins: every event with its time, and what is true
//! after each. From then on only time has to pass.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    naming::{Birthplace, physical_id, uuid},
    resolver::Scope,
    state::{
        Action, Change, Definition, Doom, Effect, Event, Operation, Output, Recreation, Resource, STACK_TYPE, Step,
    },
    template::{dependencies, order, resource_type},
    timing,
};

/// The stack as it is when the execution begins, and what is wanted of it.
pub(super) struct Plan<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) stack_name: &'a str,
    pub(super) stack_id: &'a str,
    pub(super) change_set_id: &'a str,
    pub(super) is_create: bool,
    pub(super) changes: &'a [Change],
    pub(super) wanted: &'a Definition,
    pub(super) existing: &'a BTreeMap<String, Resource>,
    /// Exports of the other stacks, with the stack that exports each.
    pub(super) exports: &'a BTreeMap<String, (String, String)>,
    /// Exports of this stack that others import, with one importer.
    pub(super) exports_in_use: &'a BTreeMap<String, String>,
    pub(super) serial: u64,
    pub(super) now: Timestamp,
    pub(super) speed: f64,
}

impl<'a> Plan<'a> {
    fn scope(&'a self, resources: &'a BTreeMap<String, Resource>, exports: &'a BTreeMap<String, String>) -> Scope<'a> {
        let Definition { template, parameters, .. } = self.wanted;
        let stack = (self.stack_name, self.stack_id);
        Scope::new((self.account, self.region), stack, template, parameters, resources, exports)
    }
}

/// One resource's part: from when to when.
struct Work<'a> {
    change: &'a Change,
    starts: Timestamp,
    ends: Timestamp,
    result: Resource,
}

pub(super) struct Schedule<'a> {
    plan: &'a Plan<'a>,
    steps: Vec<Step>,
}

/// The operation, and the doom it used up.
pub(super) fn schedule(plan: &Plan<'_>, dooms: &[Doom]) -> (Operation, Option<usize>) {
    let mut schedule = Schedule { plan, steps: Vec::new() };
    let (works, wanted) = schedule.work();
    let doom = dooms.iter().position(|doom| {
        doom.stack_name == plan.stack_name && works.iter().any(|work| work.change.logical_id == doom.logical_id)
    });
    let failing = doom.and_then(|i| dooms.get(i)).and_then(|doom| {
        let work = works.iter().find(|work| work.change.logical_id == doom.logical_id)?;
        Some((work.ends, work.change.logical_id.as_str(), doom.reason.as_str()))
    });
    schedule.open();
    match failing {
        Some((at, logical_id, reason)) => schedule.fail(&works, at, logical_id, reason),
        None => match schedule.export_conflict(&wanted) {
            Some(reason) => schedule.refuse(&works, &reason),
            None => schedule.succeed(&works, wanted),
        },
    }
    schedule.steps.sort_by_key(|step| step.event.at);
    let operation = Operation { change_set_id: Some(plan.change_set_id.to_owned()), steps: schedule.steps };
    (operation, doom)
}

impl<'a> Schedule<'a> {
    fn scaled(&self, duration: Duration) -> Duration {
        duration.div_f64(self.plan.speed)
    }

    /// Additions and modifications in the order of dependencies, side by side where they do not depend on each other;
    /// and the definition with its outputs, evaluated with the ids the resources will have.
    fn work(&self) -> (Vec<Work<'a>>, Definition) {
        let plan = self.plan;
        let serial = plan.serial.to_string();
        let at =
            Birthplace { account: plan.account, region: plan.region, stack_name: plan.stack_name, serial: &serial };
        let values: BTreeMap<String, String> =
            plan.exports.iter().map(|(name, (value, _))| (name.clone(), value.clone())).collect();
        let template = &plan.wanted.template;
        let mut future = plan.existing.clone();
        let changed: BTreeMap<&str, &Change> = plan
            .changes
            .iter()
            .filter(|change| change.action != Action::Remove)
            .map(|change| (change.logical_id.as_str(), change))
            .collect();
        let active = plan.scope(&future, &values).active();
        let mut ends: BTreeMap<String, Timestamp> = BTreeMap::new();
        let mut works = Vec::new();
        // A template with a circle was refused when the change set was created.
        for logical_id in order(template, &active).unwrap_or_default() {
            let Some(change) = changed.get(logical_id.as_str()) else { continue };
            let Some(resource) = template.get("Resources").and_then(|all| all.get(&logical_id)) else { continue };
            let kind = resource_type(resource);
            let is_new = change.action == Action::Add || change.recreation() == Recreation::Always;
            let physical_id = if is_new {
                let properties = resource.get("Properties").cloned().unwrap_or_default();
                physical_id(kind, &logical_id, &plan.scope(&future, &values).resolve(&properties), &at)
            } else {
                change.physical_id.clone().unwrap_or_default()
            };
            let result = Resource { physical_id, resource_type: kind.to_owned() };
            future.insert(logical_id.clone(), result.clone());
            let begin = plan.now + self.scaled(timing::OPENING);
            let starts =
                dependencies(resource, &active).iter().filter_map(|id| ends.get(id)).max().copied().unwrap_or(begin);
            let takes = if is_new { timing::create(kind) } else { timing::update(kind) };
            let ended = starts + self.scaled(takes);
            ends.insert(logical_id.clone(), ended);
            works.push(Work { change, starts, ends: ended, result });
        }
        future.retain(|logical_id, _| active.contains(logical_id));
        let scope = plan.scope(&future, &values);
        let mut wanted = plan.wanted.clone();
        wanted.outputs = outputs(&scope);
        (works, wanted)
    }

    fn open(&mut self) {
        let status = if self.plan.is_create { "CREATE_IN_PROGRESS" } else { "UPDATE_IN_PROGRESS" };
        self.stack_event(self.plan.now, status, Some("User Initiated"), Effect::Status);
    }

    fn succeed(&mut self, works: &[Work<'_>], wanted: Definition) {
        for work in works {
            self.begin(work);
            self.complete(work);
        }
        let done = self.end_of(works) + self.scaled(timing::CLOSING);
        let wanted = Effect::Become(Box::new(wanted));
        if self.plan.is_create {
            self.stack_event(done, "CREATE_COMPLETE", None, wanted);
            return;
        }
        self.stack_event(done, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None, wanted);
        let mut ended = done;
        for work in works.iter().filter(|work| work.change.recreation() == Recreation::Always) {
            let kind = &work.change.resource_type;
            let old = work.change.physical_id.clone();
            ended = ended.max(self.remove(&work.change.logical_id, old, kind, done, Effect::Nothing));
        }
        for change in self.plan.changes.iter().filter(|change| change.action == Action::Remove) {
            let old = change.physical_id.clone();
            ended = ended.max(self.remove(&change.logical_id, old, &change.resource_type, done, Effect::Forget));
        }
        self.stack_event(ended + self.scaled(timing::CLOSING), "UPDATE_COMPLETE", None, Effect::Status);
    }

    /// One resource fails; what is under way beside it is cancelled, what is done is undone.
    fn fail(&mut self, works: &[Work<'_>], at: Timestamp, failing: &str, reason: &str) {
        let mut failed = Vec::new();
        for work in works.iter().filter(|work| work.starts <= at) {
            self.begin_until(work, at);
            let logical_id = work.change.logical_id.as_str();
            let verb = verb(work.change.action);
            if logical_id == failing {
                self.resource_event(work, at, &format!("{verb}_FAILED"), Some(reason), Effect::Nothing);
                failed.insert(0, logical_id);
            } else if work.ends <= at {
                self.complete(work);
            } else {
                let cancelled = format!("Resource {} cancelled", if verb == "CREATE" { "creation" } else { "update" });
                self.resource_event(work, at, &format!("{verb}_FAILED"), Some(&cancelled), Effect::Nothing);
                failed.push(logical_id);
            }
        }
        let what = if self.plan.is_create { "create" } else { "update" };
        let reason = format!("The following resource(s) failed to {what}: [{}]. ", failed.join(", "));
        self.roll_back(works, at, &reason);
    }

    /// All resources are done, and then the outputs cannot be.
    fn refuse(&mut self, works: &[Work<'_>], reason: &str) {
        for work in works {
            self.begin(work);
            self.complete(work);
        }
        let at = self.end_of(works) + self.scaled(timing::CLOSING);
        self.roll_back(works, at, reason);
    }

    fn roll_back(&mut self, works: &[Work<'_>], at: Timestamp, reason: &str) {
        let begun: Vec<&Work<'_>> = works.iter().filter(|work| work.starts <= at).rev().collect();
        let from = at + self.scaled(timing::OPENING);
        if self.plan.is_create {
            let full = format!("{reason}Rollback requested by user.");
            self.stack_event(from, "ROLLBACK_IN_PROGRESS", Some(&full), Effect::Status);
            let ended = self.remove_new(&begun, from);
            self.stack_event(ended, "ROLLBACK_COMPLETE", None, Effect::Status);
            return;
        }
        self.stack_event(from, "UPDATE_ROLLBACK_IN_PROGRESS", Some(reason), Effect::Status);
        let mut restored = from;
        for work in begun.iter().filter(|work| work.change.action == Action::Modify) {
            let logical_id = &work.change.logical_id;
            let Some(old) = self.plan.existing.get(logical_id).cloned() else { continue };
            let ended = from + self.scaled(timing::update(&old.resource_type));
            let id = Some(old.physical_id.clone());
            let kind = old.resource_type.clone();
            self.event(from, logical_id, id.clone(), &kind, "UPDATE_IN_PROGRESS", None, Effect::Nothing);
            self.event(ended, logical_id, id, &kind, "UPDATE_COMPLETE", None, Effect::Put(old));
            restored = restored.max(ended);
        }
        let cleanup = restored + self.scaled(timing::CLOSING);
        self.stack_event(cleanup, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", None, Effect::Status);
        let ended = self.remove_new(&begun, cleanup);
        self.stack_event(ended, "UPDATE_ROLLBACK_COMPLETE", None, Effect::Status);
    }

    /// Removes what the failed operation had added or made as a replacement.
    fn remove_new(&mut self, begun: &[&Work<'_>], from: Timestamp) -> Timestamp {
        let mut ended = from;
        for work in begun {
            let is_replacement = work.change.recreation() == Recreation::Always;
            if work.change.action == Action::Modify && !is_replacement {
                continue;
            }
            let effect = if is_replacement { Effect::Nothing } else { Effect::Forget };
            let id = Some(work.result.physical_id.clone());
            let (logical_id, kind) = (&work.change.logical_id, &work.result.resource_type);
            ended = ended.max(self.remove(logical_id, id, kind, from, effect));
        }
        ended + self.scaled(timing::CLOSING)
    }

    fn export_conflict(&self, wanted: &Definition) -> Option<String> {
        let names: BTreeSet<&str> = wanted.outputs.iter().filter_map(|output| output.export_name.as_deref()).collect();
        let taken = names.iter().find_map(|name| Some((name, self.plan.exports.get(*name)?)));
        if let Some((name, (_, owner))) = taken {
            return Some(format!("Export with name {name} is already exported by stack {owner}. "));
        }
        let (name, importer) = self.plan.exports_in_use.iter().find(|(name, _)| !names.contains(name.as_str()))?;
        Some(format!("Export {name} cannot be deleted as it is in use by {importer}. "))
    }

    fn end_of(&self, works: &[Work<'_>]) -> Timestamp {
        works.iter().map(|work| work.ends).max().unwrap_or(self.plan.now + self.scaled(timing::OPENING))
    }

    fn begin(&mut self, work: &Work<'_>) {
        self.begin_until(work, work.ends);
    }

    fn begin_until(&mut self, work: &Work<'_>, until: Timestamp) {
        let verb = verb(work.change.action);
        let status = format!("{verb}_IN_PROGRESS");
        let replaces = work.change.action == Action::Modify && work.change.recreation() == Recreation::Always;
        let words = "Requested update requires the creation of a new physical resource; hence creating one.";
        let old = work.change.physical_id.clone();
        let kind = &work.change.resource_type;
        let logical_id = &work.change.logical_id;
        self.event(work.starts, logical_id, old, kind, &status, replaces.then_some(words), Effect::Nothing);
        let initiated = work.starts + work.starts.duration_until(work.ends).unsigned_abs() / 3;
        if (work.change.action == Action::Add || replaces) && initiated <= until {
            self.resource_event(work, initiated, &status, Some("Resource creation Initiated"), Effect::Nothing);
        }
    }

    fn complete(&mut self, work: &Work<'_>) {
        let status = format!("{}_COMPLETE", verb(work.change.action));
        self.resource_event(work, work.ends, &status, None, Effect::Put(work.result.clone()));
    }

    fn remove(
        &mut self,
        logical_id: &str,
        physical_id: Option<String>,
        kind: &str,
        from: Timestamp,
        effect: Effect,
    ) -> Timestamp {
        let ended = from + self.scaled(timing::remove(kind));
        self.event(from, logical_id, physical_id.clone(), kind, "DELETE_IN_PROGRESS", None, Effect::Nothing);
        self.event(ended, logical_id, physical_id, kind, "DELETE_COMPLETE", None, effect);
        ended
    }

    fn resource_event(&mut self, work: &Work<'_>, at: Timestamp, status: &str, reason: Option<&str>, effect: Effect) {
        let id = Some(work.result.physical_id.clone());
        self.event(at, &work.change.logical_id, id, &work.result.resource_type, status, reason, effect);
    }

    fn stack_event(&mut self, at: Timestamp, status: &str, reason: Option<&str>, effect: Effect) {
        let (name, id) = (self.plan.stack_name, self.plan.stack_id.to_owned());
        self.event(at, name, Some(id), STACK_TYPE, status, reason, effect);
    }

    #[expect(clippy::too_many_arguments, reason = "an event is these seven facts; a struct would repeat `Event`")]
    fn event(
        &mut self,
        at: Timestamp,
        logical_id: &str,
        physical_id: Option<String>,
        kind: &str,
        status: &str,
        reason: Option<&str>,
        effect: Effect,
    ) {
        let nth = self.steps.len().to_string();
        let serial = self.plan.serial.to_string();
        let id = uuid(&[self.plan.stack_id, &serial, &nth, logical_id, status]);
        let event = Event {
            // The form AWS uses for resources; the stack's own events have a bare UUID.
            id: if kind == STACK_TYPE { id } else { format!("{logical_id}-{status}-{id}") },
            at,
            logical_id: logical_id.to_owned(),
            physical_id,
            resource_type: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
        };
        self.steps.push(Step { event, effect });
    }
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Add => "CREATE",
        Action::Modify => "UPDATE",
        Action::Remove => "DELETE",
    }
}

/// Outputs whose condition holds, in the order of the template.
pub(super) fn outputs(scope: &Scope<'_>) -> Vec<Output> {
    let declared = scope.template.get("Outputs").and_then(serde_json::Value::as_object);
    let declared = declared.into_iter().flatten();
    declared
        .filter(|(_, output)| {
            output.get("Condition").and_then(serde_json::Value::as_str).is_none_or(|name| scope.condition(name))
        })
        .map(|(key, output)| {
            let text = |value: &serde_json::Value| super::template::scalar(&scope.resolve(value));
            Output {
                key: key.clone(),
                value: output.get("Value").map(text).unwrap_or_default(),
                description: output.get("Description").map(text),
                export_name: output.pointer("/Export/Name").map(text),
            }
        })
        .collect()
}
