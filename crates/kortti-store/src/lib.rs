//! The storage contract and the conformance suite every store passes.
