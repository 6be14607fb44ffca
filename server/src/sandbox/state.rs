//! Everything the world remembers, in a form that survives a restart.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::outside::Outside;

pub(super) const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// Makes ids unique and reproducible.
    pub(super) serial: u64,
    /// How far the clock was advanced by hand.
    pub(super) advanced_ms: i64,
    /// By `account/region`.
    pub(super) places: BTreeMap<String, Place>,
    /// By name: bucket names are unique across accounts.
    pub(super) buckets: BTreeMap<String, Bucket>,
    pub(super) dooms: Vec<Doom>,
}

/// One account and region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) stacks: Vec<Stack>,
    pub(super) change_sets: Vec<ChangeSet>,
    #[serde(default)]
    pub(super) outside: Outside,
}

/// "The next execution that touches this resource fails."
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Doom {
    pub(super) stack_name: String,
    pub(super) logical_id: String,
    pub(super) reason: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Bucket {
    pub(super) account: String,
    pub(super) objects: BTreeMap<String, Object>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Object {
    pub(super) size: usize,
    pub(super) digest: String,
    /// Kept where it may be a template: text of at most a megabyte.
    pub(super) text: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stack {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Option<Timestamp>,
    pub(super) definition: Definition,
    pub(super) resources: BTreeMap<String, Resource>,
    /// Oldest first.
    pub(super) events: Vec<Event>,
    pub(super) operation: Option<Operation>,
}

impl Stack {
    pub(super) fn is_deleted(&self) -> bool {
        self.status == "DELETE_COMPLETE"
    }
}

/// What a stack was last successfully made of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Definition {
    pub(super) template: Value,
    /// Resolved: defaults included.
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) outputs: Vec<Output>,
    /// Names of the exports it reads.
    pub(super) imports: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Output {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) description: Option<String>,
    pub(super) export_name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Resource {
    pub(super) physical_id: String,
    pub(super) resource_type: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) at: Timestamp,
    pub(super) logical_id: String,
    pub(super) physical_id: Option<String>,
    pub(super) resource_type: String,
    pub(super) status: String,
    pub(super) reason: Option<String>,
}

/// What is going to happen to a stack, decided when it began; time only has to pass.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Operation {
    pub(super) change_set_id: Option<String>,
    /// In order of time.
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) event: Event,
    pub(super) effect: Effect,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Effect {
    Nothing,
    /// The event is the stack's own: it takes over status and reason.
    Status,
    Put(Resource),
    Forget,
    /// The stack's own event, and the definition is in force from now on.
    Become(Box<Definition>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ChangeSet {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) stack_id: String,
    pub(super) stack_name: String,
    pub(super) is_create: bool,
    pub(super) client_token: String,
    pub(super) execution_token: Option<String>,
    pub(super) created_at: Timestamp,
    /// Until then it is being created, whatever `failure` says.
    pub(super) ready_at: Timestamp,
    pub(super) failure: Option<String>,
    pub(super) execution: Execution,
    pub(super) changes: Vec<Change>,
    pub(super) definition: Definition,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Execution {
    NotYet,
    InProgress,
    Complete,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Action {
    Add,
    Modify,
    Remove,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Recreation {
    Never,
    Conditionally,
    Always,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Change {
    pub(super) action: Action,
    pub(super) logical_id: String,
    pub(super) physical_id: Option<String>,
    pub(super) resource_type: String,
    pub(super) details: Vec<Detail>,
}

impl Change {
    /// As AWS sums details up: certain, possible, no replacement.
    pub(super) fn recreation(&self) -> Recreation {
        let of = |detail: &Detail| match detail.recreation {
            Recreation::Always if detail.is_dynamic => Recreation::Conditionally,
            other => other,
        };
        self.details.iter().map(of).max().unwrap_or(Recreation::Never)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Detail {
    /// `Properties`, `Tags`, `Metadata`, …
    pub(super) attribute: String,
    pub(super) name: Option<String>,
    /// `/Properties/Environment/Variables/STAGE`
    pub(super) path: String,
    pub(super) recreation: Recreation,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    /// Known only while executing, because it refers to a resource that is replaced.
    pub(super) is_dynamic: bool,
    pub(super) causing_entity: Option<String>,
}

impl State {
    /// The account and region a caller works in; made on first sight.
    pub(super) fn place(&mut self, account: &str, region: &str) -> &mut Place {
        self.places.entry(format!("{account}/{region}")).or_insert_with(|| Place {
            account: account.to_owned(),
            region: region.to_owned(),
            ..Place::default()
        })
    }
}

impl Place {
    /// By name, which only a stack that is not deleted has, or by id.
    pub(super) fn stack(&self, name_or_id: &str) -> Option<&Stack> {
        self.stacks.iter().find(|s| s.id == name_or_id || (s.name == name_or_id && !s.is_deleted()))
    }

    pub(super) fn stack_mut(&mut self, name_or_id: &str) -> Option<&mut Stack> {
        self.stacks.iter_mut().find(|s| s.id == name_or_id || (s.name == name_or_id && !s.is_deleted()))
    }

    /// Name, value and exporting stack, in order of stacks.
    pub(super) fn exports(&self) -> impl Iterator<Item = (&str, &str, &Stack)> {
        self.stacks.iter().filter(|stack| !stack.is_deleted()).flat_map(|stack| {
            let outputs = stack.definition.outputs.iter();
            outputs.filter_map(move |output| Some((output.export_name.as_deref()?, output.value.as_str(), stack)))
        })
    }

    /// Lets everything happen that should have happened by now.
    pub(super) fn settle(&mut self, now: Timestamp) {
        for stack in &mut self.stacks {
            let Some(operation) = &mut stack.operation else { continue };
            let due = operation.steps.iter().take_while(|step| step.event.at <= now).count();
            let steps: Vec<Step> = operation.steps.drain(..due).collect();
            let finished = operation.steps.is_empty();
            let change_set_id = operation.change_set_id.clone();
            for step in steps {
                stack.happen(step);
            }
            if finished {
                stack.operation = None;
                let done = matches!(stack.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE");
                let result = if done { Execution::Complete } else { Execution::Failed };
                if let Some(set) = self.change_sets.iter_mut().find(|set| Some(&set.id) == change_set_id.as_ref()) {
                    set.execution = result;
                }
            }
        }
    }
}

impl Stack {
    fn happen(&mut self, step: Step) {
        let Step { event, effect } = step;
        if matches!(effect, Effect::Status | Effect::Become(_)) {
            self.status.clone_from(&event.status);
            self.reason.clone_from(&event.reason);
        }
        match effect {
            Effect::Put(resource) => {
                self.resources.insert(event.logical_id.clone(), resource);
            }
            Effect::Forget => {
                self.resources.remove(&event.logical_id);
            }
            Effect::Become(definition) => self.definition = *definition,
            Effect::Nothing | Effect::Status => {}
        }
        self.events.push(event);
    }
}
