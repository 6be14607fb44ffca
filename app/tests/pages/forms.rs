//! Forms without scripts: posted, answered by a redirect, and filled again when they were refused.

use std::collections::BTreeMap;

use app::{api, error::ApiError, form::FormState};
use domain::permission::Role;
use http::StatusCode;

use super::{Browser, fake::caller};

const PAGE: &str = "/deployments/00000000-0000-0000-0000-00000000000a";
const ID: &str = "deployment=00000000-0000-0000-0000-00000000000a";

fn lead() -> Browser {
    Browser::of(caller("Mia Lund", Role::Lead))
}

#[tokio::test]
async fn an_approval_reaches_the_service_and_leads_back_to_the_page() {
    let browser = lead();
    let body = format!("form_id=decide&{ID}&plan_digest=abc&phrase=DEPLOY+TO+PRODUCTION&comment=fine");
    let answer = browser.submit("/api/approve_plan", &body).await;
    assert_eq!((answer.status, answer.location.as_deref()), (StatusCode::FOUND, Some(PAGE)));
    let asked = browser.acts.asked.lock().unwrap().clone();
    assert_eq!(asked, ["approve 00000000-0000-0000-0000-00000000000a abc DEPLOY TO PRODUCTION fine"]);
    assert_eq!(browser.kept.lock().unwrap()[0].notice.as_deref(), Some("Your approval of this plan is recorded."));
}

#[tokio::test]
async fn a_refused_approval_keeps_what_was_typed_and_returns_to_the_form() {
    let browser = lead().whose_acts_are_refused(ApiError::rejected_field("phrase", "This is not the phrase."));
    let body = format!("form_id=decide&{ID}&plan_digest=abc&phrase=deploy&comment=looked+at+everything");
    let answer = browser.submit("/api/approve_plan", &body).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.location, Some(format!("{PAGE}#decide")));
    let kept = browser.kept.lock().unwrap()[0].clone();
    assert_eq!(kept.form, "decide");
    assert_eq!(kept.value("comment"), "looked at everything");
    assert_eq!(kept.field_error("phrase").as_deref(), Some("This is not the phrase."));
}

#[tokio::test]
async fn a_refusal_whose_form_is_gone_is_said_on_the_page() {
    let state = FormState {
        form: "a-form-this-page-no-longer-has".to_owned(),
        fields: BTreeMap::from([("comment".to_owned(), "looked at everything".to_owned())]),
        error: Some(ApiError::Conflict { message: "The deployment is “executing” by now.".to_owned() }),
        notice: None,
    };
    let text = lead().coming_back_with(state).open(PAGE).await.text();
    assert!(text.contains("The deployment is “executing” by now."), "{text}");
    assert!(text.contains("looked at everything"), "{text}");
}

#[tokio::test]
async fn a_refusal_is_said_at_its_form_and_not_a_second_time_on_top() {
    let state = FormState {
        form: "decide".to_owned(),
        error: Some(ApiError::rejected("Read the plan again.")),
        ..FormState::default()
    };
    let text = lead().coming_back_with(state).open(PAGE).await.text();
    assert_eq!(text.matches("Read the plan again.").count(), 1, "{text}");
}

#[tokio::test]
async fn a_returned_form_shows_its_values_and_the_problem_at_its_field() {
    let state = FormState {
        form: "decide".to_owned(),
        fields: BTreeMap::from([
            ("phrase".to_owned(), "deploy".to_owned()),
            ("comment".to_owned(), "looked at <everything>".to_owned()),
        ]),
        error: Some(ApiError::rejected_field("phrase", "This is not the phrase.")),
        notice: None,
    };
    let answer = lead().coming_back_with(state).open(PAGE).await;
    let approval = answer.part("approval");
    assert!(!approval.contains("value=\"deploy\""), "the phrase is typed anew every time: {approval}");
    assert!(approval.contains("looked at &lt;everything&gt;</textarea>"), "{approval}");
    assert!(
        approval.contains("<p id=\"decide-phrase-problem\" class=\"field-problem\">This is not the phrase.</p>"),
        "{approval}"
    );
    assert!(approval.contains("aria-invalid=\"true\""), "{approval}");
    assert!(approval.contains("autofocus"), "the field to mend has the focus: {approval}");
    // The other forms of the page are untouched.
    assert!(!answer.part("stop").contains("looked at"));
}

