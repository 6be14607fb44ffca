//! Resources and drift of stacks.

use std::time::Duration;

use aws_sdk_cloudformation::types::{StackDriftDetectionStatus as Detection, StackResourceDriftStatus as Drift};
use domain::check::DriftedResource;
use tokio::time::sleep;

use crate::ports::{
    AwsError, AwsErrorKind, Target,
    inspection::{StackDrift, StackResource},
};

use super::super::{Aws, answer};

const LIST_RESOURCES: &str = "cloudformation:ListStackResources";
const DETECT_DRIFT: &str = "cloudformation:DetectStackDrift";
const DETECTION_STATUS: &str = "cloudformation:DescribeStackDriftDetectionStatus";
const RESOURCE_DRIFTS: &str = "cloudformation:DescribeStackResourceDrifts";

fn known<T>(result: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match result {
        Err(error) if error.kind == AwsErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

impl Aws {
    pub(super) async fn listed_resources(
        &self,
        target: &Target,
        stack_name: &str,
    ) -> Result<Option<Vec<StackResource>>, AwsError> {
        let mut resources = Vec::new();
        let mut token = None;
        loop {
            let connection = self.turn(target, LIST_RESOURCES).await?;
            let call = connection.stacks.list_stack_resources().stack_name(stack_name).set_next_token(token);
            let Some(page) = known(answer(LIST_RESOURCES, call.send().await))? else { return Ok(None) };
            let there = page.stack_resource_summaries().iter().map(|resource| StackResource {
                logical_id: resource.logical_resource_id().unwrap_or_default().to_owned(),
                physical_id: resource.physical_resource_id().filter(|id| !id.is_empty()).map(str::to_owned),
                resource_type: resource.resource_type().unwrap_or_default().to_owned(),
                status: resource.resource_status().map_or("UNKNOWN", |status| status.as_str()).to_owned(),
            });
            resources.extend(there.filter(|resource| resource.status != "DELETE_COMPLETE"));
            token = page.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                return Ok(Some(resources));
            }
        }
    }

    pub(super) async fn stack_drift(&self, target: &Target, stack_name: &str) -> Result<Option<StackDrift>, AwsError> {
        let connection = self.turn(target, DETECT_DRIFT).await?;
        let sent = connection.stacks.detect_stack_drift().stack_name(stack_name).send().await;
        let Some(detection) = known(answer(DETECT_DRIFT, sent))? else { return Ok(None) };
        let id = detection.stack_drift_detection_id().unwrap_or_default().to_owned();
        self.until_detected(target, &id).await?;
        let mut drift = StackDrift::default();
        let mut token = None;
        loop {
            let connection = self.turn(target, RESOURCE_DRIFTS).await?;
            let call = connection.stacks.describe_stack_resource_drifts().stack_name(stack_name).set_next_token(token);
            let Some(page) = known(answer(RESOURCE_DRIFTS, call.send().await))? else { return Ok(None) };
            for resource in page.stack_resource_drifts() {
                match resource.stack_resource_drift_status() {
                    Some(Drift::InSync) => drift.checked += 1,
                    Some(status @ (Drift::Modified | Drift::Deleted)) => {
                        drift.checked += 1;
                        let properties = resource.property_differences().iter();
                        drift.drifted.push(DriftedResource {
                            logical_id: resource.logical_resource_id().unwrap_or_default().to_owned(),
                            resource_type: resource.resource_type().unwrap_or_default().to_owned(),
                            is_deleted: *status == Drift::Deleted,
                            properties: properties
                                .filter_map(|difference| difference.property_path().map(str::to_owned))
                                .collect(),
                        });
                    }
                    _ => {}
                }
            }
            token = page.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                return Ok(Some(drift));
            }
        }
    }

    /// Ends when CloudFormation does; whoever asked has a deadline.
    async fn until_detected(&self, target: &Target, detection: &str) -> Result<(), AwsError> {
        let mut wait = Duration::from_millis(250);
        loop {
            let connection = self.turn(target, DETECTION_STATUS).await?;
            let call = connection.stacks.describe_stack_drift_detection_status().stack_drift_detection_id(detection);
            let status = answer(DETECTION_STATUS, call.send().await)?;
            match status.detection_status() {
                Some(Detection::DetectionInProgress) => {
                    sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(5));
                }
                // What could be compared was; the rest counts as not looked at.
                Some(Detection::DetectionComplete | Detection::DetectionFailed) => return Ok(()),
                other => {
                    let status = other.map_or("nothing", |status| status.as_str());
                    return Err(AwsError {
                        operation: DETECTION_STATUS.to_owned(),
                        kind: AwsErrorKind::Service,
                        message: format!("the state of the drift detection is {status}"),
                        request_id: None,
                    });
                }
            }
        }
    }
}
