//! The binary with a folder of its own.

#![allow(dead_code, reason = "each suite uses its own part of this")]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
    time::Duration,
};

use tempfile::TempDir;

const BLUEPRINT: &str = r#"
[application]
name = "shop"

[[environments]]
name = "staging"
account = "111122223333"
region = "eu-west-1"

[[stacks]]
name = "Api"
name_pattern = "Shop-{stack}-{environment}"
"#;

/// Configuration, data folder and one blueprint.
pub struct Installation {
    pub folder: TempDir,
    pub port: u16,
    settings: Vec<(String, String)>,
}

pub struct Answer(Output);

impl Answer {
    pub fn is_success(&self) -> bool {
        self.0.status.success()
    }

    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    fn complained(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// What was printed by a command that worked.
    pub fn success(self) -> String {
        assert!(self.is_success(), "{}{}", self.printed(), self.complained());
        self.printed()
    }

    /// What was said by a command that did not.
    pub fn failure(self) -> String {
        assert!(!self.is_success(), "{}", self.printed());
        self.complained()
    }
}

impl Installation {
    pub fn on(database_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("blueprints")).unwrap();
        fs::write(folder.path().join("blueprints/shop.toml"), BLUEPRINT).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = [
            ("DATA_DIR", folder.path().display().to_string()),
            ("SERVER__LISTEN", format!("127.0.0.1:{port}")),
            ("SERVER__PUBLIC_URL", format!("http://127.0.0.1:{port}")),
            ("DATABASE__URL", database_url.to_owned()),
            ("OIDC__ISSUER", "http://127.0.0.1:9".to_owned()),
            ("OIDC__CLIENT_ID", "lockkeeper".to_owned()),
            ("ROLES", r#"[{ group = "leads", role = "lead" }]"#.to_owned()),
            ("AWS__ENDPOINT_URL", "http://127.0.0.1:9".to_owned()),
            ("AWS__ACCESS_KEY_ID", "111122223333".to_owned()),
            ("AWS__SECRET_ACCESS_KEY", "test".to_owned()),
        ];
        let settings = settings.map(|(name, value)| (format!("LOCKKEEPER__{name}"), value)).to_vec();
        Self { folder, port, settings }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn blueprint(&self) -> PathBuf {
        self.folder.path().join("blueprints/shop.toml")
    }

    pub fn command(&self, args: &[&str]) -> Command {
        self.prepared(Command::new(env!("CARGO_BIN_EXE_lockkeeper")), args)
    }

    /// The same surroundings for a program that ends up being ours.
    pub fn prepared(&self, mut command: Command, args: &[&str]) -> Command {
        command.args(args).envs(self.settings.clone()).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Answer {
        self.run_with(args, &[])
    }

    pub fn run_with(&self, args: &[&str], env: &[(&str, &str)]) -> Answer {
        Answer(self.command(args).envs(env.iter().copied()).output().unwrap())
    }

    /// A running server, once it is ready.
    pub async fn serve(&self) -> Server {
        self.serve_by(self.command(&["serve"])).await
    }

    pub async fn serve_by(&self, mut command: Command) -> Server {
        let log = fs::File::options().create(true).append(true).open(self.log()).unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let mut server = Server { child: command.spawn().unwrap() };
        let ready = format!("{}/readyz", self.url());
        for _ in 0..600 {
            if reqwest::get(&ready).await.is_ok_and(|answer| answer.status() == 200) {
                return server;
            }
            assert!(server.child.try_wait().unwrap().is_none(), "{}", self.said());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("not ready: {}", self.said());
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// What the server logged.
    pub fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }
}

/// Killed with its value, so that a failed test leaves nothing running.
pub struct Server {
    child: std::process::Child,
}

impl Server {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.pid().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    /// Asked to stop, it ends by itself.
    pub async fn stop(mut self) {
        self.signal("-TERM");
        for _ in 0..1200 {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it did not stop");
    }

    /// As a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
