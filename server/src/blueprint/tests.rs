use super::*;

mod watch;

const GOOD: &str = r#"
[application]
name = "shop"

[[environments]]
name = "staging"
region = "eu-west-1"
variables = { network = "test" }

[[environments]]
name = "production"
region = "eu-west-1"
account = "123456789012"
[environments.protection]
phrase = "SHIP IT"

[[stacks]]
name = "Data"
name_pattern = "Shop-{stack}-{environment}"

[[stacks]]
name = "Api"
name_pattern = "Shop-{stack}-{environment}"
depends_on = ["Data"]
outputs = ["Endpoint"]

[[checks]]
id = "health"
title = "Healthy"
kind = "http"
url = "{output:Api.Endpoint}/health"

[[checklist.sections]]
id = "smoke"
title = "Smoke"
[[checklist.sections.items]]
id = "healthy"
title = "It is healthy"
checks = ["health"]

[[checklist.sign_offs]]
id = "lead"
title = "Lead"
role = "lead"
"#;

/// Every message for a text, without the file's name.
fn messages(text: &str) -> Vec<String> {
    let errors = parse("shop.toml", text).err().unwrap_or_default();
    errors.iter().map(|e| e.to_string().replacen("shop.toml:", "", 1)).collect()
}

fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "the good blueprint does not contain {from}");
    messages(&GOOD.replacen(from, to, 1))
}

#[test]
fn a_good_blueprint_is_read_with_its_defaults() {
    let blueprint = parse("shop.toml", GOOD).unwrap();
    assert_eq!(blueprint.application.title, "shop");
    assert_eq!(blueprint.environments[1].title, "Production");
    let protection = blueprint.environments[1].protection.as_ref().unwrap();
    assert_eq!((protection.quorum, protection.max_login_age_secs), (1, 900));
    assert_eq!(blueprint.stack("Api").unwrap().stack_name("staging"), "Shop-Api-staging");
    let domain::blueprint::CheckKind::Http(http) = &blueprint.check("health").unwrap().kind else {
        panic!("not an HTTP check")
    };
    assert_eq!((http.method.as_str(), http.status.as_slice(), http.timeout_secs), ("GET", [200].as_slice(), 10));
    assert_eq!(blueprint.digest, Digest::of_bytes(GOOD.as_bytes()));
}

