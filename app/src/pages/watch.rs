//! The watch of one deployment: what comes next, what was found, who looked, and its own signature.

mod forms;
mod rounds;

use domain::{
    stack::Condition,
    watch::{Baseline, RoundState, State, duration_words},
};
use leptos::prelude::*;

use self::{forms::FormsPart, rounds::RoundsPart};
use super::address::id_part;
use crate::{
    components::{Age, Definition, DefinitionList, Notice, PageHead, Section, StateBadge, WatchProgress, exact},
    layout::{Page, load_page},
    topics,
    views::WatchView,
};

#[component]
pub fn WatchPage() -> impl IntoView {
    let id = id_part("watch");
    load_page(
        async move |ports, caller| ports.reads.watch(&caller, id?).await,
        |view, _, _| {
            let version = view.brief.version.clone();
            let deployment = view.brief.deployment;
            let band = view.band.clone();
            let place = format!("/applications/{}/environments/{}", band.application, band.environment);
            Page::new(format!("Watch of {version}"), body(view))
                .crumb(format!("{} {}", band.application_title, band.title), place)
                .crumb(format!("Deployment of {version}"), format!("/deployments/{deployment}"))
                .in_environment(band)
                .listens_to(topics::deployment(deployment))
        },
    )
}

fn sentence(view: &WatchView) -> String {
    let brief = &view.brief;
    let missed = match brief.missed {
        0 => String::new(),
        1 => " 1 round was missed.".to_owned(),
        missed => format!(" {missed} rounds were missed."),
    };
    let holding = match brief.holding.len() {
        0 => String::new(),
        1 => format!(" A rollback trigger holds: {}.", brief.holding[0]),
        count => format!(" {count} rollback triggers hold."),
    };
    let state = match brief.state {
        State::Pending => "The watch opens when the deployment is verified.".to_owned(),
        State::Watching => format!("{} of {} rounds are over.", brief.over, brief.total),
        State::AwaitingSignOff => "Every round is over; the watch waits for its signature.".to_owned(),
        State::SignedOff => "Watched to the end and signed off.".to_owned(),
        State::EndedEarly => "Ended before its last round.".to_owned(),
        State::Superseded => "A newer deployment changed the environment, so this watch is over.".to_owned(),
    };
    format!("{state}{holding}{missed}")
}

fn body(view: WatchView) -> impl IntoView {
    let title = format!("Watch of {} in {} {}", view.brief.version, view.band.application_title, view.band.title);
    let badge = view! { <StateBadge condition=view.brief.condition words=view.brief.state.words() /> }.into_any();
    let sentence = sentence(&view);
    let waits = view.rounds.iter().any(|r| r.state == RoundState::Waiting);
    let action = if view.offers.sign_off.is_usable() {
        Some(view! { <a class="button button-primary" href="#sign-off">"Sign off the watch"</a> }.into_any())
    } else if waits && view.offers.look.is_usable() {
        Some(view! { <a class="button button-primary" href="#look">"Record that you looked"</a> }.into_any())
    } else {
        None
    };
    let next = (view.watch.state.is_open()).then(|| {
        view! { <p class="watch-next"><strong>"Next: "</strong> <WatchProgress brief=view.brief.clone() /></p> }
    });
    let deployment = format!("/deployments/{}", view.brief.deployment);
    let raised = view
        .watch
        .holding()
        .filter(|_| view.watch.state.is_open())
        .cloned()
        .map(|raised| {
            let href = deployment.clone();
            let by = raised.by.as_ref().map(|by| format!(", reported by {}", by.name)).unwrap_or_default();
            view! {
                <Notice condition=Condition::Bad>
                    <p>
                        <strong>{format!("Rollback trigger: {}", raised.title)}</strong>
                        {format!(" ({}{by}) ", raised.why)} <Age at=raised.at />
                    </p>
                    <p>"Decide whether to roll back: " <a href=href>"go to the deployment"</a> "."</p>
                </Notice>
            }
        })
        .collect_view();
    let ending = view.watch.ending.clone().map(|ending| {
        let who = ending.by.map_or_else(|| "Lockkeeper".to_owned(), |by| by.name);
        let words = if ending.comment.is_empty() { String::new() } else { format!(": {}", ending.comment) };
        let condition = view.watch.state.condition();
        view! {
            <Notice condition=condition>
                <p>{format!("{} by {who}{words} ", view.watch.state.words())} <Age at=ending.at /></p>
            </Notice>
        }
    });
    view! {
        <div data-live="watch-head">
            <PageHead title=title sentence=sentence lead=badge action=action />
            {ending} {raised} {next}
        </div>
        <div class="two-columns">
            <div class="column-main" id="parts" data-parts="">
                <FormsPart view=view.clone() />
                <RoundsPart view=view.clone() />
            </div>
            <aside class="column-side" id="side" aria-label="Rules and baseline" data-parts="">
                <BaselinePart view=view.clone() />
                <RulesPart view=view />
            </aside>
        </div>
    }
}

