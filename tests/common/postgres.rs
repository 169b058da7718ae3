//! A private PostgreSQL for tests: in a directory of its own, on a free port of 127.0.0.1.
//!
//! A shell stands beside it and reads from us: when we end, however we end, it reads the end of the pipe, stops the
//! server and removes the directory.

#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::print_stdout, reason = "skipped tests say so")]

use std::{
    fs,
    io::Write,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Each line that comes in restarts the server as a loss of power would.
const KEEPER: &str = r#"
start() { $AS "$BIN/postgres" -D "$DIR/data" -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c max_connections=100 -c shared_buffers=64MB </dev/null >>"$DIR/log" 2>&1 & pid=$!; }
start
while read -r _; do kill -QUIT $pid; wait $pid; start; done
kill -QUIT $pid; wait $pid
rm -rf "$DIR"
"#;

/// The server of this test program; none where PostgreSQL is not installed.
static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(Postgres::start);

/// A running server.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: PathBuf,
    port: u16,
    keeper: Mutex<Child>,
    databases: AtomicU32,
}

/// The server of this test program. Where PostgreSQL is not installed it says so, and there is none.
pub(crate) fn server() -> Option<&'static Postgres> {
    if SERVER.is_none() {
        println!("SKIPPED: PostgreSQL is not installed");
    }
    SERVER.as_ref()
}

/// Directory of the server's programs: that of Debian's packages, or on the path.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|it| it.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian.chain(std::env::split_paths(&path)).find(|it| it.join("initdb").exists())
}

impl Postgres {
    /// Starts one; it stops when it is dropped.
    pub(crate) fn start() -> Option<Self> {
        let programs = programs()?;
        let directory = tempfile::Builder::new().prefix("pagegate-postgres-").tempdir().expect("a directory").keep();
        // The server refuses to run as root.
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|it| it.stdout == b"0\n");
        let user = if is_root { "setpriv --reuid=postgres --regid=postgres --clear-groups" } else { "" };
        if is_root {
            run(Command::new("chown").arg("postgres:postgres").arg(&directory));
        }
        let mut initdb: Vec<String> = user.split_whitespace().map(str::to_owned).collect();
        initdb.push(programs.join("initdb").display().to_string());
        let options = ["--username=pagegate", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
        run(Command::new(&initdb[0]).args(&initdb[1..]).args(options).arg("-D").arg(directory.join("data")));
        let port = free_port();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER])
            .env("AS", user)
            .env("BIN", &programs)
            .env("DIR", &directory)
            .env("PORT", port.to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        let server = Self { programs, port, keeper: Mutex::new(keeper), databases: AtomicU32::new(0) };
        server.wait_until_ready();
        Some(server)
    }

    /// Stops it as a loss of power would, and starts it again.
    pub(crate) fn restart(&self) {
        let before = self.psql("postgres", "SELECT pg_postmaster_start_time()");
        let mut keeper = self.keeper.lock().expect("not poisoned");
        keeper.stdin.as_mut().expect("a pipe").write_all(b"restart\n").expect("the keeper reads");
        let ask = || self.try_psql("postgres", "SELECT pg_postmaster_start_time()");
        wait_for("the server to start again", || ask().is_ok_and(|it| it != before));
    }

    fn wait_until_ready(&self) {
        wait_for("PostgreSQL to start", || self.try_psql("postgres", "SELECT 1").is_ok());
    }

    /// Address of a database that is new.
    pub(crate) fn new_database(&self) -> (String, String) {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        let url = format!("postgres://pagegate@127.0.0.1:{}/{name}?sslmode=disable", self.port);
        (name, url)
    }

    /// What a statement prints.
    pub(crate) fn psql(&self, database: &str, statement: &str) -> String {
        self.try_psql(database, statement).unwrap_or_else(|it| panic!("{statement}: {it}"))
    }

    /// What a statement prints, or what the server says against it.
    pub(crate) fn try_psql(&self, database: &str, statement: &str) -> Result<String, String> {
        let output = Command::new(self.programs.join("psql"))
            .args(["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "pagegate"])
            .args(["-p", &self.port.to_string(), "-d", database, "-c", statement])
            .current_dir("/")
            .output()
            .expect("starts");
        let text = |it: Vec<u8>| String::from_utf8_lossy(&it).trim().to_owned();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }

    /// A program of the server's, told where the server is.
    pub(crate) fn program(&self, name: &str, database: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.args(["-h", "127.0.0.1", "-U", "pagegate", "-p", &self.port.to_string(), "-d", database]);
        command.current_dir("/");
        command
    }
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "waited a minute for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn run(command: &mut Command) {
    let output = command.current_dir("/").output().expect("starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port()
}
