//! The watch in the report.

use domain::watch::{Baseline, Watch, duration_words};

use super::{Page, verdict, when};
use crate::db::check_results::CheckResult;

pub(super) fn watch(page: &mut Page, watch: Option<&Watch>, results: &[CheckResult]) {
    page.heading("Watch");
    let Some(watch) = watch else {
        return page.paragraph("This deployment has no watch.");
    };
    let ending = watch.ending.as_ref().map_or_else(
        || "not ended".to_owned(),
        |e| {
            let who = e.by.as_ref().map_or("Lockkeeper", |by| by.name.as_str());
            format!("{} by {who}: {}", when(e.at), e.comment)
        },
    );
    let baseline = match &watch.baseline {
        Baseline::NotNeeded => "nothing is compared".to_owned(),
        Baseline::Wanted { .. } => "not measured yet".to_owned(),
        Baseline::Missing { why } => format!("none: {why}"),
        Baseline::Measured { at, .. } => format!("measured {}", when(*at)),
    };
    page.list(&[
        ("State", watch.state.words().to_owned()),
        ("Opened", watch.opened_at.map_or_else(|| "not opened".to_owned(), when)),
        ("Baseline", baseline),
        ("Rounds", format!("{}, of which {} missed", watch.rounds.len(), watch.missed())),
        ("Ended", ending),
    ]);
    if !watch.raised.is_empty() {
        let rows = watch.raised.iter().map(|raised| {
            vec![
                raised.title.clone(),
                when(raised.at),
                raised.until.map_or_else(|| "still holds".to_owned(), when),
                raised.by.as_ref().map_or_else(|| "its check".to_owned(), |by| by.name.clone()),
                raised.why.clone(),
            ]
        });
        page.table(&["Rollback trigger", "From", "To", "Raised by", "Why"], rows);
    }
    if watch.opened_at.is_none() {
        return;
    }
    let rows = watch.rounds.iter().map(|round| {
        let ran = round.run.as_ref().map_or_else(
            || "did not run".to_owned(),
            |run| {
                let late = run.late_by_secs.map(|secs| format!(", {} late", duration_words(secs))).unwrap_or_default();
                format!("{}{late}", when(run.at))
            },
        );
        let said = results.iter().filter(|r| r.run == round.number);
        let said: Vec<String> = said
            .map(|r| {
                let value = r.outcome.measured.as_ref().map(|m| format!(", {m}")).unwrap_or_default();
                format!("{}: {}{value}", r.check, verdict(r.outcome.verdict))
            })
            .collect();
        let compared: Vec<String> = round
            .run
            .iter()
            .flat_map(|run| &run.compared)
            .map(|c| format!("{}: {} (at most {} %)", c.check, c.change.words(), c.allowed_percent))
            .collect();
        let missed = round.missed_at.map(|at| format!("MISSED {}", when(at)));
        let looks =
            round.looks.iter().map(|l| format!("{} {} found {}: {}", when(l.at), l.by.name, l.finding.words(), l.note));
        vec![
            round.number.to_string(),
            format!("T+{}", duration_words(round.after_secs)),
            ran,
            said.join("\n"),
            compared.join("\n"),
            missed.into_iter().chain(looks).collect::<Vec<_>>().join("\n"),
        ]
    });
    page.table(&["Round", "Due", "Ran", "Checks", "Compared with before", "Who looked"], rows);
}
