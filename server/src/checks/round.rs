//! What one run of checks has found out so far, asked once however many checks want to know it.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use domain::blueprint::{Blueprint, Placeholder, TextPart, parse_text};
use tokio::sync::OnceCell;

use serde_json::Value;

use crate::ports::{
    AwsError, StackSnapshot, Target,
    inspection::{Seen, Service, StackResource},
};

use super::CheckEngine;

/// Answers by question. Whoever asks second waits for whoever asked first; failures are kept like answers, because a
/// denied call is denied to all.
pub(super) struct Shared<K, V>(Mutex<HashMap<K, Arc<OnceCell<V>>>>);

impl<K: Eq + Hash, V: Clone> Shared<K, V> {
    fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    pub(super) async fn get(&self, key: K, ask: impl Future<Output = V>) -> V {
        let cell = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        cell.get_or_init(|| ask).await.clone()
    }
}

type Answer<T> = Result<T, AwsError>;

pub(super) struct Round<'a> {
    pub(super) engine: CheckEngine,
    pub(super) blueprint: &'a Blueprint,
    pub(super) environment: &'a str,
    pub(super) target: Target,
    stacks: Shared<String, Answer<Option<Arc<StackSnapshot>>>>,
    resources: Shared<String, Answer<Option<Arc<Vec<StackResource>>>>>,
    properties: Shared<(String, String), Answer<Seen<Option<Value>>>>,
    services: Shared<(Service, String), Answer<Seen<Vec<Value>>>>,
}

impl<'a> Round<'a> {
    pub(super) fn new(engine: CheckEngine, blueprint: &'a Blueprint, environment: &'a str, target: Target) -> Self {
        Self {
            engine,
            blueprint,
            environment,
            target,
            stacks: Shared::new(),
            resources: Shared::new(),
            properties: Shared::new(),
            services: Shared::new(),
        }
    }

    /// The same questions with nothing known.
    pub(super) fn again(&self) -> Self {
        Self::new(self.engine.clone(), self.blueprint, self.environment, self.target.clone())
    }

    /// The physical name of a logical stack.
    pub(super) fn stack_name(&self, stack: &str) -> String {
        let definition = self.blueprint.stack(stack);
        definition.map_or_else(|| stack.to_owned(), |d| d.stack_name(self.environment))
    }

    pub(super) async fn stack(&self, stack: &str) -> Answer<Option<Arc<StackSnapshot>>> {
        let name = self.stack_name(stack);
        let ask = async { Ok(self.engine.stacks.describe_stack(&self.target, &name).await?.map(Arc::new)) };
        self.stacks.get(name.clone(), ask).await
    }

    /// `None`: there is no such stack.
    pub(super) async fn resources(&self, stack: &str) -> Answer<Option<Arc<Vec<StackResource>>>> {
        let name = self.stack_name(stack);
        let ask = async { Ok(self.engine.inspection.stack_resources(&self.target, &name).await?.map(Arc::new)) };
        self.resources.get(name.clone(), ask).await
    }

    pub(super) async fn properties(&self, kind: &str, physical_id: &str) -> Answer<Seen<Option<Value>>> {
        let ask = self.engine.inspection.resource(&self.target, kind, physical_id);
        self.properties.get((kind.to_owned(), physical_id.to_owned()), ask).await
    }

    pub(super) async fn service(&self, service: Service, physical_id: &str) -> Answer<Seen<Vec<Value>>> {
        let ask = self.engine.inspection.service(&self.target, service, physical_id);
        self.services.get((service, physical_id.to_owned()), ask).await
    }

    /// `None`: the stack, or its output, is not there.
    pub(super) async fn output(&self, stack: &str, output: &str) -> Answer<Option<String>> {
        let snapshot = self.stack(stack).await?;
        Ok(snapshot.and_then(|s| s.outputs.iter().find(|o| o.key == output).map(|o| o.value.clone())))
    }

    /// Replaces placeholders by what is really there.
    ///
    /// # Errors
    /// What is not there, or why it could not be asked, in words.
    pub(super) async fn text(&self, text: &str) -> Result<String, String> {
        let parts = parse_text(text).map_err(|part| format!("{part} is not a placeholder"))?;
        let mut resolved = String::new();
        for part in parts {
            match part {
                TextPart::Literal(literal) => resolved.push_str(&literal),
                TextPart::Placeholder(placeholder) => resolved.push_str(&self.value(placeholder).await?),
            }
        }
        Ok(resolved)
    }

    async fn value(&self, placeholder: Placeholder) -> Result<String, String> {
        match placeholder {
            Placeholder::Output { stack, output } => {
                let value = self.output(&stack, &output).await.map_err(|error| error.to_string())?;
                let value = value.ok_or_else(|| format!("stack {} has no output {output}", self.stack_name(&stack)))?;
                Ok(value.trim_end_matches('/').to_owned())
            }
            Placeholder::Resource { stack, logical_id } => {
                let resources = self.resources(&stack).await.map_err(|error| error.to_string())?;
                let resources = resources.ok_or_else(|| format!("there is no stack {}", self.stack_name(&stack)))?;
                let resource = resources.iter().find(|r| is_called(&logical_id, r));
                resource
                    .and_then(|r| r.physical_id.clone())
                    .ok_or_else(|| format!("stack {} has no resource {logical_id}", self.stack_name(&stack)))
            }
            Placeholder::Variable(name) => {
                let environment = self.blueprint.environment(self.environment);
                let value = environment.and_then(|e| e.variables.get(&name));
                value.cloned().ok_or_else(|| format!("there is no variable {name}"))
            }
        }
    }
}

/// A type names the first resource of it. Generated logical ids end in a hash: `Connect*` is the one that begins so.
fn is_called(wanted: &str, resource: &StackResource) -> bool {
    if wanted.contains("::") {
        return resource.resource_type == wanted;
    }
    match wanted.strip_suffix('*') {
        Some(prefix) => resource.logical_id.starts_with(prefix),
        None => resource.logical_id == wanted,
    }
}
