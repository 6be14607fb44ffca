//! Refusals of a watch, in words: what happened, what was kept, what to do next.

use app::error::ApiError;
use domain::watch::Refusal;

pub(in crate::services) fn refused(refusal: &Refusal) -> ApiError {
    let rejected =
        |field: Option<&str>, message: String| ApiError::Rejected { message, field: field.map(str::to_owned) };
    match refusal {
        Refusal::WrongState(state) => ApiError::Conflict {
            message: format!(
                "The watch is “{}” by now, so this is no longer possible. Nothing was changed.",
                state.words().to_lowercase()
            ),
        },
        Refusal::UnknownRound(number) => ApiError::NotFound { what: format!("Round {number}") },
        Refusal::NotDue(number) => rejected(
            None,
            format!("Round {number} is not due yet. Your note was kept; record it when the time has come."),
        ),
        Refusal::NotRun(number) => rejected(
            None,
            format!(
                "The checks of round {number} have not answered yet. Your note was kept; look at what they say, then \
                 record it."
            ),
        ),
        Refusal::AlreadyRan(number) => ApiError::Conflict { message: format!("Round {number} has run already.") },
        Refusal::ReasonRequired => {
            rejected(Some("note"), "Say what you saw, or why; it goes into the record.".to_owned())
        }
        Refusal::CommentRequired => rejected(
            Some("comment"),
            "Rounds were missed, a rollback trigger was raised or a problem was found: say why this is acceptable."
                .to_owned(),
        ),
        Refusal::UnknownTrigger(id) => ApiError::NotFound { what: format!("Rollback trigger {id}") },
        Refusal::AlreadyRaised(_) => {
            rejected(Some("trigger"), "This rollback trigger is raised already. Your note was kept.".to_owned())
        }
        Refusal::BaselineDecided => {
            ApiError::Conflict { message: "The baseline has been measured already.".to_owned() }
        }
    }
}
