//! Which crate may depend on what: the promise of the architecture, read from cargo's own resolution.

use crate::{
    failure::{Failure, Result},
    process,
    steps::Tally,
    toolchain::{Cargo, WASM},
    workspace::Workspace,
};

struct Rule {
    package: &'static str,
    arguments: &'static [&'static str],
    /// A name, or the beginning of names when it ends in `*`.
    forbidden: &'static [&'static str],
    why: &'static str,
}

const RULES: [Rule; 3] = [
    Rule {
        package: "domain",
        arguments: &[],
        forbidden: &["leptos*", "tokio", "sqlx*", "aws-*", "reqwest", "axum", "hyper", "app", "server"],
        why: "domain decides and never acts: it has no I/O, no clock and no framework",
    },
    Rule {
        package: "app",
        arguments: &["--features", "ssr"],
        forbidden: &["sqlx*", "aws-*", "openidconnect", "reqwest", "server"],
        why: "app reaches the server through the traits in app/src/ports.rs",
    },
    Rule {
        package: "frontend",
        arguments: &["--target", WASM],
        forbidden: &["axum", "tokio", "sqlx*", "aws-*", "reqwest", "server"],
        why: "what the browser downloads holds islands and nothing of the server",
    },
];

pub fn check(workspace: &Workspace, cargo: &Cargo) -> Result<Tally> {
    let mut broken = Vec::new();
    for rule in &RULES {
        let tree = process::output(
            cargo
                .command(workspace)
                .args(["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--package", rule.package])
                .args(rule.arguments),
        )?;
        for name in violations(&tree, rule.package, rule.forbidden) {
            broken.push(format!("`{}` depends on `{name}`: {}", rule.package, rule.why));
        }
    }
    if broken.is_empty() { Ok(Tally::ONE_PASSED) } else { Err(Failure::new(broken.join("\n"))) }
}

fn violations<'a>(tree: &'a str, package: &str, forbidden: &[&str]) -> Vec<&'a str> {
    let mut found: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != package)
        .filter(|name| {
            forbidden.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(beginning) => name.starts_with(beginning),
                None => name == pattern,
            })
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_dependency_is_named_once() {
        let tree =
            "domain v0.1.0 (/x)\nserde v1.0.1\ntokio v1.2.3\naws-config v1.0.0\nserde v1.0.1 (*)\ntokio v1.2.3 (*)\n";
        assert_eq!(violations(tree, "domain", &["tokio", "aws-*", "domain"]), ["aws-config", "tokio"]);
        assert_eq!(violations(tree, "domain", &["toki", "aws"]), [""; 0]);
    }
}
