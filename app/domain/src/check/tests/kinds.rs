//! Kinds that ask AWS: what each makes of what was found, of what is missing, and of what could not be asked.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::blueprint::checks::{
    AlarmCheck, BackupCheck, BudgetCheck, CostCheck, CostPeriod, CountCheck, DashboardCheck, DriftCheck,
    LogErrorsCheck, LogRetentionCheck, MetricCheck, Quantifier, SavedQueryCheck, SecretCheck, Selection, ServiceCheck,
    TopicCheck,
};

fn subjects<T>(known: Vec<Known<T>>) -> Subjects<T> {
    let named = known.into_iter().enumerate();
    let subjects = named.map(|(n, known)| Subject { name: format!("thing-{n}"), known }).collect();
    Subjects { asked: "things of stack Shop-Api-production".to_owned(), subjects }
}

fn one<T>(facts: T) -> Subjects<T> {
    subjects(vec![Known::Facts(facts)])
}

fn said(kind: &CheckKind, facts: &CheckFacts) -> (Verdict, String) {
    let outcome = evaluate(kind, Severity::Error, facts);
    (outcome.verdict, outcome.found)
}

fn equals(pointer: &str, value: &str) -> Assertion {
    Assertion { pointer: pointer.to_owned(), equals: Some(value.to_owned()), ..Assertion::default() }
}

fn resource(quantifier: Quantifier, assertions: Vec<Assertion>) -> CheckKind {
    CheckKind::Resource(ServiceCheck { select: Some(Selection::default()), quantifier, assertions })
}

#[test]
fn every_resource_must_be_right_and_each_is_listed() {
    let kind = resource(Quantifier::Every, vec![equals("/Mode", "Active")]);
    let right = || Known::Facts(json!({"Mode": "Active"}));
    let wrong = || Known::Facts(json!({"Mode": "PassThrough"}));
    let unknown = || Known::Unknown("the role may not look".to_owned());
    let gone = || Known::Missing("it is not there".to_owned());
    let table = [
        (vec![right(), right()], Verdict::Pass),
        (vec![right(), wrong()], Verdict::Fail),
        (vec![right(), gone()], Verdict::Fail),
        (vec![right(), unknown()], Verdict::Inconclusive),
        (vec![wrong(), unknown()], Verdict::Fail),
        (vec![], Verdict::Fail),
    ];
    for (known, expected) in table {
        let count = known.len();
        let (verdict, found) = said(&kind, &CheckFacts::Documents(subjects(known)));
        assert_eq!(verdict, expected, "{found}");
        assert_eq!(found.matches("thing-").count(), count, "{found}");
    }
}

#[test]
fn of_any_one_is_enough_and_the_unknown_may_be_it() {
    let kind = resource(Quantifier::Any, vec![equals("/Mode", "Active")]);
    let right = || Known::Facts(json!({"Mode": "Active"}));
    let wrong = || Known::Facts(json!({"Mode": "Off"}));
    let unknown = || Known::Unknown("throttled".to_owned());
    let table = [
        (vec![wrong(), right()], Verdict::Pass),
        (vec![wrong(), wrong()], Verdict::Fail),
        (vec![wrong(), unknown()], Verdict::Inconclusive),
        (vec![right(), unknown()], Verdict::Pass),
        (vec![], Verdict::Fail),
    ];
    for (known, expected) in table {
        let (verdict, found) = said(&kind, &CheckFacts::Documents(subjects(known)));
        assert_eq!(verdict, expected, "{found}");
    }
}

