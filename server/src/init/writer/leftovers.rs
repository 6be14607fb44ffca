//! What was found and has no section of its own, as comments: nothing is lost.

use crate::init::{
    contents::{Contents, Found},
    layout::Layout,
};

use super::Toml;

pub fn write(layout: &Layout, contents: &Contents, toml: &mut Toml) {
    toml.heading("Found in the templates");
    toml.comment("What a blueprint has no section for, or only people can judge.");
    if !layout.left_out.is_empty() {
        block("Stacks that are not in this blueprint, and why", toml);
        for (stack, why) in &layout.left_out {
            toml.comment(&format!("  {stack}: it {why}"));
        }
    }
    if !contents.secrets.is_empty() {
        block("Secrets, with their fields (* generated)", toml);
        for secret in &contents.secrets {
            let fields: Vec<String> = secret
                .fields
                .iter()
                .map(|(field, is_generated)| if *is_generated { format!("{field}*") } else { field.clone() })
                .collect();
            let mut notes = if fields.is_empty() { Vec::new() } else { vec![fields.join(", ")] };
            notes.extend(secret.rotation_days.map(|days| format!("rotated every {days} days")));
            if secret.needs_person {
                notes.push("a person must put the value in".to_owned());
            }
            line(&secret.found, &notes, toml);
        }
    }
    if !contents.alarms.is_empty() {
        block("Alarms, with a severity guessed from the topics they tell", toml);
        for alarm in &contents.alarms {
            line(&alarm.found, &[alarm.severity.unwrap_or("severity unknown").to_owned()], toml);
        }
    }
    for (title, all) in [
        ("Topics", &contents.topics),
        ("Dashboards", &contents.dashboards),
        ("Saved queries", &contents.queries),
        ("Functions that look like migrations", &contents.migrations),
        ("State machines", &contents.machines),
        ("Databases and caches", &contents.databases),
        ("Distributions of the front end", &contents.distributions),
        ("Buckets a distribution reads from", &contents.site_buckets),
    ] {
        if !all.is_empty() {
            block(title, toml);
            for found in all {
                line(found, &[], toml);
            }
        }
    }
}

fn block(title: &str, toml: &mut Toml) {
    toml.comment("");
    toml.comment(&format!("{title}:"));
}

fn line(found: &Found, notes: &[String], toml: &mut Toml) {
    let name = found.name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
    let notes: Vec<&str> = notes.iter().chain(&found.notes).map(String::as_str).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(": {}", notes.join("; ")) };
    toml.comment(&format!("  {name}({}){notes}", found.origins.join(", ")));
}
