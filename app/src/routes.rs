//! Which address is which page. Every page is rendered completely before its first byte (`SsrMode::Async`).

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::pages::{
    AccountPage, ApprovalsPage, AuditPage, ChecksPage, DeploymentPage, DeploymentsPage, DesignPage, EnvironmentPage,
    EvidencePage, NotFoundPage, OverviewPage, ReleasePage, ReleasesPage, SearchPage, WatchPage, WatchesPage,
};

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=|| view! { <NotFoundPage /> }>
                <Route path=path!("/") view=OverviewPage ssr=SsrMode::Async />
                <Route
                    path=path!("/applications/:application/environments/:environment")
                    view=EnvironmentPage
                    ssr=SsrMode::Async
                />
                <Route
                    path=path!("/applications/:application/environments/:environment/checks")
                    view=ChecksPage
                    ssr=SsrMode::Async
                />
                <Route path=path!("/releases") view=ReleasesPage ssr=SsrMode::Async />
                <Route path=path!("/releases/:id") view=ReleasePage ssr=SsrMode::Async />
                <Route path=path!("/deployments") view=DeploymentsPage ssr=SsrMode::Async />
                <Route path=path!("/deployments/:id") view=DeploymentPage ssr=SsrMode::Async />
                <Route path=path!("/deployments/:id/watch") view=WatchPage ssr=SsrMode::Async />
                <Route path=path!("/watches") view=WatchesPage ssr=SsrMode::Async />
                <Route path=path!("/approvals") view=ApprovalsPage ssr=SsrMode::Async />
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                <Route path=path!("/audit") view=AuditPage ssr=SsrMode::Async />
                <Route path=path!("/evidence") view=EvidencePage ssr=SsrMode::Async />
                <Route path=path!("/search") view=SearchPage ssr=SsrMode::Async />
                <Route path=path!("/design") view=DesignPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