#[test]
fn assertions_hold_or_say_what_is_there() {
    let document = json!({"a": {"list": [1, 2], "text": "mainnet-key", "number": "7.5", "flag": true, "none": null}});
    let at = |pointer: &str| Assertion { pointer: pointer.to_owned(), ..Assertion::default() };
    let table = [
        (at("/a/text"), true),
        (at("/a/none"), true),
        (at("/b"), false),
        (Assertion { is_absent: true, ..at("/b") }, true),
        (Assertion { is_absent: true, ..at("/a/none") }, true),
        (Assertion { is_absent: true, ..at("/a/text") }, false),
        (equals("/a/flag", "true"), true),
        (equals("/a/flag", "false"), false),
        (Assertion { one_of: vec!["x".into(), "mainnet-key".into()], ..at("/a/text") }, true),
        (Assertion { one_of: vec!["x".into()], ..at("/a/text") }, false),
        (Assertion { contains: Some("net-k".into()), ..at("/a/text") }, true),
        (Assertion { contains: Some("2".into()), ..at("/a/list") }, true),
        (Assertion { starts_with: Some("mainnet".into()), ..at("/a/text") }, true),
        (Assertion { starts_with: Some("preprod".into()), ..at("/a/text") }, false),
        (Assertion { matches: Some("^main.*key$".into()), ..at("/a/text") }, true),
        (Assertion { matches: Some("^key".into()), ..at("/a/text") }, false),
        (Assertion { min: Some(7), max: Some(8), ..at("/a/number") }, true),
        (Assertion { max: Some(7), ..at("/a/number") }, false),
        (Assertion { min: Some(1), ..at("/a/text") }, false),
        (Assertion { min_items: Some(2), ..at("/a/list") }, true),
        (Assertion { min_items: Some(3), ..at("/a/list") }, false),
        (Assertion { min_items: Some(1), ..at("/a/text") }, false),
    ];
    for (assertion, holds) in table {
        let words = format!("{assertion:?}");
        let kind = resource(Quantifier::Every, vec![assertion]);
        let (verdict, found) = said(&kind, &CheckFacts::Documents(one(document.clone())));
        assert_eq!(verdict == Verdict::Pass, holds, "{words}: {found}");
    }
}

#[test]
fn pointers_and_patterns_that_cannot_work_are_named() {
    assert_eq!(pointer_problem(""), None);
    assert_eq!(pointer_problem("/a~1b/~0"), None);
    assert!(pointer_problem("a/b").is_some());
    assert!(pointer_problem("/a~b").is_some());
    assert_eq!(pattern_problem("^a+$"), None);
    assert!(pattern_problem("(").is_some_and(|problem| problem.contains("regular expression")));
}

#[test]
fn services_ask_for_their_state_even_when_nothing_else_is_asked() {
    let check = ServiceCheck::default;
    let table = [
        (CheckKind::Database(check()), json!({"Status": "available"}), json!({"Status": "backing-up"})),
        (CheckKind::Cache(check()), json!({"Status": "available"}), json!({"Status": "modifying"})),
        (
            CheckKind::Distribution(check()),
            json!({"Status": "Deployed", "DistributionConfig": {"Enabled": "true"}}),
            json!({"Status": "Deployed", "DistributionConfig": {"Enabled": "false"}}),
        ),
        (CheckKind::WebAcl(check()), json!({"Rules": [{}]}), json!({"Rules": []})),
        (CheckKind::Trail(check()), json!({"Status": {"IsLogging": true}}), json!({"Status": {"IsLogging": false}})),
        (CheckKind::FlowLog(check()), json!({"flowLogStatus": "ACTIVE"}), json!({"flowLogStatus": "INACTIVE"})),
        (CheckKind::Detector(check()), json!({"status": "ENABLED"}), json!({"status": "DISABLED"})),
    ];
    for (kind, right, wrong) in table {
        let none = CheckFacts::Documents(subjects(Vec::new()));
        assert_eq!(said(&kind, &CheckFacts::Documents(one(right))).0, Verdict::Pass, "{}", kind.name());
        assert_eq!(said(&kind, &CheckFacts::Documents(one(wrong))).0, Verdict::Fail, "{}", kind.name());
        assert_eq!(said(&kind, &none).0, Verdict::Fail, "{}: a control that is not there is red", kind.name());
    }
}

