//! The text of the blueprint: readable, with the origin of every entry beside it.

mod checklist;
mod checks;
mod leftovers;

use super::{
    contents::{Contents, StackContents},
    layout::{Definition, EnvironmentLayout, Layout, REGION, slug},
};

/// Tables one after another.
#[derive(Default)]
pub struct Toml(String);

impl Toml {
    /// A line for people. What templates say may hold anything, so control characters are taken out.
    pub fn comment(&mut self, text: &str) {
        let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.0.push_str(format!("# {}", clean.trim()).trim_end());
        self.0.push('\n');
    }

    pub fn blank(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    pub fn heading(&mut self, text: &str) {
        self.blank();
        let dashes = 110usize.saturating_sub(text.len());
        self.comment(&format!("--- {text} {}", "-".repeat(dashes)));
    }

    /// `[application]`, `[[stacks]]`.
    pub fn table(&mut self, header: &str) {
        self.0.push_str(header);
        self.0.push('\n');
    }

    pub fn text(&mut self, key: &str, value: &str) {
        self.0.push_str(&format!("{key} = {}\n", quoted(value)));
    }

    pub fn bare(&mut self, key: &str, value: &str) {
        self.0.push_str(&format!("{key} = {value}\n"));
    }

    /// On one line where it fits.
    pub fn list<'a>(&mut self, key: &str, values: impl IntoIterator<Item = &'a str>) {
        let values: Vec<String> = values.into_iter().map(quoted).collect();
        let line = format!("{key} = [{}]", values.join(", "));
        if line.chars().count() <= 110 {
            self.0.push_str(&line);
        } else {
            let rows = values.iter().fold(String::new(), |rows, value| rows + &format!("    {value},\n"));
            self.0.push_str(&format!("{key} = [\n{rows}]"));
        }
        self.0.push('\n');
    }
}

fn quoted(text: &str) -> String {
    // Basic strings on one line, whatever the text holds.
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

pub fn write(layout: &Layout, contents: &Contents, name: Option<&str>) -> String {
    let mut toml = Toml::default();
    application(layout, name, &mut toml);
    toml.heading("Environments, in the order of promotion");
    for environment in &layout.environments {
        toml.blank();
        self::environment(environment, &mut toml);
    }
    toml.heading("Stacks, in the order of execution");
    for index in &layout.order {
        if let (Some(definition), Some(found)) = (layout.definitions.get(*index), contents.stacks.get(*index)) {
            toml.blank();
            stack(definition, found, &mut toml);
        }
    }
    let checks = checks::Checks::of(layout, contents);
    checks.write(&mut toml);
    checklist::write(layout, contents, &checks, &mut toml);
    leftovers::write(layout, contents, &mut toml);
    toml.0
}

fn application(layout: &Layout, name: Option<&str>, toml: &mut Toml) {
    toml.comment(
        "A first blueprint, written by `lockkeeper init` from the templates it found. Read it once, correct what it",
    );
    toml.comment("guessed, and keep it: it is yours now. Each entry names the stack and the logical id it comes from.");
    toml.comment("`lockkeeper check FILE --assembly FOLDER` compares it with the templates again.");
    toml.blank();
    toml.table("[application]");
    let word = layout
        .definitions
        .iter()
        .find_map(|d| d.pattern.split('-').find(|part| !part.starts_with('{') && *part != d.name).map(str::to_owned));
    let guessed = word.as_deref().and_then(title_slug);
    if name.is_none() {
        let said = word.as_ref().filter(|_| guessed.is_some());
        toml.comment(&said.map_or_else(
            || "The templates do not say what the application is called: put its name.".to_owned(),
            |word| format!("After the beginning of the stacks' names, {word}."),
        ));
    }
    toml.text("name", name.or(guessed.as_deref()).unwrap_or("application"));
    if let Some(word) = word.filter(|_| name.is_none()) {
        toml.text("title", &word);
    }
}

/// `TriviaNFT` as `trivianft`: humps of a product's name are no words.
fn title_slug(word: &str) -> Option<String> {
    slug(&word.to_lowercase())
}

fn environment(environment: &EnvironmentLayout, toml: &mut Toml) {
    toml.table("[[environments]]");
    toml.comment(&format!("Named {}; {} stacks.", environment.reason, environment.templates.stacks.len()));
    toml.text("name", &environment.name);
    if let Some(account) = &environment.account {
        toml.text("account", account);
    } else {
        toml.comment("The templates fit any account: without one, it is whatever the credentials belong to.");
        toml.comment("account = \"123456789012\"");
    }
    if environment.region.is_none() {
        toml.comment("The templates fit any region: put yours.");
    }
    toml.text("region", environment.region.as_deref().unwrap_or(REGION));
    toml.text("colour", colour(environment));
    if !environment.tags.is_empty() {
        toml.comment("Tags that all its stacks carry.");
        let tags: Vec<String> =
            environment.tags.iter().map(|(key, value)| format!("{} = {}", quoted(key), quoted(value))).collect();
        toml.bare("tags", &format!("{{ {} }}", tags.join(", ")));
    }
    if environment.is_production() {
        toml.blank();
        toml.comment("Guessed from the name: deployments here need an approval with this phrase.");
        toml.table("[environments.protection]");
        toml.text("phrase", &format!("DEPLOY TO {}", environment.name.to_uppercase()));
        toml.bare("quorum", "1");
    }
}

fn colour(environment: &EnvironmentLayout) -> &'static str {
    match environment.name.as_str() {
        _ if environment.is_production() => "red",
        "staging" | "stage" | "stg" | "preprod" | "uat" => "teal",
        "dev" | "development" | "sandbox" | "local" => "blue",
        "test" | "testing" | "qa" | "integration" | "int" | "ci" => "violet",
        _ => "grey",
    }
}

fn stack(definition: &Definition, found: &StackContents, toml: &mut Toml) {
    toml.table("[[stacks]]");
    toml.comment(&format!("From {}; {} resources.", found.names.join(", "), found.resources));
    if definition.is_guess {
        toml.comment("The name of the file: correct the pattern so that it gives what CloudFormation calls the stack.");
    }
    if !found.missing_in.is_empty() {
        toml.comment(&format!(
            "Not in the templates of {}: a release of it is refused there.",
            found.missing_in.join(", ")
        ));
    }
    toml.text("name", &definition.name);
    toml.text("name_pattern", &definition.pattern);
    if !definition.depends_on.is_empty() {
        toml.list("depends_on", definition.depends_on.iter().map(String::as_str));
    }
    if !found.stateful.is_empty() {
        toml.comment(&format!("It holds {}.", found.stateful.iter().cloned().collect::<Vec<_>>().join(", ")));
        toml.bare("stateful", "true");
    }
    if !found.partial_outputs.is_empty() {
        toml.comment(&format!("Outputs of some environments only: {}.", found.partial_outputs.join(", ")));
    }
    if !found.outputs.is_empty() {
        toml.list("outputs", found.outputs.iter().map(|output| output.key.as_str()));
    }
}
