//! The adapters against the sandbox: the same conversation as with the emulator, and what only the sandbox can do
//! (faults below the SDK, long lists, failures on request, time by hand).

#![expect(clippy::unwrap_used, clippy::panic, reason = "what helps a test fails like one")]

#[path = "aws/conversation.rs"]
mod conversation;
#[path = "aws/faults.rs"]
mod faults;
#[path = "aws/outside.rs"]
mod outside;
#[path = "aws/services.rs"]
mod services;
#[path = "aws/wire.rs"]
mod wire;
#[path = "aws/world.rs"]
mod world;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use app::ports::Clock;
use conversation::{Partner, REGION};
use jiff::Timestamp;
use server::{
    aws::{Aws, AwsOptions, World},
    sandbox::{self, SandboxOptions},
};
use wire::{Caller, Wire};

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
    let (caller, time) = (caller_in(world, REGION), world.clone());
    let now = Box::new(move || time.now());
    Partner { aws: aws(world), account: ACCOUNT.to_owned(), bucket, caller, pause, now, is_emulator: false }
}

fn caller_in(world: &Arc<sandbox::World>, region: &'static str) -> Caller {
    let wire = Wire::Sandbox(world.clone());
    Caller { wire, access_key: world.access_key_id(), region }
}

fn empty_world() -> Arc<sandbox::World> {
    sandbox::World::new(SandboxOptions::new(ACCOUNT), Arc::new(Noon))
}

fn partner() -> Partner {
    partner_in(&empty_world())
}

converse! { partner(); conversation;
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
}

converse! { partner(); services;
    resources_of_a_stack_are_listed_with_their_types,
    a_stack_nobody_touched_has_not_drifted,
    a_generated_secret_has_the_fields_of_its_template,
    an_alarm_is_described_as_the_template_has_it,
    a_dashboard_is_read_back,
    a_metric_nobody_publishes_has_no_data,
    a_topic_tells_who_listens,
    log_groups_say_how_long_they_keep,
    a_cluster_says_how_it_is_kept,
    a_replication_group_that_is_not_there_is_said_so,
    a_distribution_that_is_not_there_is_said_so,
    a_firewall_is_read_with_its_rules,
    a_function_is_read_as_it_is_configured,
    an_account_without_controls_has_none,
    cloud_control_does_not_find_what_is_not_there,
}
