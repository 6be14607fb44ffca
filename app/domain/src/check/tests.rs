//! What every kind of check makes of every kind of answer.

use std::collections::BTreeMap;

use crate::blueprint::{Assertion, HttpCheck};

use super::*;

mod kinds;

fn status_check() -> CheckKind {
    CheckKind::StackStatus { stack: "Api".to_owned() }
}

fn output_check(starts_with: Option<&str>) -> CheckKind {
    let starts_with = starts_with.map(str::to_owned);
    CheckKind::StackOutput { stack: "Api".to_owned(), output: "ApiEndpoint".to_owned(), starts_with }
}

fn http() -> HttpCheck {
    HttpCheck {
        url: "{output:Api.ApiEndpoint}/health".to_owned(),
        method: "GET".to_owned(),
        status: vec![200, 204],
        timeout_secs: 10,
        ..HttpCheck::default()
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> HttpFacts {
    HttpFacts {
        method: "GET".to_owned(),
        url: "https://api.shop.test/health".to_owned(),
        status,
        headers: headers.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect(),
        body: body.to_owned(),
        elapsed_ms: 120,
    }
}

fn status_facts(status: Option<&str>) -> CheckFacts {
    let status = status.map(|s| StackStatus(s.to_owned()));
    CheckFacts::StackStatus { stack_name: "Shop-Api-production".to_owned(), status }
}

fn output_facts(value: Option<&str>) -> CheckFacts {
    CheckFacts::StackOutput {
        stack_name: "Shop-Api-production".to_owned(),
        output: "ApiEndpoint".to_owned(),
        value: value.map(str::to_owned),
    }
}

fn unavailable() -> CheckFacts {
    CheckFacts::Unavailable { asked: "GET https://api.shop.test".to_owned(), why: "connection refused".to_owned() }
}

fn every_kind() -> [(CheckKind, CheckFacts); 3] {
    [
        (status_check(), status_facts(Some("UPDATE_COMPLETE"))),
        (output_check(None), output_facts(Some("https://api"))),
        (CheckKind::Http(http()), CheckFacts::Http(answer(200, &[], ""))),
    ]
}

fn verdict(kind: &CheckKind, facts: &CheckFacts) -> Verdict {
    evaluate(kind, Severity::Error, facts).verdict
}

/// What was found, for an answer this check refuses; `None` when it passes.
fn problem(check: HttpCheck, facts: HttpFacts) -> Option<String> {
    let outcome = evaluate(&CheckKind::Http(check), Severity::Error, &CheckFacts::Http(facts));
    (outcome.verdict != Verdict::Pass).then_some(outcome.found)
}

fn assertion(pointer: &str, equals: Option<&str>, min_items: Option<u64>) -> HttpCheck {
    let equals = equals.map(str::to_owned);
    let json = vec![Assertion { pointer: pointer.to_owned(), equals, min_items, ..Assertion::default() }];
    HttpCheck { json, ..http() }
}

#[test]
fn a_stack_passes_only_when_its_last_operation_succeeded() {
    let table = [
        (Some("CREATE_COMPLETE"), Verdict::Pass),
        (Some("UPDATE_COMPLETE"), Verdict::Pass),
        (Some("IMPORT_COMPLETE"), Verdict::Pass),
        (Some("UPDATE_ROLLBACK_COMPLETE"), Verdict::Fail),
        (Some("UPDATE_IN_PROGRESS"), Verdict::Fail),
        (Some("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), Verdict::Fail),
        (Some("REVIEW_IN_PROGRESS"), Verdict::Fail),
        (Some("DELETE_COMPLETE"), Verdict::Fail),
        (Some("SOMETHING_NEW"), Verdict::Fail),
        (None, Verdict::Fail),
    ];
    for (status, expected) in table {
        assert_eq!(verdict(&status_check(), &status_facts(status)), expected, "{status:?}");
    }
}

#[test]
fn an_output_needs_a_value_and_its_beginning() {
    let table = [
        (None, Some("x"), Verdict::Pass),
        (None, Some(""), Verdict::Fail),
        (None, Some("  "), Verdict::Fail),
        (None, None, Verdict::Fail),
        (Some("https://"), Some("https://api.shop.test"), Verdict::Pass),
        (Some("https://"), Some("http://api.shop.test"), Verdict::Fail),
        (Some("https://"), Some(" https://api"), Verdict::Fail),
        (Some("https://"), None, Verdict::Fail),
    ];
    for (prefix, value, expected) in table {
        assert_eq!(verdict(&output_check(prefix), &output_facts(value)), expected, "{prefix:?} {value:?}");
    }
}

#[test]
fn the_severity_only_turns_a_failure_into_a_warning() {
    let refused = CheckFacts::Http(answer(500, &[], ""));
    let passing = CheckFacts::Http(answer(200, &[], ""));
    let table = [
        (Severity::Error, &passing, Verdict::Pass),
        (Severity::Warning, &passing, Verdict::Pass),
        (Severity::Error, &refused, Verdict::Fail),
        (Severity::Warning, &refused, Verdict::Warn),
    ];
    for (severity, facts, expected) in table {
        assert_eq!(evaluate(&CheckKind::Http(http()), severity, facts).verdict, expected, "{severity:?}");
    }
}

#[test]
fn a_question_that_was_not_asked_is_inconclusive_whatever_its_kind_and_severity() {
    for (kind, _) in every_kind() {
        for severity in [Severity::Error, Severity::Warning] {
            let outcome = evaluate(&kind, severity, &unavailable());
            assert_eq!(outcome.verdict, Verdict::Inconclusive, "{kind:?}");
            assert_eq!(
                (outcome.asked.as_str(), outcome.found.as_str()),
                ("GET https://api.shop.test", "connection refused")
            );
            assert_eq!(outcome.expected, expected_words(&kind));
        }
    }
}

#[test]
fn facts_of_another_kind_of_check_are_inconclusive_too() {
    for (i, (kind, _)) in every_kind().iter().enumerate() {
        for (j, (_, facts)) in every_kind().iter().enumerate() {
            for severity in [Severity::Error, Severity::Warning] {
                let expected = if i == j { Verdict::Pass } else { Verdict::Inconclusive };
                assert_eq!(evaluate(kind, severity, facts).verdict, expected, "{kind:?} {facts:?}");
            }
        }
    }
}

#[test]
fn only_a_pass_is_shown_as_good_and_an_unasked_question_as_unknown() {
    let table = [
        (Verdict::Pass, "pass", Condition::Good),
        (Verdict::Warn, "warn", Condition::Attention),
        (Verdict::Fail, "fail", Condition::Bad),
        (Verdict::Inconclusive, "inconclusive", Condition::Unknown),
    ];
    for (verdict, name, condition) in table {
        assert_eq!((verdict.name(), verdict.condition()), (name, condition));
        assert_eq!(serde_json::json!(verdict), name);
    }
}

#[test]
fn any_of_the_wanted_statuses_will_do() {
    assert_eq!(problem(http(), answer(204, &[], "")), None);
    assert_eq!(problem(http(), answer(301, &[], "")), Some("status 301".to_owned()));
    let none = HttpCheck { status: Vec::new(), ..http() };
    assert!(problem(none, answer(200, &[], "")).is_some(), "a check that wants nothing cannot pass");
}

#[test]
fn a_header_is_found_in_any_case_and_among_several_of_its_name() {
    let check =
        |name: &str, part: &str| HttpCheck { headers: BTreeMap::from([(name.to_owned(), part.to_owned())]), ..http() };
    let sent = [("strict-transport-security", "max-age=63072000"), ("vary", "origin"), ("vary", "Accept-Encoding")];
    let table = [
        ("Strict-Transport-Security", "max-age", None),
        ("strict-transport-security", "MAX-AGE=63072000", None),
        ("Strict-Transport-Security", "", None),
        ("Vary", "accept-encoding", None),
        ("Vary", "cookie", Some("header Vary: origin, Accept-Encoding")),
        ("Strict-Transport-Security", "preload", Some("header Strict-Transport-Security: max-age=63072000")),
        ("X-Frame-Options", "", Some("no header X-Frame-Options")),
    ];
    for (name, part, expected) in table {
        let found = problem(check(name, part), answer(200, &sent, ""));
        assert_eq!(found.as_deref(), expected, "{name} {part:?}");
    }
}

#[test]
fn a_json_pointer_finds_its_value_and_compares_it() {
    let body = r#"{"status":"ok","n":3,"on":true,"none":null,"db":{"up":"yes"},"list":[1,2],"a/b":{"~":"odd"}}"#;
    let table = [
        ("/status", Some("ok"), None),
        ("/status", Some("OK"), Some("/status = ok")),
        ("/n", Some("3"), None),
        ("/n", Some("3.0"), Some("/n = 3")),
        ("/on", Some("true"), None),
        ("/none", None, None),
        ("/none", Some("null"), None),
        ("/db/up", Some("yes"), None),
        ("/db", None, None),
        ("/db/down", None, Some("/db/down is absent")),
        ("/list/1", Some("2"), None),
        ("/list/2", None, Some("/list/2 is absent")),
        ("/list", Some("[1,2]"), None),
        ("/a~1b/~0", Some("odd"), None),
        ("", None, None),
        ("status", None, Some("status is absent")),
    ];
    for (pointer, equals, expected) in table {
        let found = problem(assertion(pointer, equals, None), answer(200, &[], body));
        assert_eq!(found.as_deref(), expected, "{pointer:?} {equals:?}");
    }
}

#[test]
fn a_list_needs_enough_items_and_to_be_a_list() {
    let body = r#"{"full":[1,2],"empty":[],"object":{"a":1,"b":2},"none":null}"#;
    let table = [
        ("/full", 2, None),
        ("/full", 3, Some("/full has 2 items, wanted at least 3")),
        ("/empty", 0, None),
        ("/empty", 1, Some("/empty has 0 items, wanted at least 1")),
        ("/object", 0, Some("/object is not a list")),
        ("/object", 1, Some("/object is not a list")),
        ("/none", 0, Some("/none is not a list")),
        ("/absent", 0, Some("/absent is absent")),
    ];
    for (pointer, minimum, expected) in table {
        let found = problem(assertion(pointer, None, Some(minimum)), answer(200, &[], body));
        assert_eq!(found.as_deref(), expected, "{pointer:?} {minimum}");
    }
}

#[test]
fn a_body_that_is_not_json_fails_a_json_assertion_and_only_that() {
    for body in ["", "<html>", "{\"status\":\"ok\""] {
        let found = problem(assertion("/status", None, None), answer(200, &[], body));
        assert_eq!(found.as_deref(), Some("body is not JSON"), "{body:?}");
        assert_eq!(problem(http(), answer(200, &[], body)), None);
    }
}

#[test]
fn a_text_must_be_in_the_body_as_it_is_written() {
    let check = HttpCheck { body_contains: Some("<title>Shop</title>".to_owned()), ..http() };
    assert_eq!(problem(check.clone(), answer(200, &[], "<html><title>Shop</title>")), None);
    let found = problem(check, answer(200, &[], "<title>shop</title>"));
    assert_eq!(found.as_deref(), Some("body without “<title>Shop</title>”"));
}

#[test]
fn an_answer_may_take_as_long_as_allowed_and_no_longer() {
    for (limit, expected) in [(120, None), (119, Some("took 120 ms, allowed 119 ms"))] {
        let check = HttpCheck { max_latency_ms: Some(limit), ..http() };
        assert_eq!(problem(check, answer(200, &[], "")).as_deref(), expected);
    }
}

#[test]
fn every_problem_is_told_and_not_only_the_first() {
    let mut check = assertion("/status", Some("ok"), None);
    check.headers.insert("X-Frame-Options".to_owned(), "DENY".to_owned());
    check.body_contains = Some("ready".to_owned());
    check.max_latency_ms = Some(100);
    let kind = CheckKind::Http(check);
    let outcome = evaluate(&kind, Severity::Error, &CheckFacts::Http(answer(503, &[], r#"{"status":"down"}"#)));
    assert_eq!(outcome.asked, "GET https://api.shop.test/health");
    assert_eq!(
        outcome.expected,
        "status 200 or 204, header X-Frame-Options containing DENY, /status = ok, body containing “ready”, within 100 ms"
    );
    assert_eq!(
        outcome.found,
        "status 503; no header X-Frame-Options; /status = down; body without “ready”; took 120 ms, allowed 100 ms"
    );
}

#[test]
fn what_is_expected_says_how_many_items() {
    assert_eq!(
        expected_words(&CheckKind::Http(assertion("/items", None, Some(3)))),
        "status 200 or 204, /items with at least 3 items"
    );
    assert_eq!(expected_words(&CheckKind::Http(assertion("/items", None, None))), "status 200 or 204, /items present");
    assert_eq!(expected_words(&output_check(Some("https://"))), "a value starting with https://");
}
