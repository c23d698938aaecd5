//! Stores that somebody has been at with other tools: verification says where, and no server starts on what it would read.

use std::fs;

use rusqlite::Connection;

use crate::{
    database::Database,
    journal::live,
    support::{PREPAID, Place},
};

/// The tables of rows that are looked up when needed; each has its place as its number in a database on a server.
const COLD: [&str; 7] = [
    "card_pan",
    "card_personal",
    "customer_personal",
    "customer_key",
    "account_personal",
    "client_secret",
    "key",
];

/// The tables of a store on which no program runs.
enum Tables<'a> {
    InFile(Connection),
    OnServer(&'a Database),
}

impl<'a> Tables<'a> {
    fn of(place: &'a Place) -> Self {
        if let Some(database) = place.database() {
            return Self::OnServer(database);
        }
        let store = Connection::open(place.store()).unwrap();
        let snapshot = place.data().join("kortti-snapshot.db");
        store.execute("ATTACH DATABASE ?1 AS snapshots", [snapshot.to_str().unwrap()]).unwrap();
        Self::InFile(store)
    }

    /// Does an `UPDATE` or a `DELETE` that concerns one row or more.
    fn change(&self, statement: &str) {
        let count = match self {
            Self::InFile(store) => store.execute(statement, []).unwrap(),
            Self::OnServer(database) => {
                let counted = format!("WITH done AS ({statement} RETURNING 1) SELECT count(*) FROM done");
                database.sql(&counted).parse().unwrap()
            }
        };
        assert!(count > 0, "nothing to tamper with: {statement}");
    }

    /// The bytes in a column of the one row that meets the condition.
    fn read(&self, table: &str, column: &str, row: &str) -> Vec<u8> {
        match self {
            Self::InFile(store) => {
                let query = format!("SELECT {column} FROM {table} WHERE {row}");
                store.query_row(&query, [], |found| found.get(0)).unwrap()
            }
            Self::OnServer(database) => database.bytes(table, column, row).pop().unwrap(),
        }
    }

    fn write(&self, table: &str, column: &str, row: &str, bytes: &[u8]) {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let literal = match self {
            Self::InFile(_) => format!("x'{digits}'"),
            Self::OnServer(_) => format!("decode('{digits}', 'hex')"),
        };
        self.change(&format!("UPDATE {table} SET {column} = {literal} WHERE {row}"));
    }

    /// Turns one bit of the byte of a value that `position` chooses by the value's length.
    fn turn_bit(&self, table: &str, column: &str, row: &str, position: &dyn Fn(usize) -> usize) {
        let mut bytes = self.read(table, column, row);
        let position = position(bytes.len());
        bytes[position] ^= 1;
        self.write(table, column, row, &bytes);
    }

    /// The table that has the rows of a cold table, and the condition that they meet.
    fn cold(&self, name: &str) -> (String, String) {
        match self {
            Self::InFile(_) => (format!("\"{name}\""), "true".to_owned()),
            Self::OnServer(_) => {
                let number = COLD.iter().position(|table| *table == name).unwrap() + 1;
                ("cold".to_owned(), format!("kind = {number}"))
            }
        }
    }

    /// The same for its last row.
    fn last_cold(&self, name: &str) -> (String, String) {
        let (table, rows) = self.cold(name);
        let last = format!("{rows} AND id = (SELECT max(id) FROM {table} WHERE {rows})");
        (table, last)
    }

    /// The table that has the snapshot's rows of a kind, and the condition that the first or last of them meets.
    fn snapshot(&self, kind: u8, which: &str) -> (String, String) {
        let (table, rows) = match self {
            Self::InFile(_) => (format!("kind_{kind}"), "true".to_owned()),
            Self::OnServer(_) => ("snapshot_row".to_owned(), format!("kind = {kind}")),
        };
        let row = format!("{rows} AND id = (SELECT {which}(id) FROM {table} WHERE {rows})");
        (table, row)
    }
}

/// A whole store that no server runs on.
fn filled() -> Place {
    let place = Place::new();
    let server = place.serve();
    live(&server.client());
    server.stop();
    place.assert_verifies();
    place
}

