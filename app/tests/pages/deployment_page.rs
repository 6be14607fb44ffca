//! The page of a deployment: what it shows and offers to whom.

use domain::permission::Role;

use super::{Answer, Browser, fake::caller, words};

fn address(number: u8) -> String {
    format!("/deployments/00000000-0000-0000-0000-0000000000{number:02x}")
}

const WAITING: u8 = 10;
const HALF_APPROVED: u8 = 11;
const EXECUTING: u8 = 12;
const TO_SIGN: u8 = 13;
const SUCCEEDED: u8 = 14;
const FAILED: u8 = 15;
const REJECTED: u8 = 16;
const PLANNING: u8 = 17;
const UNPROTECTED: u8 = 18;
const CANCELLED: u8 = 19;

fn lead() -> Browser {
    Browser::of(caller("Mia Lund", Role::Lead))
}

fn requester() -> Browser {
    Browser::of(caller("Eli Novak", Role::Lead))
}

fn viewer() -> Browser {
    Browser::of(caller("Vic Stone", Role::Viewer))
}

fn has_button(answer: &Answer, label: &str) -> bool {
    answer.html.split("<button").skip(1).any(|button| {
        button.split("</button>").next().is_some_and(|button| words(&format!("<button{button}")).contains(label))
    })
}

#[tokio::test]
async fn the_first_sentence_says_what_is_missing_and_the_next_action_leads_to_the_plan() {
    let answer = lead().open(&address(WAITING)).await;
    assert_eq!(answer.status, 200);
    let text = answer.text();
    assert!(text.contains("waits for approval: 2 approvals are missing; one must come from shop-leads."), "{text}");
    assert!(text.contains("1 replaced, 1 removed"), "{text}");
    assert!(answer.html.contains("<a href=\"#plan\" class=\"button button-primary\">Review the plan and decide"));
}

#[tokio::test]
async fn a_lead_is_offered_both_decisions_and_the_phrase() {
    let answer = lead().open(&address(WAITING)).await;
    assert!(has_button(&answer, "Approve this plan"));
    assert!(has_button(&answer, "Reject this plan"));
    let approval = answer.part("approval");
    assert!(approval.contains("data-phrase=\"DEPLOY TO PRODUCTION\""), "{approval}");
    assert!(approval.contains("name=\"plan_digest\""), "the approval names the plan it is about: {approval}");
    assert!(!approval.contains("disabled"), "without scripts the button must work: {approval}");
}

#[tokio::test]
async fn the_requester_sees_why_there_is_no_approve_button() {
    let answer = requester().open(&address(WAITING)).await;
    assert!(!has_button(&answer, "Approve this plan"));
    assert!(!has_button(&answer, "Reject this plan"));
    assert!(answer.text().contains("You requested this deployment, so somebody else must approve it."));
    assert!(!answer.html.contains("Review the plan and decide"));
}

#[tokio::test]
async fn a_viewer_sees_everything_and_can_press_nothing() {
    for number in [WAITING, EXECUTING, TO_SIGN, FAILED, UNPROTECTED] {
        let answer = viewer().open(&address(number)).await;
        assert_eq!(answer.status, 200);
        let main = answer.html.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
        assert!(!main.contains("method=\"post\""), "deployment {number} offers an act to a viewer");
    }
}

#[tokio::test]
async fn the_loss_of_data_is_read_before_everything_else_of_the_plan() {
    let answer = lead().open(&address(WAITING)).await;
    let plan = answer.part("plan");
    let loss =
        plan.find("Will be REPLACED because Properties.CacheNodeType changes").expect("the loss is said in words");
    let stacks = plan.find("class=\"stack-plan\"").expect("the stacks are listed");
    assert!(loss < stacks, "losses stand above the stacks");
    let data = plan.split("id=\"plan-Data\"").nth(1).expect("stack Data");
    let order: Vec<usize> = ["Cache", "OldTopic", "Orders"].iter().map(|id| data.find(id).unwrap()).collect();
    assert!(order.is_sorted(), "replacement, removal, modification in this order: {order:?}");
}

#[tokio::test]
async fn what_changes_in_a_resource_is_shown_before_and_after() {
    let plan = lead().open(&address(WAITING)).await.part("plan");
    let text = words(&plan);
    assert!(
        text.contains("Properties.CacheNodeType replaces the resource Before cache.r6g.large After cache.r7g.large"),
        "{text}"
    );
    assert!(text.contains("1 change touches who may do what"), "{text}");
}

#[tokio::test]
async fn a_stack_that_cannot_be_compared_yet_says_so_and_why() {
    let text = words(&lead().open(&address(WAITING)).await.part("plan"));
    assert!(
        text.contains(
            "Monitoring cannot be compared yet: its change set is prepared after Api has been executed. It needs \
             Shop-Api-production-QueueName, which does not exist yet."
        ),
        "{text}"
    );
}

#[tokio::test]
async fn approvals_so_far_and_missing_ones_are_named() {
    let text = words(&lead().open(&address(HALF_APPROVED)).await.part("approval"));
    assert!(text.contains("1 of 2 approvals given, 1 missing."), "{text}");
    assert!(text.contains("Lea Becker approved this plan for shop-leads"), "{text}");
}

