//! A look at the tables that does without the store.

use kortti_store::{Lease, Record};
use parking_lot::Mutex;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls};

use crate::checked::Content;

/// A connection of one's own to a database.
pub struct Direct {
    runtime: Runtime,
    client: Mutex<Client>,
}

impl Direct {
    pub fn to(url: &str) -> Direct {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let (client, traffic) = tokio_postgres::connect(url, NoTls).await.unwrap();
            tokio::spawn(traffic);
            // Whoever only looks must be in nobody's way, however strict the database is.
            client.batch_execute("SET default_transaction_isolation = 'repeatable read'").await.unwrap();
            client
        });
        Direct { runtime, client: Mutex::new(client) }
    }

    /// Leaves the store as it was when it was made.
    pub fn empty(&self) {
        const EMPTY: &str = "DELETE FROM journal; DELETE FROM cold; DELETE FROM snapshot_row;
            UPDATE snapshot SET sequence = 0, hash = '';
            UPDATE lease SET epoch = 0, beat = 0, holder = ''; UPDATE stream SET epoch = 0";
        self.run(EMPTY);
    }

    pub fn run(&self, statements: &str) {
        self.runtime.block_on(self.client.lock().batch_execute(statements)).unwrap();
    }

    /// Everything in the store, as it was at one moment.
    pub fn content(&self) -> Content {
        let mut client = self.client.lock();
        self.runtime.block_on(async {
            let transaction = client.transaction().await.unwrap();
            let query = |sql| transaction.query(sql, &[]);
            let journal = query("SELECT sequence, hash, entry FROM journal ORDER BY stream, sequence").await;
            let cold = query("SELECT kind, id, body FROM cold").await;
            let rows = query(
                "SELECT s.sequence, r.kind, r.id, r.body FROM snapshot AS s LEFT JOIN snapshot_row AS r USING (stream)
                 WHERE s.sequence > 0",
            );
            let mut content = Content::default();
            for row in journal.unwrap() {
                let (sequence, hash): (i64, Vec<u8>) = (row.get(0), row.get(1));
                let (sequence, hash) = (sequence.try_into().unwrap(), hash.try_into().unwrap());
                content.journal.push(Record { sequence, hash, bytes: row.get(2) });
            }
            for row in cold.unwrap() {
                let kind: i16 = row.get(0);
                content.cold.insert((kind.try_into().unwrap(), row.get(1)), row.get(2));
            }
            let lease = query("SELECT epoch, beat, holder FROM lease WHERE stream = 0").await.unwrap();
            let number = |column| u64::try_from(lease[0].get::<_, i64>(column)).unwrap();
            content.lease = Lease { epoch: number(0), beat: number(1), holder: lease[0].get(2) };
            for row in rows.await.unwrap() {
                let (sequence, kind): (i64, Option<i16>) = (row.get(0), row.get(1));
                content.snapshot.0 = sequence.try_into().unwrap();
                if let Some(kind) = kind {
                    content.snapshot.1.insert((kind.try_into().unwrap(), row.get(2)), row.get(3));
                }
            }
            content
        })
    }
}
