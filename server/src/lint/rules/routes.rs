//! Addresses the blueprint asks, and the routes the API has.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    blueprint::KeyPath,
    lint::{
        EnvironmentModel, Model, Rule, Severity,
        finding::{At, Findings, Remark},
    },
    templates::{ResourceRef, Templates},
};

pub const ABSENT: Rule = Rule {
    id: "LK110-route-absent",
    severity: Severity::Warning,
    summary: "An `http` check asks a route its API has.",
    why: "The API answers every request with “not found”.",
    advice: "Ask a route that is there, or add the route.",
    source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html",
};

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    let checks = model.document().get("checks").and_then(Value::as_array);
    for (index, entry) in checks.into_iter().flatten().enumerate() {
        let text = |key: &str| entry.get(key).and_then(Value::as_str);
        let Some(("{output:", rest)) = text("url").map(|url| url.split_at(url.len().min("{output:".len()))) else {
            continue;
        };
        let Some((reference, path)) = rest.split_once('}') else { continue };
        let Some((stack, output)) = reference.split_once('.') else { continue };
        let method = text("method").unwrap_or("GET");
        // Not found is what the check wants to see.
        let wants_not_found = entry
            .get("status")
            .and_then(Value::as_array)
            .is_some_and(|s| s.iter().any(|code| code.as_u64() == Some(404)));
        for environment in model.environments.iter().filter(|e| super::blueprint::applies(entry, &e.name)) {
            let Some(api) = api(environment, stack, output) else { continue };
            let routes = routes(&environment.templates, api);
            if routes.is_empty() || wants_not_found || routes.iter().any(|route| serves(route, method, path)) {
                continue;
            }
            let id = text("id").unwrap_or_default();
            let what = format!("Check {id} asks {method} {path}, which {} has no route for.", environment.subject(api));
            findings.add(
                Remark::new(&ABSENT, id, what)
                    .within(environment)
                    .path(KeyPath::of("checks").at(index).key("url"))
                    .at(At::Resource(api)),
            );
        }
    }
}

/// The HTTP API an output is the address of.
fn api(environment: &EnvironmentModel, stack: &str, output: &str) -> Option<ResourceRef> {
    let (index, found) = environment.stack(stack)?;
    let value = found.output(output)?.get("Value")?;
    let all = environment.templates.references(index, value);
    all.into_iter().find(|at| environment.templates.get(*at).kind == "AWS::ApiGatewayV2::Api")
}

/// `GET /items/{id}` of an API, in every stack.
fn routes(templates: &Templates, api: ResourceRef) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, route) in templates.of_kind("AWS::ApiGatewayV2::Route") {
        let Some(id) = route.properties.get("ApiId") else { continue };
        if templates.references(at.stack, id).contains(&api) {
            found.extend(templates.property_text(at, "/RouteKey"));
        }
    }
    found
}

fn serves(route: &str, method: &str, path: &str) -> bool {
    let Some((verb, pattern)) = route.split_once(' ') else { return route == "$default" };
    // The API itself answers what browsers ask before they call.
    if method == "OPTIONS" {
        return true;
    }
    if verb != "ANY" && verb != method {
        return false;
    }
    let plain = path.split(['?', '#']).next().unwrap_or(path).trim_matches('/');
    let mut wanted = pattern.trim_matches('/').split('/');
    let mut given = plain.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (Some(part), Some(_)) if part.ends_with("+}") => return true,
            (Some(part), Some(found)) if part.starts_with('{') && !found.is_empty() => {}
            // A placeholder of the blueprint may be anything.
            (Some(part), Some(found)) if part == found || found.starts_with('{') => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_serve_what_fits_them() {
        assert!(serves("GET /items/{id}", "GET", "/items/4?x=1"));
        assert!(serves("ANY /{proxy+}", "POST", "/a/b/c"));
        assert!(serves("$default", "GET", "/anything"));
        assert!(serves("POST /a", "OPTIONS", "/a"));
        assert!(!serves("GET /items", "GET", "/items/4"));
        assert!(!serves("POST /items", "GET", "/items"));
    }
}