#[test]
fn counts_have_a_floor_and_a_ceiling() {
    let facts = |count: usize| CheckFacts::Count {
        asked: "functions".to_owned(),
        names: (0..count).map(|n| format!("f{n}")).collect(),
    };
    let check = |min, max| CheckKind::ResourceCount(CountCheck { select: Selection::default(), min, max });
    let table = [
        (check(Some(1), None), 0, Verdict::Fail),
        (check(Some(1), None), 1, Verdict::Pass),
        (check(None, Some(2)), 3, Verdict::Fail),
        (check(None, Some(0)), 0, Verdict::Pass),
        (check(Some(2), Some(2)), 2, Verdict::Pass),
    ];
    for (kind, count, expected) in table {
        assert_eq!(said(&kind, &facts(count)).0, expected, "{kind:?} {count}");
    }
    let outcome = evaluate(&check(Some(1), None), Severity::Error, &facts(3));
    assert_eq!(outcome.measured.map(|m| m.to_string()), Some("3 resources".to_owned()));
}

fn field(length: u64, is_placeholder: bool, has_prefix: Option<bool>) -> FieldFacts {
    FieldFacts { length, is_placeholder, has_prefix }
}

fn fields(fields: &[(&str, FieldFacts)]) -> SecretFacts {
    let fields = fields.iter().map(|(name, facts)| ((*name).to_owned(), *facts)).collect();
    SecretFacts { fields: Some(fields), ..SecretFacts::default() }
}

#[test]
fn a_secret_is_judged_by_its_fields() {
    let check = SecretCheck {
        fields: vec!["projectId".into(), "apiKey".into()],
        starts_with: BTreeMap::from([("projectId".into(), "mainnet".into())]),
        min_length: BTreeMap::from([("apiKey".into(), 8)]),
        refuses_placeholders: true,
        ..SecretCheck::default()
    };
    let kind = CheckKind::Secret(check);
    let good = ("projectId", field(40, false, Some(true)));
    let table = [
        (fields(&[good, ("apiKey", field(32, false, None))]), Verdict::Pass, "fields apiKey, projectId"),
        (fields(&[good]), Verdict::Fail, "has no field apiKey"),
        (fields(&[good, ("apiKey", field(0, false, None))]), Verdict::Fail, "apiKey is empty"),
        (fields(&[good, ("apiKey", field(4, false, None))]), Verdict::Fail, "has 4 characters"),
        (fields(&[good, ("apiKey", field(32, true, None))]), Verdict::Fail, "looks like a placeholder"),
        (
            fields(&[("projectId", field(40, false, Some(false))), ("apiKey", field(32, false, None))]),
            Verdict::Fail,
            "projectId does not begin with mainnet",
        ),
    ];
    for (facts, expected, words) in table {
        let (verdict, found) = said(&kind, &CheckFacts::Secrets(one(facts)));
        assert_eq!(verdict, expected, "{found}");
        assert!(found.contains(words), "{found}");
    }
}

#[test]
fn age_rotation_and_the_first_value_of_a_secret() {
    let aged = |days| SecretFacts { age_days: days, ..SecretFacts::default() };
    let rotating = |on, days| SecretFacts { is_rotation_on: on, rotates_in_days: days, ..SecretFacts::default() };
    let first = |is| SecretFacts { is_first_value: is, ..SecretFacts::default() };
    let age = SecretCheck { max_age_days: Some(90), ..SecretCheck::default() };
    let rotation = SecretCheck { rotates_within_days: Some(90), ..SecretCheck::default() };
    let replaced = SecretCheck { refuses_first_value: true, ..SecretCheck::default() };
    let table = [
        (&age, aged(Some(90)), Verdict::Pass),
        (&age, aged(Some(91)), Verdict::Fail),
        (&age, aged(None), Verdict::Fail),
        (&rotation, rotating(true, Some(30)), Verdict::Pass),
        (&rotation, rotating(true, Some(91)), Verdict::Fail),
        (&rotation, rotating(true, Some(-2)), Verdict::Fail),
        (&rotation, rotating(true, None), Verdict::Fail),
        (&rotation, rotating(false, Some(30)), Verdict::Fail),
        (&replaced, first(Some(false)), Verdict::Pass),
        (&replaced, first(Some(true)), Verdict::Fail),
        (&replaced, first(None), Verdict::Fail),
    ];
    for (check, facts, expected) in table {
        let shown = format!("{facts:?}");
        let (verdict, found) = said(&CheckKind::Secret(check.clone()), &CheckFacts::Secrets(one(facts)));
        assert_eq!(verdict, expected, "{shown}: {found}");
    }
}

