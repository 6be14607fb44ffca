//! Functions: runtimes, variables and the code that stands in the template.

use jiff::civil::{Date, date};

use serde_json::Value;

use crate::lint::{
    Model, Rule, Severity,
    finding::{Findings, Remark},
};

pub const RUNTIME: Rule = Rule {
    id: "LK070-runtime-deprecated",
    severity: Severity::Warning,
    summary: "No function runs on a runtime past its deprecation date.",
    why: "It gets no security updates any more, and some weeks later it can be neither created nor changed.",
    advice: "Move it to a runtime that is supported.",
    source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
};

pub const EMPTY_VARIABLE: Rule = Rule {
    id: "LK080-variable-empty",
    severity: Severity::Warning,
    summary: "No function has an empty variable where a reference is meant.",
    why: "What reads it fails when it is first used, not when it is deployed.",
    advice: "Give it the value, or take the variable out.",
    source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
};

pub const MISSING_SDK: Rule = Rule {
    id: "LK081-sdk-not-in-runtime",
    severity: Severity::Error,
    summary: "Code in a template uses only the SDK its runtime brings along.",
    why: "It fails the first time it runs; a rotation function does that in the night of the rotation.",
    advice: "Use the SDK of the runtime (`@aws-sdk/client-…` from Node.js 18 on), or package the other one.",
    source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html",
};

/// Dates after which Lambda patches a runtime no more.
///
/// Source: the tables of <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>, compared with the lifecycle
/// file of AWS's cfn-lint 1.51 (May 2026); where the two differ, the later date, because a finding must be right.
pub const DEPRECATED: [(&str, Date); 41] = [
    ("dotnet6", date(2024, 12, 20)),
    ("dotnet8", date(2026, 11, 10)),
    ("dotnetcore1.0", date(2019, 6, 27)),
    ("dotnetcore2.0", date(2019, 5, 30)),
    ("dotnetcore2.1", date(2022, 1, 5)),
    ("dotnetcore3.1", date(2023, 4, 3)),
    ("go1.x", date(2024, 1, 8)),
    ("java11", date(2026, 6, 30)),
    ("java17", date(2026, 6, 30)),
    ("java21", date(2029, 6, 30)),
    ("java25", date(2029, 6, 30)),
    ("java8", date(2024, 1, 8)),
    ("java8.al2", date(2026, 6, 30)),
    ("nodejs", date(2016, 8, 30)),
    ("nodejs10.x", date(2021, 7, 30)),
    ("nodejs12.x", date(2023, 3, 31)),
    ("nodejs14.x", date(2023, 12, 4)),
    ("nodejs16.x", date(2024, 6, 12)),
    ("nodejs18.x", date(2025, 9, 1)),
    ("nodejs20.x", date(2026, 4, 30)),
    ("nodejs22.x", date(2027, 4, 30)),
    ("nodejs24.x", date(2028, 4, 30)),
    ("nodejs4.3", date(2020, 3, 5)),
    ("nodejs6.10", date(2019, 8, 12)),
    ("nodejs8.10", date(2020, 3, 6)),
    ("provided", date(2024, 1, 8)),
    ("provided.al2", date(2026, 6, 30)),
    ("provided.al2023", date(2029, 6, 30)),
    ("python2.7", date(2021, 7, 15)),
    ("python3.10", date(2026, 10, 31)),
    ("python3.11", date(2027, 6, 30)),
    ("python3.12", date(2028, 10, 31)),
    ("python3.13", date(2029, 6, 30)),
    ("python3.14", date(2029, 6, 30)),
    ("python3.6", date(2022, 7, 18)),
    ("python3.7", date(2023, 12, 4)),
    ("python3.8", date(2024, 10, 14)),
    ("python3.9", date(2025, 12, 15)),
    ("ruby2.7", date(2023, 12, 7)),
    ("ruby3.2", date(2026, 3, 31)),
    ("ruby3.3", date(2027, 3, 31)),
];

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    for environment in &model.environments {
        let templates = &environment.templates;
        for (at, function) in templates.of_kind("AWS::Lambda::Function") {
            let runtime = templates.property_text(at, "/Runtime").unwrap_or_default();
            let ended = DEPRECATED.iter().find(|(name, end)| *name == runtime && *end < model.today);
            if let Some((name, end)) = ended {
                let what = format!("Function {} runs on {name}, deprecated since {end}.", function.id);
                findings.add(Remark::of_resource(&RUNTIME, environment, at, what));
            }
            let variables = function.properties.pointer("/Environment/Variables").and_then(Value::as_object);
            for (key, value) in variables.into_iter().flatten() {
                let is_empty = templates.literal(at.stack, value).is_some_and(|text| text.trim().is_empty());
                if is_empty && is_reference(key) {
                    let what = format!("Variable {key} of function {} is empty.", function.id);
                    findings.add(Remark::of_resource(&EMPTY_VARIABLE, environment, at, what));
                }
            }
            let code = templates.property_text(at, "/Code/ZipFile").unwrap_or_default();
            if let Some(package) = missing_package(&runtime, &code) {
                let what = format!(
                    "Function {} runs code from the template that needs {package}, which {runtime} does not bring along.",
                    function.id
                );
                findings.add(Remark::of_resource(&MISSING_SDK, environment, at, what));
            }
        }
    }
}

/// Names of variables that hold what another resource is called.
fn is_reference(key: &str) -> bool {
    const ENDINGS: [&str; 16] = [
        "_ARN",
        "_ARNS",
        "_ID",
        "_URL",
        "_URI",
        "_NAME",
        "_ENDPOINT",
        "_HOST",
        "_TABLE",
        "_BUCKET",
        "_QUEUE",
        "_TOPIC",
        "_SECRET",
        "_KEY",
        "_CLUSTER",
        "_DOMAIN",
    ];
    let key = key.to_uppercase();
    ENDINGS.iter().any(|ending| key.ends_with(ending))
}

/// The second SDK for JavaScript is in no runtime from Node.js 18 on, the third in none before.
fn missing_package(runtime: &str, code: &str) -> Option<&'static str> {
    let version: u32 = runtime.strip_prefix("nodejs")?.split('.').next()?.parse().ok()?;
    let imports = |package: &str| {
        ["'", "\""].iter().any(|quote| {
            ["require(", "from ", "import "].iter().any(|before| code.contains(&format!("{before}{quote}{package}")))
        })
    };
    let is_second = ["aws-sdk'", "aws-sdk\"", "aws-sdk/"].iter().any(|package| imports(package));
    if version >= 18 && is_second {
        Some("aws-sdk, version 2 of the SDK")
    } else if version < 18 && imports("@aws-sdk/") {
        Some("@aws-sdk, version 3 of the SDK")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sdk_of_the_runtime_decides() {
        let second = "const AWS = require('aws-sdk');";
        let third = "const { S3 } = require(\"@aws-sdk/client-s3\");";
        assert!(missing_package("nodejs20.x", second).is_some());
        assert!(missing_package("nodejs16.x", second).is_none());
        assert!(missing_package("nodejs20.x", third).is_none());
        assert!(missing_package("nodejs16.x", third).is_some());
        assert!(missing_package("python3.12", second).is_none());
    }

    #[test]
    fn each_runtime_is_listed_once() {
        let mut names: Vec<&str> = DEPRECATED.iter().map(|(name, _)| *name).collect();
        names.dedup();
        assert_eq!(names.len(), DEPRECATED.len());
        assert!(names.is_sorted());
    }
}
