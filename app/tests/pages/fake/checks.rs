//! Suites of the fake world.

use app::{error::ApiError, views::*};
use domain::{
    check::{CheckOutcome, Severity, Verdict},
    permission::Decision,
};
use uuid::Uuid;

use super::{ago, world::World};

fn run(n: u128, passed: u32, failed: u32, inconclusive: u32, is_finished: bool) -> SuiteRunRow {
    SuiteRunRow {
        id: Uuid::from_u128(n),
        requested_by: "Emil Berg".to_owned(),
        requested_at: ago(600 + i64::try_from(n).unwrap()),
        finished_at: is_finished.then(|| ago(500)),
        total: 4,
        passed,
        warned: 1,
        failed,
        inconclusive,
    }
}

fn result(id: &str, verdict: Option<Verdict>, found: &str) -> SuiteResultRow {
    SuiteResultRow {
        id: id.to_owned(),
        title: format!("Check {id}"),
        severity: Severity::Error,
        outcome: verdict.map(|verdict| CheckOutcome {
            verdict,
            asked: "properties of every AWS::Lambda::Function of stack Api".to_owned(),
            expected: "/TracingConfig/Mode = Active".to_owned(),
            found: found.to_owned(),
            measured: None,
            request_id: Some("5f1c-request".to_owned()),
        }),
        finished_at: verdict.map(|_| ago(550)),
        took_ms: verdict.map(|_| 1240),
        attempts: verdict.map(|_| 1),
    }
}

impl World {
    pub fn checks(&self, application: &str, name: &str) -> Result<ChecksView, ApiError> {
        let band = self.environment(application, name, &EnvironmentTables::default())?.summary.band;
        let last = run(1, 1, 1, 1, true);
        let results = vec![
            result("tracing", Some(Verdict::Fail), "1 of 2 are right\nConnect: /TracingConfig/Mode = PassThrough"),
            result(
                "trail",
                Some(Verdict::Inconclusive),
                "the role of this environment may not cloudtrail:DescribeTrails",
            ),
            result("latency", Some(Verdict::Warn), "1240 ms"),
            result("stack", Some(Verdict::Pass), "UPDATE_COMPLETE"),
        ];
        let card =
            |id: &str, title: &str, last| SuiteCard { id: id.to_owned(), title: title.to_owned(), checks: 4, last };
        Ok(ChecksView {
            band,
            suites: vec![card("verify", "Verify", Some(last.clone())), card("smoke", "Smoke tests", None)],
            shown: Some(SuiteRunView {
                suite: "verify".to_owned(),
                title: "Verify".to_owned(),
                checks: vec!["Check stack".to_owned()],
                run: Some((last.clone(), results)),
                history: vec![last, run(2, 3, 0, 0, true)],
            }),
            run: Offer { decision: Decision::Allowed, obstacle: None },
        })
    }
}
