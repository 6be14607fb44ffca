//! The adapters against the sandbox: the same conversation as with the emulator, and what only the sandbox can do
//! (faults below the SDK, long lists, failures on request, time by hand).

#![expect(clippy::unwrap_used, clippy::panic, reason = "what helps a test fails like one")]

#[path = "aws/conversation.rs"]
mod conversation;
#[path = "aws/faults.rs"]
mod faults;
#[path = "aws/world.rs"]
mod world;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use app::ports::Clock;
use conversation::Partner;
use jiff::Timestamp;
use server::{
    aws::{Aws, AwsOptions, World},
    sandbox::{self, SandboxOptions},
};

const ACCOUNT: &str = "123456789012";

/// Time stands still unless the world is advanced.
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }
}

fn aws(world: &Arc<sandbox::World>) -> Aws {
    let mut options = AwsOptions::new(World::Sandbox(world.clone()), Arc::new(Noon));
    options.calls_per_second = NonZeroU32::new(1000).unwrap();
    options.burst = NonZeroU32::new(1000).unwrap();
    options.initial_backoff = Duration::from_millis(1);
    Aws::new(options)
}

fn partner_in(world: &Arc<sandbox::World>) -> Partner {
    let bucket = format!("assets-{ACCOUNT}");
    world.seed_bucket(ACCOUNT, &bucket);
    let time = world.clone();
    let pause = Box::new(move || {
        time.advance(Duration::from_secs(1));
        Duration::ZERO
    });
    Partner { aws: aws(world), account: ACCOUNT.to_owned(), bucket, pause, is_emulator: false }
}

fn empty_world() -> Arc<sandbox::World> {
    sandbox::World::new(SandboxOptions::new(ACCOUNT), Arc::new(Noon))
}

fn partner() -> Partner {
    partner_in(&empty_world())
}

converse! { partner() }
