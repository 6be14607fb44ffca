//! Every component in every state, for the people who build the product. Absent from release builds.

use domain::{
    blueprint::EnvironmentColour,
    digest::Digest,
    plan::{ChangeCounts, PropertyChange, Replacement},
    stack::Condition,
};
use leptos::prelude::*;

use crate::{
    components::{
        Age, Avatar, Band, ChangeFigures, Code, Definition, DefinitionList, Diff, DigestCode, Empty, ErrorPanel,
        FreshnessNote, KeyHint, Moment, Notice, PageHead, Pager, PhraseField, ProgressBar, Section, SelectField,
        StateBadge, Step, StepList, Submit, Tab, Tabs, TextAreaField, TextField, Timeline, now,
    },
    error::ApiError,
    layout::{Page, load_page},
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
    load_page(
        async |_, _| {
            if cfg!(debug_assertions) { Ok(()) } else { Err(ApiError::NotFound { what: "This page".to_owned() }) }
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
    let options = vec![("a".to_owned(), "First choice".to_owned()), ("b".to_owned(), "Second choice".to_owned())];
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
        <Section id="errors" title="Errors and empty states">
            <ErrorPanel what="The stack could not be updated: the role may not pass itself." next="Add iam:PassRole and plan again." />
            <Empty title="Nothing here"><p>"Why it is empty, and what to do."</p></Empty>
        </Section>
        <Section id="diffs" title="Diff"><Diff properties=properties /></Section>
        <Section id="timelines" title="Timeline"><Timeline moments=moments /></Section>
        <Section id="times" title="Freshness, code, keys, people">
            <FreshnessNote freshness=fresh /> <FreshnessNote freshness=stale /> <FreshnessNote freshness=Freshness::default() />
            <p><Code text="arn:aws:cloudformation:eu-central-1:111122223333:stack/Shop" /></p>
            <p><DigestCode digest=Digest::of_bytes(b"design") /> <KeyHint keys="Ctrl K" /> <Avatar name="Lea Becker" /></p>
            <ProgressBar label="stacks are fine" done=3 total=7 />
            <DefinitionList><Definition term="Term">"Its definition"</Definition></DefinitionList>
            <Tabs label="Example" tabs=tabs />
            <Pager paging=Paging { page: 2, per_page: 25, total: 66 } base="/design?" />
        </Section>
        <Section id="forms" title="Forms">
            <form class="form" method="get" action="/design">
                <TextField form="design" name="text" label="Text" help="What it is for." />
                <TextAreaField form="design" name="area" label="Longer text" help="What it is for." />
                <SelectField form="design" name="choice" label="Choice" options=options />
                <PhraseField form="design" phrase="DEPLOY TO PRODUCTION" />
                <div class="button-row">
                    <Submit label="Approve this plan" primary=true needs_phrase=true /> <Submit label="Plain" />
                    <Submit label="Reject this plan" danger=true />
                </div>
            </form>
        </Section>
    }
}
