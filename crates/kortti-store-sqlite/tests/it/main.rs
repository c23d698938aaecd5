//! The conformance suite over SQLite, and what is SQLite's own: files, schema, full disks, crashes.

#![expect(clippy::unwrap_used, reason = "a step of a test that fails must fail the test")]

mod crash;
mod damage;
mod disk_full;
mod files;
mod place;
mod schema;

mod conformance {
    kortti_store::store_conformance!(crate::place::Place::new());
}
