//! The pieces pages are made of. Each is one file here and one partial in `style/components`.
//!
//! A component knows how something looks and reads, never where its data comes from.

mod act_form;
mod age;
mod avatar;
mod band;
mod change_counts;
mod code;
mod definition_list;
mod deployment_table;
mod diff;
mod empty;
mod error_panel;
mod field;
mod freshness_note;
mod icon;
mod key_hint;
mod notice;
mod offer_note;
mod page_head;
mod pager;
mod phrase_field;
mod progress;
mod section;
mod state_badge;
mod step_list;
mod tabs;
mod timeline;

pub use act_form::{ActForm, Submit};
pub use age::{Age, Exact, Now, RenderedAt, Took, exact, now};
pub use avatar::Avatar;
pub use band::Band;
pub use change_counts::{ChangeFigures, counts_in_words};
pub use code::{Code, DigestCode};
pub use definition_list::{Definition, DefinitionList};
pub use deployment_table::DeploymentTable;
pub use diff::Diff;
pub use empty::Empty;
pub use error_panel::ErrorPanel;
pub use field::{SelectField, TextAreaField, TextField};
pub use freshness_note::FreshnessNote;
pub use icon::{Icon, IconName};
pub use key_hint::KeyHint;
pub use notice::{DONE, Notice, NoticeRegion};
pub use offer_note::OfferNote;
pub use page_head::PageHead;
pub use pager::Pager;
pub use phrase_field::PhraseField;
pub use progress::ProgressBar;
pub use section::{Outdated, Section};
pub use state_badge::StateBadge;
pub use step_list::{Step, StepList};
pub use tabs::{Tab, Tabs};
pub use timeline::{Moment, Timeline};
