//! What `CloudFormation` says about the changes of a change set, in the words of a plan.

use aws_sdk_cloudformation::types::{
    Change, ChangeAction as SdkAction, EvaluationType, Replacement as SdkReplacement, RequiresRecreation,
    ResourceChange as SdkChange, ResourceChangeDetail,
};
use domain::plan::{ChangeAction, PropertyChange, Replacement, ResourceChange};

pub(super) fn resource_changes(changes: &[Change]) -> Vec<ResourceChange> {
    changes.iter().filter_map(|change| change.resource_change()).map(resource_change).collect()
}

fn resource_change(change: &SdkChange) -> ResourceChange {
    let action = match change.action() {
        Some(SdkAction::Add) => ChangeAction::Add,
        Some(SdkAction::Modify | SdkAction::SyncWithActual) => ChangeAction::Modify,
        Some(SdkAction::Remove) => ChangeAction::Remove,
        Some(SdkAction::Import) => ChangeAction::Import,
        // "Dynamic" is AWS's own word for a change it cannot foresee; what we do not know is treated alike.
        _ => ChangeAction::Dynamic,
    };
    let replacement = match change.replacement() {
        Some(SdkReplacement::True) => Replacement::Always,
        Some(SdkReplacement::Conditional) => Replacement::Conditional,
        // Adds and removes carry none. A modification without it could be anything.
        None if matches!(action, ChangeAction::Modify | ChangeAction::Dynamic) => Replacement::Conditional,
        _ => Replacement::Never,
    };
    ResourceChange {
        logical_id: change.logical_resource_id().unwrap_or_default().to_owned(),
        physical_id: change.physical_resource_id().filter(|id| !id.is_empty()).map(str::to_owned),
        resource_type: change.resource_type().unwrap_or_default().to_owned(),
        action,
        replacement,
        properties: property_changes(change.details()),
    }
}

/// One row per path: AWS lists a property twice when it changes both by itself and through a reference.
fn property_changes(details: &[ResourceChangeDetail]) -> Vec<PropertyChange> {
    let mut rows: Vec<PropertyChange> = Vec::new();
    for detail in details {
        let Some(row) = property_change(detail) else { continue };
        match rows.iter_mut().find(|known| known.path == row.path) {
            Some(known) => {
                known.replacement = known.replacement.max(row.replacement);
                known.before = known.before.take().or(row.before);
                known.after = known.after.take().or(row.after);
            }
            None => rows.push(row),
        }
    }
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    rows
}

fn property_change(detail: &ResourceChangeDetail) -> Option<PropertyChange> {
    let target = detail.target()?;
    let attribute = target.attribute().map_or("Properties", |attribute| attribute.as_str());
    let path = match (target.path().filter(|path| !path.is_empty()), target.name()) {
        // AWS writes `/Properties/Environment/Variables/STAGE`.
        (Some(path), _) => path.trim_start_matches('/').replace('/', "."),
        (None, Some(name)) if !name.is_empty() => format!("{attribute}.{name}"),
        _ => attribute.to_owned(),
    };
    let replacement = match target.requires_recreation() {
        // A dynamic value may turn out unchanged: then nothing is replaced.
        Some(RequiresRecreation::Always) if detail.evaluation() == Some(&EvaluationType::Dynamic) => {
            Replacement::Conditional
        }
        Some(RequiresRecreation::Always) => Replacement::Always,
        Some(RequiresRecreation::Never) | None => Replacement::Never,
        // `Conditionally`, and words that are new to us.
        Some(_) => Replacement::Conditional,
    };
    Some(PropertyChange {
        path,
        before: target.before_value().map(str::to_owned),
        after: target.after_value().map(str::to_owned),
        replacement,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::{ResourceAttribute, ResourceTargetDefinition};

    use super::*;

    fn detail(
        path: Option<&str>,
        name: &str,
        recreation: RequiresRecreation,
        how: EvaluationType,
    ) -> ResourceChangeDetail {
        let target = ResourceTargetDefinition::builder()
            .attribute(ResourceAttribute::Properties)
            .name(name)
            .set_path(path.map(str::to_owned))
            .requires_recreation(recreation)
            .build();
        ResourceChangeDetail::builder().target(target).evaluation(how).build()
    }

    #[test]
    fn a_property_named_twice_is_one_row_with_the_worse_replacement() {
        let rows = property_changes(&[
            detail(None, "Role", RequiresRecreation::Never, EvaluationType::Dynamic),
            detail(None, "Role", RequiresRecreation::Always, EvaluationType::Static),
        ]);
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].path.as_str(), rows[0].replacement), ("Properties.Role", Replacement::Always));
    }

    #[test]
    fn the_path_is_preferred_to_the_name_of_the_top_level_property() {
        let path = Some("/Properties/Environment/Variables/STAGE");
        let rows = property_changes(&[detail(path, "Environment", RequiresRecreation::Never, EvaluationType::Static)]);
        assert_eq!(rows[0].path, "Properties.Environment.Variables.STAGE");
    }

    #[test]
    fn a_dynamic_recreation_is_only_possible() {
        let rows = property_changes(&[detail(None, "Name", RequiresRecreation::Always, EvaluationType::Dynamic)]);
        assert_eq!(rows[0].replacement, Replacement::Conditional);
    }

    #[test]
    fn a_modification_that_does_not_say_whether_it_replaces_is_not_taken_for_harmless() {
        let change = SdkChange::builder().action(SdkAction::Modify).logical_resource_id("Db").build();
        assert_eq!(resource_change(&change).replacement, Replacement::Conditional);
    }
}
