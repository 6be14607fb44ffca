//! What there is in an account and region: every resource of every stack with the properties it has. All services but
//! `CloudFormation` answer from here, so that a deployment changes what they say.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    naming::attribute,
    outside::Drift,
    resolver::Scope,
    state::{Definition, Effect, Place, Resource, Stack},
};

/// One resource as it is.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) stack_name: String,
    pub(super) logical_id: String,
    pub(super) resource: Resource,
    /// What the template asks for.
    pub(super) expected: Value,
    /// What it is: the same, unless somebody changed it by hand.
    pub(super) properties: Value,
    /// Somebody deleted it by hand.
    pub(super) is_gone: bool,
    /// Nothing: before anybody looked.
    pub(super) made_at: Option<Timestamp>,
    pub(super) changed_at: Timestamp,
    pub(super) account: String,
    pub(super) region: String,
}

impl Live {
    pub(super) fn id(&self) -> &str {
        &self.resource.physical_id
    }

    pub(super) fn kind(&self) -> &str {
        &self.resource.resource_type
    }

    /// What `Fn::GetAtt` answers.
    pub(super) fn attribute(&self, name: &str) -> String {
        attribute(&self.resource, name, &self.account, &self.region)
    }

    pub(super) fn arn(&self) -> String {
        self.attribute("Arn")
    }

    pub(super) fn get(&self, property: &str) -> Option<&Value> {
        self.properties.get(property)
    }

    pub(super) fn text(&self, property: &str) -> Option<&str> {
        self.get(property)?.as_str()
    }

    /// A flag, also where the template writes it as text.
    pub(super) fn flag(&self, property: &str, otherwise: bool) -> bool {
        match self.get(property) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text == "true",
            _ => otherwise,
        }
    }

    /// A number, also where the template writes it as text.
    pub(super) fn number(&self, property: &str) -> Option<f64> {
        number(self.get(property)?)
    }

    pub(super) fn whole(&self, property: &str, otherwise: u32) -> u32 {
        self.get(property)
            .and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()))
            .and_then(|value| u32::try_from(value).ok())
            .unwrap_or(otherwise)
    }

    /// Texts of a list; nothing where it is none.
    pub(super) fn texts(&self, property: &str) -> Vec<&str> {
        self.get(property).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// Where a resource is read by name, in every service.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    resources: Vec<Live>,
}

impl Inventory {
    /// What there is of a type, in the order of stacks.
    pub(super) fn of(&self, kind: &str) -> impl Iterator<Item = &Live> {
        self.resources.iter().filter(move |live| live.kind() == kind && !live.is_gone)
    }

    pub(super) fn find(&self, kind: &str, id: &str) -> Option<&Live> {
        self.of(kind).find(|live| live.id() == id)
    }

    /// All of a stack, what was deleted by hand included.
    pub(super) fn stack(&self, stack_name: &str) -> impl Iterator<Item = &Live> {
        self.resources.iter().filter(move |live| live.stack_name == stack_name)
    }

    fn read(place: &Place) -> Self {
        let exports: BTreeMap<String, String> =
            place.exports().map(|(name, value, _)| (name.to_owned(), value.to_owned())).collect();
        let stacks = place.stacks.iter().filter(|stack| !stack.is_deleted());
        Self { resources: stacks.flat_map(|stack| of_stack(place, stack, &exports)).collect() }
    }
}

fn of_stack(place: &Place, stack: &Stack, exports: &BTreeMap<String, String>) -> Vec<Live> {
    let here = (place.account.as_str(), place.region.as_str());
    let name = (stack.name.as_str(), stack.id.as_str());
    let scope = |definition: &'_ Definition, value: &Value| {
        let Definition { template, parameters, .. } = definition;
        Scope::new(here, name, template, parameters, &stack.resources, exports).resolve(value)
    };
    let coming = coming(stack);
    let live = stack.resources.iter().map(|(logical_id, resource)| {
        let path = format!("/Resources/{logical_id}/Properties");
        let in_force = stack.definition.template.pointer(&path).map(|value| scope(&stack.definition, value));
        // Made by an operation that has not ended yet.
        let properties = in_force.or_else(|| coming.and_then(|next| Some(scope(next, next.template.pointer(&path)?))));
        let expected = properties.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        let (properties, is_gone) = by_hand(&place.outside.drifts, &stack.name, logical_id, &expected);
        let events = || stack.events.iter().rev().filter(|event| event.logical_id == *logical_id);
        let made_at = events()
            .find(|event| {
                event.status == "CREATE_COMPLETE" && event.physical_id.as_ref() == Some(&resource.physical_id)
            })
            .map(|event| event.at);
        let changed_at = events().find(|event| event.status.ends_with("_COMPLETE")).map(|event| event.at);
        Live {
            stack_name: stack.name.clone(),
            logical_id: logical_id.clone(),
            resource: resource.clone(),
            expected,
            properties,
            is_gone,
            made_at,
            changed_at: changed_at.unwrap_or(stack.created_at),
            account: place.account.clone(),
            region: place.region.clone(),
        }
    });
    live.collect()
}