#[test]
fn each_mistake_is_said_once_with_its_place_and_the_word_that_was_meant() {
    let table: &[(&str, &str, &str)] = &[
        ("name = \"shop\"", "nmae = \"shop\"", "3:1: application.nmae: unknown key; did you mean “name”?"),
        ("name = \"shop\"", "name = \"Shop\"", "3:8: application.name: must be lower-case letters, digits and dashes"),
        ("name = \"shop\"", "name = 4", "3:8: application.name: must be a text in quotes, but is a whole number"),
        (
            "region = \"eu-west-1\"\nvar",
            "region = \"eu-wset-1\"\nvar",
            "7:10: environments[0].region: “eu-wset-1” is not the name of a region, such as us-east-1; did you mean “eu-west-1”?",
        ),
        ("\"123456789012\"", "\"12345\"", "13:11: environments[1].account: must be twelve digits, but is “12345”"),
        (
            "account =",
            "colour = \"gren\"\naccount =",
            "13:10: environments[1].colour: “gren” is none of blue, green, teal, amber, red, violet, grey; did you mean “green”?",
        ),
        ("phrase = \"SHIP IT\"", "quorum = 1", "environments[1].protection.phrase: is missing"),
        ("phrase = \"SHIP IT\"", "phrase = \"\"", "environments[1].protection.phrase: must be a phrase to type"),
        (
            "phrase = \"SHIP IT\"",
            "phrase = \"X\"\nquorum = 0",
            "16:10: environments[1].protection.quorum: must be from 1 to 20, but is 0",
        ),
        ("name = \"production\"", "name = \"staging\"", "11:8: environments[1].name: “staging” is there twice"),
        (
            "account =",
            "role_arn = \"arn:aws:iam::999999999999:role/deploy\"\naccount =",
            "environments[1].role_arn: is a role of account 999999999999, but the environment is 123456789012",
        ),
        ("name = \"Api\"", "name = \"Data\"", "stacks[1].name: “Data” is there twice"),
        ("[\"Data\"]", "[\"Dta\"]", "stacks[1].depends_on[0]: there is no stack “Dta”; did you mean “Data”?"),
        (
            "name = \"Data\"",
            "name = \"Data\"\ndepends_on = [\"Api\"]",
            "stacks depend on each other in a circle: Data → Api → Data",
        ),
        (
            "Shop-{stack}-{environment}",
            "Shop-{stack}-{env}",
            "stacks[0].name_pattern: “{env}” is neither {stack} nor {environment}; did you mean “{environment}”?",
        ),
        (
            "Shop-{stack}-{environment}",
            "Shop_{stack}-{environment}",
            "gives “Shop_Data-staging”, which CloudFormation refuses",
        ),
        (
            "Shop-{stack}-{environment}",
            "Shop-Api-{environment}",
            "would both be the stack “Shop-Api-staging” of the same account and region",
        ),
        (
            "kind = \"http\"",
            "kind = \"htpp\"",
            "checks[0].kind: “htpp” is none of stack_status, stack_output, http, resource, resource_count, secret, alarm, metric, dashboard, topic, log_retention, log_errors, saved_query, database, cache, distribution, web_acl, trail, flow_log, detector, backup, drift, budget, cost; did you mean “http”?",
        ),
        ("kind = \"http\"", "", "checks[0].kind: is missing"),
        ("kind = \"http\"", "kind = \"http\"\nstack = \"Api\"", "checks[0].stack: unknown key for a http check"),
        (
            "url = \"{output:Api.Endpoint}",
            "url = \"{output:Api.Endpint}",
            "checks[0].url: there is no output of stack Api “Endpint”; did you mean “Endpoint”?",
        ),
        (
            "url = \"{output:Api.Endpoint}",
            "url = \"{output:Ap.Endpoint}",
            "checks[0].url: there is no stack “Ap”; did you mean “Api”?",
        ),
        (
            "url = \"{output:Api.Endpoint}",
            "url = \"https://{variable:network}",
            "checks[0].url: there is no variable of environment production “network”",
        ),
        (
            "url = \"{output:Api.Endpoint}",
            "url = \"{Api.Endpoint}",
            "“{Api.Endpoint}” is none of {output:Stack.Key}, {resource:Stack.LogicalId} and {variable:name}",
        ),
        (
            "title = \"Healthy\"",
            "title = \"Healthy\"\nenvironments = [\"prod\"]",
            "checks[0].environments[0]: there is no environment “prod”",
        ),
        (
            "title = \"Healthy\"",
            "title = \"Healthy\"\nenvironments = [\"staging\"]",
            "none of these runs in a protected environment, so this item would be on no list",
        ),
        ("title = \"Healthy\"", "title = \"Healthy\"\nstatus = [20]", "checks[0].status[0]: 20 is not an HTTP status"),
        (
            "title = \"Healthy\"",
            "title = \"Healthy\"\njson = [{ pointer = \"status\" }]",
            "checks[0].json[0].pointer: a JSON pointer begins with /",
        ),
        (
            "checks = [\"health\"]",
            "checks = [\"healht\"]",
            "checklist.sections[0].items[0].checks[0]: there is no check “healht”; did you mean “health”?",
        ),
        ("checks = [\"health\"]", "checks = []", "an automatic item needs at least one check"),
        (
            "checks = [\"health\"]",
            "checks = [\"health\"]\nevidence_required = true",
            "only a manual item asks for evidence",
        ),
        (
            "role = \"lead\"",
            "role = \"leed\"",
            "checklist.sign_offs[0].role: “leed” is none of viewer, finance, on-call, engineer, lead, admin, auditor; did you mean “lead”?",
        ),
        ("[application]", "[aplication]", "2:2: aplication: unknown key; did you mean “application”?"),
    ];
    for (from, to, expected) in table {
        let found = changed(from, to);
        let same: Vec<_> = found.iter().filter(|m| m.contains(expected)).collect();
        assert_eq!(same.len(), 1, "{to}\n  wanted {expected}\n  found {found:#?}");
    }
}

