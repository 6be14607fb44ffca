//! The frame: skip link, header, navigation, breadcrumb, band, notices, the page itself, and the islands.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use super::{Page, account_menu::AccountMenu, crumbs::Crumbs, jump::JumpDialogs, navigation::Navigation};
use crate::{
    components::{Band, Icon, IconName, KeyHint, NoticeRegion, RenderedAt, escaped},
    islands::{Ages, CopyButtons, DraftKeeper, JumpTo, LiveUpdates, PhraseGate, TableKeys, ThemeToggle},
    ports::Caller,
    views::OverviewView,
};

#[component]
pub fn Frame(page: Page, overview: OverviewView, caller: Caller) -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let Page { title, crumbs, band, topics, foot, body } = page;
    let document_title = match &band {
        Some(band) => format!("{title} · {} {}", band.application_title, band.title),
        None => title.clone(),
    };
    view! {
        <Title text=escaped(&format!("{document_title} · Lockkeeper")) />
        <a class="skip-link" href="#main">"Skip to the content"</a>
        <header class="top">
            <input type="checkbox" class="drawer-toggle visually-hidden" id="drawer" aria-label="Show the navigation" />
            <label class="drawer-button" for="drawer" aria-hidden="true"><Icon name=IconName::Menu /></label>
            <a class="product" href="/"><Mark /> <span>"Lockkeeper"</span></a>
            <Crumbs crumbs=crumbs here=title />
            <div class="top-tools">
                <a class="button jump-button" href="/search" data-jump-open="">
                    <Icon name=IconName::Search />
                    <span>"Jump to"</span>
                    <KeyHint keys="Ctrl K" />
                </a>
                <LiveUpdates topics=topics.join(",") />
                <ThemeToggle />
                <AccountMenu name=caller.actor.name />
            </div>
        </header>
        <div class="columns">
            <div class="side"><Navigation overview=overview.clone() path=path /></div>
            <label class="drawer-shade" for="drawer" aria-hidden="true"></label>
            <main class="main" id="main" tabindex="-1">
                {band.map(|band| view! { <Band band=band /> })}
                <NoticeRegion />
                {body}
            </main>
        </div>
        {foot.map(sheet_foot)}
        <JumpDialogs overview=overview />
        <RenderedAt />
        <Ages />
        <CopyButtons />
        <DraftKeeper />
        <JumpTo />
        <PhraseGate />
        <TableKeys />
    }
}

/// Page margins cannot be reached by an element, only by a style: a file of its own, because an inline one belongs to the
/// nonce of its page, and live updates read pages inside of others.
fn sheet_foot(text: String) -> impl IntoView {
    view! { <link rel="stylesheet" media="print" href=format!("/sheet.css?foot={}", text.replace(' ', "+")) /> }
}

/// Two gates of a lock, the water between them.
#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false">
            <path class="mark-gate" d="M4 4v16M20 4v16M4 7l8 4.5L20 7" />
            <path class="mark-water" d="M7 15.5q1.25-1.5 2.5 0t2.5 0 2.5 0 2.5 0M7 19q1.25-1.5 2.5 0t2.5 0 2.5 0 2.5 0" />
        </svg>
    }
}
