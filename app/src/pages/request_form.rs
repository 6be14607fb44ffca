//! The form that asks for a deployment.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::{
    api::RequestDeployment,
    components::{ActForm, OfferNote, SelectField, Submit, TextAreaField},
    relative_time::relative,
    views::{EnvironmentBand, Offer, ReleaseRef},
};

/// With several `releases` a person chooses one, the newest first.
#[component]
pub fn RequestForm(band: EnvironmentBand, releases: Vec<ReleaseRef>, offer: Offer) -> impl IntoView {
    if !offer.is_shown() {
        return ().into_any();
    }
    let is_usable = offer.is_usable() && !releases.is_empty();
    if !is_usable {
        return view! { <OfferNote offer=offer /> }.into_any();
    }
    let form = format!("request-{}", band.environment);
    let now = crate::components::now();
    let choice = match releases.as_slice() {
        [only] => view! { <input type="hidden" name="release" value=only.id.to_string() /> }.into_any(),
        several => {
            let options = several
                .iter()
                .map(|release| {
                    let age = relative(now.as_second() - release.at.as_second());
                    (release.id.to_string(), format!("{} ({age})", release.version))
                })
                .collect();
            view! { <SelectField form=form.clone() name="release" label="Release" options=options /> }.into_any()
        }
    };
    let consequence = if band.is_protected {
        "Prepares the plan of every stack. Nothing changes before others have approved it."
    } else {
        "Prepares the plan of every stack. Nothing changes before you start it."
    };
    let label = format!("Plan a deployment to {}", band.title);
    view! {
        <ActForm action=RequestDeployment::PATH form=form.clone()>
            <input type="hidden" name="environment" value=band.environment />
            {choice}
            <TextAreaField form=form name="reason" label="Reason" help="Approvers and the audit log read it." is_required=true />
            <p class="form-help">{consequence}</p>
            <OfferNote offer=offer />
            <div class="button-row"><Submit label=label primary=true /></div>
        </ActForm>
    }
    .into_any()
}
