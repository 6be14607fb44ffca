//! `CloudFront`: one distribution with its configuration, in the element names and wrappers of its own XML.

use serde_json::Value;

use super::{
    inventory::Live,
    naming::{token, uuid},
    request::Refusal,
    session::{Answer, Session},
    template::scalar,
    xml::Xml,
};

/// Distributions belong to the account: stacks of every region may make them.
pub(super) fn get(session: &mut Session<'_>) -> Result<Answer, Refusal> {
    let id = session.request.path.first().cloned().unwrap_or_default();
    let missing = || Refusal::new(404, "NoSuchDistribution", "The specified distribution does not exist.");
    let inventories = session.inventories_of_account();
    let live = inventories
        .iter()
        .find_map(|inventory| inventory.find("AWS::CloudFront::Distribution", &id))
        .ok_or_else(missing)?;
    let null = Value::Null;
    let config = live.get("DistributionConfig").unwrap_or(&null);
    let inner = Xml::new()
        .text("Id", &id)
        .text("ARN", format!("arn:aws:cloudfront::{}:distribution/{id}", live.account))
        .text("Status", "Deployed")
        .time("LastModifiedTime", live.changed_at)
        .text("InProgressInvalidationBatches", 0)
        .text("DomainName", live.attribute("DomainName"))
        .group("DistributionConfig", &configuration(live, config));
    let etag = format!("E{}", token(&[&id, &live.changed_at.to_string()], 13).to_uppercase());
    Ok(Answer::Element { name: "Distribution", inner, etag })
}

