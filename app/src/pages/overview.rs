//! Every application and environment: what runs, how it is, what waits for me.

use domain::stack::Condition;
use leptos::prelude::*;

use crate::{
    components::{
        Band, DeploymentTable, Empty, FreshnessNote, Icon, IconName, Notice, PageHead, ProgressBar, StateBadge, Took,
        WatchLine,
    },
    layout::{Page, load_page},
    views::{ApplicationCard, EnvironmentSummary, OverviewView},
};

#[component]
pub fn OverviewPage() -> impl IntoView {
    // The frame asks for the overview anyway: this page has nothing more to ask.
    load_page(async |_, _| Ok(()), |(), overview, _| Page::new("Overview", body(overview.clone())))
}

fn sentence(overview: &OverviewView) -> String {
    let all = || overview.applications.iter().flat_map(|a| &a.environments);
    let total = all().count();
    let count = |conditions: &[Condition]| all().filter(|e| conditions.contains(&e.condition)).count();
    let bad = count(&[Condition::Bad]);
    let attention = count(&[Condition::Attention]);
    let unknown = count(&[Condition::Unknown]);
    let moving = all().filter(|e| e.active_deployment.is_some()).count();
    if total == 0 {
        return "No application is described yet.".to_owned();
    }
    let is_are = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let mut parts = Vec::new();
    if bad > 0 {
        parts.push(is_are(bad, "environment is in trouble", "environments are in trouble"));
    }
    if attention > 0 {
        parts.push(is_are(attention, "environment needs attention", "environments need attention"));
    }
    if unknown > 0 {
        parts.push(is_are(unknown, "is not known right now", "are not known right now"));
    }
    if parts.is_empty() {
        parts.push(is_are(total, "environment, no trouble known", "environments, no trouble known in any"));
    }
    match moving {
        0 => parts.push("no deployment is under way".to_owned()),
        1 => parts.push("1 deployment is under way".to_owned()),
        moving => parts.push(format!("{moving} deployments are under way")),
    }
    parts.push(match overview.waiting.len() {
        0 => "nothing waits for you".to_owned(),
        1 => "1 waits for you".to_owned(),
        waiting => format!("{waiting} wait for you"),
    });
    format!("{}.", parts.join("; "))
}

fn body(overview: OverviewView) -> impl IntoView {
    let sentence = sentence(&overview);
    let action = overview.waiting.first().map(|row| {
        let words = format!("Look at {} for {}", row.version, row.band.title);
        view! {
            <a class="button button-primary" href=format!("/deployments/{}", row.id)>
                {words} <Icon name=IconName::Arrow />
            </a>
        }
        .into_any()
    });
    let problems = overview
        .blueprint_problems
        .into_iter()
        .map(|problem| {
            view! {
                <Notice condition=Condition::Bad>
                    <p><strong>"A blueprint could not be loaded; the last good one stays in use. "</strong>{problem}</p>
                </Notice>
            }
        })
        .collect_view();
    let waiting = (!overview.waiting.is_empty()).then(|| {
        view! {
            <section class="section" aria-labelledby="waiting-heading">
                <header class="section-head"><h2 id="waiting-heading">"Waiting for you"</h2></header>
                <DeploymentTable caption="Deployments that wait for you" rows=overview.waiting />
            </section>
        }
    });
    let applications = if overview.applications.is_empty() {
        view! {
            <Empty title="No application yet">
                <p>"Put a blueprint file into the blueprints folder of the data directory, or run "
                    <code>"lockkeeper init --assembly cdk.out"</code> " to write a first one."</p>
            </Empty>
        }
        .into_any()
    } else {
        overview.applications.into_iter().map(application).collect_view().into_any()
    };
    view! {
        <div data-live="overview">
            <PageHead title="Overview" sentence=sentence action=action />
            {problems}
            {waiting}
            {applications}
        </div>
    }
}

fn application(application: ApplicationCard) -> impl IntoView {
    let heading = format!("application-{}", application.name);
    let releases = format!("/releases?application={}", application.name);
    view! {
        <section class="section" aria-labelledby=heading.clone()>
            <header class="section-head">
                <h2 id=heading.clone()>{application.title}</h2>
                <a href=releases>"Releases"</a>
            </header>
            <p class="muted">{application.description}</p>
            <div class="cards">{application.environments.into_iter().map(environment).collect_view()}</div>
        </section>
    }
}

fn environment(summary: EnvironmentSummary) -> impl IntoView {
    let release = match summary.release {
        Some(release) => view! {
            <a class="card-release" href=format!("/releases/{}", release.id)>{release.version}</a>
            <span class="muted">"for " <Took from=release.at to=None /></span>
        }
        .into_any(),
        None => view! { <span class="muted">"Nothing deployed by Lockkeeper yet"</span> }.into_any(),
    };
    let active = summary.active_deployment.map(|row| {
        view! {
            <a class="card-active" href=format!("/deployments/{}", row.id)>
                <StateBadge condition=row.state.condition() words=row.state.words() />
                <span>{format!("{} requested by {}", row.version, row.requested_by)}</span>
            </a>
        }
    });
    let watch = summary.watch.map(|brief| view! { <WatchLine brief=brief /> });
    view! {
        <article class="card">
            <Band band=summary.band />
            <div class="card-body">
                <div class="card-state">
                    <StateBadge condition=summary.condition words=condition_words(summary.condition) />
                    {release}
                </div>
                <p>{summary.sentence}</p>
                <ProgressBar label="stacks are fine" done=summary.stacks_good total=summary.stacks_total />
                {active}
                {watch}
                <FreshnessNote freshness=summary.freshness />
            </div>
        </article>
    }
}

/// A condition as the state of an environment.
pub fn condition_words(condition: Condition) -> &'static str {
    match condition {
        Condition::Good => "Healthy",
        Condition::Attention => "Needs attention",
        Condition::Bad => "In trouble",
        Condition::Running => "Changing",
        Condition::Waiting => "Waiting",
        Condition::Unknown => "Not known",
        Condition::NotApplicable => "Not in use",
    }
}
