//! Lambda: how a function is configured.

use serde_json::{Value, json};

use super::{
    inventory::Live,
    logs::log_group,
    naming::{token, uuid},
    request::Refusal,
    session::{Answer, Session},
};

pub(super) fn configuration(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let wanted = session.request.path.first().cloned().unwrap_or_default();
    let inventory = session.inventory();
    let (account, region) = session.here();
    // By name, or by ARN with or without what comes before.
    let name = wanted.rsplit_once(":function:").map_or(wanted.as_str(), |(_, name)| name);
    let missing = || {
        let message = format!("Function not found: arn:aws:lambda:{region}:{account}:function:{name}");
        Refusal::new(404, "ResourceNotFoundException", message)
    };
    let live = inventory.find("AWS::Lambda::Function", name).ok_or_else(missing)?;
    Ok(Answer::Document(document(live)))
}

fn document(live: &Live) -> Value {
    let get = |property: &str| live.get(property).cloned();
    let changed = live.changed_at.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string();
    let mut document = json!({
        "FunctionName": live.id(),
        "FunctionArn": live.arn(),
        "CodeSize": 1024,
        "CodeSha256": token(&[live.id(), &changed], 44),
        "Description": live.text("Description").unwrap_or_default(),
        "Timeout": live.whole("Timeout", 3),
        "MemorySize": live.whole("MemorySize", 128),
        "LastModified": changed,
        "Version": "$LATEST",
        "TracingConfig": get("TracingConfig").unwrap_or_else(|| json!({ "Mode": "PassThrough" })),
        "RevisionId": uuid(&[live.id(), &changed]),
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": live.text("PackageType").unwrap_or("Zip"),
        "Architectures": get("Architectures").unwrap_or_else(|| json!(["x86_64"])),
        "EphemeralStorage": get("EphemeralStorage").unwrap_or_else(|| json!({ "Size": 512 })),
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": log_group(live) },
    });
    let Some(fields) = document.as_object_mut() else { return document };
    for property in ["Runtime", "Role", "Handler", "VpcConfig", "Environment", "KMSKeyArn", "DeadLetterConfig"] {
        if let Some(value) = get(property) {
            fields.insert(property.to_owned(), value);
        }
    }
    let layers: Vec<Value> =
        live.texts("Layers").into_iter().map(|arn| json!({ "Arn": arn, "CodeSize": 512 })).collect();
    if !layers.is_empty() {
        fields.insert("Layers".to_owned(), Value::Array(layers));
    }
    document
}