#[test]
fn placeholders_are_recognised_and_real_values_are_not() {
    for value in ["placeholder", "changeme", "REPLACE_ME", "<your key>", "your-key-here", "aaaaaaaaaaaa", "11111111"] {
        assert!(looks_like_placeholder(value), "{value}");
    }
    for value in ["mainnetX9fT2kLq8ZwPb3", "c2f9a1d07b64e853", "HS256", "trivia_admin", "5432", ""] {
        assert!(!looks_like_placeholder(value), "{value}");
    }
}

#[test]
fn an_alarm_must_be_able_to_tell_somebody_something() {
    let quiet = AlarmFacts {
        state: "OK".to_owned(),
        are_actions_enabled: true,
        actions: vec!["arn:aws:sns:x:1:t".to_owned()],
        data_points: Some(3),
    };
    let check = AlarmCheck {
        needs_action: true,
        data_within_minutes: Some(60),
        states: vec!["OK".into(), "INSUFFICIENT_DATA".into()],
        ..AlarmCheck::default()
    };
    let table = [
        (quiet.clone(), Verdict::Pass, "OK"),
        (AlarmFacts { state: "ALARM".into(), ..quiet.clone() }, Verdict::Fail, "is ALARM"),
        (AlarmFacts { actions: Vec::new(), ..quiet.clone() }, Verdict::Fail, "nobody would be told"),
        (AlarmFacts { are_actions_enabled: false, ..quiet.clone() }, Verdict::Fail, "disabled"),
        (AlarmFacts { data_points: Some(0), ..quiet.clone() }, Verdict::Fail, "could never go off"),
    ];
    for (facts, expected, words) in table {
        let (verdict, found) = said(&CheckKind::Alarm(check.clone()), &CheckFacts::Alarms(one(facts)));
        assert_eq!(verdict, expected, "{found}");
        assert!(found.contains(words), "{found}");
    }
}

#[test]
fn a_metric_without_data_is_not_asked_rather_than_right() {
    let check =
        MetricCheck { min: Some(1), max: Some(50), window_minutes: 60, unit: "ms".into(), ..MetricCheck::default() };
    let facts = |value| CheckFacts::Series(SeriesFacts { asked: "latency".into(), value_thousandths: value });
    let table = [
        (None, Verdict::Inconclusive),
        (Some(999), Verdict::Fail),
        (Some(1000), Verdict::Pass),
        (Some(50_000), Verdict::Pass),
        (Some(50_001), Verdict::Fail),
    ];
    for (value, expected) in table {
        let (verdict, found) = said(&CheckKind::Metric(check.clone()), &facts(value));
        assert_eq!(verdict, expected, "{found}");
    }
    let outcome = evaluate(&CheckKind::Metric(check), Severity::Error, &facts(Some(12_340)));
    assert_eq!(outcome.measured.map(|m| m.to_string()), Some("12.34 ms".to_owned()));
}

#[test]
fn numbers_are_read_to_the_thousandth() {
    let table =
        [("12", Some(12_000)), ("-0.5", Some(-500)), ("1.5E-3", Some(2)), ("", None), ("x", None), ("inf", None)];
    for (text, expected) in table {
        assert_eq!(thousandths(text), expected, "{text}");
    }
    assert_eq!(decimal(-500), "-0.5");
    assert_eq!(decimal(2), "0.002");
    assert_eq!(decimal(7_000), "7");
}

