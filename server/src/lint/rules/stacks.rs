//! Stacks, outputs and imports: what the blueprint expects and what the templates have.

use serde_json::Value;

use domain::template;

use crate::{
    blueprint::KeyPath,
    lint::{
        EnvironmentModel, Model, Rule, Severity,
        finding::{At, Findings, Remark},
    },
};

pub const MISSING: Rule = Rule {
    id: "LK001-stack-missing",
    severity: Severity::Error,
    summary: "Every stack of the blueprint has a template in every environment that was read.",
    why: "A release without it is refused, and checks that wait for it never pass.",
    advice: "Add the stack to the application, or take it out of the blueprint.",
    source: "server/docs/blueprint.md",
};

pub const UNKNOWN: Rule = Rule {
    id: "LK002-stack-unknown",
    severity: Severity::Error,
    summary: "Every stack of the templates is in the blueprint.",
    why: "A release that holds it is refused.",
    advice: "Add it to the blueprint, or leave it out of what is deployed here.",
    source: "server/docs/blueprint.md",
};

pub const OUTPUT_MISSING: Rule = Rule {
    id: "LK003-output-missing",
    severity: Severity::Error,
    summary: "Every output of the blueprint is one of the stack's template.",
    why: "Nothing can ever be read from it: checks and steps that name it stop there.",
    advice: "Use the name the template has, or add the output to the template.",
    source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html",
};

pub const OUTPUT_UNLISTED: Rule = Rule {
    id: "LK004-output-unlisted",
    severity: Severity::Note,
    summary: "Outputs of the templates are known to the blueprint.",
    why: "Checks may name only outputs the blueprint lists.",
    advice: "Add it to the stack's `outputs` if anything should look at it.",
    source: "server/docs/blueprint.md",
};

pub const IMPORT_MISSING: Rule = Rule {
    id: "LK006-import-missing",
    severity: Severity::Warning,
    summary: "Every value a template imports is exported by a stack of the same environment.",
    why: "CloudFormation refuses the stack while no stack of the account and region exports the name.",
    advice: "Export it, correct the name, or ignore this when a stack outside the application exports it.",
    source: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html",
};

pub fn check(model: &Model<'_>, findings: &mut Findings<'_>) {
    for environment in &model.environments {
        for (index, definition) in model.blueprint.stacks.iter().enumerate() {
            let path = KeyPath::of("stacks").at(index);
            let Some((stack, found)) = environment.stack(&definition.name) else {
                let what = format!("No template has the stack {}.", definition.name);
                findings.add(
                    Remark::new(&MISSING, definition.name.as_str(), what).within(environment).path(path.key("name")),
                );
                continue;
            };
            for (position, output) in definition.outputs.iter().enumerate() {
                if found.output(output).is_none() {
                    let what = format!("Stack {} has no output {output}.", definition.name);
                    let subject = format!("{}/{output}", definition.name);
                    findings.add(
                        Remark::new(&OUTPUT_MISSING, subject, what)
                            .within(environment)
                            .path(path.key("outputs").at(position))
                            .at(At::Stack(stack)),
                    );
                }
            }
            for (output, _) in found.own_outputs().filter(|(key, _)| !definition.outputs.contains(key)) {
                let what = format!("Output {output} of stack {} is not in the blueprint.", definition.name);
                let subject = format!("{}/{output}", definition.name);
                findings.add(
                    Remark::new(&OUTPUT_UNLISTED, subject, what)
                        .within(environment)
                        .path(path.key("outputs"))
                        .at(At::Output { stack, key: output.clone() }),
                );
            }
        }
        for (stack, found) in environment.templates.stacks.iter().enumerate() {
            if environment.logical(stack).is_none() {
                let what = format!("Stack {} is not in the blueprint.", found.name);
                findings.add(Remark::new(&UNKNOWN, found.name.as_str(), what).within(environment).at(At::Stack(stack)));
            }
            imports(environment, stack, findings);
        }
    }
}

fn imports(environment: &EnvironmentModel, stack: usize, findings: &mut Findings<'_>) {
    let templates = &environment.templates;
    let found = &templates.stacks[stack];
    for resource in &found.resources {
        let at = templates.find(stack, &resource.id);
        for name in template::imports(&resource.properties) {
            if templates.export(&name).is_none() {
                let what =
                    format!("{} of stack {} imports {name}, which no template exports.", resource.id, found.name);
                let mut remark = Remark::new(&IMPORT_MISSING, name.as_str(), what).within(environment);
                remark.at.extend(at.map(At::Resource));
                findings.add(remark);
            }
        }
    }
    for (key, output) in found.outputs() {
        for name in template::imports(output.get("Value").unwrap_or(&Value::Null)) {
            if templates.export(&name).is_none() {
                let what = format!("Output {key} of stack {} imports {name}, which no template exports.", found.name);
                findings.add(
                    Remark::new(&IMPORT_MISSING, name.as_str(), what)
                        .within(environment)
                        .at(At::Output { stack, key: key.clone() }),
                );
            }
        }
    }
}
