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

converse! { partner().await;
    what_is_not_there_is_said_so,
    a_stack_is_created_by_a_change_set,
    events_come_newest_first_up_to_the_known_one,
    a_repeated_request_finds_the_change_set_it_made,
    an_update_names_what_changes_and_what_is_replaced,
    a_changed_parameter_changes_what_it_stands_in,
    nothing_to_change_is_an_answer_of_its_own,
    exports_reach_the_stacks_that_import_them,
    a_missing_export_stops_the_stack_that_imports_it,
    what_was_prepared_in_vain_can_be_removed,
    a_stack_that_exists_is_not_deleted_as_an_empty_one,
    a_stack_cannot_be_created_twice,
    large_templates_go_through_s3,
    a_bucket_that_is_not_there_is_said_so,
    in_a_wrong_account_nothing_is_called,
    the_account_of_the_credentials_is_known,
    a_role_is_assumed_where_the_target_names_one,
    calls_are_counted_with_their_price,
    resources_of_a_stack_are_listed,
    a_secret_is_known_by_its_facts,
    a_log_group_says_how_long_it_keeps,
    an_alarm_says_its_state_and_whom_it_tells,
    a_dashboard_has_its_widgets,
    a_topic_knows_who_listens,
    a_metric_nobody_emits_has_no_data,
    drift_is_counted_with_what_was_looked_at,
    what_is_not_there_is_none_for_every_service,
    what_is_read_is_counted_too,
}
