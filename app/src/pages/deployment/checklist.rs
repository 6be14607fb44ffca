//! The checklist in short: how far it is, what blocks the sign-off, who has signed, what was agreed.

use domain::stack::Condition;
use leptos::prelude::*;

use crate::{
    components::{Icon, IconName, Notice, ProgressBar, Section, now},
    pages::checklist::{conditions_part, signature_list},
    ports::Caller,
    views::DeploymentView,
};

/// Open items that are named here; the checklist has them all.
const NAMED: usize = 8;

#[component]
pub fn ChecklistPart(view: DeploymentView, me: Caller) -> impl IntoView {
    let deployment = view.deployment;
    let standing = deployment.standing(now());
    let counts = standing.counts();
    let waived = counts.waived;
    let address = format!("/deployments/{}/checklist", deployment.id);
    let blocking: Vec<(String, String)> =
        standing.blocking().map(|i| (i.item.id.clone(), i.item.title.clone())).collect();
    let is_signed = deployment.needs_signatures();
    let is_over = deployment.state.is_final();
    let blockers = (is_signed && !is_over && !blocking.is_empty()).then(|| {
        let count = blocking.len();
        let words = if count == 1 {
            "1 item blocks the sign-off:".to_owned()
        } else {
            format!("{count} items block the sign-off:")
        };
        let more = count.saturating_sub(NAMED);
        let named = blocking
            .iter()
            .take(NAMED)
            .map(|(id, title)| {
                let href = format!("{address}?item={id}#item-{id}");
                view! { <li><a href=href>{title.clone()}</a></li> }
            })
            .collect_view();
        view! {
            <p>{words}</p>
            <ul class="blocker-items">
                {named}
                {(more > 0).then(|| view! { <li class="muted">{format!("and {more} more")}</li> })}
            </ul>
        }
    });
    let signatures = is_signed.then(|| signature_list(&deployment));
    let outcome = deployment.outcome().map(|outcome| view! { <p>"Outcome: " <strong>{outcome.words()}</strong></p> });
    let conditions =
        (!deployment.conditions.is_empty()).then(|| conditions_part(&deployment, &view.offers.close_condition, &me));
    let link = view! { <a class="button" href=address>"Open the checklist" <Icon name=IconName::Arrow /></a> };
    view! {
        <Section id="checklist" title="Checklist and sign-off" aside=link.into_any() is_container=true>
            <div class="checklist-summary" data-live="checklist-summary">
                {(counts.total() > 0).then(|| view! {
                    <ProgressBar label="items are closed" done=counts.closed() total=counts.total() />
                })}
                {(waived > 0).then(|| view! {
                    <Notice condition=Condition::Attention>
                        <p>{format!("{waived} {} waived: whoever signs accepts the reasons given.", if waived == 1 { "item is" } else { "items are" })}</p>
                    </Notice>
                })}
                {blockers}
                {outcome}
                {signatures}
            </div>
            {conditions}
        </Section>
    }
}
