//! What guards an account: web ACLs, distributions, trails, flow logs, detectors.

use serde_json::{Value, json};

use crate::ports::{AwsError, AwsErrorKind, Target, inspection::Seen};

use super::{
    super::{
        Aws,
        call::{
            DESCRIBE_FLOW_LOGS, DESCRIBE_TRAILS, GET_DETECTOR, GET_DISTRIBUTION, GET_GLOBAL_WEB_ACL,
            GET_GLOBAL_WEB_ACL_LOGGING, GET_TRAIL_STATUS, GET_WEB_ACL, GET_WEB_ACL_LOGGING, LIST_DETECTORS,
        },
    },
    Pages,
    data::or_none,
    found, items, text,
};

impl Aws {
    pub(super) async fn distribution(&self, target: &Target, id: &str) -> Result<Seen<Option<Value>>, AwsError> {
        found(self.read(target, &GET_DISTRIBUTION, &json!({ "Id": id })).await)
    }

    /// The web ACL with its logging as `LoggingConfiguration`, which is absent where nothing is logged.
    pub(super) async fn web_acl(&self, target: &Target, physical_id: &str) -> Result<Seen<Option<Value>>, AwsError> {
        // name|id|scope
        let mut parts = physical_id.split('|');
        let (Some(name), Some(id), Some(scope)) = (parts.next(), parts.next(), parts.next()) else {
            return Ok(Seen { value: None, request_id: None });
        };
        let is_global = scope == "CLOUDFRONT";
        let (get, logging) = if is_global {
            (&GET_GLOBAL_WEB_ACL, &GET_GLOBAL_WEB_ACL_LOGGING)
        } else {
            (&GET_WEB_ACL, &GET_WEB_ACL_LOGGING)
        };
        let seen = found(self.read(target, get, &json!({ "Name": name, "Id": id, "Scope": scope })).await)?;
        let Some(mut acl) = seen.value.and_then(|value| value.get("WebACL").cloned()) else {
            return Ok(Seen { value: None, request_id: seen.request_id });
        };
        if let Some(arn) = text(&acl, "ARN") {
            let logs = found(self.read(target, logging, &json!({ "ResourceArn": arn })).await)?;
            if let Some(configuration) = logs.value.and_then(|value| value.get("LoggingConfiguration").cloned()) {
                acl["LoggingConfiguration"] = configuration;
            }
        }
        Ok(Seen { value: Some(acl), request_id: seen.request_id })
    }

    pub(super) async fn flow_logs(&self, target: &Target, network: &str) -> Result<Seen<Vec<Value>>, AwsError> {
        let pages = Pages { items: "flowLogSet", token_in: "NextToken", token_out: "nextToken" };
        let input = json!({ "Filter": [{ "Name": "resource-id", "Value": [network] }] });
        self.pages(target, &DESCRIBE_FLOW_LOGS, input, pages).await
    }

    pub(super) async fn region_trails(&self, target: &Target) -> Result<Seen<Vec<Value>>, AwsError> {
        let answer = self.read(target, &DESCRIBE_TRAILS, &json!({ "includeShadowTrails": true })).await?;
        let mut trails = items(&answer.value, "trailList");
        for trail in &mut trails {
            let name = text(trail, "TrailARN").or_else(|| text(trail, "Name")).unwrap_or_default();
            match self.read(target, &GET_TRAIL_STATUS, &json!({ "Name": name })).await {
                Ok(status) => trail["Status"] = status.value,
                Err(error) if error.kind == AwsErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Seen { value: trails, request_id: answer.request_id })
    }

    pub(super) async fn region_detectors(&self, target: &Target) -> Result<Seen<Vec<Value>>, AwsError> {
        let listed = match self.read(target, &LIST_DETECTORS, &json!({})).await {
            Ok(answer) => answer,
            Err(error) => return or_none(error),
        };
        let mut detectors = Vec::new();
        for id in items(&listed.value, "detectorIds") {
            let detector = found(self.read(target, &GET_DETECTOR, &json!({ "detectorId": id })).await)?;
            detectors.extend(detector.value.map(|mut detector| {
                detector["detectorId"] = id;
                detector
            }));
        }
        Ok(Seen { value: detectors, request_id: listed.request_id })
    }
}
