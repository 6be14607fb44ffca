//! Evidence for an auditor: the deployments of a span of time, exported together, and the keys to check them with.

use domain::{digest::Digest, stack::Condition};
use leptos::prelude::*;

use super::address::query;
use crate::{
    components::{
        Age, Definition, DefinitionList, DeploymentTable, DigestCode, Empty, Notice, PageHead, Section, SelectField,
        Submit, TextField,
    },
    layout::{Page, load_page},
    query::Query,
    views::{EvidenceFilter, EvidenceKeyRow, EvidenceView},
};

#[component]
pub fn EvidencePage() -> impl IntoView {
    let query = query();
    let wanted = EvidenceFilter {
        application: query.filter("application"),
        environment: query.filter("environment"),
        from: query.filter("from"),
        until: query.filter("until"),
    };
    load_page(
        async move |ports, caller| ports.reads.evidence(&caller, &wanted).await,
        |view, _, _| Page::new("Evidence", body(view)).crumb("Audit", "/audit"),
    )
}

fn body(view: EvidenceView) -> impl IntoView {
    let EvidenceView { applications, environments, filter, total, rows, problem, keys } = view;
    let sentence = match total {
        0 if problem.is_some() => "These filters cannot be used.".to_owned(),
        0 => "No deployment was requested in this time.".to_owned(),
        1 => "1 deployment was requested in this time; its evidence is one signed bundle.".to_owned(),
        total => format!("{total} deployments were requested in this time; each has one signed bundle of evidence."),
    };
    let any = |words: &str| (String::new(), words.to_owned());
    let application_options: Vec<_> = std::iter::once(any("Every application")).chain(applications).collect();
    let environment_options: Vec<_> =
        std::iter::once(any("Every environment")).chain(environments.into_iter().map(|e| (e.clone(), e))).collect();
    let set = [
        ("application", &filter.application),
        ("environment", &filter.environment),
        ("from", &filter.from),
        ("until", &filter.until),
    ];
    let set = set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
    let download = Query::new(set).address("/evidence.zip");
    let words = if total == 1 { "Export 1 bundle".to_owned() } else { format!("Export {total} bundles") };
    let action = (total > 0)
        .then(|| view! { <a class="button button-primary" href=download download="">{words}</a> }.into_any());
    let more = usize::try_from(total).unwrap_or(usize::MAX).saturating_sub(rows.len());
    let table = if rows.is_empty() {
        view! {
            <Empty title="Nothing to export">
                <p>"Days are those of UTC. " <a href="/evidence">"Show all deployments"</a></p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <DeploymentTable caption="Deployments in this export, oldest first" rows=rows /> }.into_any()
    };
    view! {
        <PageHead title="Evidence" sentence=sentence action=action />
        {problem.map(|problem| view! { <Notice condition=Condition::Attention><p>{problem}</p></Notice> })}
        <form method="get" action="/evidence" class="filters" role="search" aria-label="Filter deployments">
            <TextField form="filter" name="from" label="From (day, UTC)" value=filter.from />
            <TextField form="filter" name="until" label="To (day, UTC)" value=filter.until />
            <SelectField form="filter" name="application" label="Application" options=application_options selected=filter.application />
            <SelectField form="filter" name="environment" label="Environment" options=environment_options selected=filter.environment />
            <Submit label="Filter" />
            <a class="button button-quiet" href="/evidence">"Clear"</a>
        </form>
        <p class="muted">
            "Every export is recorded: which bundle went to whom. Check a file anywhere, without a network, with "
            <code>"lockkeeper evidence verify FILE --key FINGERPRINT"</code> "."
        </p>
        {table}
        {(more > 0).then(|| view! { <p class="muted">{format!("and {more} more")}</p> })}
        <Section id="keys" title="Keys this installation signs with">
            {keys.is_empty().then(|| view! { <p>"No key is known yet: the server makes or reads it when it starts."</p> })}
            {keys.into_iter().map(key).collect_view()}
        </Section>
    }
}

fn key(row: EvidenceKeyRow) -> impl IntoView {
    let fingerprint = Digest::parse(&row.fingerprint).map(|digest| view! { <DigestCode digest=digest /> });
    view! {
        <DefinitionList>
            <Definition term="Fingerprint (SHA-256)">{fingerprint}</Definition>
            <Definition term="First used"><Age at=row.first_seen_at /></Definition>
            <Definition term="Last used"><Age at=row.last_seen_at /></Definition>
            <Definition term="Public key"><pre class="code-block"><code>{row.public_key}</code></pre></Definition>
        </DefinitionList>
    }
}
