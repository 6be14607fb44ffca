//! The adapters against an emulator process over HTTP. Needs one: `cargo xtask test` starts it, by hand it is
//! `end2end/emulator/run.sh 4566` and `LOCKKEEPER_TEST_EMULATOR=http://127.0.0.1:4566 cargo test -p server --test
//! aws_emulator`.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what helps a test fails like one")]

#[path = "aws/conversation.rs"]
mod conversation;

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use app::ports::Clock;
use conversation::{Partner, REGION};
use jiff::Timestamp;
use server::{
    aws::{Aws, AwsOptions, World},
    config::Secret,
};

const HOW: &str = "LOCKKEEPER_TEST_EMULATOR is not set, so the adapters cannot be tested. Start the emulator with \
                   end2end/emulator/run.sh 4566 and set LOCKKEEPER_TEST_EMULATOR=http://127.0.0.1:4566, or run cargo \
                   xtask test, which does both.";

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the emulator lives in real time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The one place of the tests that reads the environment: where the emulator listens is decided by who started it.
fn endpoint() -> String {
    std::env::var_os("LOCKKEEPER_TEST_EMULATOR").expect(HOW).into_string().expect("an URL")
}

/// Every test gets an account that no earlier run has used: access keys of twelve digits are accounts there.
async fn partner() -> Partner {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    // A test runner may start a process per test, many within one second.
    let (process, next) = (std::process::id() % 10_000_000, NEXT.fetch_add(1, Ordering::Relaxed) % 100);
    let account = format!("{process:07}{:03}{next:02}", SystemClock.now().as_second() % 1000);
    let world = World::Endpoint { url: endpoint(), access_key_id: account.clone(), secret: Secret::new("test") };
    let mut options = AwsOptions::new(world, Arc::new(SystemClock));
    options.calls_per_second = NonZeroU32::new(1000).unwrap();
    options.burst = NonZeroU32::new(1000).unwrap();
    let bucket = format!("assets-{account}");
    create_bucket(&account, &bucket).await;
    let pause = Box::new(|| Duration::from_millis(50));
    Partner { aws: Aws::new(options), account, bucket, pause, is_emulator: true }
}

/// What the bootstrap of an account does; Lockkeeper itself never makes a bucket.
async fn create_bucket(account: &str, name: &str) {
    use aws_sdk_s3::{
        Client, Config,
        config::{BehaviorVersion, Credentials, Region},
        types::{BucketLocationConstraint, CreateBucketConfiguration},
    };
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(endpoint())
        .credentials_provider(Credentials::new(account, "test", None, None, "test"))
        .force_path_style(true)
        .http_client(http)
        .build();
    let place = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
    let call = Client::from_conf(config).create_bucket().bucket(name).create_bucket_configuration(place);
    call.send().await.expect("the emulator makes a bucket");
}

converse! { partner().await }
