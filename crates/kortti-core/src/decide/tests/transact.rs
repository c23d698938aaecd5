//! Transactions: decision tables, the order of checks, a reference model, long histories.

mod blocks;
mod controls;
mod explain;
mod fuzzy;
mod life;
mod limits;
mod long;
mod model;
mod order;
mod refused;
mod script;
mod status;
