//! A disk that is really full, under the real binary: a small file system of its own, filled to the last byte.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test says what went wrong by panicking"
)]

#[path = "running/binary.rs"]
mod binary;
#[path = "running/site.rs"]
mod site;
mod support;

use std::{fs, io::Write as _, process::Command};

use binary::Installation;
use domain::permission::Role;
use reqwest::{Client, redirect::Policy};
use site::Ground;

/// A small file system of its own, where this machine lets a test have one.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mounted() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"]).arg(folder.path()).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_nothing_is_lost_or_half_written() {
    // The suite is run once per database; the disk below PostgreSQL is not ours.
    if std::env::var_os("LOCKKEEPER_TEST_POSTGRES").is_some() {
        return;
    }
    let Some(disk) = Disk::mounted() else { return };
    let inside = disk.0.path().display().to_string();
    let url = format!("sqlite://{inside}/lockkeeper.db");
    let place = Installation::on(&url);
    let server = place.serve().await;
    let token = place.run(&["token", "create", "--name", "ci", "--role", "engineer"]).success();
    let folder = place.folder.path().join("templates");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("Api.template.json"), r#"{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}}}"#).unwrap();
    let environment = format!("staging={}", folder.display());
    let create = ["release", "create", "--application", "shop", "--version", "1.0.0", "--environment", &environment];
    let made =
        place.run_with(&create, &[("LOCKKEEPER_URL", &place.url()), ("LOCKKEEPER_TOKEN", token.trim())]).success();
    let release = made.trim().rsplit('/').next().unwrap().to_owned();
    let cookie = Ground::on(&url).log_in(Role::Lead).await;
    let http = Client::builder().redirect(Policy::none()).build().unwrap();
    let request = async |accept: &str| {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("release", &release)
            .append_pair("environment", "staging")
            .append_pair("reason", &"typed with care ".repeat(200))
            .finish();
        let request = http.post(format!("{}/api/request_deployment", place.url())).header("cookie", &cookie);
        let request = request.header("sec-fetch-site", "same-origin").header("accept", accept);
        let request = request.header("referer", format!("{}/releases/{release}", place.url()));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };

    let filler = format!("{inside}/filler");
    let mut file = fs::File::create(&filler).unwrap();
    for size in [65_536, 4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    // A log that was emptied before is written over; sooner or later it has to grow.
    let (mut status, mut text) = (200, String::new());
    for _ in 0..500 {
        (status, text) = request("application/json").await;
        if status != 200 {
            break;
        }
    }
    assert_eq!(status, 503, "{text}");
    assert!(text.contains("The disk of the database is full. Nothing was changed."), "{text}");
    let (status, page) = request("text/html").await;
    assert!(status >= 400, "no redirect to a page that cannot show it: {status}");
    assert!(page.contains("The disk of the database is full") && page.contains("Go back"), "{page}");
    let shown = http.get(format!("{}/releases", place.url())).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(shown.status(), 200, "what is there can be read");

    fs::remove_file(&filler).unwrap();
    let (status, text) = request("application/json").await;
    assert_eq!(status, 200, "{text}");
    let log = place.run(&["audit", "verify"]).success();
    assert!(log.contains("unbroken"), "{log}");
    server.stop().await;
}
