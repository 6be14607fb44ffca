//! CloudFormation's own events, newest or oldest first as given.

use leptos::prelude::*;

use crate::{
    components::{StateBadge, TimeOfDay},
    views::StackEventRow,
};

#[component]
pub fn StackEvents(#[prop(into)] id: String, events: Vec<StackEventRow>) -> impl IntoView {
    let rows = events
        .into_iter()
        .map(|event| {
            view! {
                <tr>
                    <td data-label="Time" class="nowrap"><TimeOfDay at=event.at /></td>
                    <td data-label="Resource">
                        <strong>{event.logical_id}</strong>
                        <span class="row-note">{event.resource_type}</span>
                    </td>
                    <td data-label="Status"><StateBadge condition=event.condition words=event.status /></td>
                    <td data-label="Stack">
                        {event.stack_name} {event.reason.map(|reason| view! { <span class="row-note">{reason}</span> })}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-frame log" id=id data-follow="" tabindex="0" role="region" aria-label="Log of stack events">
            <table class="table table-dense">
                <caption class="visually-hidden">"Stack events"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Time"</th>
                        <th scope="col">"Resource"</th>
                        <th scope="col">"Status"</th>
                        <th scope="col">"Stack and reason"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