fn tampered(place: &Place, tamper: impl FnOnce(&Tables<'_>)) -> Place {
    let copy = place.copy();
    tamper(&Tables::of(&copy));
    copy
}

/// What verification says of a copy of the store that was tampered with; none when it notices nothing.
fn verify_after(place: &Place, tamper: impl FnOnce(&Tables<'_>)) -> Option<String> {
    let (holds, text) = tampered(place, tamper).verify();
    (!holds).then_some(text)
}

const DELETE_LAST: &str = "DELETE FROM journal WHERE sequence = (SELECT max(sequence) FROM journal)";

#[test]
fn copy_that_nobody_was_at_verifies_and_serves() {
    let copy = filled().copy();
    copy.assert_verifies();
    copy.serve().stop();
}

#[test]
fn verification_names_the_entry_of_the_journal_that_was_touched() {
    let place = filled();
    for column in ["entry", "hash"] {
        for position in [|_| 0, |length| length / 2, |length| length - 1] {
            let text =
                verify_after(&place, |store| store.turn_bit("journal", column, "sequence = 17", &position));
            let text = text.unwrap_or_else(|| panic!("a bit of {column} was turned and nobody noticed"));
            assert!(text.contains("17") || text.contains("18"), "{text}");
        }
    }
    let delete = |store: &Tables<'_>| store.change("DELETE FROM journal WHERE sequence = 17");
    let text = verify_after(&place, delete).unwrap();
    assert!(text.contains("17") || text.contains("18"), "{text}");
}

#[test]
fn verification_names_an_entry_that_has_changed_places() {
    let place = filled();
    for columns in [&["entry"][..], &["hash"], &["entry", "hash"]] {
        let text = verify_after(&place, |store| {
            for column in columns {
                let [one, other] = ["sequence = 17", "sequence = 18"];
                let bytes = [one, other].map(|row| store.read("journal", column, row));
                store.write("journal", column, one, &bytes[1]);
                store.write("journal", column, other, &bytes[0]);
            }
        });
        let text = text.unwrap_or_else(|| panic!("{columns:?} were swapped and nobody noticed"));
        assert!(text.contains("17") || text.contains("18"), "{text}");
    }
}

#[test]
fn verification_names_the_record_that_is_gone_or_changed() {
    let place = filled();
    let mut unnoticed = Vec::new();
    for table in COLD {
        let mut check = |what: &str, tamper: &dyn Fn(&Tables<'_>)| match verify_after(&place, tamper) {
            Some(text) => assert!(text.contains(table), "{text} does not name {table}"),
            None => unnoticed.push(format!("{table}: {what}")),
        };
        check("row gone", &|store| {
            let (table, row) = store.last_cold(table);
            store.change(&format!("DELETE FROM {table} WHERE {row}"));
        });
        // The verifier of a client's secret is known to nobody else.
        if table != "client_secret" {
            let turn = |store: &Tables<'_>, position| {
                let (table, row) = store.last_cold(table);
                store.turn_bit(&table, "body", &row, position);
            };
            check("bit in the middle", &|store| turn(store, &|length| length / 2));
            check("bit at the end", &|store| turn(store, &|length| length - 1));
        }
    }
    let all_keys = |store: &Tables<'_>| {
        let (table, rows) = store.cold("key");
        store.change(&format!("DELETE FROM {table} WHERE {rows}"));
    };
    if verify_after(&place, all_keys).is_none() {
        unnoticed.push("all keys gone".into());
    }
    assert!(unnoticed.is_empty(), "nobody noticed: {}", unnoticed.join(", "));
}

#[test]
fn verification_notices_a_snapshot_that_differs_from_its_journal() {
    // Cards, accounts and customers.
    let place = filled();
    for (kind, name) in [(1, "card"), (2, "account"), (3, "customer")] {
        let text = verify_after(&place, |store| {
            let (table, last) = store.snapshot(kind, "max");
            store.change(&format!("DELETE FROM {table} WHERE {last}"));
        });
        let text = text.unwrap_or_else(|| panic!("a {name} is gone from the snapshot and nobody noticed"));
        assert!(text.contains(&format!("{name} ")), "{text}");
    }
    let text = verify_after(&place, |store| {
        let (table, cards) = store.snapshot(1, "min");
        let body = store.read(&table, "body", &cards);
        let (table, accounts) = store.snapshot(2, "min");
        store.write(&table, "body", &accounts, &body);
    });
    assert!(
        text.is_some_and(|text| text.contains("the snapshot is damaged")),
        "accounts are others and nobody noticed"
    );
}

#[test]
fn server_does_not_decide_on_a_snapshot_of_which_a_bit_has_turned() {
    let place = filled();
    let account = |place: &Place| {
        let server = place.serve();
        let account = server.client().get(&format!("/account/v4/{PREPAID}")).expect(200).json();
        server.stop();
        account
    };
    let before = account(&place);
    // What was done with accounts, their money with it.
    let damaged = tampered(&place, |store| {
        let (table, first) = store.snapshot(10, "min");
        let body = store.read(&table, "body", &first);
        // 1000 EUR, where the cents end.
        let euros = body.windows(5).position(|bytes| bytes == [0x1a, 0, 1, 0x86, 0xa0]).unwrap();
        store.turn_bit(&table, "body", &first, &|_| euros + 4);
    });
    assert_eq!(account(&damaged), before);
    let log = fs::read_to_string(damaged.log()).unwrap();
    assert!(log.contains("the snapshot is damaged; the journal is replayed from its beginning"), "{log}");
    damaged.assert_verifies();
}

#[test]
fn verification_notices_a_journal_that_ends_before_its_own_snapshot() {
    let text = verify_after(&filled(), |store| store.change(DELETE_LAST));
    assert!(text.is_some(), "the last entry is gone and nobody noticed");
}

/// A server reads the journal behind its snapshot, or all of it, and checks that it hangs together; the rest is left to
/// verification.
#[test]
fn server_does_not_start_on_a_journal_that_does_not_hang_together() {
    let place = filled();
    let without_snapshot = |tamper: &dyn Fn(&Tables<'_>)| {
        tampered(&place, |store| {
            store.change("DELETE FROM snapshot");
            tamper(store);
        })
    };
    let turn_hash = |store: &Tables<'_>| store.turn_bit("journal", "hash", "sequence = 17", &|_| 0);
    let gone = |store: &Tables<'_>| store.change("DELETE FROM journal WHERE sequence = 17");
    let last = "sequence = (SELECT max(sequence) FROM journal)";
    let turn_last = |store: &Tables<'_>| store.turn_bit("journal", "hash", last, &|_| 0);
    let refusals = [
        (
            "the end is gone",
            tampered(&place, |store| store.change(DELETE_LAST)),
            "or, if an older one is to be used",
        ),
        ("a hash is another", without_snapshot(&turn_hash), "journal entry 18"),
        ("the last hash is another", without_snapshot(&turn_last), "has another hash"),
        ("an entry is gone", without_snapshot(&gone), "row 17"),
    ];
    for (what, place, word) in refusals {
        let said = place.try_serve().err().unwrap_or_else(|| panic!("{what}, and a server has started"));
        assert!(said.contains(word), "{what}: {said}");
    }
    without_snapshot(&|_| ()).serve().stop();
}
