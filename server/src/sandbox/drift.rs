//! Drift detection: what the stacks ask for against what there is. Types that cannot be checked do not appear, as on AWS:
//! whoever says that nothing drifted has to say how many were looked at.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use super::{
    cloud_control::has_handlers,
    inventory::Live,
    naming::uuid,
    outside::Detection,
    request::Refusal,
    session::{Answer, Session},
    template::scalar,
    xml::Xml,
};

const PER_PAGE: usize = 100;
const DETECTING: Duration = Duration::from_secs(3);
/// Older runs are forgotten.
const KEPT: usize = 50;

pub(super) fn detect(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let name = session.request.required("StackName")?;
    let (now, speed) = (session.now, session.options.speed());
    let serial = session.next().to_string();
    let missing = || Refusal::validation(format!("Stack [{name}] does not exist"));
    let place = session.place();
    let stack = place.stack(name).ok_or_else(missing)?;
    if stack.status.ends_with("_IN_PROGRESS") {
        let message = format!("Drift detection cannot be performed on stack [{}] in status {}", stack.id, stack.status);
        return Err(Refusal::validation(message));
    }
    let id = uuid(&[&stack.id, "drift", &serial]);
    let (stack_id, stack_name) = (stack.id.clone(), stack.name.clone());
    let is_running = |run: &&Detection| run.stack_id == stack_id && run.ready_at > now;
    if place.outside.detections.iter().any(|run| is_running(&run)) {
        let message = format!("Drift detection is already in progress for stack [{stack_id}]");
        return Err(Refusal::validation(message));
    }
    let ready_at = now + DETECTING.div_f64(speed);
    let surplus = (place.outside.detections.len() + 1).saturating_sub(KEPT);
    place.outside.detections.drain(..surplus);
    place.outside.detections.push(Detection { id: id.clone(), stack_id, stack_name, begun_at: now, ready_at });
    Ok(Answer::Result(Xml::new().text("StackDriftDetectionId", id)))
}

/// Resources that were looked at, with what is different.
fn findings(session: &mut Session<'_>, stack_name: &str) -> Vec<(Live, Vec<Difference>)> {
    let inventory = session.inventory();
    let looked_at = inventory.stack(stack_name).filter(|live| has_handlers(live.kind()));
    looked_at
        .map(|live| {
            let mut differences = Vec::new();
            compare(Some(&live.expected), Some(&live.properties), "", &mut differences);
            (live.clone(), differences)
        })
        .collect()
}

/// What the newest detection found, by logical id; nothing where nobody looked yet.
pub(super) fn verdicts(session: &mut Session<'_>, stack_id: &str, stack_name: &str) -> BTreeMap<String, &'static str> {
    let now = session.now;
    let is_done = |run: &Detection| run.stack_id == stack_id && run.ready_at <= now;
    if !session.place().outside.detections.iter().any(is_done) {
        return BTreeMap::new();
    }
    let found = findings(session, stack_name).into_iter();
    found.map(|(live, differences)| (live.logical_id.clone(), verdict(&live, &differences))).collect()
}

struct Difference {
    path: String,
    expected: Option<Value>,
    actual: Option<Value>,
}

impl Difference {
    fn kind(&self) -> &'static str {
        match (&self.expected, &self.actual) {
            (None, _) => "ADD",
            (_, None) => "REMOVE",
            _ => "NOT_EQUAL",
        }
    }
}

fn compare(expected: Option<&Value>, actual: Option<&Value>, path: &str, found: &mut Vec<Difference>) {
    match (expected, actual) {
        (a, b) if a == b => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                compare(a.get(key), b.get(key), &format!("{path}/{key}"), found);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
            for (i, (one, other)) in a.iter().zip(b).enumerate() {
                compare(Some(one), Some(other), &format!("{path}/{i}"), found);
            }
        }
        (a, b) => found.push(Difference { path: path.to_owned(), expected: a.cloned(), actual: b.cloned() }),
    }
}

fn verdict(live: &Live, differences: &[Difference]) -> &'static str {
    if live.is_gone {
        "DELETED"
    } else if differences.is_empty() {
        "IN_SYNC"
    } else {
        "MODIFIED"
    }
}

pub(super) fn status(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let id = session.request.required("StackDriftDetectionId")?;
    let missing = || Refusal::validation(format!("Drift detection with id [{id}] does not exist"));
    let run = session.place().outside.detections.iter().find(|run| run.id == id).cloned().ok_or_else(missing)?;
    let xml =
        Xml::new().text("StackId", &run.stack_id).text("StackDriftDetectionId", id).time("Timestamp", run.begun_at);
    if run.ready_at > session.now {
        return Ok(Answer::Result(xml.text("DetectionStatus", "DETECTION_IN_PROGRESS")));
    }
    let drifted = findings(session, &run.stack_name)
        .iter()
        .filter(|(live, differences)| verdict(live, differences) != "IN_SYNC")
        .count();
    Ok(Answer::Result(
        xml.text("DetectionStatus", "DETECTION_COMPLETE")
            .text("StackDriftStatus", if drifted == 0 { "IN_SYNC" } else { "DRIFTED" })
            .text("DriftedStackResourceCount", drifted),
    ))
}

pub(super) fn resource_drifts(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let request = session.request;
    let name = request.required("StackName")?;
    let missing = || Refusal::validation(format!("Stack [{name}] does not exist"));
    let stack = session.place().stack(name).ok_or_else(missing)?;
    let (stack_id, stack_name) = (stack.id.clone(), stack.name.clone());
    let now = session.now;
    let newest =
        session.place().outside.detections.iter().rev().find(|run| run.stack_id == stack_id && run.ready_at <= now);
    // Nothing is known before somebody looked.
    let Some(looked_at) = newest.map(|run| run.ready_at) else {
        return Ok(Answer::Result(Xml::new().list("StackResourceDrifts", [])));
    };
    let wanted = request.strings("StackResourceDriftStatusFilters");
    let size = request.argument("MaxResults").and_then(|size| size.parse().ok()).unwrap_or(PER_PAGE).clamp(1, PER_PAGE);
    let found: Vec<_> = findings(session, &stack_name)
        .into_iter()
        .filter(|(live, differences)| wanted.is_empty() || wanted.contains(&verdict(live, differences)))
        .collect();
    let (page, token) = session.page(found, size)?;
    let members = page.into_iter().map(|(live, differences)| {
        let verdict = verdict(&live, &differences);
        let shown = |value: &Option<Value>| value.as_ref().map(scalar).unwrap_or_default();
        let rows = differences.iter().map(|difference| {
            Xml::new()
                .text("PropertyPath", &difference.path)
                .text("ExpectedValue", shown(&difference.expected))
                .text("ActualValue", shown(&difference.actual))
                .text("DifferenceType", difference.kind())
        });
        let mut xml = Xml::new()
            .text("StackId", &stack_id)
            .text("LogicalResourceId", &live.logical_id)
            .text("PhysicalResourceId", live.id())
            .text("ResourceType", live.kind())
            .text("ExpectedProperties", &live.expected)
            .text("StackResourceDriftStatus", verdict)
            .time("Timestamp", looked_at);
        if verdict != "DELETED" {
            xml = xml.text("ActualProperties", &live.properties).list("PropertyDifferences", rows);
        }
        xml
    });
    Ok(Answer::Result(Xml::new().list("StackResourceDrifts", members).maybe("NextToken", token)))
}
