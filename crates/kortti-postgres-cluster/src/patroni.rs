//! Three servers under Patroni, each with an etcd of its own beside it, as if they were three machines.

mod node;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use self::node::{NODES, Node};
use crate::ClusterError;
use crate::cluster::ROLE;
use crate::programs::{Programs, run};
use crate::warden::{KILL, Warden};

/// How long anything of it may take. Far more than it does: it only keeps what never happens from being waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long to wait between two looks at the cluster. A look starts a program.
const PAUSE: Duration = Duration::from_millis(200);

/// Three servers of which Patroni makes one the leader, and another one when that is lost. With `synchronous_mode_strict`
/// nothing is committed that only the leader has. Its roles may log in from the loopback without a password.
#[derive(Debug)]
pub struct Patroni {
    programs: Programs,
    folder: PathBuf,
    nodes: [Node; NODES],
    databases: AtomicU32,
    _warden: Warden,
}

/// What Patroni says of one of its servers.
struct Member {
    name: String,
    role: String,
    state: String,
}

impl Patroni {
    /// Makes and starts three servers, and waits until one leads and the others follow it.
    ///
    /// # Errors
    /// When PostgreSQL, Patroni or etcd are not installed, or do not start.
    pub fn start() -> Result<Patroni, ClusterError> {
        let programs = Programs::find()?;
        for program in ["etcd", "etcdctl", "patroni", "patronictl"] {
            run(&mut programs.shell(&format!("command -v {program}")), b"")
                .map_err(|_| ClusterError::NotInstalled { program })?;
        }
        let folder = PathBuf::from(run(&mut programs.shell("mktemp -d -t kortti-patroni-XXXXXXXX"), b"")?);
        let warden = Warden::post_over_all(&programs, &folder)?;
        let nodes = node::plan(&folder)?;
        let cluster = Patroni { programs, folder, nodes, databases: AtomicU32::new(0), _warden: warden };
        for node in &cluster.nodes {
            node.prepare(&cluster.programs, &cluster.nodes)?;
            node.start_etcd(&cluster.programs, &cluster.nodes)?;
        }
        // A Patroni that finds none pauses for longer than etcd takes.
        cluster.wait_for("etcd", |cluster| cluster.is_etcd_healthy())?;
        for node in &cluster.nodes {
            node.start_patroni(&cluster.programs)?;
        }
        cluster.wait_until_whole()?;
        Ok(cluster)
    }