#[test]
fn dashboards_show_something_that_exists() {
    let check =
        DashboardCheck { min_widgets: 1, refused_texts: vec!["API_NOT_DEPLOYED".into()], ..DashboardCheck::default() };
    let kind = CheckKind::Dashboard(check);
    let body =
        |text: &str| json!({"widgets": [{"properties": {"metrics": [["AWS/ApiGateway", "Count", "ApiId", text]]}}]});
    assert_eq!(said(&kind, &CheckFacts::Dashboards(one(body("a1b2")))).0, Verdict::Pass);
    assert_eq!(said(&kind, &CheckFacts::Dashboards(one(body("API_NOT_DEPLOYED")))).0, Verdict::Fail);
    assert_eq!(said(&kind, &CheckFacts::Dashboards(one(json!({})))).0, Verdict::Fail);
}

#[test]
fn a_pending_subscription_is_nobody() {
    let check = TopicCheck { min_subscriptions: 1, ..TopicCheck::default() };
    let facts = |confirmed: &[&str], pending: &[&str]| {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        CheckFacts::Topics(one(TopicFacts { confirmed: texts(confirmed), pending: texts(pending) }))
    };
    let kind = CheckKind::Topic(check.clone());
    assert_eq!(said(&kind, &facts(&["email a@b"], &[])).0, Verdict::Pass);
    assert_eq!(said(&kind, &facts(&["email a@b"], &["email c@d"])).0, Verdict::Fail);
    assert_eq!(said(&kind, &facts(&[], &["email c@d"])).0, Verdict::Fail);
    let lenient = CheckKind::Topic(TopicCheck { allows_pending: true, ..check });
    assert_eq!(said(&lenient, &facts(&["email a@b"], &["email c@d"])).0, Verdict::Pass);
}

#[test]
fn logs_are_kept_neither_too_short_nor_for_ever() {
    let check = LogRetentionCheck { min_days: Some(14), max_days: Some(30), ..LogRetentionCheck::default() };
    let group = |days| LogGroupFacts { retention_days: days, ..LogGroupFacts::default() };
    for (days, expected) in [
        (Some(14), Verdict::Pass),
        (Some(30), Verdict::Pass),
        (Some(7), Verdict::Fail),
        (Some(90), Verdict::Fail),
        (None, Verdict::Fail),
    ] {
        let facts = CheckFacts::LogGroups(one(group(days)));
        assert_eq!(said(&CheckKind::LogRetention(check.clone()), &facts).0, expected, "{days:?}");
    }
    let at_least = LogRetentionCheck { min_days: Some(14), ..LogRetentionCheck::default() };
    assert_eq!(said(&CheckKind::LogRetention(at_least), &CheckFacts::LogGroups(one(group(None)))).0, Verdict::Pass);
}

#[test]
fn errors_are_counted_over_all_groups_together() {
    let check = LogErrorsCheck { pattern: "ERROR".into(), window_minutes: 60, max: 5, ..LogErrorsCheck::default() };
    let group = |count| {
        Known::Facts(LogGroupFacts {
            matching_events: Some(count),
            example: Some("ERROR x".into()),
            ..LogGroupFacts::default()
        })
    };
    let kind = CheckKind::LogErrors(check);
    let facts = |known| CheckFacts::LogGroups(subjects(known));
    assert_eq!(said(&kind, &facts(vec![group(2), group(3)])).0, Verdict::Pass);
    assert_eq!(said(&kind, &facts(vec![group(3), group(3)])).0, Verdict::Fail, "spread out, and still too many");
    let (verdict, found) = said(&kind, &facts(vec![group(6), group(0)]));
    assert_eq!(verdict, Verdict::Fail);
    assert!(found.contains("for example “ERROR x”"), "{found}");
    assert_eq!(said(&kind, &facts(vec![group(0), Known::Unknown("denied".into())])).0, Verdict::Inconclusive);
}

