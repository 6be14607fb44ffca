//! Templates: what becomes of them in an environment.

use std::collections::BTreeMap;

use super::*;

fn item(id: &str, kind: ItemKind, when: Option<When>) -> ItemTemplate {
    ItemTemplate { id: id.to_owned(), title: id.to_owned(), help: None, when, kind }
}

fn manual() -> ItemKind {
    ItemKind::Manual { evidence_required: false, role: None }
}

fn template(id: &str, purpose: Purpose, environments: &[&str], items: Vec<ItemTemplate>) -> ChecklistTemplate {
    ChecklistTemplate {
        id: id.to_owned(),
        title: id.to_owned(),
        purpose,
        environments: environments.iter().map(|&name| name.to_owned()).collect(),
        stale_after_secs: 86_400,
        sections: vec![SectionTemplate {
            id: format!("{id}-section"),
            title: "Section".to_owned(),
            note: None,
            is_required: true,
            when: None,
            items,
        }],
        sign_off_roles: vec![SignOffRole {
            id: id.to_owned(),
            title: id.to_owned(),
            role: Role::Lead,
            statement: None,
        }],
    }
}

fn for_production(templates: &[ChecklistTemplate], variables: &[(&str, &str)]) -> Checklist {
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    resolve(templates, "production", "Production", &variables, &["here"])
}

#[test]
fn an_environment_gets_its_lists_the_signed_one_first() {
    let templates = [
        template("validation", Purpose::Validation, &["production"], vec![item("v", manual(), None)]),
        template("staging", Purpose::Deployment, &["staging"], vec![item("s", manual(), None)]),
        template("production", Purpose::Deployment, &["production"], vec![item("p", manual(), None)]),
    ];
    let list = for_production(&templates, &[]);
    assert_eq!(list.lists.iter().map(|l| l.id.as_str()).collect::<Vec<_>>(), ["production", "validation"]);
    assert_eq!(list.sign_off_roles.len(), 1);
    assert_eq!(list.sign_off_roles[0].id, "production");
    assert!(list.sections[0].is_required && !list.sections[1].is_required, "only the deployment's list blocks");
    assert!(list.item("s").is_none());
}

#[test]
fn a_condition_that_does_not_hold_says_why() {
    let when =
        |equals: Option<&str>| Some(When { variable: "custom_domain".to_owned(), equals: equals.map(str::to_owned) });
    let nothing = Some("Production has no variable custom_domain");
    let table = [
        (None, None, nothing),
        (Some(" "), None, nothing),
        (Some("No"), None, Some("custom_domain of Production is No")),
        (Some("trivia.example"), None, None),
        (Some("a"), Some("b"), Some("custom_domain of Production is a, not b")),
        (Some("b"), Some("b"), None),
        (None, Some("b"), nothing),
    ];
    for (value, equals, expected) in table {
        let variables: Vec<(&str, &str)> = value.map(|value| ("custom_domain", value)).into_iter().collect();
        let items = vec![item("dns", manual(), when(equals))];
        let list = for_production(&[template("p", Purpose::Deployment, &["production"], items)], &variables);
        assert_eq!(list.sections[0].items[0].not_applicable.as_deref(), expected, "{value:?} {equals:?}");
    }
}

#[test]
fn an_item_asks_only_checks_of_the_environment_and_says_when_there_is_none() {
    let automatic = |checks: &[&str]| ItemKind::Automatic { checks: checks.iter().map(|&c| c.to_owned()).collect() };
    let items = vec![item("some", automatic(&["here", "there"]), None), item("none", automatic(&["there"]), None)];
    let list = for_production(&[template("p", Purpose::Deployment, &["production"], items)], &[]);
    assert_eq!(list.sections[0].items[0].kind, automatic(&["here"]));
    let why = list.sections[0].items[1].not_applicable.as_deref();
    assert_eq!(why, Some("none of its checks is for Production"));
}
