//! Server-sent events: the name of what changed, and nothing else. The browser fetches what it needs.

use std::{collections::BTreeSet, convert::Infallible, sync::Arc, time::Duration};

use app::{error::ApiError, ports::Caller};
use async_trait::async_trait;
use axum::{
    Extension,
    extract::{RawQuery, State},
    http::{HeaderName, HeaderValue, StatusCode},
    response::{
        IntoResponse as _, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{Stream, StreamExt as _};
use tokio::sync::broadcast;
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};

use super::{AppState, Problem, caller::Visitor};
use crate::live::EVERYTHING;

/// Decides who may listen to what.
#[async_trait]
pub trait LiveAccess: Send + Sync {
    /// Those of the topics this caller may hear of.
    async fn audible(&self, caller: &Caller, topics: BTreeSet<String>) -> Result<BTreeSet<String>, ApiError>;
}

const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// After this long the browser connects again, and the session is looked at again.
const LONGEST: Duration = Duration::from_mins(5);
const TOPICS: usize = 32;
const TOPIC_LENGTH: usize = 200;

fn topics(query: Option<&str>) -> Option<BTreeSet<String>> {
    let topics: BTreeSet<String> = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name == "topic")
        .map(|(_, value)| value.into_owned())
        .collect();
    let is_sane = |topic: &String| !topic.is_empty() && topic.len() <= TOPIC_LENGTH && !topic.contains(['\n', '\r']);
    ((1..=TOPICS).contains(&topics.len()) && topics.iter().all(is_sane)).then_some(topics)
}

/// The events somebody waits for. A listener that fell behind is told `missed`: fetch everything.
fn events(
    receiver: broadcast::Receiver<Arc<str>>,
    topics: BTreeSet<String>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    BroadcastStream::new(receiver).filter_map(move |received| {
        let event = match received {
            Ok(topic) if *topic == *EVERYTHING => Some(Event::default().event("missed").data(EVERYTHING)),
            Ok(topic) if topics.contains(&*topic) => Some(Event::default().event("changed").data(&*topic)),
            Ok(_) => None,
            Err(BroadcastStreamRecvError::Lagged(_)) => Some(Event::default().event("missed").data(EVERYTHING)),
        };
        std::future::ready(event.map(Ok))
    })
}

pub(super) async fn stream(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(caller) = visitor.caller() else {
        return Problem::new(StatusCode::UNAUTHORIZED, "You are not logged in", "Log in to follow changes live.")
            .into_response();
    };
    let Some(topics) = topics(query.as_deref()) else {
        let message = format!("Name between 1 and {TOPICS} topics, as in /live?topic=overview.");
        return Problem::new(StatusCode::BAD_REQUEST, "Which topics?", message).into_response();
    };
    let topics = match state.parts.live_access.audible(caller, topics).await {
        Ok(topics) => topics,
        Err(error) => return Problem::from(error).into_response(),
    };
    let hello = futures::stream::once(std::future::ready(Ok(Event::default().event("ready").data("*"))));
    let shutdown = state.parts.shutdown.clone();
    let end = async move {
        tokio::select! {
            () = tokio::time::sleep(LONGEST) => (),
            () = shutdown.cancelled() => (),
        }
    };
    let all = hello.chain(events(state.parts.live.subscribe(), topics)).take_until(Box::pin(end));
    let mut response = Sse::new(all).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // nginx would hold events back.
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_named_bounded_and_on_one_line() {
        assert_eq!(
            topics(Some("topic=deployment:1&topic=environment:a%2Fb&x=1")),
            Some(["deployment:1".to_owned(), "environment:a/b".to_owned()].into())
        );
        assert_eq!(topics(None), None);
        assert_eq!(topics(Some("topic=")), None);
        assert_eq!(topics(Some("topic=a%0Ab")), None);
        assert_eq!(topics(Some(&format!("topic={}", "x".repeat(201)))), None);
        let many = (0..33).map(|n| format!("topic={n}")).collect::<Vec<_>>().join("&");
        assert_eq!(topics(Some(&many)), None);
    }

    #[tokio::test]
    async fn only_the_topics_asked_for_arrive() {
        let hub = crate::live::LiveHub::new();
        let mut events = Box::pin(events(hub.subscribe(), ["a".to_owned()].into()));
        hub.publish("b");
        hub.publish("a");
        let event = format!("{:?}", events.next().await.unwrap().unwrap());
        assert!(event.contains("data: a"), "{event}");
        hub.publish(EVERYTHING);
        let event = format!("{:?}", events.next().await.unwrap().unwrap());
        assert!(event.contains("missed"), "{event}");
        for _ in 0..3000 {
            hub.publish("b");
        }
        let event = format!("{:?}", events.next().await.unwrap().unwrap());
        assert!(event.contains("missed"), "{event}");
    }
}
