//! Deployments as rows; on a phone each row is a card.

use leptos::prelude::*;

use super::{Age, StateBadge, Took};
use crate::views::DeploymentRow;

#[component]
pub fn DeploymentTable(
    #[prop(into)] caption: String,
    rows: Vec<DeploymentRow>,
    /// Leaves out the column that would say the same in every row.
    #[prop(optional)]
    is_of_one_place: bool,
) -> impl IntoView {
    let rows = rows.into_iter().map(|one| row(one, is_of_one_place)).collect_view();
    view! {
        <div class="table-frame">
            <table class="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Release"</th>
                        <th scope="col">"State"</th>
                        {(!is_of_one_place).then(|| view! { <th scope="col">"Where"</th> })}
                        <th scope="col" class="number">"Changes"</th>
                        <th scope="col">"Requested"</th>
                        <th scope="col" class="number">"Took"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(row: DeploymentRow, is_of_one_place: bool) -> impl IntoView {
    let href = format!("/deployments/{}", row.id);
    let address = format!("/applications/{}/environments/{}", row.band.application, row.band.environment);
    let env = format!("env-word env-{}", row.band.colour.name());
    let place = (!is_of_one_place).then(|| {
        view! {
            <td data-label="Where">
                    <a class=env href=address>{row.band.title}</a>
                    <span class="row-note">{row.band.application_title}</span>
                </td>
        }
    });
    let counts = row.counts;
    let changes = if counts.total() == 0 { "none".to_owned() } else { counts.total().to_string() };
    let losses = counts.replaced + counts.removed;
    view! {
        <tr>
            <td data-label="Release">
                <a class="row-link" href=href>{row.version}</a>
                <span class="row-note">{row.reason}</span>
            </td>
            <td data-label="State"><StateBadge condition=row.state.condition() words=row.state.words() /></td>
            {place}
            <td data-label="Changes" class="number">
                {changes}
                {(losses > 0).then(|| view! { <span class="row-note row-note-bad">{format!("{losses} replaced or removed")}</span> })}
            </td>
            <td data-label="Requested"><Age at=row.requested_at /> <span class="row-note">{row.requested_by}</span></td>
            <td data-label="Took" class="number"><Took from=row.requested_at to=row.finished_at /></td>
        </tr>
    }
}
