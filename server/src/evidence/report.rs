//! The report: one page for people, with nothing to load and nothing that runs, made for paper as much as for a screen.

mod watch;

use domain::{
    audit::{AuditEvent, AuditOutcome},
    check::Verdict,
    checklist::{ItemKind, MarkKind},
    digest::Digest,
    plan::StackPlan,
};
use jiff::Timestamp;

use super::{Cover, contents::Contents};

const STYLE: &str = "\
:root{color-scheme:light;--line:#bbb;--muted:#555}\
body{font:14px/1.45 system-ui,sans-serif;color:#111;background:#fff;max-width:70rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:24px;margin:0}h2{font-size:18px;margin:2rem 0 .5rem;border-bottom:2px solid #111}h3{font-size:15px;margin:1rem 0 .25rem}\
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{border:1px solid var(--line);padding:.25rem .4rem;text-align:left;\
vertical-align:top;overflow-wrap:anywhere}th{background:#eee}dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem}\
dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}code{font:12px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}\
.muted{color:var(--muted)}.bad{font-weight:700}.wide{overflow-x:auto}\
@media print{body{font-size:9.5pt;margin:0;max-width:none;padding:0}tr,h2,h3{break-inside:avoid}h2,h3{break-after:avoid}}";

/// `content` is the digest over the other files; it stands on every printed page.
pub fn html(contents: &Contents, cover: &Cover, content: &Digest, key: &Digest) -> String {
    let deployment = &contents.deployment;
    let application =
        contents.blueprint.as_ref().map_or(deployment.application.as_str(), |b| b.application.title.as_str());
    let title = format!("Evidence: {} {} {}", application, deployment.environment, deployment.release_version);
    let mut page = Page::default();
    page.raw(&format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title><style>{STYLE}\
         @page{{margin:16mm 14mm 18mm;@bottom-left{{content:\"{content}\";font:7pt monospace}}\
         @bottom-right{{content:counter(page) \" / \" counter(pages);font-size:9pt}}}}</style></head><body>\n",
        escape(&title)
    ));
    page.raw(&format!("<h1>{}</h1>\n", escape(&title)));
    page.text("p", &sentence(contents));
    head(&mut page, contents, cover, content, key);
    plan(&mut page, contents);
    approvals(&mut page, contents);
    run(&mut page, contents);
    checks(&mut page, contents);
    checklist(&mut page, contents);
    signatures(&mut page, contents);
    watch::watch(&mut page, contents.watch.as_ref(), &contents.watch_results);
    acts(&mut page, contents);
    how_to_check(&mut page);
    page.raw("</body></html>\n");
    page.0
}

#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    fn text(&mut self, element: &str, text: &str) {
        self.0.push_str(&format!("<{element}>{}</{element}>\n", escape(text)));
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.text("h2", text);
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.text("p", text);
    }

    pub(super) fn list(&mut self, rows: &[(&str, String)]) {
        self.raw("<dl>");
        for (term, text) in rows {
            self.text("dt", term);
            self.text("dd", text);
        }
        self.raw("</dl>\n");
    }

    pub(super) fn table(&mut self, heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        self.raw("<div class=\"wide\"><table><thead><tr>");
        for head in heads {
            self.0.push_str(&format!("<th scope=\"col\">{}</th>", escape(head)));
        }
        self.raw("</tr></thead><tbody>\n");
        for row in rows {
            self.raw("<tr>");
            for cell in &row {
                self.0.push_str(&format!("<td>{}</td>", escape(cell)));
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody></table></div>\n");
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push_str("<br>"),
            c => escaped.push(c),
        }
    }
    escaped
}

pub(super) fn when(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn sometimes(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "–".to_owned(), when)
}

fn sentence(contents: &Contents) -> String {
    let deployment = &contents.deployment;
    let approvers: Vec<&str> = deployment.approvals.iter().map(|a| a.by.name.as_str()).collect();
    let signers: Vec<&str> = deployment.sign_offs.iter().map(|s| s.by.name.as_str()).collect();
    let by = |what: &str, names: &[&str]| match names {
        [] => format!("nobody has {what} it"),
        names => format!("{what} by {}", names.join(" and ")),
    };
    format!(
        "{}: requested by {}, {}, {}.",
        deployment.state.words(),
        deployment.requested_by.name,
        by("approved", &approvers),
        by("signed off", &signers)
    )
}

fn head(page: &mut Page, contents: &Contents, cover: &Cover, content: &Digest, key: &Digest) {
    let d = &contents.deployment;
    let digest = |digest: Option<&Digest>| digest.map_or_else(|| "–".to_owned(), ToString::to_string);
    page.list(&[
        ("Deployment", d.id.to_string()),
        ("Application", d.application.clone()),
        ("Environment", d.environment.clone()),
        ("Release", d.release_version.clone()),
        ("Reason", d.reason.clone()),
        ("State", d.state.words().to_owned()),
        ("Requested", format!("{} by {} ({})", when(d.requested_at), d.requested_by.name, d.requested_by.id)),
        ("Executed from", sometimes(d.started_at)),
        ("Finished", sometimes(d.finished_at)),
        ("Release digest", digest(Some(&d.release_digest))),
        ("Plan digest", digest(d.plan_digest.as_ref())),
        ("Blueprint digest", digest(Some(&d.blueprint_digest))),
        ("Digest of this evidence", content.to_string()),
        ("Signed with key", key.to_string()),
        ("Exported", format!("{} by {} from {}", when(cover.exported_at), cover.exported_by.name, cover.instance)),
        ("Audit log at export", format!("event {}, {}", contents.audit.head.sequence, contents.audit.head.hash)),
    ]);
    if let Some(failure) = &d.failure {
        page.paragraph(&format!("Failure: {} {}", failure.what, failure.next));
    }
    if let Some(cancellation) = &d.cancellation {
        let words = format!("{} by {}: {}", when(cancellation.at), cancellation.by.name, cancellation.reason);
        page.paragraph(&format!("Cancellation asked for {words}"));
    }
}

fn plan(page: &mut Page, contents: &Contents) {
    page.heading("Plan");
    if contents.plans.is_empty() {
        page.paragraph("No plan was made.");
    }
    for stored in &contents.plans {
        let late = if stored.is_late { " (prepared after other stacks were executed)" } else { "" };
        page.text("h3", &format!("{} as {}{late}", stored.plan.logical_name, stored.plan.stack_name));
        page.list(&[("Digest", stored.digest.to_string()), ("Template", stored.plan.template_digest.to_string())]);
        changes(page, &stored.plan);
    }
}

fn changes(page: &mut Page, plan: &StackPlan) {
    if let Some(deferral) = &plan.deferral {
        let first = deferral.waits_for.as_deref().unwrap_or("another stack");
        page.paragraph(&format!("What changes could not be known before {first} was executed."));
    } else if plan.changes.is_empty() {
        page.paragraph("No changes.");
    } else {
        let rows = plan.changes.iter().map(|c| {
            let properties: Vec<String> = c
                .properties
                .iter()
                .map(|p| {
                    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "(nothing)".to_owned());
                    format!("{}: {} → {}", p.path, side(&p.before), side(&p.after))
                })
                .collect();
            let replaced = if c.may_replace() { ", may replace it" } else { "" };
            vec![
                format!("{:?}{replaced}", c.action),
                c.logical_id.clone(),
                c.resource_type.clone(),
                properties.join("\n"),
            ]
        });
        page.table(&["Change", "Resource", "Type", "Properties"], rows);
    }
}

fn approvals(page: &mut Page, contents: &Contents) {
    page.heading("Approvals");
    let d = &contents.deployment;
    match &d.protection {
        None => page.paragraph("The environment is not protected: no approval was needed."),
        Some(rules) => {
            let groups = rules.required_groups.join(", ");
            let groups = if groups.is_empty() { String::new() } else { format!(", one of each of {groups}") };
            page.paragraph(&format!("{} approval(s) were needed, not by the requester{groups}.", rules.quorum.max(1)));
        }
    }
    let rows = d.approvals.iter().map(|a| {
        let of = if Some(&a.plan_digest) == d.plan_digest.as_ref() { "this plan" } else { "another plan" };
        vec![
            when(a.at),
            format!("{} ({})", a.by.name, a.by.id),
            format!("{of}, {}", a.plan_digest),
            a.groups.join(", "),
            a.comment.clone(),
        ]
    });
    page.table(&["When", "Who", "What", "Groups", "Comment"], rows);
}

fn run(page: &mut Page, contents: &Contents) {
    page.heading("Execution");
    let rows = contents.deployment.stacks.iter().map(|s| {
        vec![
            s.logical_name.clone(),
            s.stack_name.clone(),
            s.state.words().to_owned(),
            sometimes(s.started_at),
            sometimes(s.finished_at),
            s.change_set.as_ref().map(|c| c.id.clone()).unwrap_or_default(),
            s.message.clone().unwrap_or_default(),
        ]
    });
    page.table(&["Stack", "Name", "State", "From", "To", "Change set", "Message"], rows);
}

pub(super) fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pass => "Passed",
        Verdict::Warn => "Warning",
        Verdict::Fail => "FAILED",
        Verdict::Inconclusive => "COULD NOT BE ASKED",
    }
    .to_owned()
}

