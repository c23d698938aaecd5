//! The server itself.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::ClusterError;
use crate::programs::{Programs, run, shell_words};
use crate::warden::Warden;

/// The role that may do everything, and that everybody on the loopback may be.
pub(crate) const ROLE: &str = "postgres";

/// What a standby calls itself.
const STANDBY: &str = "standby";

/// How often another port is tried, when somebody else has taken the one that was free a moment ago.
const PORT_ATTEMPTS: usize = 5;

/// What a server is made with beside the defaults, which suit tests: nothing is flushed to the disk.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Parameters of `postgresql.conf`, such as `("fsync", "on")`; they come last, so they win.
    pub parameters: Vec<(String, String)>,
    /// Files to lay into the folder of the data, readable by their owner only: certificates, keys, `pg_hba.conf`.
    pub files: Vec<(String, Vec<u8>)>,
}

/// A PostgreSQL server of its own. Its roles may log in from the loopback without a password.
#[derive(Debug)]
pub struct Cluster {
    programs: Programs,
    folder: PathBuf,
    port: u16,
    databases: AtomicU32,
    _warden: Warden,
}

impl Cluster {
    /// Makes and starts a server that flushes nothing, for tests that are not about power cuts.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start.
    pub fn start() -> Result<Cluster, ClusterError> {
        Cluster::start_with(&Settings::default())
    }

    /// Makes and starts a server with settings of one's own.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start.
    pub fn start_with(settings: &Settings) -> Result<Cluster, ClusterError> {
        let programs = Programs::find()?;
        let folder = run(&mut programs.shell("mktemp -d -t kortti-postgres-XXXXXXXX"), b"")?;
        let folder = PathBuf::from(folder);
        let data = folder.join("data");
        let warden = Warden::post(&programs, &data, &folder)?;
        let mut initdb = programs.command("initdb");
        initdb.arg("--pgdata").arg(&data).args(["--username", ROLE, "--auth", "trust"]);
        initdb.args(["--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"]);
        run(&mut initdb, b"")?;
        let mut cluster =
            Cluster { programs, folder, port: 0, databases: AtomicU32::new(0), _warden: warden };
        for (name, content) in &settings.files {
            cluster.lay(name, content)?;
        }
        cluster.configure(settings)?;
        cluster.start_on_a_free_port()?;
        Ok(cluster)
    }

    /// Makes and starts a standby of this server, and lets each commit wait until the standby has it on its disk, too.
    ///
    /// # Errors
    /// When it does not start.
    pub fn standby(&self) -> Result<Cluster, ClusterError> {
        let programs = self.programs.clone();
        let folder = PathBuf::from(run(&mut programs.shell("mktemp -d -t kortti-postgres-XXXXXXXX"), b"")?);
        let data = folder.join("data");
        let warden = Warden::post(&programs, &data, &folder)?;
        let source = format!(
            "host=127.0.0.1 port={} user={ROLE} application_name={STANDBY} sslmode=disable",
            self.port
        );
        let mut copy = programs.command("pg_basebackup");
        copy.args(["--checkpoint", "fast", "--no-sync", "--write-recovery-conf", "--wal-method", "stream"]);
        copy.args(["--dbname", &source, "--pgdata"]).arg(&data);
        run(&mut copy, b"")?;
        let mut standby =
            Cluster { programs, folder, port: 0, databases: AtomicU32::new(0), _warden: warden };
        let own = format!("unix_socket_directories = '{}'\n", standby.folder.display());
        standby.append("postgresql.conf", own.as_bytes())?;
        standby.start_on_a_free_port()?;
        self.sql(ROLE, &format!("ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'"))?;
        self.sql(ROLE, "SELECT pg_reload_conf()")?;
        Ok(standby)
    }

    /// Makes a standby take writes.
    ///
    /// # Errors
    /// When it is none.
    pub fn promote(&self) -> Result<(), ClusterError> {
        // Whoever had to wait for a standby was the server before.
        self.append("postgresql.auto.conf", b"synchronous_standby_names = ''\n")?;
        run(&mut self.pg_ctl("promote"), b"").map(|_| ())
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of one of its databases, without TLS.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://{ROLE}@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// The same for a database that another server may take over.
    pub fn url_with(&self, other: &Cluster, database: &str) -> String {
        let (own, other) = (self.port, other.port);
        format!("postgresql://{ROLE}@127.0.0.1:{own},127.0.0.1:{other}/{database}?sslmode=disable")
    }

    /// Makes an empty database and returns its name, which no other database of this server has.
    ///
    /// # Errors
    /// When the server does not run.
    pub fn create_database(&self) -> Result<String, ClusterError> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(ROLE, &format!("CREATE DATABASE {name}"))?;
        Ok(name)
    }

