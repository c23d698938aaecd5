//! The conformance suite over PostgreSQL, twice, and what is PostgreSQL's own: schema, lost servers and connections, TLS.

#![expect(clippy::unwrap_used, reason = "a step of a test that fails must fail the test")]

mod away;
mod callers;
mod cost;
mod damage;
mod lost;
mod place;
mod proxy;
mod races;
mod schema;
mod secrets;
mod tls;

mod conformance {
    kortti_store::store_conformance!(crate::place::Place::new());
}

/// With conflicts where there are none by default, as in engines that only know this isolation.
mod conformance_serializable {
    kortti_store::store_conformance!(crate::place::Place::serializable());
}