#[test]
fn a_saved_query_needs_a_group_that_is_written_to() {
    let check = SavedQueryCheck { events_within_hours: Some(24), ..SavedQueryCheck::default() };
    let kind = CheckKind::SavedQuery(check);
    let facts = |groups: &[(&str, bool, Option<bool>)]| {
        let groups = groups.iter().map(|(name, there, events)| ((*name).to_owned(), *there, *events)).collect();
        CheckFacts::Queries(one(QueryFacts { groups }))
    };
    assert_eq!(said(&kind, &facts(&[("/aws/lambda/a", true, Some(true))])).0, Verdict::Pass);
    assert_eq!(said(&kind, &facts(&[("/aws/lambda/a", true, Some(false))])).0, Verdict::Fail);
    assert_eq!(said(&kind, &facts(&[("/aws/lambda/a", false, None)])).0, Verdict::Fail);
    assert_eq!(said(&kind, &facts(&[])).0, Verdict::Fail);
}

#[test]
fn backups_are_recent_and_kept() {
    let check = BackupCheck {
        min_retention_days: Some(35),
        restorable_within_minutes: Some(30),
        snapshot_within_hours: Some(24),
        ..BackupCheck::default()
    };
    let good = BackupFacts { retention_days: Some(35), restorable_minutes: Some(5), snapshot_hours: Some(3) };
    let table = [
        (good.clone(), Verdict::Pass),
        (BackupFacts { retention_days: Some(7), ..good.clone() }, Verdict::Fail),
        (BackupFacts { retention_days: None, ..good.clone() }, Verdict::Fail),
        (BackupFacts { restorable_minutes: Some(31), ..good.clone() }, Verdict::Fail),
        (BackupFacts { restorable_minutes: None, ..good.clone() }, Verdict::Fail),
        (BackupFacts { snapshot_hours: Some(25), ..good.clone() }, Verdict::Fail),
        (BackupFacts { snapshot_hours: None, ..good }, Verdict::Fail),
    ];
    for (facts, expected) in table {
        let shown = format!("{facts:?}");
        let kind = CheckKind::Backup(check.clone());
        assert_eq!(said(&kind, &CheckFacts::Backups(one(facts))).0, expected, "{shown}");
    }
}

#[test]
fn drift_never_passes_on_what_was_not_looked_at() {
    let facts = |total, checked, drifted| {
        CheckFacts::Drift(DriftFacts { stack_name: "Shop-Data-production".into(), total, checked, drifted })
    };
    let kind = CheckKind::Drift(DriftCheck { stack: "Data".into(), min_coverage_percent: 60 });
    let changed = DriftedResource {
        logical_id: "Queue".into(),
        resource_type: "AWS::SQS::Queue".into(),
        is_deleted: false,
        properties: vec!["/VisibilityTimeout".into()],
    };
    let (verdict, found) = said(&kind, &facts(64, 41, Vec::new()));
    assert_eq!((verdict, found.as_str()), (Verdict::Pass, "checked 41 of 64; 23 cannot be checked"));
    assert_eq!(said(&kind, &facts(64, 30, Vec::new())).0, Verdict::Inconclusive);
    assert_eq!(said(&kind, &facts(0, 0, Vec::new())).0, Verdict::Inconclusive);
    let (verdict, found) = said(&kind, &facts(64, 1, vec![changed]));
    assert_eq!(verdict, Verdict::Fail, "what was seen counts, however little was looked at");
    assert!(found.contains("Queue (AWS::SQS::Queue) was changed: /VisibilityTimeout"), "{found}");
}

