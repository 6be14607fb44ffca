//! Every component in every state, for the people who build the product: in development builds and in the demo.

mod forms;
mod tables;

use domain::{
    blueprint::EnvironmentColour,
    digest::Digest,
    plan::{ChangeCounts, PropertyChange, Replacement},
    stack::Condition,
};
use leptos::prelude::*;

use self::{forms::Forms, tables::Tables};
use crate::{
    components::{
        Age, Avatar, Band, ChangeFigures, Code, Definition, DefinitionList, Diff, DigestCode, FreshnessNote, Moment,
        Notice, PageHead, Pager, ProgressBar, Section, StateBadge, Step, StepList, Tab, Tabs, Timeline, now,
    },
    error::ApiError,
    layout::{Page, load_page},
    site::Showroom,
    views::{EnvironmentBand, Freshness, Paging},
};

const CONDITIONS: [(Condition, &str); 7] = [
    (Condition::Good, "Good"),
    (Condition::Attention, "Attention"),
    (Condition::Bad, "Bad"),
    (Condition::Running, "Running"),
    (Condition::Waiting, "Waiting for a person"),
    (Condition::Unknown, "Unknown"),
    (Condition::NotApplicable, "Not applicable"),
];

#[component]
pub fn DesignPage() -> impl IntoView {
    let is_shown = cfg!(debug_assertions) || use_context::<Showroom>().is_some();
    load_page(
        async move |_, _| {
            if is_shown { Ok(()) } else { Err(ApiError::NotFound { what: "This page".to_owned() }) }
        },
        |(), _, _| Page::new("Design", body()),
    )
}

fn band(colour: EnvironmentColour, is_protected: bool) -> EnvironmentBand {
    EnvironmentBand {
        application: "shop".to_owned(),
        application_title: "Shop".to_owned(),
        environment: colour.name().to_owned(),
        title: format!("Environment in {}", colour.name()),
        colour,
        is_protected,
        account: Some("111122223333".to_owned()),
        region: "eu-central-1".to_owned(),
    }
}

fn body() -> impl IntoView {
    let now = now();
    let badges =
        CONDITIONS.map(|(condition, words)| view! { <StateBadge condition=condition words=words /> }).collect_view();
    let bands = EnvironmentColour::ALL
        .map(|colour| view! { <Band band=band(colour, false) /> <Band band=band(colour, true) /> })
        .collect_view();
    let notices = CONDITIONS
        .map(|(condition, words)| view! { <Notice condition=condition><p>{words}</p></Notice> })
        .collect_view();
    let steps = {
        CONDITIONS
            .into_iter()
            .map(|(condition, words)| Step {
                title: words,
                condition,
                words: "as it goes".to_owned(),
                time: Some(view! { <Age at=now /> }.into_any()),
                target: "steps",
                is_current: condition == Condition::Running,
            })
            .collect::<Vec<_>>()
    };
    let moments = CONDITIONS
        .into_iter()
        .map(|(condition, words)| Moment {
            at: now,
            condition,
            what: words.to_owned(),
            detail: Some("with a detail".to_owned()),
        })
        .collect::<Vec<_>>();
    let properties = vec![
        PropertyChange {
            path: "Properties.Engine".to_owned(),
            before: Some("13.4".to_owned()),
            after: Some("15.2".to_owned()),
            replacement: Replacement::Always,
        },
        PropertyChange {
            path: "Properties.Tags".to_owned(),
            before: None,
            after: Some("[{\"Key\":\"team\",\"Value\":\"shop\"}]".to_owned()),
            replacement: Replacement::Conditional,
        },
        PropertyChange {
            path: "Properties.MemorySize".to_owned(),
            before: Some("256".to_owned()),
            after: None,
            replacement: Replacement::Never,
        },
    ];
    let tabs = ["First", "Second", "Third"]
        .into_iter()
        .enumerate()
        .map(|(index, title)| Tab {
            title: title.to_owned(),
            href: "#".to_owned(),
            is_current: index == 0,
            count: Some(index as u64),
        })
        .collect::<Vec<_>>();
    let fresh = Freshness { observed_at: Some(now), is_stale: false, problem: None };
    let stale = Freshness { observed_at: Some(now), is_stale: true, problem: Some("AWS said: throttled".to_owned()) };
    view! {
        <PageHead title="Design" sentence="Every component in every state; both schemes must look right." />
        <Section id="badges" title="State badges"><p class="gallery">{badges}</p></Section>
        <Section id="bands" title="Environment bands"><div class="stacked">{bands}</div></Section>
        <Section id="steps" title="Steps"><StepList steps=steps /></Section>
        <Section id="figures" title="Figures">
            <ChangeFigures counts=ChangeCounts { added: 4, modified: 12, replaced: 1, removed: 2 } />
            <ChangeFigures counts=ChangeCounts::default() />
        </Section>
        <Section id="notices" title="Notices"><div class="stacked">{notices}</div></Section>
        <Section id="diffs" title="Diff"><Diff properties=properties /></Section>
        <Section id="timelines" title="Timeline"><Timeline moments=moments /></Section>
        <Section id="times" title="Freshness, code, keys, people">
            <FreshnessNote freshness=fresh /> <FreshnessNote freshness=stale /> <FreshnessNote freshness=Freshness::default() />
            <p><Code text="arn:aws:cloudformation:eu-central-1:111122223333:stack/Shop" /></p>
            <p><DigestCode digest=Digest::of_bytes(b"design") /> <Avatar name="Lea Becker" /></p>
            <ProgressBar label="stacks are fine" done=3 total=7 />
            <DefinitionList><Definition term="Term">"Its definition"</Definition></DefinitionList>
            <Tabs label="Example" tabs=tabs />
            <Pager paging=Paging { page: 2, per_page: 25, total: 66 } base="/design?" />
        </Section>
        <Tables />
        <Forms />
    }
}
