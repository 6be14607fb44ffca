//! Inline icons: one path each, drawn on 16 × 16. They never stand alone; a word is always beside them.

use domain::stack::Condition;
use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    Check,
    Warning,
    Cross,
    Running,
    Hourglass,
    Question,
    Dash,
    Lock,
    Menu,
    Search,
    Ascending,
    Descending,
    Arrow,
    Copy,
    Overview,
    Approvals,
    Deployments,
    Releases,
    Audit,
    Watches,
    Sun,
    Database,
    Person,
}

impl IconName {
    pub fn for_condition(condition: Condition) -> Self {
        match condition {
            Condition::Good => Self::Check,
            Condition::Attention => Self::Warning,
            Condition::Bad => Self::Cross,
            Condition::Running => Self::Running,
            Condition::Waiting => Self::Hourglass,
            Condition::Unknown => Self::Question,
            Condition::NotApplicable => Self::Dash,
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Check => "M3 8.5 6.5 12 13 4.5",
            Self::Warning => "M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 11.8v.2",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Running => "M13.5 8A5.5 5.5 0 1 1 8 2.5",
            Self::Watches => "M1.5 8C4 3.8 12 3.8 14.5 8C12 12.2 4 12.2 1.5 8M8 6a2 2 0 1 1 0 4a2 2 0 0 1 0-4",
            Self::Hourglass => "M4 2.5h8M4 13.5h8M5 2.5c0 3.5 6 4 6 7.5v3.5M11 2.5C11 6 5 6.5 5 10v3.5",
            Self::Question => "M5.5 6a2.5 2.5 0 1 1 3.5 2.3C8.3 8.7 8 9.2 8 10M8 12.6v.2",
            Self::Dash => "M4 8h8",
            Self::Lock => "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
            Self::Menu => "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
            Self::Search => "M7 2.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9M10.3 10.3 14 14",
            Self::Ascending => "M8 13V3.5M4.5 7 8 3.5 11.5 7",
            Self::Descending => "M8 3v9.5M4.5 9 8 12.5 11.5 9",
            Self::Arrow => "M3 8h10M9 4l4 4-4 4",
            Self::Copy => "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
            Self::Overview => "M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z",
            Self::Approvals => "M2.5 3.5h11v7h-6l-3 2.5v-2.5h-2zM5.5 7l1.8 1.7L10.5 5.5",
            Self::Deployments => "M8 13.5v-11M3.5 7 8 2.5 12.5 7",
            Self::Releases => "M2.5 5 8 2.2 13.5 5v6L8 13.8 2.5 11zM2.5 5 8 7.8 13.5 5M8 7.8v6",
            Self::Audit => "M3.5 2.5h9v11h-9zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
            Self::Sun => {
                "M8 5a3 3 0 1 1 0 6a3 3 0 0 1 0-6M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7"
            }
            Self::Database => "M3 4c0-2 10-2 10 0v8c0 2-10 2-10 0zM3 4c0 2 10 2 10 0M3 8c0 2 10 2 10 0",
            Self::Person => "M8 2.5a2.7 2.7 0 1 1 0 5.4a2.7 2.7 0 0 1 0-5.4M2.8 13.5c0-5 10.4-5 10.4 0",
        }
    }
}

#[component]
pub fn Icon(name: IconName) -> impl IntoView {
    let class = if name == IconName::Running { "icon icon-running" } else { "icon" };
    view! {
        <svg class=class viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
            <path d=name.path() />
        </svg>
    }
}
