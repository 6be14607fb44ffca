//! Requests and what their answers must be.

use serde_json::Value;

use crate::blueprint::HttpCheck;

use super::{Finding, Judgement, Measurement, assertion};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpFacts {
    pub method: String,
    pub url: String,
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// At most the first 256 KiB.
    pub body: String,
    pub elapsed_ms: u64,
}

impl HttpFacts {
    /// A header may be sent more than once.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

pub(super) fn asked(facts: &HttpFacts) -> String {
    format!("{} {}", facts.method, facts.url)
}

pub(super) fn decide(check: &HttpCheck, facts: &HttpFacts) -> Finding {
    let measured = Measurement::whole(facts.elapsed_ms, "ms");
    let fine = format!("status {} in {} ms", facts.status, facts.elapsed_ms);
    if check.warn_status.contains(&facts.status) {
        return Finding::new(Judgement::Warns, fine).measuring(measured);
    }
    let problems = problems(check, facts);
    let found = if problems.is_empty() { fine } else { problems.join("; ") };
    Finding::either(problems.is_empty(), found).measuring(measured)
}

fn problems(check: &HttpCheck, facts: &HttpFacts) -> Vec<String> {
    let mut problems = Vec::new();
    if !check.status.contains(&facts.status) {
        problems.push(format!("status {}", facts.status));
    }
    for (name, part) in &check.headers {
        // Any of its values will do.
        let values: Vec<&str> = facts.values(name).collect();
        if values.is_empty() {
            problems.push(format!("no header {name}"));
        } else if !values.iter().any(|value| value.to_lowercase().contains(&part.to_lowercase())) {
            problems.push(format!("header {name}: {}", values.join(", ")));
        }
    }
    if !check.any_header.is_empty() && !check.any_header.iter().any(|name| facts.values(name).next().is_some()) {
        problems.push(format!("none of the headers {}", check.any_header.join(", ")));
    }
    for name in &check.absent_headers {
        problems.extend(facts.values(name).next().map(|value| format!("header {name}: {value}")));
    }
    if !check.json.is_empty() {
        match serde_json::from_str::<Value>(&facts.body) {
            Err(_) => problems.push("body is not JSON".to_owned()),
            Ok(body) => problems.extend(check.json.iter().filter_map(|a| assertion::check(a, &body).err())),
        }
    }
    if let Some(text) = check.body_contains.as_ref().filter(|text| !facts.body.contains(text.as_str())) {
        problems.push(format!("body without “{text}”"));
    }
    if check.is_compressed && !facts.values("content-encoding").any(|value| value != "identity") {
        problems.push("not compressed".to_owned());
    }
    if let Some(prefix) = &check.redirects_to {
        match facts.values("location").next() {
            None => problems.push("no redirect".to_owned()),
            Some(location) if !location.starts_with(prefix.as_str()) => {
                problems.push(format!("redirects to {location}"));
            }
            Some(_) => {}
        }
    }
    if let Some(preflight) = &check.preflight {
        problems.extend(refused(&preflight.origin, &preflight.method, &preflight.headers, facts));
    }
    if let Some(limit) = check.max_latency_ms.filter(|limit| facts.elapsed_ms > *limit) {
        problems.push(format!("took {} ms, allowed {limit} ms", facts.elapsed_ms));
    }
    problems
}

/// What a browser would refuse after this answer to its preflight.
fn refused(origin: &str, method: &str, headers: &[String], facts: &HttpFacts) -> Vec<String> {
    let listed = |name: &str, wanted: &str| {
        facts.values(name).flat_map(|v| v.split(',')).any(|v| v.trim() == "*" || v.trim().eq_ignore_ascii_case(wanted))
    };
    let mut problems = Vec::new();
    match facts.values("access-control-allow-origin").next() {
        None => problems.push("no header access-control-allow-origin".to_owned()),
        Some(allowed) if allowed != "*" && allowed != origin.trim_end_matches('/') => {
            problems.push(format!("allows the origin {allowed}"));
        }
        Some(_) => {}
    }
    // Three methods need no permission.
    let is_simple = ["GET", "HEAD", "POST"].contains(&method);
    if !is_simple && !listed("access-control-allow-methods", method) {
        problems.push(format!("does not allow the method {method}"));
    }
    let missing = headers.iter().filter(|name| !listed("access-control-allow-headers", name));
    problems.extend(missing.map(|name| format!("does not allow the header {name}")));
    problems
}

pub(super) fn expected(check: &HttpCheck) -> String {
    let mut parts = vec![format!("status {}", join(&check.status))];
    if !check.warn_status.is_empty() {
        parts.push(format!("a warning at {}", join(&check.warn_status)));
    }
    parts.extend(check.headers.iter().map(|(name, part)| {
        if part.is_empty() { format!("header {name}") } else { format!("header {name} containing {part}") }
    }));
    if !check.any_header.is_empty() {
        parts.push(format!("one of the headers {}", check.any_header.join(", ")));
    }
    parts.extend(check.absent_headers.iter().map(|name| format!("no header {name}")));
    parts.extend(check.json.iter().map(assertion::words));
    parts.extend(check.body_contains.iter().map(|text| format!("body containing “{text}”")));
    if check.is_compressed {
        parts.push("compressed".to_owned());
    }
    parts.extend(check.redirects_to.iter().map(|prefix| format!("redirect to {prefix}")));
    parts.extend(check.preflight.iter().map(|p| format!("{} allowed from {}", p.method, p.origin)));
    parts.extend(check.max_latency_ms.map(|ms| format!("within {ms} ms")));
    parts.join(", ")
}

fn join(statuses: &[u16]) -> String {
    statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
}
