//! What watches over an account: `CloudTrail`, flow logs of EC2, `GuardDuty`. What stacks make is there, and what somebody
//! switched on in the account.

use serde_json::{Value, json};

use super::{
    inventory::Live,
    naming::token,
    outside::{DetectorSeed, TrailSeed},
    request::{Refusal, Request},
    session::{Answer, Session},
    xml::Xml,
};

const PER_PAGE: usize = 1000;

fn trails(session: &mut Session<'_>) -> Vec<TrailSeed> {
    let inventory = session.inventory();
    let of_stack = |live: &Live| TrailSeed {
        name: live.text("TrailName").unwrap_or(live.id()).to_owned(),
        bucket: live.text("S3BucketName").unwrap_or_default().to_owned(),
        is_multi_region: live.flag("IsMultiRegionTrail", false),
        validates_files: live.flag("EnableLogFileValidation", false),
        is_logging: live.flag("IsLogging", true),
    };
    let made = inventory.of("AWS::CloudTrail::Trail").map(of_stack).collect::<Vec<_>>();
    made.into_iter().chain(session.place().outside.trails.iter().cloned()).collect()
}

fn trail_arn(request: &Request, name: &str) -> String {
    format!("arn:aws:cloudtrail:{}:{}:trail/{name}", request.region, request.account)
}

#[expect(clippy::unnecessary_wraps, reason = "one of the handlers, all of which may refuse")]
pub(super) fn describe_trails(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let wanted: Vec<&str> = request
        .input
        .get("trailNameList")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let fitting = trails(session)
        .into_iter()
        .filter(|trail| {
            let arn = trail_arn(request, &trail.name);
            wanted.is_empty() || wanted.contains(&trail.name.as_str()) || wanted.contains(&arn.as_str())
        })
        .map(|trail| {
            json!({
                "Name": trail.name,
                "S3BucketName": trail.bucket,
                "IncludeGlobalServiceEvents": true,
                "IsMultiRegionTrail": trail.is_multi_region,
                "HomeRegion": request.region,
                "TrailARN": trail_arn(request, &trail.name),
                "LogFileValidationEnabled": trail.validates_files,
                "HasCustomEventSelectors": false,
                "HasInsightSelectors": false,
                "IsOrganizationTrail": false,
            })
        });
    Ok(Answer::Document(json!({ "trailList": fitting.collect::<Vec<_>>() })))
}

pub(super) fn trail_status(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let name = request.required_text("Name", "InvalidTrailNameException")?;
    let found = trails(session).into_iter().find(|trail| trail.name == name || trail_arn(request, &trail.name) == name);
    let missing = || {
        let message = format!("Unknown trail: {} for the user: {}", trail_arn(request, name), request.account);
        Refusal::new(400, "TrailNotFoundException", message)
    };
    let trail = found.ok_or_else(missing)?;
    let delivered = session.now.as_second() - session.now.as_second().rem_euclid(300);
    Ok(Answer::Document(json!({ "IsLogging": trail.is_logging, "LatestDeliveryTime": delivered })))
}

pub(super) fn flow_logs(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let inventory = session.inventory();
    let ids = request.numbered("FlowLogId");
    let filters: Vec<(&str, Vec<&str>)> = (1..)
        .map_while(|i| {
            let name = request.form.get(&format!("Filter.{i}.Name"))?;
            Some((name.as_str(), request.numbered(&format!("Filter.{i}.Value"))))
        })
        .collect();
    let value = |live: &Live, filter: &str| match filter {
        "resource-id" => live.text("ResourceId").map(str::to_owned),
        "flow-log-id" => Some(live.id().to_owned()),
        "traffic-type" => live.text("TrafficType").map(str::to_owned),
        "log-group-name" => live.text("LogGroupName").map(str::to_owned),
        _ => None,
    };
    if let Some((unknown, _)) = filters
        .iter()
        .find(|(name, _)| !["resource-id", "flow-log-id", "traffic-type", "log-group-name"].contains(name))
    {
        return Err(Refusal::new(400, "InvalidParameterValue", format!("The filter '{unknown}' is invalid")));
    }
    let fitting: Vec<&Live> = inventory
        .of("AWS::EC2::FlowLog")
        .filter(|live| ids.is_empty() || ids.contains(&live.id()))
        .filter(|live| {
            filters.iter().all(|(name, values)| value(live, name).is_some_and(|own| values.contains(&own.as_str())))
        })
        .collect();
    let (page, token) = session.page(fitting, PER_PAGE)?;
    let items = page.into_iter().map(|live| {
        Xml::new()
            .time("creationTime", live.made_at.unwrap_or(live.changed_at))
            .maybe("deliverLogsPermissionArn", live.text("DeliverLogsPermissionArn"))
            .text("deliverLogsStatus", "SUCCESS")
            .text("flowLogId", live.id())
            .text("flowLogStatus", "ACTIVE")
            .maybe("logGroupName", live.text("LogGroupName"))
            .maybe("logDestination", live.text("LogDestination"))
            .text("logDestinationType", live.text("LogDestinationType").unwrap_or("cloud-watch-logs"))
            .maybe("resourceId", live.text("ResourceId"))
            .maybe("trafficType", live.text("TrafficType"))
            .text("maxAggregationInterval", live.whole("MaxAggregationInterval", 600))
    });
    Ok(Answer::Result(Xml::new().items("flowLogSet", "item", items).maybe("nextToken", token)))
}

fn detectors(session: &mut Session<'_>) -> Vec<DetectorSeed> {
    let inventory = session.inventory();
    let of_stack = |live: &Live| DetectorSeed { id: token(&[live.id()], 32), is_enabled: live.flag("Enable", false) };
    let made = inventory.of("AWS::GuardDuty::Detector").map(of_stack).collect::<Vec<_>>();
    made.into_iter().chain(session.place().outside.detectors.iter().cloned()).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "one of the handlers, all of which may refuse")]
pub(super) fn list_detectors(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let ids: Vec<String> = detectors(session).into_iter().map(|detector| detector.id).collect();
    Ok(Answer::Document(json!({ "detectorIds": ids })))
}

pub(super) fn detector(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let id = session.request.path.first().cloned().unwrap_or_default();
    let found = detectors(session).into_iter().find(|detector| detector.id == id);
    let missing = || {
        let message = "The request is rejected because the input detectorId is not owned by the current account.";
        Refusal::new(400, "BadRequestException", message)
    };
    let detector = found.ok_or_else(missing)?;
    Ok(Answer::Document(json!({
        "status": if detector.is_enabled { "ENABLED" } else { "DISABLED" },
        "findingPublishingFrequency": "SIX_HOURS",
        "serviceRole": format!(
            "arn:aws:iam::{}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty",
            session.request.account
        ),
        "features": [],
        "tags": {},
    })))
}
