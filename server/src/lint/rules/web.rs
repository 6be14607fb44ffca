//! What a browser meets: CORS and TLS.

use serde_json::Value;

use crate::{
    lint::{
        EnvironmentModel, Model, Rule, Severity,
        finding::{Findings, Remark},
    },
    templates::ResourceRef,
};

pub const CORS: Rule = Rule {
    id: "LK090-cors-any-origin",
    severity: Severity::Warning,
    summary: "In a protected environment, an API names the sites that may call it.",
    why: "Any page on the web may call it from its visitors' browsers.",
    advice: "Name the origins of the front end.",
    source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html",
};

pub const TLS: Rule = Rule {
    id: "LK091-tls-minimum-ineffective",
    severity: Severity::Warning,
    summary: "A distribution with a minimum TLS version has a certificate of its own.",
    why: "With CloudFront's own certificate the minimum is TLS 1.0, whatever else is written.",
    advice: "Give it a certificate for your domain, or accept TLS 1.0 knowingly.",
    source: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerCertificate.html",
};

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    for environment in &model.environments {
        let templates = &environment.templates;
        if environment.is_protected {
            for (at, resource) in templates.resources() {
                let origins = match resource.kind.as_str() {
                    "AWS::ApiGatewayV2::Api" => templates.property(at, "/CorsConfiguration/AllowOrigins"),
                    "AWS::Lambda::Url" => templates.property(at, "/Cors/AllowOrigins"),
                    _ => None,
                };
                let listed = origins.and_then(Value::as_array);
                let any =
                    |origin: &Value| templates.literal(at.stack, origin).is_some_and(|o| o == "*" || o == "https://*");
                if listed.is_some_and(|listed| listed.iter().any(any)) {
                    let what = format!("{} allows calls from any origin.", resource.id);
                    findings.add(Remark::of_resource(&CORS, environment, at, what));
                }
            }
        }
        for (at, _) in templates.of_kind("AWS::CloudFront::Distribution") {
            tls(environment, at, findings);
        }
    }
}

fn tls(environment: &EnvironmentModel, at: ResourceRef, findings: &mut Findings<'_>) {
    const CERTIFICATE: &str = "/DistributionConfig/ViewerCertificate";
    let templates = &environment.templates;
    let id = &templates.get(at).id;
    let certificate = templates.property(at, CERTIFICATE);
    let has_own = ["AcmCertificateArn", "IamCertificateId"].iter().any(|key| {
        certificate.and_then(|c| c.get(*key)).is_some_and(|v| *v != serde_json::json!({"Ref": "AWS::NoValue"}))
    });
    if has_own {
        return;
    }
    let minimum = templates.property_text(at, &format!("{CERTIFICATE}/MinimumProtocolVersion"));
    let what = match minimum.filter(|version| !version.is_empty()) {
        Some(version) => {
            format!("Distribution {id} asks for {version}, but uses CloudFront's certificate, so it does not count.")
        }
        None => format!("Distribution {id} uses CloudFront's certificate, so it accepts TLS 1.0."),
    };
    findings.add(Remark::of_resource(&TLS, environment, at, what));
}
