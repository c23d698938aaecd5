//! The conformance suite over PostgreSQL, twice, and what is PostgreSQL's own: schema, lost servers and connections, TLS.

#![expect(clippy::unwrap_used, reason = "a step of a test that fails must fail the test")]

mod away;
mod callers;
mod checked;
mod clock;
mod cost;
mod damage;
mod direct;
mod faults;
mod lost;
mod place;
mod proxy;
mod races;
mod saboteur;
mod schema;
mod secrets;
mod standby;
mod tls;
mod wire;

mod conformance {
    kortti_store::store_conformance!(crate::place::Place::new());
}

/// With conflicts where there are none by default, as in engines that only know this isolation.
mod conformance_serializable {
    kortti_store::store_conformance!(crate::place::Place::serializable());
}

/// With some statements of each run gone wrong, in one way or another; with `KORTTI_TEST_FAULTS=all` each of the brief ones once in
/// every way, alone.
mod conformance_with_faults {
    kortti_store::store_conformance!(brief: crate::faults::survive_at_work);
    kortti_store::store_conformance!(long: crate::faults::survive_now_and_then);
}
