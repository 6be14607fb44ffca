//! A PostgreSQL of our own that can be stopped and started under a running server.

use std::{
    fs,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    server: Option<Child>,
}

/// Where the programs are; the suite's own cluster came from there, too.
fn programs() -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    found.sort();
    found.into_iter().rev().find(|bin| bin.join("initdb").exists()).unwrap_or_default()
}

/// PostgreSQL refuses to run as root.
fn account() -> Option<(u32, u32)> {
    let id = |args: &[&str]| -> Option<u32> {
        String::from_utf8(Command::new("id").args(args).output().ok()?.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    ["postgres", "nobody"].iter().find_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)))
}

fn command(program: &Path) -> Command {
    match account() {
        None => Command::new(program),
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command
                .args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups", "--"])
                .arg(program);
            command
        }
    }
}

impl Cluster {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some((user, group)) = account() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let programs = programs();
        let made = command(&programs.join("initdb"))
            .args(["--username=lockkeeper", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
            .arg(folder.path().join("data"))
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut cluster = Self { folder, programs, port, server: None };
        cluster.resume().await;
        cluster
    }

    pub fn url(&self) -> String {
        format!("postgres://lockkeeper@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it, with what it had before.
    pub async fn resume(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let server = command(&self.programs.join("postgres"))
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-p", &self.port.to_string(), "-k", "", "-h", "127.0.0.1", "-c", "fsync=off"])
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.server = Some(server);
        for _ in 0..400 {
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the cluster does not answer");
    }

    /// Breaks every connection and ends.
    pub fn stop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // SIGINT is "fast": what runs is rolled back, everybody is disconnected.
        let _ = Command::new("kill").args(["-INT", &server.id().to_string()]).status();
        let _ = server.wait();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}
