//! Why a control is missing or asks for more, in words.

use domain::permission::Decision;
use leptos::prelude::*;

use crate::{relative_time::span, views::Offer};

#[component]
pub fn OfferNote(offer: Offer) -> impl IntoView {
    let text = match (offer.decision, offer.obstacle) {
        (Decision::Denied, _) | (Decision::Allowed, None) => None,
        (_, Some(obstacle)) => Some(obstacle),
        (Decision::NeedsRecentLogin { max_age_secs }, None) => Some(format!(
            "A fresh login will be asked: yours is older than {}. What you typed is kept.",
            span(i64::try_from(max_age_secs).unwrap_or(i64::MAX))
        )),
    };
    text.map(|text| view! { <p class="offer-note">{text}</p> })
}
