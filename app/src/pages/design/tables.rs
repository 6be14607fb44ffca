//! Tables in every state: rows, a log, none, not yet.

use domain::{deployment::State, plan::ChangeCounts, stack::Condition};
use jiff::{SignedDuration, Timestamp};
use leptos::prelude::*;
use uuid::Uuid;

use super::band;
use crate::{
    components::{DataTable, Empty, ErrorPanel, PlainTable, Section, Skeleton, TablePlace, now},
    layout::JumpHits,
    query::Query,
    tables::{deployments, events},
    views::{DeploymentRow, Hit, HitKind, Paging, StackEventRow},
};

const LONG: &str =
    "A reason somebody typed at length, with-a-word-that-has-no-place-to-break-in-it-and-goes-on-and-on, and more";

fn row(number: u128, state: State, reason: &str, at: Timestamp) -> DeploymentRow {
    DeploymentRow {
        id: Uuid::from_u128(number),
        band: band(domain::blueprint::EnvironmentColour::ALL[0], true),
        version: format!("1.{number}.0"),
        state,
        requested_by: "Eli Novak".to_owned(),
        requested_at: at,
        finished_at: state.is_final().then(|| at + SignedDuration::from_secs(431)),
        counts: if number == 1 {
            ChangeCounts { added: 4, modified: 12, replaced: 1, removed: 2 }
        } else {
            ChangeCounts::default()
        },
        reason: reason.to_owned(),
    }
}

fn event(number: u32, status: &str, condition: Condition, reason: Option<&str>, at: Timestamp) -> StackEventRow {
    StackEventRow {
        id: number.to_string(),
        at,
        stack_name: "Shop-Data-production".to_owned(),
        logical_id: format!("Resource{number}"),
        resource_type: "AWS::RDS::DBCluster".to_owned(),
        status: status.to_owned(),
        reason: reason.map(str::to_owned),
        condition,
    }
}

#[component]
pub fn Tables() -> impl IntoView {
    let at = now() - SignedDuration::from_secs(900);
    let rows = vec![
        row(1, State::Executing, "Faster checkout", at),
        row(2, State::Succeeded, LONG, at),
        row(3, State::Failed, "", at),
    ];
    let events = vec![
        event(1, "UPDATE_IN_PROGRESS", Condition::Running, None, at),
        event(2, "UPDATE_FAILED", Condition::Bad, Some("Resource handler returned message: insufficient capacity"), at),
        event(3, "UPDATE_ROLLBACK_COMPLETE", Condition::Attention, None, at),
    ];
    let place = TablePlace {
        path: "/design".to_owned(),
        query: Query::new([("sort".to_owned(), "-requested".to_owned())]),
        fragment: "#tables",
        csv_path: "/deployments.csv".to_owned(),
    };
    let paging = Paging { page: 2, per_page: 3, total: 66 };
    let hits =
        [HitKind::Act, HitKind::Page, HitKind::Environment, HitKind::Deployment, HitKind::Release, HitKind::Stack];
    let hits = hits.map(|kind| Hit {
        kind,
        title: "Its title".to_owned(),
        note: "what sets it apart".to_owned(),
        href: "/design".to_owned(),
    });
    view! {
        <Section id="tables" title="Table: sorted, paged, with a choice of columns">
            <DataTable table=&deployments::TABLE rows=rows place=place paging=paging />
        </Section>
        <Section id="logs" title="Table: a log">
            <PlainTable table=&events::TABLE caption="Events" class="table-dense" log="design-log" rows=events />
        </Section>
        <Section id="not-yet" title="Loading, empty, failed">
            <div class="stacked">
                <Skeleton label="Waiting for the first look at AWS" lines=4 />
                <Empty title="Nothing here"><p>"Why it is empty, and what to do."</p></Empty>
                <ErrorPanel what="The stack could not be updated: the role may not pass itself." next="Add iam:PassRole and plan again." />
                <ErrorPanel what="Something went wrong on our side. Nothing was changed." />
            </div>
        </Section>
        <Section id="hits" title="Rows of jump-to and search">
            <ul class="jump-list search-hits"><JumpHits hits=hits.into() /></ul>
        </Section>
    }
}
