//! The band of an environment: a colour and a word on everything that touches it.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::views::EnvironmentBand;

#[component]
pub fn Band(band: EnvironmentBand) -> impl IntoView {
    let class =
        format!("band env-{} {}", band.colour.name(), if band.is_protected { "band-protected" } else { "band-open" });
    let href = format!("/applications/{}/environments/{}", band.application, band.environment);
    let place = match &band.account {
        Some(account) => format!("account {account} · {}", band.region),
        None => band.region.clone(),
    };
    view! {
        <div class=class>
            <a class="band-name" href=href>
                {band.is_protected.then(|| view! { <Icon name=IconName::Lock /> })}
                <strong>{band.title}</strong>
            </a>
            <span class="band-application">{band.application_title}</span>
            {band.is_protected.then(|| view! { <span class="band-word">"protected"</span> })}
            <span class="band-place">{place}</span>
        </div>
    }
}
