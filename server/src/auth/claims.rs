//! From what the provider says about a person to what the person may do here.

use domain::permission::{Actor, ActorKind, Grant};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::oidc::Identity;
use crate::config::RoleMapping;

/// The groups at a dotted path: a list of texts or a single text. `None`: nothing is there.
///
/// A claim whose own name contains dots (`https://example.org/groups`) is found by its whole name first.
pub fn groups_at(claims: &Map<String, Value>, path: &str) -> Option<Vec<String>> {
    let at_path = || {
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(claims.get(first)?, |value, part| value.get(part))
    };
    let found = claims.get(path).or_else(at_path)?;
    match found {
        Value::String(group) => Some(vec![group.clone()]),
        Value::Array(groups) => Some(groups.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => None,
    }
}

/// The grants of everybody who is in `groups`.
pub fn grants_for(groups: &[String], roles: &[RoleMapping]) -> Vec<Grant> {
    let mut grants: Vec<Grant> = Vec::new();
    for mapping in roles.iter().filter(|mapping| groups.contains(&mapping.group)) {
        if !grants.contains(&mapping.grant) {
            grants.push(mapping.grant.clone());
        }
    }
    grants
}

/// The stable id of a person: unique across issuers.
pub fn actor_id(issuer: &str, subject: &str) -> String {
    format!("{issuer}#{subject}")
}

/// The actor of a login.
pub fn actor(issuer: &str, identity: &Identity, roles: &[RoleMapping]) -> Actor {
    Actor {
        id: actor_id(issuer, &identity.subject),
        name: identity.name.clone(),
        email: identity.email.clone(),
        kind: ActorKind::Person,
        groups: identity.groups.clone(),
        grants: grants_for(&identity.groups, roles),
        // A provider that does not say when counts as "long ago": protected acts then ask for a fresh login.
        authenticated_at: identity.authenticated_at.unwrap_or(Timestamp::UNIX_EPOCH),
    }
}

#[cfg(test)]
mod tests {
    use domain::permission::Role;
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn groups_are_found_by_dotted_path_as_list_or_text() {
        let table = [
            (json!({"groups": ["a", "b"]}), "groups", Some(vec!["a", "b"])),
            (json!({"groups": "a"}), "groups", Some(vec!["a"])),
            (json!({"realm_access": {"roles": ["a"]}}), "realm_access.roles", Some(vec!["a"])),
            (json!({"https://x.org/groups": ["a"]}), "https://x.org/groups", Some(vec!["a"])),
            (json!({"groups": [1, "a", null]}), "groups", Some(vec!["a"])),
            (json!({"groups": {"a": true}}), "groups", None),
            (json!({"realm_access": "x"}), "realm_access.roles", None),
            (json!({}), "groups", None),
        ];
        for (claims, path, expected) in table {
            let expected = expected.map(|groups| groups.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(groups_at(&object(&claims), path), expected, "{claims} {path}");
        }
    }

    #[test]
    fn only_mapped_groups_grant_and_each_grant_once() {
        let grant = |role| Grant { role, applications: None, environments: None };
        let roles = [
            RoleMapping { group: "leads".into(), grant: grant(Role::Lead) },
            RoleMapping { group: "chiefs".into(), grant: grant(Role::Lead) },
            RoleMapping { group: "ops".into(), grant: grant(Role::OnCall) },
        ];
        let groups = ["leads", "chiefs", "LEADS", "strangers"].map(str::to_owned);
        assert_eq!(grants_for(&groups, &roles), [grant(Role::Lead)]);
        assert_eq!(grants_for(&["strangers".to_owned()], &roles), []);
    }
}