#[tokio::test]
async fn a_refused_form_inside_a_fold_is_not_hidden() {
    let state = FormState {
        form: "cancel".to_owned(),
        fields: BTreeMap::from([("reason".to_owned(), "wait".to_owned())]),
        error: Some(ApiError::rejected("It has just ended.")),
        notice: None,
    };
    let stop = lead().coming_back_with(state).open(PAGE).await.part("stop");
    let fold = stop.split("<details").nth(1).unwrap().split('>').next().unwrap();
    assert!(fold.contains("open"), "{fold}");
    assert!(stop.contains("It has just ended."), "{stop}");
}

#[tokio::test]
async fn an_old_login_leads_to_the_login_and_back_with_everything_typed() {
    let browser = lead().whose_acts_are_refused(ApiError::NeedsRecentLogin { max_age_secs: 900 });
    let body = format!("form_id=decide&{ID}&comment=fine&phrase=DEPLOY+TO+PRODUCTION");
    let answer = browser.submit("/api/approve_plan", &body).await;
    assert_eq!(answer.location, Some(format!("/login?return_to={PAGE}&max_age=900")));
    let kept = browser.kept.lock().unwrap()[0].clone();
    assert_eq!(kept.value("comment"), "fine");
    assert!(kept.notice.is_some_and(|notice| notice.contains("Nothing was changed yet")));
}

#[tokio::test]
async fn a_program_gets_the_true_status_and_json() {
    let cases = [
        (ApiError::Conflict { message: "Somebody was faster.".to_owned() }, 409),
        (ApiError::Denied { action: "approve".to_owned() }, 403),
        (ApiError::NeedsRecentLogin { max_age_secs: 900 }, 401),
        (ApiError::rejected("no"), 422),
    ];
    for (error, status) in cases {
        let browser = lead().whose_acts_are_refused(error.clone());
        let answer = browser.post("/api/approve_plan", ID, "application/json").await;
        assert_eq!(answer.status, status);
        assert!(answer.location.is_none());
        assert_eq!(serde_json::from_str::<ApiError>(&answer.html).unwrap(), error);
    }
}

#[tokio::test]
async fn a_request_leads_to_the_new_deployment() {
    let browser = lead();
    let body = "form_id=request-staging&release=00000000-0000-0000-0000-000000000001&environment=staging&reason=try";
    let answer = browser.submit("/api/request_deployment", body).await;
    assert_eq!(answer.location.as_deref(), Some("/deployments/00000000-0000-0000-0000-000000000007"));
}

#[tokio::test]
async fn every_act_is_reachable_by_a_plain_form() {
    let bodies = [
        ("request_deployment", "release=00000000-0000-0000-0000-000000000001&environment=staging", "request "),
        ("start_deployment", "plan_digest=abc", "start "),
        ("approve_plan", "phrase=x", "approve "),
        ("reject_plan", "comment=x", "reject "),
        ("cancel_deployment", "reason=x", "cancel "),
        ("run_checks", "checks=a,+b", "checks "),
        ("mark_item", "item=backup&kind=done&note=x", "mark "),
        ("reopen_item", "item=backup", "reopen "),
        ("sign_off", "role=engineering", "sign "),
        ("mark_failed", "reason=x", "fail "),
        ("run_suite", "application=shop&environment=staging&suite=smoke", "suite "),
        ("record_look", "round=1&finding=nothing", "look "),
        ("report_trigger", "trigger=breach&note=x", "report "),
        ("sign_off_watch", "comment=x", "sign watch "),
        ("end_watch", "reason=x", "end watch "),
    ];
    assert_eq!(bodies.len(), api::PATHS.len());
    for (name, body, expected) in bodies {
        let path = format!("/api/{name}");
        assert!(api::PATHS.contains(&path.as_str()), "{path} is not registered");
        let browser = lead();
        let answer = browser.submit(&path, &format!("{ID}&{body}")).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{path}");
        let asked = browser.acts.asked.lock().unwrap().clone();
        assert!(asked.len() == 1 && asked[0].starts_with(expected), "{path}: {asked:?}");
    }
}

#[tokio::test]
async fn nonsense_in_a_form_is_refused_before_it_reaches_a_service() {
    let browser = lead();
    let answer = browser.submit("/api/cancel_deployment", "form_id=cancel&deployment=../../etc&reason=x").await;
    assert_eq!(answer.location, Some(format!("{PAGE}#cancel")));
    assert!(browser.acts.asked.lock().unwrap().is_empty());
}
