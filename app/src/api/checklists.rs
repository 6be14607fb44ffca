//! Acts on a deployment's checklist: mark items, sign, close conditions.

use leptos::prelude::*;

use super::answer::{Typed, answer, answer_at_item, asked, parse_id};
use crate::error::ApiError;

/// `kind` is `done`, `waived`, `reopened`, `noted` or `assigned`; `seen` milliseconds since 1970. The ticks of all rows
/// share one form, so a form without a name is the row of its item.
#[server(endpoint = "mark_item", prefix = "/api")]
#[allow(clippy::too_many_arguments, reason = "a form is flat, and this one has this many fields")]
pub async fn mark_item(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] item: String,
    #[server(default)] kind: String,
    #[server(default)] note: String,
    #[server(default)] link: String,
    #[server(default)] expires_on: String,
    #[server(default)] seen: String,
) -> Result<(), ApiError> {
    use domain::checklist::MarkKind;
    use jiff::Timestamp;

    use super::answer::parse_day;
    use crate::ports::NewMark;

    let said = (!form_id.is_empty()).then_some("The checklist is updated.");
    let form = if form_id.is_empty() { format!("item-{item}") } else { form_id };
    let typed = Typed::new(form, &[("note", &note), ("link", &link), ("expires_on", &expires_on)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        let kind = match kind.as_str() {
            "done" => MarkKind::Done,
            "waived" => MarkKind::Waived,
            "reopened" => MarkKind::Reopened,
            "noted" => MarkKind::Noted,
            "assigned" => MarkKind::Assigned,
            _ => return Err(ApiError::rejected_field("kind", "Say what is done to the item.")),
        };
        let mark = NewMark {
            kind,
            note,
            link,
            expires_on: parse_day("expires_on", &expires_on)?,
            seen: seen.parse().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok()),
            file: None,
        };
        ports.acts.mark_item(&caller, parse_id("deployment", &deployment)?, &item, mark).await
    };
    answer_at_item(outcome.await, typed, &item, said).await
}

/// Up to three conditions; those without a text are left out.
#[server(endpoint = "sign_off", prefix = "/api")]
#[allow(clippy::too_many_arguments, reason = "a form is flat, and this one has this many fields")]
pub async fn sign_off(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] role: String,
    #[server(default)] outcome: String,
    #[server(default)] comment: String,
    #[server(default)] seen: String,
    #[server(default)] condition_1: String,
    #[server(default)] owner_1: String,
    #[server(default)] due_1: String,
    #[server(default)] condition_2: String,
    #[server(default)] owner_2: String,
    #[server(default)] due_2: String,
    #[server(default)] condition_3: String,
    #[server(default)] owner_3: String,
    #[server(default)] due_3: String,
) -> Result<(), ApiError> {
    use domain::checklist::{NewCondition, Outcome};

    use super::answer::parse_day;
    use crate::ports::NewSignature;

    let rows = [
        ("condition_1", &condition_1, "owner_1", &owner_1, "due_1", &due_1),
        ("condition_2", &condition_2, "owner_2", &owner_2, "due_2", &due_2),
        ("condition_3", &condition_3, "owner_3", &owner_3, "due_3", &due_3),
    ];
    let mut fields = vec![("comment", comment.as_str()), ("outcome", outcome.as_str())];
    for (text_name, text, owner_name, owner, due_name, due) in rows {
        fields.extend([(text_name, text.as_str()), (owner_name, owner.as_str()), (due_name, due.as_str())]);
    }
    let typed = Typed::new(form_id, &fields);
    let outcome = async {
        let (ports, caller) = asked()?;
        let outcome = Outcome::parse(&outcome).ok_or_else(|| {
            ApiError::rejected_field("outcome", "Say how it ended: passed, passed with conditions, or failed.")
        })?;
        let mut conditions = Vec::new();
        for (text_name, text, owner_name, owner, due_name, due) in rows {
            if text.trim().is_empty() && owner.trim().is_empty() && due.trim().is_empty() {
                continue;
            }
            for (name, value) in [(text_name, text), (owner_name, owner)] {
                if value.trim().is_empty() {
                    return Err(ApiError::rejected_field(name, "A condition needs a text, an owner and a day."));
                }
            }
            let due = parse_day(due_name, due)?
                .ok_or_else(|| ApiError::rejected_field(due_name, "Say until when the condition has to be met."))?;
            conditions.push(NewCondition { text: text.trim().to_owned(), owner: owner.trim().to_owned(), due });
        }
        let signature = NewSignature { role, comment, outcome, conditions, seen };
        ports.acts.sign_off(&caller, parse_id("deployment", &deployment)?, signature).await
    };
    answer(outcome.await, typed, "Your signature is recorded.").await
}

#[server(endpoint = "close_condition", prefix = "/api")]
pub async fn close_condition(
    #[server(default)] form_id: String,
    #[server(default)] deployment: String,
    #[server(default)] condition: u32,
    #[server(default)] note: String,
) -> Result<(), ApiError> {
    let typed = Typed::new(form_id, &[("note", &note)]);
    let outcome = async {
        let (ports, caller) = asked()?;
        ports.acts.close_condition(&caller, parse_id("deployment", &deployment)?, condition, &note).await
    };
    answer(outcome.await, typed, "The condition is closed.").await
}