fn shown(value: &Value, name: &str) -> Option<String> {
    value.get(name).filter(|value| !value.is_object() && !value.is_array()).map(scalar)
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// `<Name><Quantity>…</Quantity><Items>…</Items></Name>`; no `Items` where there are none.
fn counted(name: &str, item: &str, items: Vec<Xml>) -> Xml {
    let mut inner = Xml::new().text("Quantity", items.len());
    if !items.is_empty() {
        inner = inner.items("Items", item, items);
    }
    Xml::new().group(name, &inner)
}

fn texts(values: &[Value]) -> Vec<Xml> {
    values.iter().map(|value| Xml::from(scalar(value).as_str())).collect()
}

fn configuration(live: &Live, config: &Value) -> Xml {
    let text = |name: &str| shown(config, name).unwrap_or_default();
    let flag = |name: &str, otherwise: &str| shown(config, name).unwrap_or_else(|| otherwise.to_owned());
    let behaviours = list(config, "CacheBehaviors");
    let default = config.get("DefaultCacheBehavior").cloned().unwrap_or_default();
    let errors = list(config, "CustomErrorResponses").iter().map(|one| {
        Xml::new()
            .maybe("ErrorCode", shown(one, "ErrorCode"))
            .maybe("ResponsePagePath", shown(one, "ResponsePagePath"))
            .maybe("ResponseCode", shown(one, "ResponseCode"))
            .maybe("ErrorCachingMinTTL", shown(one, "ErrorCachingMinTTL"))
    });
    let logging = config.get("Logging");
    let log = |name: &str| logging.and_then(|logging| shown(logging, name));
    let logging = Xml::new()
        .text("Enabled", logging.is_some())
        .text("IncludeCookies", log("IncludeCookies").unwrap_or_else(|| "false".to_owned()))
        .text("Bucket", log("Bucket").unwrap_or_default())
        .text("Prefix", log("Prefix").unwrap_or_default());
    Xml::new()
        .text("CallerReference", uuid(&[live.id()]))
        .append(&counted("Aliases", "CNAME", texts(list(config, "Aliases"))))
        .text("DefaultRootObject", text("DefaultRootObject"))
        .append(&counted("Origins", "Origin", list(config, "Origins").iter().map(origin).collect()))
        .append(&counted("OriginGroups", "OriginGroup", Vec::new()))
        .group("DefaultCacheBehavior", &behaviour(&default))
        .append(&counted("CacheBehaviors", "CacheBehavior", behaviours.iter().map(behaviour).collect()))
        .append(&counted("CustomErrorResponses", "CustomErrorResponse", errors.collect()))
        .text("Comment", text("Comment"))
        .group("Logging", &logging)
        .text("PriceClass", flag("PriceClass", "PriceClass_All"))
        .text("Enabled", flag("Enabled", "true"))
        .group("ViewerCertificate", &certificate(config.get("ViewerCertificate")))
        .text("WebACLId", text("WebACLId"))
        .text("HttpVersion", flag("HttpVersion", "http1.1"))
        .text("IsIPV6Enabled", flag("IPV6Enabled", "false"))
        .text("Staging", "false")
}

/// `CloudFront`'s own certificate cannot ask for more than TLS 1.
fn certificate(certificate: Option<&Value>) -> Xml {
    let get = |name: &str| certificate.and_then(|certificate| shown(certificate, name));
    match get("AcmCertificateArn") {
        Some(arn) => Xml::new()
            .text("CloudFrontDefaultCertificate", "false")
            .text("ACMCertificateArn", arn)
            .text("SSLSupportMethod", get("SslSupportMethod").unwrap_or_else(|| "sni-only".to_owned()))
            .text("MinimumProtocolVersion", get("MinimumProtocolVersion").unwrap_or_else(|| "TLSv1.2_2021".to_owned())),
        None => Xml::new()
            .text("CloudFrontDefaultCertificate", "true")
            .text("SSLSupportMethod", "vip")
            .text("MinimumProtocolVersion", "TLSv1")
            .text("CertificateSource", "cloudfront"),
    }
}

fn origin(origin: &Value) -> Xml {
    let shield = origin.get("OriginShield");
    let of_shield = |name: &str| shield.and_then(|shield| shown(shield, name));
    let is_on = of_shield("Enabled").unwrap_or_else(|| "false".to_owned());
    let identity = origin.get("S3OriginConfig").and_then(|config| shown(config, "OriginAccessIdentity"));
    Xml::new()
        .maybe("Id", shown(origin, "Id"))
        .maybe("DomainName", shown(origin, "DomainName"))
        .text("OriginPath", shown(origin, "OriginPath").unwrap_or_default())
        .append(&counted("CustomHeaders", "OriginCustomHeader", Vec::new()))
        .group("S3OriginConfig", &Xml::new().text("OriginAccessIdentity", identity.unwrap_or_default()))
        .text("ConnectionAttempts", 3)
        .text("ConnectionTimeout", 10)
        .group(
            "OriginShield",
            &Xml::new().text("Enabled", is_on).maybe("OriginShieldRegion", of_shield("OriginShieldRegion")),
        )
        .text("OriginAccessControlId", shown(origin, "OriginAccessControlId").unwrap_or_default())
}

fn behaviour(behaviour: &Value) -> Xml {
    let methods = |name: &str, otherwise: &[&str]| {
        let given = list(behaviour, name);
        let texts = if given.is_empty() { otherwise.iter().map(|one| Xml::from(*one)).collect() } else { texts(given) };
        Xml::new().text("Quantity", texts.len()).items("Items", "Method", texts)
    };
    let both = ["HEAD", "GET"];
    let allowed = methods("AllowedMethods", &both).group("CachedMethods", &methods("CachedMethods", &both));
    Xml::new()
        .maybe("PathPattern", shown(behaviour, "PathPattern"))
        .maybe("TargetOriginId", shown(behaviour, "TargetOriginId"))
        .maybe("ViewerProtocolPolicy", shown(behaviour, "ViewerProtocolPolicy"))
        .group("AllowedMethods", &allowed)
        .text("SmoothStreaming", "false")
        .text("Compress", shown(behaviour, "Compress").unwrap_or_else(|| "false".to_owned()))
        .append(&counted("FunctionAssociations", "FunctionAssociation", Vec::new()))
        .maybe("CachePolicyId", shown(behaviour, "CachePolicyId"))
        .maybe("OriginRequestPolicyId", shown(behaviour, "OriginRequestPolicyId"))
        .maybe("ResponseHeadersPolicyId", shown(behaviour, "ResponseHeadersPolicyId"))
}