    /// Runs statements in a database, each a transaction of its own unless they say otherwise, and returns what they
    /// print: a line for each row, columns with `|` between them.
    ///
    /// # Errors
    /// When the server does not run, or refuses one of them.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String, ClusterError> {
        self.programs.sql(&self.url(database), statements)
    }

    /// Stops the server as a failing machine would: nothing is finished, and the next start recovers.
    ///
    /// # Errors
    /// When it does not run.
    pub fn stop_immediate(&self) -> Result<(), ClusterError> {
        let mut stop = self.pg_ctl("stop");
        stop.args(["--mode", "immediate"]);
        run(&mut stop, b"").map(|_| ())
    }

    /// Kills the server's first process at once, as the system does when memory runs out.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&self) -> Result<(), ClusterError> {
        self.signal("KILL").map(|_| ())
    }

    /// Halts every process of the server, which then neither answers nor refuses; `thaw` lets them go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn freeze(&self) -> Result<(), ClusterError> {
        self.signal("STOP").map(|_| ())
    }

    /// Lets the processes of a server that was halted go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn thaw(&self) -> Result<(), ClusterError> {
        self.signal("CONT").map(|_| ())
    }

    /// Starts the server again, on the same port, after it was stopped or killed.
    ///
    /// # Errors
    /// When it does not start, because another program has taken the port for example.
    pub fn start_again(&self) -> Result<(), ClusterError> {
        run(&mut self.start_command(), b"").map(|_| ())
    }

    /// What starts the server again, for a shell.
    pub fn start_words(&self) -> String {
        shell_words(&self.start_command())
    }

    /// The file that says which process of the server is the first, while it runs.
    pub fn pid_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    fn start_command(&self) -> Command {
        let mut start = self.pg_ctl("start");
        start.arg("--log").arg(self.folder.join("log"));
        start
    }

    fn start_on_a_free_port(&mut self) -> Result<(), ClusterError> {
        let mut attempt = 0;
        loop {
            self.port = free_port().map_err(ClusterError::Port)?;
            self.append("postgresql.conf", format!("port = {}\n", self.port).as_bytes())?;
            attempt += 1;
            match self.start_again() {
                Err(_) if attempt < PORT_ATTEMPTS => {}
                started => return started,
            }
        }
    }

    fn configure(&self, settings: &Settings) -> Result<(), ClusterError> {
        let mut lines = format!(
            "listen_addresses = '127.0.0.1'\n\
             unix_socket_directories = '{}'\n\
             max_connections = 200\n\
             shared_buffers = '64MB'\n\
             fsync = off\n\
             full_page_writes = off\n",
            self.folder.display()
        );
        for (name, value) in &settings.parameters {
            lines.push_str(&format!("{name} = '{}'\n", value.replace('\'', "''")));
        }
        self.append("postgresql.conf", lines.as_bytes())
    }

    fn pg_ctl(&self, action: &str) -> Command {
        let mut command = self.programs.command("pg_ctl");
        command.args([action, "--silent", "--wait", "--pgdata"]).arg(self.data());
        command
    }

    /// Sends a signal to the server's first process and to those it has made, by their numbers. Killing reaches the
    /// first alone; the others end when they notice.
    fn signal(&self, name: &str) -> Result<String, ClusterError> {
        const SCRIPT: &str = r#"
            first=$(head -n 1 "$2/postmaster.pid") || exit 1
            [ "$1" = KILL ] || kill -s "$1" $(ps -o pid= --ppid "$first")
            kill -s "$1" "$first"
        "#;
        let mut command = self.programs.shell(SCRIPT);
        command.arg(name).arg(self.data());
        run(&mut command, b"")
    }

    fn lay(&self, name: &str, content: &[u8]) -> Result<(), ClusterError> {
        let mut command = self.programs.shell(r#"umask 077; cat >"$1""#);
        command.arg(self.data().join(name));
        run(&mut command, content).map(|_| ())
    }

    fn append(&self, name: &str, content: &[u8]) -> Result<(), ClusterError> {
        let mut command = self.programs.shell(r#"cat >>"$1""#);
        command.arg(self.data().join(name));
        run(&mut command, content).map(|_| ())
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The folder of everything, for tests that the server is gone.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A port that was free when it was looked for.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
