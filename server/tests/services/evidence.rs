//! Evidence: exported by those who may, true to the last byte, and checked without the server.

use std::{io::Cursor, process::Command};

use app::views::EvidenceFilter;
use domain::{audit::AuditOutcome, deployment::State, digest::Digest, permission::Role};
use futures::TryStreamExt as _;
use proptest::prelude::*;
use server::{
    db,
    evidence::{
        Bundle, Exports, InstanceKey,
        container::{Packer, Unpacker},
        key::TrustedKey,
        verify::{self, Finding, Verification, Verified},
    },
    http::EvidenceDownload as _,
};
use tempfile::TempDir;

use super::*;

/// Names and contents.
type Files = Vec<(String, Vec<u8>)>;

struct Signed {
    shop: Shop,
    exports: Exports,
    key: TrustedKey,
    id: Uuid,
    folder: TempDir,
}

/// A deployment to production, through to its signatures, and somebody else's events in between.
async fn signed() -> Signed {
    let mut shop = Shop::open(1).await;
    let release = shop.release("1.0.0").await;
    let id = shop.request(release, "production").await;
    shop.until(id, State::AwaitingApproval).await;
    let staging = shop.request(release, "staging").await;
    shop.approve(id, "Lea", PHRASE).await.expect("approved");
    shop.until(id, State::AwaitingSignOff).await;
    shop.until(staging, State::Planned).await;
    shop.sign(id).await;
    shop.stop_workers().await;
    let folder = tempfile::tempdir().expect("a folder");
    let key = InstanceKey::in_folder(folder.path()).expect("a key");
    let trusted = TrustedKey(key.public().fingerprint());
    let exports = Exports::new(shop.services.clone(), key, "https://lockkeeper.example".to_owned());
    Signed { shop, exports, key: trusted, id, folder }
}

impl Signed {
    async fn export(&self) -> Bundle {
        self.exports.bundle(&self.shop.person("Ann", Role::Auditor), self.id).await.expect("exported")
    }

    fn judge(&self, bytes: &[u8]) -> Verification {
        match verify::file(Cursor::new(bytes), Some(&self.key)) {
            Verified::Bundle(verification) => *verification,
            Verified::Export { .. } => panic!("not an export"),
        }
    }

