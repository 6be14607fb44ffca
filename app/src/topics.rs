//! Names of what a live page listens to: one word per subject, the same on both ends of `/live`.

use uuid::Uuid;

/// Any deployment changed its state, any environment its condition.
pub const OVERVIEW: &str = "overview";

/// A release was created.
pub const RELEASES: &str = "releases";

pub fn deployment(id: Uuid) -> String {
    format!("deployment:{id}")
}

pub fn environment(application: &str, environment: &str) -> String {
    format!("environment:{application}/{environment}")
}

/// What a topic is about: who may listen to it depends on that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// No environment in particular.
    Everybody,
    Deployment(Uuid),
    Environment {
        application: String,
        environment: String,
    },
}

/// Reads a topic: a word, or a word with the deployment (`word:id`) or the environment (`word:application/environment`)
/// it is about.
pub fn subject(topic: &str) -> Option<Subject> {
    let Some((_, about)) = topic.split_once(':') else { return Some(Subject::Everybody) };
    if let Ok(id) = about.parse() {
        return Some(Subject::Deployment(id));
    }
    let (application, environment) = about.split_once('/')?;
    Some(Subject::Environment { application: application.to_owned(), environment: environment.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_says_what_it_is_about() {
        let id = Uuid::from_u128(7);
        let place = Subject::Environment { application: "shop".into(), environment: "production".into() };
        let table = [
            (OVERVIEW.to_owned(), Some(Subject::Everybody)),
            (RELEASES.to_owned(), Some(Subject::Everybody)),
            (deployment(id), Some(Subject::Deployment(id))),
            (environment("shop", "production"), Some(place)),
            ("deployment:1".to_owned(), None),
            ("environment:shop".to_owned(), None),
        ];
        for (topic, expected) in table {
            assert_eq!(subject(&topic), expected, "{topic}");
        }
    }
}
