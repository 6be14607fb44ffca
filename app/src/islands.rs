//! What runs in the browser. Everything here adds to pages that already work without it.
//!
//! An island is a behaviour for the whole page: it finds what it works on by `data-` attributes, so that parts of the
//! page can be replaced under it. Islands say nothing the server has not said and decide nothing.

mod ages;
mod browser;
mod copy;
mod drafts;
mod jump;
mod list_keys;
mod live;
mod phrase;
mod tables;
mod theme;

pub use ages::Ages;
pub use copy::CopyButtons;
pub use drafts::DraftKeeper;
pub use jump::JumpTo;
pub use list_keys::ListKeys;
pub use live::LiveUpdates;
pub use phrase::PhraseGate;
pub use tables::TableKeys;
pub use theme::ThemeToggle;
