//! The checklist of a deployment.

use domain::permission::Role;

use super::{Browser, fake::caller, words};

const TO_SIGN: u128 = 13;
const FAILED: u128 = 15;
const WITH_CONDITIONS: u128 = 20;
const STALE: u128 = 21;
const CLOSED: u128 = 22;

fn lead() -> Browser {
    Browser::of(caller("Mia Lund", Role::Lead))
}

fn address(number: u128) -> String {
    format!("/deployments/{}/checklist", uuid::Uuid::from_u128(number))
}

fn row(html: &str, item: &str) -> String {
    let found = html.split("<li").find(|part| part.contains(&format!(" id=\"item-{item}\"")));
    found.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn every_item_has_its_state_in_a_word_an_icon_and_a_colour() {
    let answer = lead().open(&address(TO_SIGN)).await;
    let expected = [
        ("stacks", "good", "Done"),
        ("health", "attention", "Waived"),
        ("domain", "not-applicable", "Not applicable"),
        ("backup", "waiting", "Open"),
        ("on-call", "good", "Done"),
    ];
    for (item, condition, word) in expected {
        let row = row(&answer.html, item);
        assert!(row.contains(&format!("badge-{condition}")), "{item}: {row}");
        assert!(row.contains(&format!("href=\"#state-{condition}\"")), "{item}: {row}");
        assert!(words(&row).contains(word), "{item}: {row}");
    }
    let text = answer.text();
    assert!(
        text.contains("6 items: 2 done, 2 open, 1 waived, 1 not applicable. 1 of them blocks the sign-off."),
        "{text}"
    );
    assert!(text.contains("Production has no variable custom_domain"), "{text}");
    assert!(text.contains("waived by Lea Becker"), "{text}");
}

#[tokio::test]
async fn the_page_says_what_blocks_and_who_can_act() {
    let answer = lead().open(&address(TO_SIGN)).await;
    let blockers = words(&answer.part("blockers"));
    assert!(blockers.contains("Given to Mia Lund 1 A restore from backup was tried"), "{blockers}");
    assert!(!answer.html.contains("Sign off as"), "nobody signs an open list");
    assert!(answer.text().contains("nobody can accept the deployment before"));
}

#[tokio::test]
async fn filters_are_addresses() {
    let open = lead().open(&format!("{}?show=open", address(TO_SIGN))).await;
    assert!(row(&open.html, "backup").contains("item-title") && row(&open.html, "stacks").is_empty());
    let waived = lead().open(&format!("{}?show=waived", address(TO_SIGN))).await;
    assert!(!row(&waived.html, "health").is_empty() && row(&waived.html, "backup").is_empty());
    let mine = lead().open(&format!("{}?show=mine", address(TO_SIGN))).await;
    assert!(!row(&mine.html, "backup").is_empty() && row(&mine.html, "on-call").is_empty());
    let failing = lead().open(&format!("{}?show=failing", address(TO_SIGN))).await.text();
    assert!(failing.contains("Nothing fails"), "{failing}");
}

#[tokio::test]
async fn only_the_opened_item_carries_its_forms() {
    let closed = lead().open(&address(TO_SIGN)).await;
    assert!(!closed.html.contains("Waive this item"));
    let opened = lead().open(&format!("{}?item=backup", address(TO_SIGN))).await;
    for button in ["Mark as done", "Waive this item", "Add this note", "Attach this file", "Give this item"] {
        assert!(opened.html.contains(&format!(">{button}</button>")), "{button}");
    }
    assert!(opened.text().contains("The restore of last month counts"), "{}", opened.text());
}

#[tokio::test]
async fn the_evidence_of_an_automatic_item_is_shown_when_it_lies_open() {
    let opened = lead().open(&format!("{}?item=health", address(TO_SIGN))).await;
    let text = opened.text();
    assert!(text.contains("Could not be asked The API answers /health"), "{text}");
    assert!(text.contains("found no route to host"), "{text}");
    assert!(text.contains("waives it until 2026-12-07"), "{text}");
    assert!(opened.html.contains(">Reopen</button>"));
}

#[tokio::test]
async fn an_engineer_ticks_but_neither_waives_nor_signs_and_finance_ticks_its_own() {
    let engineer = Browser::of(caller("Tom Engel", Role::Engineer));
    let opened = engineer.open(&format!("{}?item=backup", address(TO_SIGN))).await;
    assert!(opened.html.contains(">Mark as done</button>"));
    assert!(!opened.html.contains("Waive this item") && !opened.html.contains("Sign off as"));
    assert!(!row(&opened.html, "costs").contains("data-tick"), "that one is for finance");
    let finance = Browser::of(caller("Fay Fund", Role::Finance)).open(&address(TO_SIGN)).await;
    assert!(row(&finance.html, "costs").contains("data-tick"));
    assert!(!row(&finance.html, "backup").contains("data-tick"));
}

#[tokio::test]
async fn a_stale_signature_says_what_changed_and_who_did_it() {
    let answer = lead().open(&address(STALE)).await;
    let signatures = words(&answer.part("sign-off"));
    assert!(signatures.contains("Stale Lea Becker signed as Engineering lead"), "{signatures}");
    let change = "Item on-call “On-call knows about this deployment” was reopened by Robin Kay.";
    assert!(signatures.contains(change), "{signatures}");
    assert!(signatures.contains("Not signed Product owner"), "{signatures}");
}

#[tokio::test]
async fn the_signer_reads_the_statement_and_binds_the_list_they_see() {
    let answer = lead().open(&address(CLOSED)).await;
    let part = answer.part("sign-off");
    assert!(words(&part).contains("I have looked at the checklist of 1.5.0 in production"), "{part}");
    assert!(part.contains("name=\"seen\" value=\""), "{part}");
    assert!(words(&part).contains("Passed with conditions"), "{part}");
    assert!(part.contains(">Sign off as Engineering lead</button>"), "{part}");
}

#[tokio::test]
async fn a_list_that_is_over_offers_nothing_but_what_was_not_signed() {
    let failed = lead().open(&format!("{}?item=backup", address(FAILED))).await;
    assert!(!failed.html.contains(">Mark as done</button>") && !failed.html.contains("data-tick"));
    let done = Browser::of(caller("Fay Fund", Role::Finance)).open(&address(WITH_CONDITIONS)).await;
    assert!(row(&done.html, "costs").contains("data-tick"), "the first week comes after the sign-off");
    assert!(done.text().contains("It is signed."), "{}", done.text());
}

#[tokio::test]
async fn a_printed_list_names_what_it_can_be_compared_with() {
    let answer = lead().open(&address(CLOSED)).await;
    let text = answer.text();
    for digest in ["Checklist digest", "Checks digest", "Blueprint digest", "Plan digest"] {
        assert!(text.contains(digest), "{digest}");
    }
}

#[tokio::test]
async fn rows_are_keyed_so_that_ticks_of_others_appear() {
    let answer = lead().open(&address(TO_SIGN)).await;
    assert!(answer.html.contains(&format!("deployment:{}", uuid::Uuid::from_u128(TO_SIGN))));
    for item in ["stacks", "backup", "on-call"] {
        let opening = row(&answer.html, item).split('>').next().unwrap_or_default().to_owned();
        assert!(opening.contains(&format!("data-live=\"item-{item}\"")) && opening.contains("data-key"), "{opening}");
    }
}
