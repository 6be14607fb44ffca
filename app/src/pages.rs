//! One file per page. A page asks the ports one question and arranges components; it knows no AWS word, no SQL and no
//! role.

mod account;
mod address;
mod approvals;
mod audit;
mod checks;
mod deployment;
mod deployments;
mod design;
mod environment;
mod evidence;
mod overview;
mod refusal;
mod release;
mod releases;
mod request_form;
mod search;
mod stack_events;
mod table_filters;
mod watch;
mod watches;

pub use account::AccountPage;
pub use approvals::ApprovalsPage;
pub use audit::AuditPage;
pub use checks::ChecksPage;
pub use deployment::DeploymentPage;
pub use deployments::DeploymentsPage;
pub use design::DesignPage;
pub use environment::{EnvironmentPage, environment_tables};
pub use evidence::EvidencePage;
pub use overview::OverviewPage;
pub use refusal::{NotFoundPage, RefusalPage, refusal_title};
pub use release::ReleasePage;
pub use releases::ReleasesPage;
pub use search::SearchPage;
pub use watch::WatchPage;
pub use watches::WatchesPage;
