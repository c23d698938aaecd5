//! What holds for every operation, whichever it is. The operations come from the server's own document, so that none of
//! them can be forgotten here.

mod access;
mod bodies;
mod document;
mod idempotency;
mod targets;
mod traffic;
