//! Live topics between the processes that share a PostgreSQL database.
//!
//! What one process publishes after a commit it also notifies; every process listens and hands on to its own browsers
//! and workers. Nothing here is relied on: a process that lost its connection tells its browsers to look again.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{EVERYTHING, LiveHub};
use crate::{
    config::Secret,
    db::{
        Db, DbError,
        notices::{self, LONGEST, Listener},
    },
};

/// How often a process says something, also when there is nothing to say: silence means a dead connection.
const ALIVE: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(20);
const AGAIN: Duration = Duration::from_secs(1);

/// The two directions of one process.
pub struct Replicas {
    pub hub: LiveHub,
    pub outbox: mpsc::UnboundedReceiver<Arc<str>>,
    pub db: Db,
    pub url: Secret,
    /// Names this process, so that it does not hear itself.
    pub owner: String,
    /// Rung when another process has done something: there may be work.
    pub work: Arc<Notify>,
}

impl Replicas {
    pub async fn run(self, shutdown: CancellationToken) {
        let Self { hub, outbox, db, url, owner, work } = self;
        tokio::select! {
            () = speak(outbox, &db, &owner) => {}
            () = listen(&hub, &url, &owner, &work) => {}
            () = shutdown.cancelled() => {}
        }
    }
}

async fn speak(mut outbox: mpsc::UnboundedReceiver<Arc<str>>, db: &Db, owner: &str) {
    // What could not be said in time is made good by one word for everything.
    let mut is_owing = false;
    loop {
        let mut topics = BTreeSet::new();
        tokio::select! {
            topic = outbox.recv() => match topic {
                Some(topic) => { topics.insert(topic); }
                None => return,
            },
            () = sleep(if is_owing { AGAIN } else { ALIVE }) => {}
        }
        while let Ok(topic) = outbox.try_recv() {
            topics.insert(topic);
        }
        if is_owing {
            topics = [Arc::from(EVERYTHING)].into();
        }
        let sent = send(db, owner, &topics).await;
        if let Err(error) = &sent
            && !is_owing
        {
            tracing::warn!(error = error as &dyn std::error::Error, "other processes could not be told what changed");
        }
        is_owing = sent.is_err() && (is_owing || !topics.is_empty());
    }
}

async fn send(db: &Db, owner: &str, topics: &BTreeSet<Arc<str>>) -> Result<(), DbError> {
    let mut connection = db.read().await?;
    for payload in payloads(owner, topics) {
        notices::send(&mut connection, &payload).await?;
    }
    Ok(())
}

/// The sender's name and its topics, one per line, in as few messages as the limit allows. At least one.
fn payloads(owner: &str, topics: &BTreeSet<Arc<str>>) -> Vec<String> {
    let mut payloads = vec![owner.to_owned()];
    for topic in topics {
        let is_sane = owner.len() + 1 + topic.len() <= LONGEST && !topic.contains('\n');
        let topic = if is_sane { topic.as_ref() } else { EVERYTHING };
        match payloads.last_mut() {
            Some(last) if last.len() + 1 + topic.len() <= LONGEST => {
                last.push('\n');
                last.push_str(topic);
            }
            _ => payloads.push(format!("{owner}\n{topic}")),
        }
    }
    payloads
}

async fn listen(hub: &LiveHub, url: &Secret, owner: &str, work: &Notify) {
    let mut is_first = true;
    loop {
        match Listener::connect(url.expose()).await {
            Ok(mut listener) => {
                if !is_first {
                    tracing::info!("other processes are heard again");
                    hub.relay(EVERYTHING);
                    work.notify_one();
                }
                is_first = false;
                hear(&mut listener, hub, owner, work).await;
                tracing::warn!("the connection to other processes is lost; it is made anew");
            }
            Err(error) => {
                is_first = false;
                tracing::warn!(error = &error as &dyn std::error::Error, "other processes cannot be heard");
            }
        }
        sleep(AGAIN).await;
    }
}

/// Hears until the connection is lost.
async fn hear(listener: &mut Listener, hub: &LiveHub, owner: &str, work: &Notify) {
    let mut last = Instant::now();
    while let Some(patience) = SILENCE.checked_sub(last.elapsed()) {
        match timeout(patience, listener.next()).await {
            Ok(Ok(Some(payload))) => {
                last = Instant::now();
                let mut lines = payload.split('\n');
                if lines.next() == Some(owner) {
                    continue;
                }
                let mut is_news = false;
                for topic in lines {
                    is_news = true;
                    hub.relay(topic);
                }
                if is_news {
                    work.notify_one();
                }
            }
            Ok(Ok(None)) => return,
            Ok(Err(error)) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "listening broke off");
                return;
            }
            Err(_) => tracing::warn!("nothing was heard for too long, not even this process itself"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stay_below_the_limit_and_lose_nothing() {
        let topics: BTreeSet<Arc<str>> = (0..1000).map(|n| Arc::from(format!("deployment:{n:0>40}"))).collect();
        let sent = payloads("me", &topics);
        assert!(sent.len() > 1 && sent.iter().all(|p| p.len() <= LONGEST && p.starts_with("me\n")));
        let heard: BTreeSet<Arc<str>> = sent.iter().flat_map(|p| p.split('\n').skip(1)).map(Arc::from).collect();
        assert_eq!(heard, topics);
        assert_eq!(payloads("me", &BTreeSet::new()), ["me"], "a sign of life");
    }

    #[test]
    fn a_topic_that_does_not_fit_means_everything() {
        for topic in ["x".repeat(8000), "a\nb".to_owned()] {
            assert_eq!(payloads("me", &[Arc::from(topic)].into()), ["me\n*"]);
        }
    }
}