fn coming(stack: &Stack) -> Option<&Definition> {
    stack.operation.as_ref()?.steps.iter().find_map(|step| match &step.effect {
        Effect::Become(definition) => Some(&**definition),
        _ => None,
    })
}

/// What was changed outside the stack, as long as the stack still asks for what it asked for then.
fn by_hand(drifts: &[Drift], stack_name: &str, logical_id: &str, expected: &Value) -> (Value, bool) {
    let mut actual = expected.clone();
    let mut is_gone = false;
    for drift in drifts.iter().filter(|drift| drift.stack_name == stack_name && drift.logical_id == logical_id) {
        match &drift.pointer {
            None => is_gone = true,
            Some(pointer) if expected.pointer(pointer) == drift.instead_of.as_ref() => {
                set(&mut actual, pointer, drift.value.as_ref());
            }
            Some(_) => {}
        }
    }
    (actual, is_gone)
}

/// Sets or removes what a JSON pointer names; members on the way are made.
fn set(value: &mut Value, pointer: &str, new: Option<&Value>) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    let mut here = value;
    for part in parent.split('/').skip(1) {
        let next = match here {
            Value::Array(items) => part.parse::<usize>().ok().and_then(|i| items.get_mut(i)),
            Value::Object(map) => Some(map.entry(part).or_insert_with(|| Value::Object(serde_json::Map::new()))),
            _ => None,
        };
        let Some(next) = next else { return };
        here = next;
    }
    match (here, new) {
        (Value::Object(map), Some(new)) => {
            map.insert(last.to_owned(), new.clone());
        }
        (Value::Object(map), None) => {
            map.remove(last);
        }
        (Value::Array(items), Some(new)) => {
            if let Some(item) = last.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                *item = new.clone();
            }
        }
        _ => {}
    }
}

/// Read once for every change of a place: resolving a hundred resources takes longer than answering from them.
#[derive(Debug, Default)]
pub(super) struct Inventories {
    read: Mutex<BTreeMap<String, (usize, Arc<Inventory>)>>,
}

impl Inventories {
    pub(super) fn of(&self, place: &Place) -> Arc<Inventory> {
        // Nothing happens to a stack without an event.
        let events: usize = place.stacks.iter().map(|stack| stack.events.len()).sum();
        let age = events + place.outside.drifts.len();
        let key = format!("{}/{}", place.account, place.region);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, inventory)) = read.get(&key)
            && *of == age
        {
            return inventory.clone();
        }
        let inventory = Arc::new(Inventory::read(place));
        read.insert(key, (age, inventory.clone()));
        inventory
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn drift(pointer: &str, value: Option<Value>, instead_of: Option<Value>) -> Drift {
        let (stack_name, logical_id) = ("Shop".to_owned(), "Queue".to_owned());
        Drift { stack_name, logical_id, pointer: Some(pointer.to_owned()), value, instead_of }
    }

    #[test]
    fn a_change_by_hand_lasts_until_the_stack_asks_for_something_else() {
        let drifts = [drift("/Timeout", Some(json!(5)), Some(json!(30)))];
        let actual = |expected: Value| by_hand(&drifts, "Shop", "Queue", &expected).0;
        assert_eq!(actual(json!({"Timeout": 30, "Name": "q"})), json!({"Timeout": 5, "Name": "q"}));
        assert_eq!(actual(json!({"Timeout": 60})), json!({"Timeout": 60}));
    }

    #[test]
    fn a_change_by_hand_can_add_and_remove() {
        let drifts = [
            drift("/Tracing/Mode", Some(json!("Active")), None),
            drift("/Rules/0/Limit", Some(json!(7)), Some(json!(100))),
            drift("/Name", None, Some(json!("q"))),
        ];
        let (actual, _) = by_hand(&drifts, "Shop", "Queue", &json!({"Name": "q", "Rules": [{"Limit": 100}]}));
        assert_eq!(actual, json!({"Tracing": {"Mode": "Active"}, "Rules": [{"Limit": 7}]}));
    }
}
