//! One machine of the three: its ports, its configuration, how its programs are started.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use crate::ClusterError;
use crate::cluster::ROLE;
use crate::programs::{Programs, run};

/// So many that one can be lost and both etcd and synchronous replication go on.
pub(super) const NODES: usize = 3;

/// Starts a program that goes on when this shell has ended. `$1` is its log.
const START: &str = r#"log=$1; shift; "$@" >>"$log" 2>&1 </dev/null &"#;

/// A machine that is not one: all three share the loopback.
#[derive(Debug)]
pub(super) struct Node {
    name: String,
    folder: PathBuf,
    ports: [u16; 4],
}

/// Names the machines and finds a port for each of their programs.
pub(super) fn plan(folder: &Path) -> Result<[Node; NODES], ClusterError> {
    // All are held until the last is found, or one might be found twice.
    let mut held = Vec::new();
    let mut port = || -> std::io::Result<u16> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        held.push(listener);
        Ok(port)
    };
    let mut ports = [[0; 4]; NODES];
    for one in ports.iter_mut().flatten() {
        *one = port().map_err(ClusterError::Port)?;
    }
    Ok(std::array::from_fn(|place| {
        let name = format!("node{place}");
        Node { folder: folder.join(&name), name, ports: ports[place] }
    }))
}

impl Node {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The folder that all its programs name in their command lines.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn postgres_port(&self) -> u16 {
        self.ports[0]
    }

    pub(super) fn etcd_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[2])
    }

    fn etcd_peer_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[3])
    }

    /// Patroni's configuration.
    pub(super) fn configuration(&self) -> PathBuf {
        self.folder.join("patroni.yml")
    }

    /// Makes its folder with Patroni's configuration.
    pub(super) fn prepare(&self, programs: &Programs, all: &[Node]) -> Result<(), ClusterError> {
        let mut lay = programs.shell(r#"mkdir "$1" && cat >"$1/patroni.yml""#);
        run(lay.arg(&self.folder), self.yaml(programs, all).as_bytes()).map(|_| ())
    }

    pub(super) fn start_etcd(&self, programs: &Programs, all: &[Node]) -> Result<(), ClusterError> {
        let members: Vec<String> =
            all.iter().map(|node| format!("{}={}", node.name, node.etcd_peer_url())).collect();
        let mut start = programs.shell(START);
        start.arg(self.folder.join("etcd.log")).args(["etcd", "--name", &self.name]);
        start.arg("--data-dir").arg(self.folder.join("etcd"));
        start.args(["--listen-client-urls", &self.etcd_url(), "--advertise-client-urls", &self.etcd_url()]);
        start.args(["--listen-peer-urls", &self.etcd_peer_url()]);
        start.args(["--initial-advertise-peer-urls", &self.etcd_peer_url()]);
        start.args(["--initial-cluster", &members.join(","), "--initial-cluster-state", "new"]);
        run(&mut start, b"").map(|_| ())
    }

    pub(super) fn start_patroni(&self, programs: &Programs) -> Result<(), ClusterError> {
        let mut start = programs.shell(START);
        start.arg(self.folder.join("patroni.log")).arg("patroni").arg(self.configuration());
        run(&mut start, b"").map(|_| ())
    }

    /// The times are the shortest that leave a busy machine room to renew the leader's key: `loop_wait` and two
    /// `retry_timeout` fit into `ttl`, as Patroni asks for. A new leader commits nothing until another server receives from
    /// it, and that one would wait for 5 s before it tries again. The processes alone are killed here, never the system, so
    /// nothing is flushed.
    fn yaml(&self, programs: &Programs, all: &[Node]) -> String {
        let Node { name, ports: [postgres, rest, ..], .. } = self;
        let folder = self.folder.display();
        let programs = programs.path("");
        let programs = programs.display();
        let etcds: Vec<String> = all.iter().map(|node| format!("127.0.0.1:{}", node.ports[2])).collect();
        let etcds = etcds.join(", ");
        format!(
            r#"
scope: kortti
name: {name}
restapi: {{ listen: "127.0.0.1:{rest}", connect_address: "127.0.0.1:{rest}" }}
etcd3: {{ hosts: [{etcds}] }}
watchdog: {{ mode: "off" }}
bootstrap:
  dcs:
    ttl: 6
    loop_wait: 1
    retry_timeout: 2
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      parameters:
        max_connections: 100
        shared_buffers: 64MB
        fsync: "off"
        wal_retrieve_retry_interval: 500ms
  initdb: [encoding: UTF8, locale: C, auth: trust, no-sync]
postgresql:
  listen: "127.0.0.1:{postgres}"
  connect_address: "127.0.0.1:{postgres}"
  data_dir: "{folder}/data"
  bin_dir: "{programs}"
  pgpass: "{folder}/pgpass"
  authentication: {{ superuser: {{ username: {ROLE} }}, replication: {{ username: {ROLE} }} }}
  parameters: {{ unix_socket_directories: "{folder}" }}
  pg_hba: ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
"#
        )
    }
}