#[tokio::test]
async fn a_run_shows_its_stacks_the_current_event_and_work_that_is_tried_again() {
    let answer = lead().open(&address(EXECUTING)).await;
    let text = answer.text();
    assert!(text.contains("Executing: 1 of 5 stacks are done; now Data."), "{text}");
    assert!(text.contains("leaving this page stops nothing"), "{text}");
    assert!(
        text.contains("Asking CloudFormation for events did not work (3 tries so far) and is tried again in 20 s"),
        "{text}"
    );
    let run = words(&answer.part("run"));
    assert!(run.contains("Cache AWS::ElastiCache::ReplicationGroup UPDATE_IN_PROGRESS"), "{run}");
    assert!(run.contains("Waits for another stack"), "{run}");
    assert!(run.contains("No changes"), "{run}");
}

#[tokio::test]
async fn a_check_that_could_not_be_asked_is_not_green() {
    let answer = lead().open(&address(TO_SIGN)).await;
    let checks = answer.part("checks");
    let row = checks.split("<tr").skip(1).find(|row| row.contains("The API answers /health")).expect("its row");
    assert!(row.contains("Could not be asked") && row.contains("badge-unknown"), "{row}");
    assert!(!row.contains("badge-good"), "{row}");
    let text = words(row);
    assert!(text.contains("Asked GET https://api.shop.example.org/health"), "{text}");
    assert!(text.contains("Expected status 200"), "{text}");
    assert!(text.contains("Found no route to host"), "{text}");
}

#[tokio::test]
async fn the_page_says_what_blocks_the_sign_off_and_leads_to_the_list() {
    let answer = lead().open(&address(TO_SIGN)).await;
    assert!(!has_button(&answer, "Sign off as"));
    let text = answer.text();
    assert!(text.contains("1 item blocks the sign-off: A restore from backup was tried"), "{text}");
    assert!(text.contains("1 item is waived: whoever signs accepts the reasons given."), "{text}");
    assert!(answer.html.contains(&format!("href=\"{}/checklist\"", address(TO_SIGN))));
}

#[tokio::test]
async fn a_condition_stays_on_the_page_until_its_owner_closes_it() {
    let with_conditions = address(20);
    let answer = lead().open(&with_conditions).await;
    let text = answer.text();
    assert!(text.contains("signed off by Lea Becker. 1 condition is still open."), "{text}");
    assert!(text.contains("Mia Lund answers for it until 2026-12-01"), "{text}");
    assert!(has_button(&answer, "Close this condition"));
    let other = Browser::of(caller("Tom Engel", Role::Lead)).open(&with_conditions).await;
    assert!(!has_button(&other, "Close this condition"), "it is not his");
}

#[tokio::test]
async fn a_failure_says_what_happened_and_what_to_do_next() {
    let text = lead().open(&address(FAILED)).await.text();
    assert!(text.contains("Failed at Data."), "{text}");
    assert!(text.contains("insufficient capacity for cache.r7g.large"), "{text}");
    assert!(text.contains("Next:"), "{text}");
}

#[tokio::test]
async fn a_rejected_plan_says_that_nothing_was_changed_and_links_the_newer_deployment() {
    let answer = lead().open(&address(REJECTED)).await;
    assert!(answer.text().contains("The plan was rejected. Nothing was changed."));
    assert!(answer.html.contains(&format!("href=\"{}\"", address(WAITING))));
}

#[tokio::test]
async fn an_unprotected_environment_asks_for_a_start_and_no_phrase() {
    let answer = lead().open(&address(UNPROTECTED)).await;
    assert!(has_button(&answer, "Start this deployment"));
    assert!(!answer.html.contains("data-phrase="));
}

#[tokio::test]
async fn every_state_has_a_sentence_a_title_and_one_heading() {
    let states = [
        (PLANNING, "The plan is being prepared: 0 of 5 stacks are ready. Nothing has been changed yet."),
        (SUCCEEDED, "Deployed, checked and signed off by Lea Becker."),
        (CANCELLED, "Cancelled by Robin Kay before anything was changed: Traffic peak, try tonight"),
    ];
    for (number, sentence) in states {
        let answer = lead().open(&address(number)).await;
        assert!(answer.text().contains(sentence), "{}", answer.text());
        assert_eq!(answer.html.matches("<h1").count(), 1);
        assert!(
            answer.html.contains("<title>1.5.0 to Production · Shop Production · Lockkeeper</title>"),
            "{}",
            answer.html
        );
    }
}

#[tokio::test]
async fn a_fresh_login_is_announced_before_it_is_asked() {
    let mut late = caller("Mia Lund", Role::Lead);
    late.actor.authenticated_at = super::fake::ago(7_200);
    let answer = Browser::of(late).open(&address(WAITING)).await;
    assert!(has_button(&answer, "Approve this plan"));
    assert!(answer.text().contains("A fresh login will be asked: yours is older than 15 min. What you typed is kept."));
}

#[tokio::test]
async fn the_page_can_be_followed_live_and_its_forms_are_keyed() {
    let answer = lead().open(&address(WAITING)).await;
    let id = address(WAITING).replace("/deployments/", "");
    assert!(answer.html.contains(&format!("deployment:{id}")), "listens to its own topic");
    assert!(answer.html.contains("environment:shop/production"), "and to its environment's");
    let forms_without_key = answer
        .html
        .split("data-live=\"")
        .skip(1)
        .filter(|part| {
            let opening = part.split('>').next().unwrap_or_default();
            part.split("data-live=\"").next().is_some_and(|own| own.contains("method=\"post\""))
                && !opening.contains("data-key")
                && !opening.contains("data-container")
        })
        .count();
    assert_eq!(forms_without_key, 0, "a form in a part without a key could be taken away while somebody types");
}
