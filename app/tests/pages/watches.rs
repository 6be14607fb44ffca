//! The pages of a watch: what waits, what was missed, what was found.

use domain::{permission::Role, watch::RoundState};
use http::StatusCode;

use super::{
    Browser,
    fake::{
        caller,
        watches::{RUNNING, TO_SIGN, states},
    },
};

fn page(id: uuid::Uuid) -> String {
    format!("/deployments/{id}/watch")
}

#[tokio::test]
async fn a_watch_says_what_is_next_what_was_missed_and_what_holds() {
    assert_eq!(states(), [RoundState::Looked, RoundState::Missed, RoundState::Waiting, RoundState::Planned]);
    let on_call = Browser::of(caller("Olga Ek", Role::OnCall));
    let answer = on_call.open(&page(RUNNING)).await;
    let text = answer.text();
    for part in [
        "2 of 4 rounds are over. A rollback trigger holds: More than 50 % slower. 1 round was missed.",
        "Next: round 3 of 4 waits for somebody to look; missed in 13 min",
        "api is 90 % above what it was before",
        "Record my look at round 3",
        "Report a rollback trigger",
    ] {
        assert!(text.contains(part), "“{part}” is missing: {text}");
    }
    let rounds = answer.part("rounds");
    assert!(rounds.contains("Missed") && rounds.contains("+90 %") && rounds.contains("all quiet"), "{rounds}");
    assert!(!text.contains("Sign off the watch"), "not hers, and not yet: {text}");
    assert!(answer.html.contains("band-protected"));
}

#[tokio::test]
async fn who_may_only_look_sees_no_form() {
    let answer = Browser::of(caller("Vic Ahl", Role::Viewer)).open(&page(RUNNING)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text().contains("2 of 4 rounds are over"));
    for act in ["record_look", "report_trigger", "sign_off_watch", "end_watch"] {
        assert!(!answer.html.contains(act), "{act}");
    }
}

#[tokio::test]
async fn a_lead_signs_when_every_round_is_over_and_may_end_earlier() {
    let lead = Browser::of(caller("Mia Lund", Role::Lead));
    let over = lead.open(&page(TO_SIGN)).await;
    assert!(over.text().contains("Every round is over; the watch waits for its signature."), "{}", over.text());
    assert!(over.html.contains("/api/sign_off_watch") && !over.html.contains("/api/end_watch"));
    let running = lead.open(&page(RUNNING)).await;
    assert!(!running.html.contains("/api/sign_off_watch") && running.html.contains("/api/end_watch"));
}

#[tokio::test]
async fn a_look_reaches_the_service_and_leads_back() {
    let on_call = Browser::of(caller("Olga Ek", Role::OnCall));
    let body = format!("form_id=look-form&deployment={RUNNING}&round=3&finding=problem&note=slow+since+ten");
    let answer = on_call.submit("/api/record_look", &body).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(*on_call.acts.asked.lock().unwrap(), [format!("look {RUNNING} 3 Problem slow since ten")]);
    let nonsense = format!("form_id=look-form&deployment={RUNNING}&round=x&finding=problem&note=typed");
    on_call.submit("/api/record_look", &nonsense).await;
    assert_eq!(on_call.acts.asked.lock().unwrap().len(), 1, "refused before it reached the service");
    assert_eq!(on_call.kept.lock().unwrap().last().unwrap().value("note"), "typed");
}

#[tokio::test]
async fn open_watches_are_listed_and_an_empty_list_says_why() {
    let lead = Browser::of(caller("Mia Lund", Role::Lead));
    let text = lead.open("/watches").await.text();
    assert!(text.contains("2 open; a rollback trigger holds in 1 of them."), "{text}");
    assert!(text.contains("all 1 rounds are over; it waits for its signature"), "{text}");
    let empty = lead.in_an_empty_world().open("/watches").await.text();
    assert!(empty.contains("A watch opens when a deployment to a protected environment is verified"), "{empty}");
}

#[tokio::test]
async fn a_raised_trigger_is_on_the_overview() {
    let text = Browser::of(caller("Mia Lund", Role::Lead)).open("/").await.text();
    assert!(text.contains("Rollback trigger: More than 50 % slower"), "{text}");
    assert!(text.contains("1 round missed"), "{text}");
}

#[tokio::test]
async fn an_auditor_finds_evidence_by_date_and_its_keys() {
    let answer =
        Browser::of(caller("Ann Berg", Role::Auditor)).open("/evidence?from=2026-11-01&until=2026-11-30").await;
    let text = answer.text();
    assert!(text.contains("each has one signed bundle of evidence"), "{text}");
    assert!(answer.html.contains("/evidence.zip?from=2026-11-01&amp;until=2026-11-30"), "{}", answer.html);
    assert!(text.contains("BEGIN PUBLIC KEY") && text.contains("Fingerprint"), "{text}");
    let deployment = Browser::of(caller("Ann Berg", Role::Auditor)).open(&format!("/deployments/{RUNNING}")).await;
    assert!(deployment.html.contains(&format!("/deployments/{RUNNING}/evidence.zip")));
    let viewer = Browser::of(caller("Vic Ahl", Role::Viewer)).open(&format!("/deployments/{RUNNING}")).await;
    assert!(!viewer.html.contains("evidence.zip"));
}
