//! Lists as the tables of the interface ask for them: sorted, paged, searched.

use app::{
    tables::{Column, audit, deployments, events, releases},
    views::Sort,
};
use domain::deployment::Deployment;
use jiff::{SignedDuration, Timestamp};
use server::{
    db::{self, Page},
    ports::StackEvent,
};

use super::{
    append, deployment, insert, release,
    support::{FixedClock, TestDb},
};
use app::ports::Clock as _;

const ALL: Page = Page { limit: 100, offset: 0 };

/// Both directions of every column a person can click on.
fn sorts<R>(columns: &[Column<R>]) -> Vec<Sort> {
    let ids = columns.iter().filter(|column| column.is_sortable).map(|column| column.id);
    ids.flat_map(|id| [false, true].map(|is_descending| Sort { column: id.to_owned(), is_descending })).collect()
}

fn ids<R>(columns: &[Column<R>]) -> Vec<&'static str> {
    columns.iter().filter(|column| column.is_sortable).map(|column| column.id).collect()
}

fn known(sortable: &[(&'static str, &'static str)]) -> Vec<&'static str> {
    sortable.iter().map(|(id, _)| *id).collect()
}

#[test]
fn what_a_head_offers_is_what_the_statements_can_sort_by() {
    assert_eq!(ids(deployments::TABLE.columns), known(&db::deployments::SORTABLE));
    assert_eq!(ids(releases::TABLE.columns), known(&db::releases::SORTABLE));
    assert_eq!(ids(audit::TABLE.columns), known(&db::audit::SORTABLE));
    assert_eq!(ids(events::TABLE.columns), known(&db::stack_events::SORTABLE));
}

fn later(at: Timestamp, secs: i64) -> Timestamp {
    at + SignedDuration::from_secs(secs)
}

/// Three deployments, of people whose names do not sort like the times they asked at.
async fn three(test_db: &TestDb) -> Vec<Deployment> {
    let now = FixedClock::new().now();
    let release = release(&test_db.db, now).await;
    let mut made = Vec::new();
    for (index, (who, environment, reason)) in
        [("Bo", "production", "100% of users"), ("ada", "staging", "a_b"), ("Cleo", "test", "Bugs")]
            .into_iter()
            .enumerate()
    {
        let mut one = deployment(release, later(now, i64::try_from(index).unwrap() * 60));
        one.requested_by.name = who.to_owned();
        environment.clone_into(&mut one.environment);
        reason.clone_into(&mut one.reason);
        insert(&test_db.db, &one).await.expect("inserted");
        made.push(one);
    }
    made
}

#[tokio::test]
async fn every_sort_of_every_table_is_a_statement_of_this_engine() {
    let test_db = TestDb::fresh().await;
    let now = FixedClock::new().now();
    three(&test_db).await;
    append(&test_db.db, "approve_plan", now).await;
    let event = |id: &str, at| StackEvent {
        event_id: id.to_owned(),
        stack_name: "Shop-Api".to_owned(),
        at,
        stack_id: "arn:stack".to_owned(),
        logical_id: id.to_owned(),
        physical_id: None,
        resource_type: "AWS::Lambda::Function".to_owned(),
        status: "UPDATE_COMPLETE".to_owned(),
        reason: None,
    };
    let mut connection = test_db.db.read().await.expect("a connection");
    let kept = [event("b", now), event("a", later(now, 5))];
    db::stack_events::append(&mut connection, "shop", "production", &kept).await.expect("kept");
    for sort in sorts(deployments::TABLE.columns) {
        let rows = db::deployments::list(&mut connection, &db::deployments::Filter::default(), Some(&sort), ALL).await;
        assert_eq!(rows.unwrap_or_else(|e| panic!("{sort:?}: {e:?}")).len(), 3, "{sort:?}");
    }
    for sort in sorts(releases::TABLE.columns) {
        let rows = db::releases::list(&mut connection, &["shop".to_owned()], Some(&sort), ALL).await;
        assert_eq!(rows.unwrap_or_else(|e| panic!("{sort:?}: {e:?}")).len(), 1, "{sort:?}");
    }
    for sort in sorts(audit::TABLE.columns) {
        let rows = db::audit::list(&mut connection, &db::audit::Filter::default(), Some(&sort), ALL).await;
        assert_eq!(rows.unwrap_or_else(|e| panic!("{sort:?}: {e:?}")).len(), 1, "{sort:?}");
    }
    for sort in sorts(events::TABLE.columns) {
        let rows = db::stack_events::list(&mut connection, "shop", "production", Some(&sort), ALL).await;
        assert_eq!(rows.unwrap_or_else(|e| panic!("{sort:?}: {e:?}")).len(), 2, "{sort:?}");
    }
    assert_eq!(db::stack_events::count(&mut connection, "shop", "production").await.expect("counted"), 2);
}

#[tokio::test]
async fn the_wanted_column_decides_the_order_whatever_the_case_of_its_letters() {
    let test_db = TestDb::fresh().await;
    three(&test_db).await;
    let mut connection = test_db.db.read().await.expect("a connection");
    let mut names = async |sort: Option<Sort>, page: Page| {
        let rows =
            db::deployments::list(&mut connection, &db::deployments::Filter::default(), sort.as_ref(), page).await;
        rows.expect("listed").into_iter().map(|row| row.requested_by_name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(None, ALL).await, "Cleo ada Bo", "newest first");
    assert_eq!(names(Some(Sort::parse("by")), ALL).await, "ada Bo Cleo");
    assert_eq!(names(Some(Sort::parse("-by")), ALL).await, "Cleo Bo ada");
    assert_eq!(names(Some(Sort::parse("by")), Page::of(2, 2)).await, "Cleo", "the second page of two");
    assert_eq!(names(Some(Sort::parse("nonsense")), ALL).await, "Cleo ada Bo");
}

#[tokio::test]
async fn a_search_wants_every_word_and_takes_wildcards_as_they_are() {
    let test_db = TestDb::fresh().await;
    let made = three(&test_db).await;
    let mut connection = test_db.db.read().await.expect("a connection");
    let mut found = async |text: &str| {
        let rows = db::deployments::search(&mut connection, text, 10).await.expect("searched");
        rows.into_iter().map(|row| row.requested_by_name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found("").await, "Cleo ada Bo");
    assert_eq!(found("shop BUGS").await, "Cleo");
    assert_eq!(found("shop staging bo").await, "", "every word, not any");
    assert_eq!(found("100%").await, "Bo");
    assert_eq!(found("%").await, "Bo");
    assert_eq!(found("a_b").await, "ada", "an underscore is no wildcard");
    assert_eq!(found("1.0.0 ada").await, "ada");
    let id = made[0].id.to_string();
    assert_eq!(found(&id[id.len() - 12..]).await, "Bo", "by a part of its id");
    let releases = db::releases::search(&mut test_db.db.read().await.expect("a connection"), "1.0 eli", 10).await;
    assert_eq!(releases.expect("searched").len(), 1);
}