#[test]
fn one_mistake_does_not_hide_or_multiply_others() {
    let broken = GOOD
        .replacen("region = \"eu-west-1\"\nvar", "region = 1\nvar", 1)
        .replacen("[\"Data\"]", "[\"Dta\"]", 1)
        .replacen("title = \"Healthy\"\n", "", 1)
        .replacen("role = \"lead\"", "rloe = \"lead\"", 1);
    assert_eq!(
        messages(&broken),
        [
            "7:10: environments[0].region: must be a text in quotes, but is a whole number",
            "24:15: stacks[1].depends_on[0]: there is no stack “Dta”; did you mean “Data”?",
            "27:1: checks[0].title: is missing",
            "40:1: checklist.sign_offs[0].role: is missing",
            "43:1: checklist.sign_offs[0].rloe: unknown key; did you mean “role”?",
        ]
    );
}

#[test]
fn text_that_is_not_toml_is_refused_with_its_place() {
    let found = messages("[application]\nname = \n\n[[stacks]\n");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("2:") && found[1].starts_with("4:"), "{found:#?}");
}

#[test]
fn columns_count_characters_not_bytes() {
    let text = GOOD.replacen("name = \"shop\"", "name = \"shop\"\nlinks = [{ title = \"Größe\", url = \"x\" }]", 1);
    assert_eq!(messages(&text), ["4:35: application.links[0].url: must begin with https:// or http://"]);
}

#[test]
fn an_empty_file_says_what_every_blueprint_needs() {
    assert_eq!(
        messages(""),
        ["1:1: application: is missing", "1:1: environments: is missing", "1:1: stacks: is missing"]
    );
}

#[test]
fn environments_in_different_accounts_may_share_stack_names() {
    let text = GOOD.replace("Shop-{stack}-{environment}", "Shop-{stack}");
    assert!(parse("shop.toml", &text).is_ok(), "{:?}", messages(&text));
    let same_account = text.replacen("account = \"123456789012\"", "", 1);
    assert!(messages(&same_account).iter().any(|m| m.contains("both be the stack “Shop-Data”")));
}

#[test]
fn checks_and_suites_that_cannot_work_are_all_named_at_once() {
    let extra = r#"
[[checks]]
id = "secret"
title = "A secret"
kind = "secret"
stack = "Dta"
starts_with = { key = "{variable:newtork}" }

[[checks]]
id = "tracing"
title = "Tracing"
kind = "resource"
stack = "Api"
type = "AWS::Lambda"
properties = [{ pointer = "TracingConfig" }, { pointer = "/Mode", matches = "(" }]

[[checks]]
id = "everything"
title = "Everything"
kind = "resource"
stack = "Api"

[[checks]]
id = "latency"
title = "Latency"
kind = "metric"
namespace = "AWS/Lambda"
metric = "Duration"
statistic = "Averge"

[[checks]]
id = "count"
title = "Functions"
kind = "resource_count"
stack = "Api"
output = "Endpont"

[[checks]]
id = "odd"
title = "Odd"
kind = "alarms"

[[suites]]
id = "verify"
title = "Verify"
checks = ["helth"]
"#;
    let messages = messages(&format!("{GOOD}{extra}"));
    let expected = [
        "there is no stack “Dta”; did you mean “Data”?",
        "there is no variable of environment staging “newtork”; did you mean “network”?",
        "checks[2].type: must be a type such as AWS::S3::Bucket",
        "checks[2].properties[0].pointer: a JSON pointer begins with /",
        "checks[2].properties[1].matches: is not a regular expression",
        "checks[3]: say which resources: logical_id, type or output",
        "“Averge” is none of Average, Sum",
        "checks[5].output: there is no output of stack Api “Endpont”; did you mean “Endpoint”?",
        "checks[5]: a count needs min or max",
        "“alarms” is none of stack_status",
        "suites[0].checks[0]: there is no check “helth”; did you mean “health”?",
    ];
    for words in expected {
        assert!(messages.iter().any(|message| message.contains(words)), "{words} in {messages:#?}");
    }
    assert!(messages.iter().all(|message| message.split(':').next().is_some_and(|line| line.parse::<u32>().is_ok())));
}
