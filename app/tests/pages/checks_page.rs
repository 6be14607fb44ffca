//! The checks of an environment, as a person finds them.

use app::views::SuiteRunRow;
use domain::{permission::Role, stack::Condition};
use uuid::Uuid;

use super::{
    Browser,
    fake::{ago, caller},
};

const PAGE: &str = "/applications/shop/environments/production/checks";

#[tokio::test]
async fn suites_say_what_passed_and_what_could_not_be_asked() {
    let answer = Browser::of(caller("Mia Lund", Role::Lead)).open(PAGE).await;
    assert_eq!(answer.status, 200);
    let text = answer.text();
    assert!(
        text.contains("0 of 2 suites passed completely when they ran last; failed: Verify; 1 never ran here."),
        "{text}"
    );
    let suites = answer.part("suites");
    assert!(suites.contains("1 of 4 passed, 1 failed, 1 warning, 1 could not be asked"), "{suites}");
    assert!(suites.contains("badge-unknown") && !suites.contains("badge-good"), "unknown is never green: {suites}");
}

#[tokio::test]
async fn every_result_carries_its_evidence() {
    let answer = Browser::of(caller("Mia Lund", Role::Lead)).open(PAGE).await;
    let results = answer.part("results");
    for words in [
        "/TracingConfig/Mode = PassThrough",
        "cloudtrail:DescribeTrails",
        "5f1c-request",
        "1.2 s",
        "Could not be asked",
    ] {
        assert!(results.contains(words), "{words}: {results}");
    }
    assert!(results.contains("action=\"/api/run_suite\"") && results.contains("name=\"suite\" value=\"verify\""));
    assert!(answer.part("history").contains("run=00000000-0000-0000-0000-000000000002"));
}

#[test]
fn a_run_is_good_only_when_everything_answered_and_passed() {
    let run = |passed, warned, failed, inconclusive, is_finished: bool| SuiteRunRow {
        id: Uuid::from_u128(1),
        requested_by: String::new(),
        requested_at: ago(60),
        finished_at: is_finished.then(|| ago(1)),
        total: 3,
        passed,
        warned,
        failed,
        inconclusive,
    };
    let table = [
        (run(3, 0, 0, 0, true), Condition::Good),
        (run(2, 1, 0, 0, true), Condition::Attention),
        (run(2, 0, 0, 1, true), Condition::Unknown),
        (run(2, 0, 0, 0, true), Condition::Unknown),
        (run(2, 0, 1, 0, true), Condition::Bad),
        (run(1, 0, 0, 0, false), Condition::Running),
        (run(1, 0, 1, 0, false), Condition::Bad),
    ];
    for (run, expected) in table {
        assert_eq!(run.condition(), expected, "{}", run.sentence());
    }
    assert_eq!(run(1, 0, 0, 0, false).sentence(), "1 of 3 passed, 2 still running");
}
