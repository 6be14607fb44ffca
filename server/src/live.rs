//! Live topics: a name says that something changed, the browser fetches what it needs. Safe to lose.

mod replicas;

use std::sync::Arc;

use tokio::sync::{broadcast, mpsc};

pub use replicas::Replicas;

/// Means every topic: something may have been missed, so whoever listens looks again.
pub const EVERYTHING: &str = "*";

/// Fans topic names out to everybody who listens in this process and, where there are other processes, to theirs.
#[derive(Clone, Debug)]
pub struct LiveHub {
    sender: broadcast::Sender<Arc<str>>,
    others: Option<mpsc::UnboundedSender<Arc<str>>>,
}

impl Default for LiveHub {
    fn default() -> Self {
        Self::new()
    }
}

impl LiveHub {
    pub fn new() -> Self {
        let (sender, _) = broadcast::channel(1024);
        Self { sender, others: None }
    }

    /// A hub whose topics also go to other processes: [`Replicas`] takes them there.
    pub fn shared() -> (Self, mpsc::UnboundedReceiver<Arc<str>>) {
        let (others, outbox) = mpsc::unbounded_channel();
        (Self { others: Some(others), ..Self::new() }, outbox)
    }

    /// Nobody listening is not an error.
    pub fn publish(&self, topic: &str) {
        let topic: Arc<str> = Arc::from(topic);
        let _ = self.sender.send(topic.clone());
        if let Some(others) = &self.others {
            // Fails only while the process ends.
            let _ = others.send(topic);
        }
    }

    /// Hands on what another process published.
    fn relay(&self, topic: &str) {
        let _ = self.sender.send(Arc::from(topic));
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Arc<str>> {
        self.sender.subscribe()
    }
}
