//! What an append costs: `cargo test --release -p kortti-store-postgres -- --ignored --nocapture`.

use std::time::Instant;

use kortti_postgres_cluster::{Cluster, Settings};
use kortti_store::{Append, Head, Record, Store};
use kortti_store_postgres::{Options, PostgresStore, migrate};

use crate::place::STREAM;

const APPENDS: usize = 3000;

#[test]
#[ignore = "prints durations and asserts nothing about them"]
fn appends_of_records_of_400_bytes_over_the_loopback() {
    let durable = [("fsync", "on"), ("full_page_writes", "on"), ("shared_buffers", "512MB")];
    let parameters = durable.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let cluster = Cluster::start_with(&Settings { parameters, ..Settings::default() }).unwrap();
    let url = cluster.url("postgres");
    migrate(&url, Options::default()).unwrap();
    let store = PostgresStore::open(&url, Options::default()).unwrap();
    for held in ["", " while a transaction stays open"] {
        let _held = (!held.is_empty()).then(|| Held::open(&cluster));
        for count in [1, 16, 64] {
            println!("{count} records{held}: {}", measure(&store, count));
        }
    }
}

/// Median and 99th percentile of one append.
fn measure(store: &dyn Store, count: u64) -> String {
    let mut end = store.head(STREAM).unwrap();
    let mut micros: Vec<u128> = (0..APPENDS)
        .map(|_| {
            let records: Vec<Record> = (end.sequence + 1..=end.sequence + count)
                .map(|sequence| Record { sequence, hash: [sequence as u8; 32], bytes: vec![7; 400] })
                .collect();
            let start = Instant::now();
            store
                .append(&Append { stream: STREAM, expected: end, epoch: 0, records: &records, cold: &[] })
                .unwrap();
            let took = start.elapsed().as_micros();
            end = Head { sequence: end.sequence + count, hash: records[records.len() - 1].hash };
            took
        })
        .collect();
    micros.sort_unstable();
    format!("median {} µs, p99 {} µs", micros[APPENDS / 2], micros[APPENDS * 99 / 100])
}

/// A transaction that somebody has forgotten, on a thread that ends with the server.
struct Held;

impl Held {
    fn open(cluster: &Cluster) -> Held {
        let url = cluster.url("postgres");
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, traffic) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(traffic);
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM stream";
                client.batch_execute(begin).await.unwrap();
                tell.send(()).unwrap();
                std::future::pending::<()>().await;
            });
        });
        told.recv().unwrap();
        Held
    }
}