#[test]
fn budgets_and_costs_stay_within_their_limits() {
    let budget =
        |actual, forecast| Budget { name: "monthly".into(), limit: 100_000, actual, forecast, currency: "USD".into() };
    let check = BudgetCheck { min_budgets: 1, max_used_percent: Some(100), max_forecast_percent: Some(120) };
    let facts = |budgets| CheckFacts::Budgets(BudgetFacts { asked: "budgets".into(), budgets });
    let kind = CheckKind::Budget(check);
    assert_eq!(said(&kind, &facts(vec![budget(50_000, Some(110_000))])).0, Verdict::Pass);
    assert_eq!(said(&kind, &facts(vec![budget(101_000, None)])).0, Verdict::Fail);
    assert_eq!(said(&kind, &facts(vec![budget(50_000, Some(121_000))])).0, Verdict::Fail);
    assert_eq!(said(&kind, &facts(Vec::new())).0, Verdict::Fail);

    let cost = |period| CheckKind::Cost(CostCheck { period, min: Some(100), max: Some(500), ..CostCheck::default() });
    let amount = |amount| CheckFacts::Cost(CostFacts { asked: "costs".into(), amount, currency: "USD".into() });
    let table = [
        (CostPeriod::LastMonth, Some(300_000), Verdict::Pass),
        (CostPeriod::LastMonth, Some(99_999), Verdict::Fail),
        (CostPeriod::LastMonth, Some(500_001), Verdict::Fail),
        (CostPeriod::MonthToDate, Some(1_000), Verdict::Pass),
        (CostPeriod::MonthToDate, Some(500_001), Verdict::Fail),
        (CostPeriod::MonthToDate, None, Verdict::Inconclusive),
    ];
    for (period, value, expected) in table {
        assert_eq!(said(&cost(period), &amount(value)).0, expected, "{period:?} {value:?}");
    }
}

#[test]
fn a_warning_status_warns_and_asks_nothing_else() {
    let check = HttpCheck { warn_status: vec![404], body_contains: Some("hello".into()), ..http() };
    let outcome = |status, severity| {
        evaluate(&CheckKind::Http(check.clone()), severity, &CheckFacts::Http(answer(status, &[], ""))).verdict
    };
    assert_eq!(outcome(404, Severity::Error), Verdict::Warn);
    assert_eq!(outcome(500, Severity::Error), Verdict::Fail);
    assert_eq!(outcome(500, Severity::Warning), Verdict::Warn);
}

type Headers = Vec<(&'static str, &'static str)>;

#[test]
fn headers_redirects_compression_and_preflights() {
    let preflight = crate::blueprint::checks::Preflight {
        origin: "https://site.test/".into(),
        method: "PUT".into(),
        headers: vec!["Authorization".into()],
    };
    let any = HttpCheck { any_header: vec!["x-a".into(), "x-b".into()], ..http() };
    let absent = HttpCheck { absent_headers: vec!["x-powered-by".into()], ..http() };
    let compressed = HttpCheck { is_compressed: true, ..http() };
    let redirect = HttpCheck { status: vec![301], redirects_to: Some("https://".into()), ..http() };
    let cors = HttpCheck { preflight: Some(preflight), ..http() };
    let origin = ("access-control-allow-origin", "https://site.test");
    let methods = ("access-control-allow-methods", "GET, PUT");
    let headers = ("access-control-allow-headers", "authorization");
    let table: Vec<(&HttpCheck, u16, Headers, bool)> = vec![
        (&any, 200, vec![("x-b", "1")], true),
        (&any, 200, vec![], false),
        (&absent, 200, vec![], true),
        (&absent, 200, vec![("X-Powered-By", "Express")], false),
        (&compressed, 200, vec![("content-encoding", "br")], true),
        (&compressed, 200, vec![("content-encoding", "identity")], false),
        (&compressed, 200, vec![], false),
        (&redirect, 301, vec![("location", "https://site.test/")], true),
        (&redirect, 301, vec![("location", "http://site.test/")], false),
        (&redirect, 301, vec![], false),
        (&cors, 204, vec![origin, methods, headers], true),
        (&cors, 204, vec![("access-control-allow-origin", "*"), methods, headers], true),
        (&cors, 204, vec![("access-control-allow-origin", "https://other.test"), methods, headers], false),
        (&cors, 204, vec![origin, headers], false),
        (&cors, 204, vec![origin, methods], false),
        (&cors, 204, vec![], false),
    ];
    for (check, status, headers, passes) in table {
        let found = problem(check.clone(), answer(status, &headers, ""));
        assert_eq!(found.is_none(), passes, "{headers:?}: {found:?}");
    }
}