fn checks(page: &mut Page, contents: &Contents) {
    page.heading("Checks");
    let rows = contents.checks.iter().map(|result| {
        let title = contents.deployment.checks.iter().find(|c| c.id == result.check);
        vec![
            title.map_or_else(|| result.check.clone(), |c| c.title.clone()),
            result.run.to_string(),
            verdict(result.outcome.verdict),
            result.outcome.asked.clone(),
            result.outcome.expected.clone(),
            result.outcome.found.clone(),
            when(result.finished_at),
        ]
    });
    page.table(&["Check", "Run", "Verdict", "Asked", "Expected", "Found", "When"], rows);
}

fn checklist(page: &mut Page, contents: &Contents) {
    page.heading("Checklist");
    let d = &contents.deployment;
    if d.checklist.sections.is_empty() {
        page.paragraph("This deployment has no checklist.");
    }
    for section in &d.checklist.sections {
        page.text("h3", &section.title);
        let rows = section.items.iter().map(|item| {
            let state = d.item_state(&item.id).map_or("", domain::checklist::ItemState::words);
            let kind = match &item.kind {
                ItemKind::Automatic { checks } => format!("checks {}", checks.join(", ")),
                ItemKind::Manual { .. } => "by a person".to_owned(),
            };
            let marks: Vec<String> = d
                .marks
                .iter()
                .filter(|m| m.item == item.id)
                .map(|m| {
                    let what = if m.kind == MarkKind::Waived { "waived" } else { "done" };
                    format!("{what} {} by {}: {}", when(m.at), m.by.name, m.note)
                })
                .collect();
            vec![item.title.clone(), state.to_owned(), kind, marks.join("\n")]
        });
        page.table(&["Item", "State", "Closed by", "What people said"], rows);
    }
}

