//! What stands around every page: header, navigation, breadcrumb, and the way a page gets its data.

mod account_menu;
mod crumbs;
mod frame;
mod jump;
mod navigation;
mod page;

pub use crumbs::Crumb;
pub use frame::Frame;
pub use jump::{JumpHits, page_hits};
pub use page::{Page, load_page};