#[component]
fn BaselinePart(view: WatchView) -> impl IntoView {
    let words = match &view.watch.baseline {
        Baseline::NotNeeded => view! { <p>"Nothing is compared with how it was before."</p> }.into_any(),
        Baseline::Wanted { .. } => view! { <p>"It is being measured, before anything is changed."</p> }.into_any(),
        Baseline::Missing { why } => view! {
            <p class="inline-state"><StateBadge condition=Condition::Unknown words="No baseline" /></p>
            <p>{format!("{}. Comparisons are inconclusive.", capitalised(why))}</p>
        }
        .into_any(),
        Baseline::Measured { at, .. } => {
            let rows = view
                .baseline
                .iter()
                .map(|row| {
                    let value = row
                        .outcome
                        .measured
                        .as_ref()
                        .map_or_else(|| "nothing measured".to_owned(), ToString::to_string);
                    view! { <Definition term=row.title.clone()>{value}</Definition> }
                })
                .collect_view();
            view! { <p>"Measured " <Age at=*at /></p> <DefinitionList>{rows}</DefinitionList> }.into_any()
        }
    };
    view! { <Section id="baseline" title="Before the deployment">{words}</Section> }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

#[component]
fn RulesPart(view: WatchView) -> impl IntoView {
    let watch = view.watch;
    let last = watch.rounds.last().map_or(0, |r| r.after_secs);
    let triggers = watch
        .triggers
        .iter()
        .map(|trigger| {
            let holds = watch.holding().any(|raised| raised.trigger == trigger.id);
            let (condition, words) = if holds { (Condition::Bad, "Holds") } else { (Condition::NotApplicable, "Does not hold") };
            view! { <li class="inline-state"><StateBadge condition=condition words=words /> {trigger.title.clone()}</li> }
        })
        .collect_view();
    let was = watch
        .raised
        .iter()
        .filter_map(|raised| raised.until.map(|until| (raised, until)))
        .map(|(raised, until)| {
            view! { <li>{format!("{} held from {} to {}: {}", raised.title, exact(raised.at), exact(until), raised.why)}</li> }
        })
        .collect_view();
    view! {
        <Section id="rules" title="Rules">
            <DefinitionList>
                {watch.opened_at.map(|at| view! { <Definition term="Opened"><Age at=at /> <span class="row-note">{exact(at)}</span></Definition> })}
                <Definition term="Rounds">{format!("{} over {}", watch.rounds.len(), duration_words(last))}</Definition>
                <Definition term="Signed off by">{format!("role {}", watch.sign_off_role.name())}</Definition>
            </DefinitionList>
            <h3>"Rollback triggers"</h3>
            {watch.triggers.is_empty().then(|| view! { <p>"The blueprint names none."</p> })}
            <ul class="plain-list">{triggers} {was}</ul>
        </Section>
    }
}