fn signatures(page: &mut Page, contents: &Contents) {
    page.heading("Signatures");
    let d = &contents.deployment;
    let rows = d.checklist.sign_off_roles.iter().map(|role| {
        let given = d.sign_offs.iter().find(|s| s.role == role.id);
        vec![
            role.title.clone(),
            given.map_or_else(|| "NOT SIGNED".to_owned(), |s| format!("{} ({})", s.by.name, s.by.id)),
            sometimes(given.map(|s| s.at)),
            given.map(|s| s.comment.clone()).unwrap_or_default(),
        ]
    });
    page.table(&["Role", "Who", "When", "Comment"], rows);
}

fn acts(page: &mut Page, contents: &Contents) {
    page.heading("What people did");
    let rows = contents.audit.events().map(|event: &AuditEvent| {
        let outcome = if event.outcome == AuditOutcome::Denied { "REFUSED" } else { "done" };
        vec![
            event.sequence.to_string(),
            when(event.at),
            format!("{} ({})", event.actor_name, event.actor_id),
            event.action.replace('_', " "),
            outcome.to_owned(),
            event.detail.to_string(),
        ]
    });
    page.table(&["Event", "When", "Who", "What", "Outcome", "Detail"], rows);
}

fn how_to_check(page: &mut Page) {
    page.heading("How to check this");
    page.paragraph(
        "This page is part of a signed bundle. Run “lockkeeper evidence verify FILE” on the bundle, anywhere and without \
         a network, and compare the key's fingerprint with the one the installation shows on its evidence page. A printed \
         page carries the digest of the bundle's contents in its foot: it is “content_digest” in manifest.json.",
    );
}
