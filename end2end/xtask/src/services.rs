//! The programs tests talk to: a PostgreSQL cluster and an AWS emulator, each on a free port of the loopback interface,
//! each gone with the value that stands for it.

use std::{
    fs::{self, File},
    io::Read as _,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    failure::{Context as _, Failure, Result},
    hex::hex,
    process::{self, Background, EndWith},
    steps,
    workspace::{Workspace, on_path},
};

/// A directory that is removed with this value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(purpose: &str) -> Result<Self> {
        let output =
            process::output(Command::new("mktemp").args(["-d", "-t", &format!("lockkeeper-{purpose}-XXXXXX")]))?;
        Ok(Self(PathBuf::from(output.trim())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Free now; the program that gets it binds it a moment later.
pub fn free_port() -> Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .doing(|| "looking for a free port".to_owned())
}

fn answers(port: u16) -> bool {
    TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, port).into(), Duration::from_millis(200)).is_ok()
}

fn is_root() -> Result<bool> {
    Ok(process::output(Command::new("id").arg("-u"))?.trim() == "0")
}

/// Installs packages of the distribution, where it is one with apt and this is root.
pub fn install(packages: &[&str], what: &str) -> Result<()> {
    if on_path("apt-get").is_none() || !is_root()? {
        return Err(Failure::new(format!("{what} is missing: install the package {}", packages.join(", "))));
    }
    steps::timed(&format!("installing {}", packages.join(", ")), || {
        let apt = || {
            let mut command = Command::new("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        let install =
            || process::output(apt().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages));
        if install().is_err() {
            process::output(apt().args(["update", "--quiet"]))?;
            install()?;
        }
        Ok(())
    })
}

/// A PostgreSQL cluster of its own.
pub struct Postgres {
    // Stopped before its files are removed: fields drop in this order.
    _server: Background,
    #[cfg_attr(not(test), expect(dead_code, reason = "held to be removed with this value"))]
    files: Scratch,
    url: String,
}

impl Postgres {
    pub fn start() -> Result<Self> {
        if postgres_programs().is_none() {
            install(&["postgresql"], "PostgreSQL")?;
        }
        let programs = postgres_programs().ok_or_else(|| Failure::new("the package postgresql brought no `initdb`"))?;
        let files = Scratch::new("postgres")?;
        let user = Unprivileged::find()?;
        let data = files.0.join("data");
        let password_file = files.0.join("password");
        let password = random_word()?;
        fs::write(&password_file, &password).doing(|| "writing the cluster's password".to_owned())?;
        for path in [&files.0, &password_file] {
            user.own(path)?;
        }
        process::output(
            user.command(&programs.join("initdb"))
                .args(["--username=lockkeeper", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"])
                .arg(format!("--pwfile={}", password_file.display()))
                .arg("--pgdata")
                .arg(&data)
                .current_dir(&files.0),
        )?;
        let port = free_port()?;
        let log = files.0.join("log");
        let mut command = user.command(&programs.join("postgres"));
        command.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k", "", "-h", "127.0.0.1"]);
        // Nothing in here survives the run: speed over durability.
        for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"] {
            command.args(["-c", setting]);
        }
        let log_file = File::create(&log).doing(|| "making the cluster's log".to_owned())?;
        let mut server = Background::start(command.current_dir(&files.0), EndWith::Int, log_file)?;
        server.wait_until(Duration::from_secs(30), || answers(port)).map_err(|failure| with_log(&failure, &log))?;
        let url = format!("postgres://lockkeeper:{password}@127.0.0.1:{port}/postgres");
        Ok(Self { _server: server, files, url })
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

fn with_log(failure: &Failure, log: &Path) -> Failure {
    Failure::new(format!("{failure}\n{}", fs::read_to_string(log).unwrap_or_default()))
}

/// The directory of `initdb` and `postgres`: on the PATH, or where Debian puts them, the newest version first.
fn postgres_programs() -> Option<PathBuf> {
    let is_complete = |directory: &PathBuf| directory.join("initdb").exists() && directory.join("postgres").exists();
    let mut candidates: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    candidates.sort();
    let installed = candidates.into_iter().rev().find(is_complete);
    installed.or_else(|| on_path("initdb")?.canonicalize().ok()?.parent().map(Path::to_owned).filter(is_complete))
}

/// PostgreSQL refuses to run as root: whom it runs as instead.
struct Unprivileged(Option<(u32, u32)>);

impl Unprivileged {
    fn find() -> Result<Self> {
        if !is_root()? {
            return Ok(Self(None));
        }
        for name in ["postgres", "nobody"] {
            let id = |flag: &str| -> Option<u32> {
                process::output(Command::new("id").args([flag, name])).ok()?.trim().parse().ok()
            };
            if let (Some(user), Some(group)) = (id("-u"), id("-g")) {
                return Ok(Self(Some((user, group))));
            }
        }
        Err(Failure::new("this is root, and there is neither a user `postgres` nor `nobody` to run PostgreSQL as"))
    }

    fn own(&self, path: &Path) -> Result<()> {
        match self.0 {
            Some((user, group)) => {
                chown(path, Some(user), Some(group)).doing(|| format!("giving away {}", path.display()))
            }
            None => Ok(()),
        }
    }

    fn command(&self, program: &Path) -> Command {
        let Some((user, group)) = self.0 else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.args([&format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups", "--"]).arg(program);
        command
    }
}

fn random_word() -> Result<String> {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .doing(|| "making a password".to_owned())?;
    Ok(hex(&bytes))
}

/// Installs the emulator where it is missing; answers with its program.
pub fn install_emulator(workspace: &Workspace) -> Result<PathBuf> {
    // Debian keeps the part of Python that makes environments in a package of its own.
    if process::output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_err() {
        install(&["python3", "python3-venv"], "Python with venv")?;
    }
    let script = workspace.end2end().join("emulator/install.sh");
    let program = process::output(Command::new("sh").arg(script).env("LOCKKEEPER_CACHE", &workspace.cache))?;
    Ok(PathBuf::from(program.trim()))
}

/// An AWS emulator with an empty account.
pub struct Emulator {
    _server: Background,
    _files: Scratch,
    url: String,
}

impl Emulator {
    pub fn start(workspace: &Workspace) -> Result<Self> {
        let program = install_emulator(workspace)?;
        let files = Scratch::new("emulator")?;
        let port = free_port()?;
        let log = files.0.join("log");
        let mut command = Command::new(program);
        command
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("HOME", &files.0)
            .env("TMPDIR", &files.0)
            // No container engine: the emulator would start databases in it.
            .env("DOCKER_HOST", format!("unix://{}/no-docker.sock", files.0.display()))
            .current_dir(&files.0);
        let log_file = File::create(&log).doing(|| "making the emulator's log".to_owned())?;
        let mut server = Background::start(&command, EndWith::Term, log_file)?;
        server.wait_until(Duration::from_secs(30), || answers(port)).map_err(|failure| with_log(&failure, &log))?;
        Ok(Self { _server: server, _files: files, url: format!("http://127.0.0.1:{port}") })
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_answers_and_leaves_nothing_behind() {
        // The step `postgres` installs what is missing; this test only looks after what is there.
        if postgres_programs().is_none() {
            return;
        }
        let cluster = Postgres::start().unwrap();
        let files = cluster.files.0.clone();
        assert!(cluster.url().starts_with("postgres://lockkeeper:"));
        assert!(files.join("data/postmaster.pid").exists());
        drop(cluster);
        assert!(!files.exists());
    }
}
