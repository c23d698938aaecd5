//! The engine: one journal, batches, hot state, snapshots, jobs.
