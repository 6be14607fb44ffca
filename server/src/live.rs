//! Live topics: a name says that something changed, the browser fetches what it needs. Safe to lose.

use std::sync::Arc;

use tokio::sync::broadcast;

/// Fans topic names out to everybody who listens in this process.
#[derive(Clone, Debug)]
pub struct LiveHub {
    sender: broadcast::Sender<Arc<str>>,
}

impl Default for LiveHub {
    fn default() -> Self {
        Self::new()
    }
}

impl LiveHub {
    pub fn new() -> Self {
        let (sender, _) = broadcast::channel(1024);
        Self { sender }
    }

    /// Nobody listening is not an error.
    pub fn publish(&self, topic: &str) {
        let _ = self.sender.send(Arc::from(topic));
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Arc<str>> {
        self.sender.subscribe()
    }
}
