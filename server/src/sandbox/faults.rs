//! Failures on request, below the SDK: it signs, sends, gives up or tries again as it would with the real thing.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// "Rate exceeded".
    Throttle,
    /// HTTP 500.
    ServerError,
    /// No answer, and nothing done.
    Timeout,
    /// The work is done, and then the connection breaks.
    AnswerLost,
    /// The caller may not `action`.
    AccessDenied { action: String },
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Mutex<VecDeque<Injected>>,
}

#[derive(Debug)]
struct Injected {
    fault: Fault,
    operation: String,
    times: u32,
}

impl Faults {
    pub(super) fn inject(&self, fault: Fault, operation: &str, times: u32) {
        let injected = Injected { fault, operation: operation.to_owned(), times };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(injected);
    }

    /// The fault that hits this request, used up once.
    pub(super) fn take(&self, service: &str, operation: &str) -> Option<Fault> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|injected| injected.times > 0);
        let hit = waiting.iter_mut().find(|injected| match injected.operation.split_once(':') {
            Some((of, name)) => of == service && name == operation,
            None => injected.operation == operation || injected.operation == "*",
        })?;
        hit.times -= 1;
        Some(hit.fault.clone())
    }
}
