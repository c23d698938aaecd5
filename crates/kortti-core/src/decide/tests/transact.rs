//! Transactions: decision tables, the order of checks, a reference model, long histories.

mod blocks;
mod controls;
mod life;
mod limits;
mod script;
mod status;
