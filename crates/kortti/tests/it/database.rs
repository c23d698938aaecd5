//! Databases for tests, all on one throw-away server. With `KORTTI_TEST_STORE=postgres` every test's store is one of these.

use std::{
    env,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use kortti_postgres_cluster::Cluster;

static SHARED: LazyLock<Arc<Cluster>> = LazyLock::new(|| Arc::new(Cluster::start().unwrap()));

/// A database, empty at first.
pub struct Database {
    cluster: Arc<Cluster>,
    /// The server that may take over.
    standby: Option<Arc<Cluster>>,
    name: String,
    /// Removed with this; the others go with their server.
    is_copy: bool,
}

impl Database {
    /// One on the server that most tests share.
    pub fn new() -> Self {
        Self::on(Arc::clone(&SHARED))
    }

    /// One on a server that a test has for itself.
    pub fn on(cluster: Arc<Cluster>) -> Self {
        let name = cluster.create_database().unwrap();
        Self { cluster, standby: None, name, is_copy: false }
    }

    /// One on a server that has a standby.
    pub fn with_standby(cluster: Arc<Cluster>, standby: Arc<Cluster>) -> Self {
        let mut database = Self::on(cluster);
        database.standby = Some(standby);
        database
    }

    /// Another one with the same content. Nobody may be connected to this one.
    pub fn copy(&self) -> Self {
        static COPIES: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}_{}", self.name, COPIES.fetch_add(1, Ordering::Relaxed));
        self.cluster.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {}", self.name)).unwrap();
        Self { cluster: Arc::clone(&self.cluster), standby: None, name, is_copy: true }
    }

    /// Statements of the operator's own, and what they print.
    pub fn sql(&self, statements: &str) -> String {
        self.cluster.sql(&self.name, statements).unwrap()
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
        match &self.standby {
            None => self.cluster.url(&self.name),
            Some(standby) => self.cluster.url_with(standby, &self.name),
        }
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
        if self.is_copy {
            // Whether it is gone is no concern of the test, which may have failed already.
            let _ = self.cluster.sql("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

fn unhex(digits: &str) -> Vec<u8> {
    (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect()
}
