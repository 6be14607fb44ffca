//! WAF: web ACLs and where they log to.

use serde_json::{Value, json};

use super::{
    inventory::{Inventory, Live},
    naming::uuid,
    request::Refusal,
    session::{Answer, Session},
};

fn missing() -> Refusal {
    let message = "AWS WAF couldn't perform the operation because your resource doesn't exist.";
    Refusal::new(400, "WAFNonexistentItemException", message)
}

/// `Ref` of a web ACL is `name|id|scope`.
fn parts(live: &Live) -> (&str, &str, &str) {
    let mut parts = live.id().split('|');
    let mut next = || parts.next().unwrap_or_default();
    (next(), next(), next())
}

fn acl<'i>(inventory: &'i Inventory, session: &Session<'_>) -> Result<&'i Live, Refusal> {
    let request = session.request;
    if let Some(arn) = request.text("ARN") {
        return inventory.of("AWS::WAFv2::WebACL").find(|live| live.arn() == arn).ok_or_else(missing);
    }
    let text = |name: &str| request.required_text(name, "WAFInvalidParameterException");
    let wanted = (text("Name")?, text("Id")?, text("Scope")?);
    if wanted.2 == "CLOUDFRONT" && request.region != "us-east-1" {
        let message = "Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT";
        return Err(Refusal::new(400, "WAFInvalidParameterException", message));
    }
    inventory.of("AWS::WAFv2::WebACL").find(|live| parts(live) == wanted).ok_or_else(missing)
}

pub(super) fn web_acl(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let inventory = session.inventory();
    let live = acl(&inventory, session)?;
    let (name, id, _) = parts(live);
    let get = |property: &str| live.get(property).cloned().unwrap_or(Value::Null);
    let mut acl = json!({
        "Name": name,
        "Id": id,
        "ARN": live.arn(),
        "DefaultAction": get("DefaultAction"),
        "Rules": live.get("Rules").cloned().unwrap_or_else(|| json!([])),
        "VisibilityConfig": get("VisibilityConfig"),
        "Capacity": live.get("Rules").and_then(Value::as_array).map_or(0, |rules| rules.len() * 50),
        "ManagedByFirewallManager": false,
        "LabelNamespace": format!("awswaf:{}:webacl:{name}:", live.account),
    });
    for property in ["Description", "CaptchaConfig", "ChallengeConfig", "CustomResponseBodies", "TokenDomains"] {
        if let (Some(value), Some(fields)) = (live.get(property), acl.as_object_mut()) {
            fields.insert(property.to_owned(), value.clone());
        }
    }
    Ok(Answer::Document(json!({ "WebACL": acl, "LockToken": uuid(&[live.id(), &live.changed_at.to_string()]) })))
}

pub(super) fn logging(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let arn = session.request.required_text("ResourceArn", "WAFInvalidParameterException")?;
    let inventory = session.inventory();
    let live = inventory
        .of("AWS::WAFv2::LoggingConfiguration")
        .find(|live| live.text("ResourceArn") == Some(arn))
        .ok_or_else(missing)?;
    Ok(Answer::Document(json!({ "LoggingConfiguration": {
        "ResourceArn": arn,
        "LogDestinationConfigs": live.texts("LogDestinationConfigs"),
        "RedactedFields": live.get("RedactedFields").cloned().unwrap_or_else(|| json!([])),
        "ManagedByFirewallManager": false,
    } })))
}