    /// The address of one of its databases on whichever server takes writes, without TLS.
    pub fn url(&self, database: &str) -> String {
        let hosts: Vec<String> =
            self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.postgres_port())).collect();
        let hosts = hosts.join(",");
        format!("postgresql://{ROLE}@{hosts}/{database}?sslmode=disable&target_session_attrs=read-write")
    }

    /// Makes an empty database and returns its name, which no other database of this cluster has.
    ///
    /// # Errors
    /// When no server takes writes.
    pub fn create_database(&self) -> Result<String, ClusterError> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(ROLE, &format!("CREATE DATABASE {name}"))?;
        Ok(name)
    }

    /// Runs statements on the server that takes writes; see [`crate::Cluster::sql`].
    ///
    /// # Errors
    /// When no server takes writes, or that one refuses one of them.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String, ClusterError> {
        self.programs.sql(&self.url(database), statements)
    }

    /// Kills everything that runs on the leader's machine at once, its etcd too, and returns which machine it was.
    ///
    /// # Errors
    /// When nobody leads.
    pub fn kill_leader(&self) -> Result<usize, ClusterError> {
        let leader = self.leader()?;
        let mut kill = self.programs.shell(&format!("{KILL}\nkill_all \"$1\""));
        kill.arg(self.nodes[leader].folder());
        run(&mut kill, b"").map(|_| leader)
    }

    /// Starts everything on a machine again that was killed. Its server follows whoever leads then.
    ///
    /// # Errors
    /// When its programs cannot be started; what they do then is not waited for.
    pub fn start_again(&self, machine: usize) -> Result<(), ClusterError> {
        let node = &self.nodes[machine];
        node.start_etcd(&self.programs, &self.nodes)?;
        node.start_patroni(&self.programs)
    }

    /// Cuts the leader's machine off from the others, as they see it: kills its Patroni and its etcd. Its server does not
    /// notice, and goes on until [`Patroni::start_again`]. Returns which machine it was.
    ///
    /// They are not halted instead: of a Patroni that goes on where it was halted, version 3.0 takes the leader's key from
    /// whoever has it by then, and what was committed meanwhile is thrown away.
    ///
    /// # Errors
    /// When nobody leads.
    pub fn cut_off_leader(&self) -> Result<usize, ClusterError> {
        const KILL_WATCHERS: &str = r#"kill -s KILL $(ps -ww -u "$(id -u)" -o pid= -o args= | NEEDLE="$1/" awk '
            index($0, ENVIRON["NEEDLE"]) && ! index($0, "/bin/postgres ") { print $1 }')"#;
        let leader = self.leader()?;
        let mut kill = self.programs.shell(KILL_WATCHERS);
        kill.arg(self.nodes[leader].folder());
        run(&mut kill, b"").map(|_| leader)
    }

    /// Waits until another machine leads than this one.
    ///
    /// # Errors
    /// When that does not happen.
    pub fn wait_for_another(&self, machine: usize) -> Result<(), ClusterError> {
        self.wait_for("another leader", |cluster| cluster.leader().is_ok_and(|leader| leader != machine))
    }

    /// Which machine leads.
    fn leader(&self) -> Result<usize, ClusterError> {
        let leader = self.member("Leader")?;
        let leader = self.nodes.iter().position(|node| node.name() == leader);
        leader.ok_or_else(|| self.gave_up("a leader"))
    }

    /// Hands the lead over in good order, as before an upgrade, to the server that commits wait for.
    ///
    /// # Errors
    /// When Patroni refuses, or nobody leads.
    pub fn switch_over(&self) -> Result<(), ClusterError> {
        let words = r#"patronictl --config-file "$1" switchover --leader "$2" --candidate "$3" --force"#;
        let mut switch = self.programs.shell(words);
        switch.arg(self.nodes[0].configuration());
        switch.args([self.member("Leader")?, self.member("Sync Standby")?]);
        run(&mut switch, b"").map(|_| ())
    }

    /// Waits until one server leads and all others follow it, one of them so that commits wait for it. The next leader can
    /// be lost then.
    ///
    /// # Errors
    /// When that does not happen.
    pub fn wait_until_whole(&self) -> Result<(), ClusterError> {
        self.wait_for("a leader that all others follow", |cluster| {
            let Ok(members) = cluster.members() else { return false };
            let count = |role| members.iter().filter(|one| one.role == role).count();
            // Older versions of Patroni call a server that follows running, newer ones streaming.
            let all_run = members.iter().all(|one| ["running", "streaming"].contains(&one.state.as_str()));
            let roles = [count("Leader"), count("Sync Standby"), count("Replica")];
            all_run && roles == [1, 1, NODES - 2] && cluster.streams() == NODES - 1
        })
    }

    /// How many servers receive what the one that takes writes commits.
    fn streams(&self) -> usize {
        let count = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
        self.sql(ROLE, count).ok().and_then(|count| count.parse().ok()).unwrap_or(0)
    }

    fn is_etcd_healthy(&self) -> bool {
        let endpoints: Vec<String> = self.nodes.iter().map(Node::etcd_url).collect();
        let mut command = self.programs.shell(r#"ETCDCTL_API=3 etcdctl --endpoints "$1" endpoint health"#);
        run(command.arg(endpoints.join(",")), b"").is_ok()
    }

    /// The name of the server that has a role which one has.
    fn member(&self, role: &'static str) -> Result<String, ClusterError> {
        let found = self.members()?.into_iter().find(|one| one.role == role);
        found.map(|one| one.name).ok_or_else(|| self.gave_up(role))
    }

    fn members(&self) -> Result<Vec<Member>, ClusterError> {
        let mut list = self.programs.shell(r#"patronictl --config-file "$1" list --format tsv"#);
        // Any node's file does: it names all etcds.
        let said = run(list.arg(self.nodes[0].configuration()), b"")?;
        let member = |line: &str| {
            // Cluster, member, host, role, state, and what does not matter here.
            let mut columns = line.split('\t').skip(1).map(|column| column.trim().to_owned());
            let (name, _, role) = (columns.next()?, columns.next()?, columns.next()?);
            Some(Member { name, role, state: columns.next()? })
        };
        Ok(said.lines().skip(1).filter_map(member).collect())
    }

    fn wait_for(
        &self,
        what: &'static str,
        mut is_so: impl FnMut(&Patroni) -> bool,
    ) -> Result<(), ClusterError> {
        let start = Instant::now();
        while !is_so(self) {
            if start.elapsed() > PATIENCE {
                return Err(self.gave_up(what));
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// The error of waiting in vain, with the last that each program wrote.
    fn gave_up(&self, what: &'static str) -> ClusterError {
        let mut tail = self.programs.shell(r#"tail -n 15 "$1"/*/*.log"#);
        let said = run(tail.arg(&self.folder), b"").unwrap_or_else(|error| error.to_string());
        ClusterError::GaveUp { what, said }
    }

    /// The folder of everything, for tests that the servers are gone.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }
}
