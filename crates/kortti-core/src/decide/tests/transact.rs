//! Transactions: decision tables, the order of checks, a reference model, long histories.

mod blocks;
mod controls;
mod life;
mod limits;
mod long;
mod order;
mod refused;
mod script;
mod status;