    fn cli(&self, bytes: &[u8]) -> (Option<i32>, String) {
        let path = self.folder.path().join("bundle.zip");
        std::fs::write(&path, bytes).expect("written");
        // Somewhere without a configuration: verifying needs none.
        let output = Command::new(env!("CARGO_BIN_EXE_lockkeeper"))
            .args(["evidence", "verify"])
            .arg(&path)
            .args(["--key", self.key.0.as_str()])
            .current_dir(self.folder.path())
            .output()
            .expect("runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), text)
    }
}

/// The files of a bundle, packed again after `change` has been at them.
fn repacked(bytes: &[u8], change: impl Fn(&mut Files)) -> Vec<u8> {
    let mut unpacker = Unpacker::open(Cursor::new(bytes)).expect("readable");
    let names: Vec<String> = unpacker.entries().iter().map(|e| e.name.clone()).collect();
    let mut files: Files = names
        .into_iter()
        .enumerate()
        .map(|(index, name)| (name, unpacker.content(index, u32::MAX).expect("content").0))
        .collect();
    change(&mut files);
    let mut packer = Packer::default();
    let mut again: Vec<u8> =
        files.iter().flat_map(|(name, content)| packer.file(name, content).expect("fits")).collect();
    again.extend(packer.finish().expect("fits"));
    again
}

fn places(findings: &[Finding]) -> Vec<&str> {
    let mut places: Vec<&str> = findings.iter().map(|f| f.place.as_str()).collect();
    places.dedup();
    places
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_holds_everything_and_proves_it() {
    let signed = signed().await;
    let bundle = signed.export().await;
    let judged = signed.judge(&bundle.bytes);
    assert_eq!(judged.findings, []);
    assert!(judged.is_key_trusted);
    let audit = judged.audit.expect("an audit slice");
    assert!(audit.proven > i64::try_from(audit.shown).expect("few"), "events of others are proven but not shown");

    let mut unpacker = Unpacker::open(Cursor::new(&bundle.bytes)).expect("readable");
    let names: Vec<String> = unpacker.entries().iter().map(|e| e.name.clone()).collect();
    let mut text = |name: &str| {
        let index = names.iter().position(|n| n == name).unwrap_or_else(|| panic!("{name} is missing"));
        String::from_utf8(unpacker.content(index, u32::MAX).expect("content").0).expect("text")
    };
    assert!(text("plan.json").contains("AWS::SNS::Topic"));
    assert!(text("approvals.json").contains("Lea"));
    assert!(text("checks.json").contains("status of stack Shop-Api-production"));
    assert!(text("checklist.json").contains("I saw it"));
    assert!(text("signatures.json").contains("\"verified\""));
    assert_eq!(text("blueprint.toml"), "the text");
    assert!(text("audit.json").contains("approve_plan"));
    assert!(!text("audit.json").contains("create_release"), "what others did stays sealed");
    let report = text("report.html");
    for part in ["Shop", "1.0.0", "Eli", "Lea", "I saw it", bundle.manifest.content_digest.as_str()] {
        assert!(report.contains(part), "the report lacks {part}");
    }
    assert!(!report.contains("<script") && !report.contains("http://") && !report.contains("src="), "self-contained");

    let (status, said) = signed.cli(&bundle.bytes);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("matches") && said.contains("the key you named"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn which_bundle_went_to_whom_is_recorded_and_so_is_who_was_refused() {
    let signed = signed().await;
    let bundle = signed.export().await;
    let vic = signed.shop.person("Vic", Role::Viewer);
    assert!(matches!(signed.exports.bundle(&vic, signed.id).await, Err(ApiError::Denied { .. })));
    let mut connection = signed.shop.services.db.read().await.expect("a connection");
    let id = signed.id.to_string();
    let log = db::audit::list_for_subject(&mut connection, "deployment", &id).await.expect("a log");
    let exports: Vec<_> = log.iter().map(|(event, _)| event).filter(|e| e.action == "export_evidence").collect();
    assert_eq!(exports.len(), 2);
    assert_eq!((exports[0].actor_name.as_str(), exports[0].outcome), ("Ann", AuditOutcome::Done));
    assert_eq!(exports[0].detail["bundle"], json!(Digest::of_bytes(&bundle.bytes)));
    assert_eq!((exports[1].actor_name.as_str(), exports[1].outcome), ("Vic", AuditOutcome::Denied));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_anywhere_is_found_at_its_place() {
    let signed = signed().await;
    let bytes = signed.export().await.bytes;
    let unpacker = Unpacker::open(Cursor::new(&bytes)).expect("readable");
    // Where each file's header and content end.
    let mut end = 0;
    let ends: Vec<(String, usize)> = unpacker
        .entries()
        .iter()
        .map(|entry| {
            end += 30 + entry.name.len() + entry.size as usize;
            (entry.name.clone(), end)
        })
        .collect();
    let check = |at: usize, bit: u8| {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << bit;
        let judged = signed.judge(&flipped);
        let found = places(&judged.findings);
        assert!(!judged.matches(), "bit {bit} of byte {at} went unnoticed");
        match ends.iter().find(|(_, end)| at < *end) {
            Some((name, _)) => assert!(found.contains(&name.as_str()), "byte {at} of {name}: {:?}", judged.findings),
            None => assert!(
                found.contains(&"the container")
                    || found.contains(&"the file")
                    || judged.findings.iter().any(|f| f.what.contains("in the list of files")),
                "byte {at} of the list: {:?}",
                judged.findings
            ),
        }
    };
    let config = ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(at in 0..bytes.len(), bit in 0u8..8)| check(at, bit));
    // The list of files and the end, byte by byte.
    for at in end..bytes.len() {
        check(at, 0);
    }
    let mut flipped = bytes.clone();
    let at = ends[0].1 - 100;
    flipped[at] ^= 1;
    let (status, said) = signed.cli(&flipped);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("does not match") && said.contains("deployment.json: SHA-256 is"), "{said}");
    let (status, said) = signed.cli(&bytes[..bytes.len() - 1]);
    assert_eq!(status, Some(2), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_were_exchanged_added_or_taken_away_are_named() {
    let signed = signed().await;
    let bytes = signed.export().await.bytes;
    let judge = |change: &dyn Fn(&mut Files)| signed.judge(&repacked(&bytes, change)).findings;

    assert_eq!(judge(&|_| {}), [], "packing again gives the same bytes");
    let missing = judge(&|files| files.retain(|(name, _)| name != "checks.json"));
    assert_eq!(missing, [Finding { place: "checks.json".into(), what: "is missing".into() }]);
    let added = judge(&|files| files.push(("more.json".into(), b"{}".to_vec())));
    assert_eq!(places(&added), ["more.json"]);
    let order = judge(&|files| files.swap(0, 1));
    assert_eq!(places(&order), ["the container"]);
    let unsigned = judge(&|files| files.retain(|(name, _)| name != "manifest.sig"));
    assert_eq!(places(&unsigned), ["manifest.sig"]);
    let renamed = judge(&|files| {
        let audit = files.iter_mut().find(|(name, _)| name == "audit.json").expect("an audit slice");
        audit.1 = String::from_utf8_lossy(&audit.1).replace("\"Lea\"", "\"Mal\"").into_bytes();
    });
    assert_eq!(places(&renamed), ["audit.json"]);
    let words: Vec<&str> = renamed.iter().map(|f| f.what.as_str()).collect();
    assert!(words.iter().any(|w| w.contains("event") && w.contains("changed")), "names the event: {words:?}");

    // Signed again, with a key of their own.
    let other = tempfile::tempdir().expect("a folder");
    let key = InstanceKey::in_folder(other.path()).expect("a key");
    let mallory = Exports::new(signed.shop.services.clone(), key, "https://lockkeeper.example".to_owned());
    let forged = mallory.bundle(&signed.shop.person("Mallory", Role::Auditor), signed.id).await.expect("exported");
    let judged = signed.judge(&forged.bytes);
    assert_eq!(places(&judged.findings), ["manifest.sig"]);
    assert!(judged.findings[0].what.contains("another key"), "{:?}", judged.findings);
    let unknown = verify::file(Cursor::new(&forged.bytes), None);
    let Verified::Bundle(unknown) = unknown else { panic!("a bundle") };
    assert!(unknown.matches() && !unknown.is_key_trusted, "whose key it is nobody has said");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_exports_a_span_of_time() {
    let signed = signed().await;
    let ann = signed.shop.person("Ann", Role::Auditor);
    let export = async |filter: EvidenceFilter| {
        let stream = signed.exports.range(&ann, &filter).await?;
        let chunks: Vec<_> = stream.try_collect().await.expect("complete");
        Ok::<_, ApiError>(chunks.concat())
    };
    let all = export(EvidenceFilter::default()).await.expect("exported");
    let Verified::Export { bundles, findings } = verify::file(Cursor::new(&all), Some(&signed.key)) else {
        panic!("an export");
    };
    assert_eq!(findings, []);
    assert_eq!(bundles.len(), 2);
    assert!(bundles.iter().all(|(_, v)| v.matches() && v.is_key_trusted));
    let (status, said) = signed.cli(&all);
    assert_eq!(status, Some(0), "{said}");

    let mut changed = all.clone();
    let at = changed.len() / 3;
    changed[at] ^= 1;
    let (status, said) = signed.cli(&changed);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("1 of 2 bundles do not match"), "{said}");

    let day = |text: &str| Some(text.to_owned());
    let none =
        export(EvidenceFilter { until: day("2000-01-01"), ..EvidenceFilter::default() }).await.expect("exported");
    let Verified::Export { bundles, findings } = verify::file(Cursor::new(&none), None) else { panic!("an export") };
    assert!(bundles.is_empty() && findings.is_empty());
    let today = signed.shop.services.clock.now().strftime("%Y-%m-%d").to_string();
    let production = EvidenceFilter {
        application: day("shop"),
        environment: day("production"),
        from: day(&today),
        until: day(&today),
    };
    let one = export(production).await.expect("exported");
    let Verified::Export { bundles, .. } = verify::file(Cursor::new(&one), None) else { panic!("an export") };
    assert_eq!(bundles.len(), 1, "the last day belongs to the range");
    for (from, until) in [("soon", "2026-01-01"), ("2026-01-02", "2026-01-01")] {
        let filter = EvidenceFilter { from: day(from), until: day(until), ..EvidenceFilter::default() };
        assert!(matches!(export(filter).await, Err(ApiError::Rejected { .. })));
    }
    let vic = signed.shop.person("Vic", Role::Viewer);
    assert!(signed.exports.range(&vic, &EvidenceFilter::default()).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_evidence_is_made_from_a_log_that_was_changed() {
    let signed = signed().await;
    let mut connection = signed.shop.services.db.read().await.expect("a connection");
    sqlx::query("UPDATE audit_events SET actor_name = 'Mallory' WHERE action = 'approve_plan'")
        .execute(&mut *connection)
        .await
        .expect("changed");
    drop(connection);
    let refused = signed.exports.bundle(&signed.shop.person("Ann", Role::Auditor), signed.id).await;
    let Err(ApiError::Conflict { message }) = refused else { panic!("{refused:?}") };
    assert!(message.contains("audit log") && message.contains("lockkeeper audit verify"), "{message}");
}
