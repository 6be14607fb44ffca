//! A plan: what a release would change in one environment. An approval is bound to its digest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{digest::Digest, template};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// First in the order a person should read.
    Remove,
    Modify,
    Add,
    Import,
    Dynamic,
}

/// Whether CloudFormation will replace the physical resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replacement {
    Never,
    /// Known only while executing; treated like a replacement in warnings.
    Conditional,
    Always,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyChange {
    /// For example `Properties.MemorySize`.
    pub path: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub replacement: Replacement,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceChange {
    pub logical_id: String,
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub action: ChangeAction,
    pub replacement: Replacement,
    pub properties: Vec<PropertyChange>,
}

impl ResourceChange {
    pub fn may_replace(&self) -> bool {
        matches!(self.action, ChangeAction::Modify | ChangeAction::Dynamic) && self.replacement != Replacement::Never
    }

    /// Executing this may destroy data that CloudFormation cannot bring back.
    pub fn may_lose_data(&self) -> bool {
        template::is_stateful(&self.resource_type) && (self.action == ChangeAction::Remove || self.may_replace())
    }
}

/// How many resources a plan touches; the three numbers shown wherever a plan is confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeCounts {
    pub added: u32,
    pub modified: u32,
    pub replaced: u32,
    pub removed: u32,
}

impl ChangeCounts {
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a ResourceChange>) -> Self {
        let mut counts = Self::default();
        for change in changes {
            match change.action {
                ChangeAction::Add | ChangeAction::Import => counts.added += 1,
                ChangeAction::Remove => counts.removed += 1,
                ChangeAction::Modify | ChangeAction::Dynamic if change.may_replace() => counts.replaced += 1,
                ChangeAction::Modify | ChangeAction::Dynamic => counts.modified += 1,
            }
        }
        counts
    }

    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            added: self.added + other.added,
            modified: self.modified + other.modified,
            replaced: self.replaced + other.replaced,
            removed: self.removed + other.removed,
        }
    }

    pub fn total(self) -> u32 {
        self.added + self.modified + self.replaced + self.removed
    }
}

/// Why a stack's change set could not be prepared yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferral {
    /// Logical name of the stack that must be executed first, where known.
    pub waits_for: Option<String>,
    /// Exports that do not exist yet.
    pub missing_exports: Vec<String>,
}

/// One stack's part of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackPlan {
    pub logical_name: String,
    pub stack_name: String,
    /// The stack does not exist yet: its change set creates it.
    pub is_new: bool,
    pub template_digest: Digest,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    /// What changes; empty and not deferred means the stack is already as the release wants it.
    pub changes: Vec<ResourceChange>,
    pub deferral: Option<Deferral>,
}

impl StackPlan {
    /// Sorts by what a person must read first: data loss, removals, replacements, the rest; then by name.
    ///
    /// Also makes the digest independent of the order in which CloudFormation happened to list the changes.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.changes.sort_by(|a, b| {
            let key = |c: &ResourceChange| (!c.may_lose_data(), !c.may_replace(), c.action);
            key(a).cmp(&key(b)).then_with(|| a.logical_id.cmp(&b.logical_id))
        });
        self
    }

    /// # Errors
    /// Never in practice: every part has a JSON form.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        Digest::of(&self.clone().sorted())
    }

    pub fn counts(&self) -> ChangeCounts {
        ChangeCounts::of(&self.changes)
    }

    pub fn has_changes(&self) -> bool {
        self.deferral.is_some() || !self.changes.is_empty()
    }
}

/// The digest an approval is bound to: the release, and every stack's plan in the order of execution.
///
/// # Errors
/// Never in practice: every part has a JSON form.
pub fn plan_digest(release: &Digest, stacks: &[(String, Digest)]) -> Result<Digest, serde_json::Error> {
    Digest::of(&(release, stacks))
}

/// Changes of `late` that nobody approved, for a stack whose change set could only be prepared while the deployment was
/// running. Filling a stack that did not exist is what was approved. In one that did, removing or replacing a resource
/// is not, nor is changing who may do what, nor anything whose extent is not visible.
pub fn unannounced_losses(late: &StackPlan) -> Vec<&ResourceChange> {
    let is_unseen = |c: &&ResourceChange| {
        c.action == ChangeAction::Dynamic
            || c.resource_type == "AWS::CloudFormation::Stack"
            || template::is_permission(&c.resource_type)
    };
    let is_loss = |c: &&ResourceChange| c.action == ChangeAction::Remove || c.may_replace();
    late.changes.iter().filter(|c| is_loss(c) || (!late.is_new && is_unseen(c))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(id: &str, kind: &str, action: ChangeAction, replacement: Replacement) -> ResourceChange {
        ResourceChange {
            logical_id: id.to_owned(),
            physical_id: None,
            resource_type: kind.to_owned(),
            action,
            replacement,
            properties: Vec::new(),
        }
    }

    fn plan(changes: Vec<ResourceChange>) -> StackPlan {
        StackPlan {
            logical_name: "Data".to_owned(),
            stack_name: "App-Data-production".to_owned(),
            is_new: false,
            template_digest: Digest::of_bytes(b"t"),
            parameters: BTreeMap::new(),
            tags: BTreeMap::new(),
            changes,
            deferral: None,
        }
    }

    fn mixed() -> Vec<ResourceChange> {
        vec![
            change("Fn", "AWS::Lambda::Function", ChangeAction::Modify, Replacement::Never),
            change("New", "AWS::SNS::Topic", ChangeAction::Add, Replacement::Never),
            change("Db", "AWS::RDS::DBCluster", ChangeAction::Modify, Replacement::Conditional),
            change("Old", "AWS::SNS::Topic", ChangeAction::Remove, Replacement::Never),
        ]
    }

    #[test]
    fn a_data_losing_replacement_is_read_first() {
        let order: Vec<String> = plan(mixed()).sorted().changes.into_iter().map(|c| c.logical_id).collect();
        assert_eq!(order, ["Db", "Old", "Fn", "New"]);
    }

    #[test]
    fn conditional_replacement_counts_as_replaced() {
        let counts = plan(mixed()).counts();
        assert_eq!(counts, ChangeCounts { added: 1, modified: 1, replaced: 1, removed: 1 });
    }

    #[test]
    fn the_order_of_the_answer_does_not_change_the_digest() -> Result<(), serde_json::Error> {
        let mut reversed = mixed();
        reversed.reverse();
        assert_eq!(plan(mixed()).digest()?, plan(reversed).digest()?);
        Ok(())
    }

    #[test]
    fn a_late_change_of_permissions_is_refused_in_a_stack_that_existed() {
        let role = || vec![change("Role", "AWS::IAM::Role", ChangeAction::Modify, Replacement::Never)];
        assert_eq!(unannounced_losses(&plan(role())).len(), 1);
        let new = StackPlan { is_new: true, ..plan(role()) };
        assert!(unannounced_losses(&new).is_empty());
        let dynamic = change("X", "AWS::SNS::Topic", ChangeAction::Dynamic, Replacement::Conditional);
        assert_eq!(unannounced_losses(&StackPlan { is_new: true, ..plan(vec![dynamic]) }).len(), 1);
    }

    #[test]
    fn any_changed_value_changes_the_digest() -> Result<(), serde_json::Error> {
        let mut other = plan(mixed());
        other.parameters.insert("MinCapacity".to_owned(), "2".to_owned());
        assert_ne!(plan(mixed()).digest()?, other.digest()?);
        Ok(())
    }
}
