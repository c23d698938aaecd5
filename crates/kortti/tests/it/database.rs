//! Databases for tests, all on one throw-away server. With `KORTTI_TEST_STORE=postgres` every test's store is one of these.

use std::{
    env,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use kortti_postgres_cluster::{Cluster, Patroni};

static SHARED: LazyLock<Arc<Cluster>> = LazyLock::new(|| Arc::new(Cluster::start().unwrap()));

/// A database, empty at first.
pub struct Database {
    server: Server,
    name: String,
    /// Removed with this; the others go with their server.
    is_copy: bool,
}

/// What a database is on.
enum Server {
    Alone(Arc<Cluster>),
    /// With another one that may take over.
    WithStandby(Arc<Cluster>, Arc<Cluster>),
    UnderPatroni(Arc<Patroni>),
}

impl Database {
    /// One on the server that most tests share.
    pub fn new() -> Self {
        Self::on(Arc::clone(&SHARED))
    }

    /// One on a server that a test has for itself.
    pub fn on(cluster: Arc<Cluster>) -> Self {
        let name = cluster.create_database().unwrap();
        Self { server: Server::Alone(cluster), name, is_copy: false }
    }

    /// One on a server that has a standby.
    pub fn with_standby(cluster: Arc<Cluster>, standby: Arc<Cluster>) -> Self {
        let name = cluster.create_database().unwrap();
        Self { server: Server::WithStandby(cluster, standby), name, is_copy: false }
    }

    /// One on servers that choose their leader themselves.
    pub fn under_patroni(patroni: Arc<Patroni>) -> Self {
        let name = patroni.create_database().unwrap();
        Self { server: Server::UnderPatroni(patroni), name, is_copy: false }
    }

    /// Another one with the same content. Nobody may be connected to this one, which must be on a server alone.
    pub fn copy(&self) -> Self {
        static COPIES: AtomicU32 = AtomicU32::new(0);
        let Server::Alone(cluster) = &self.server else { panic!("the database is not on one server alone") };
        let name = format!("{}_{}", self.name, COPIES.fetch_add(1, Ordering::Relaxed));
        cluster.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {}", self.name)).unwrap();
        Self { server: Server::Alone(Arc::clone(cluster)), name, is_copy: true }
    }

    /// The bytes in a column, of each row that meets the condition.
    pub fn bytes(&self, table: &str, column: &str, row: &str) -> Vec<Vec<u8>> {
        let rows = self.sql(&format!("SELECT encode({column}, 'hex') FROM {table} WHERE {row}"));
        rows.lines().map(|row| unhex(row.trim())).collect()
    }

    /// Whether tests that leave it open are to use one.
    pub fn is_wanted() -> bool {
        match env::var("KORTTI_TEST_STORE").as_deref() {
            Err(_) | Ok("sqlite") => false,
            Ok("postgres") => true,
            Ok(other) => panic!("KORTTI_TEST_STORE is sqlite or postgres, not {other}"),
        }
    }

    pub fn url(&self) -> String {
        match &self.server {
            Server::Alone(cluster) => cluster.url(&self.name),
            Server::WithStandby(cluster, standby) => cluster.url_with(standby, &self.name),
            Server::UnderPatroni(patroni) => patroni.url(&self.name),
        }
    }

    /// Statements of the operator's own, and what they print.
    pub fn sql(&self, statements: &str) -> String {
        let said = match &self.server {
            Server::Alone(cluster) | Server::WithStandby(cluster, _) => cluster.sql(&self.name, statements),
            Server::UnderPatroni(patroni) => patroni.sql(&self.name, statements),
        };
        said.unwrap()
    }

    /// Every value of bytes in it, with the name of its table.
    pub fn values(&self) -> Vec<(String, Vec<u8>)> {
        let columns = [("journal", "entry"), ("cold", "body"), ("snapshot_row", "body")];
        let of = |(table, column): (&str, &str)| -> Vec<(String, Vec<u8>)> {
            self.bytes(table, column, "true").into_iter().map(|value| (table.to_owned(), value)).collect()
        };
        columns.into_iter().flat_map(of).collect()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (true, Server::Alone(cluster)) = (self.is_copy, &self.server) {
            // Whether it is gone is no concern of the test, which may have failed already.
            let _ = cluster.sql("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

fn unhex(digits: &str) -> Vec<u8> {
    (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect()
}
