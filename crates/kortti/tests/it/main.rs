//! The program from outside: each test starts the real binary on a store of its own and speaks HTTP with it.

#![expect(clippy::unwrap_used, reason = "a step of a test that fails must fail the test")]
#![expect(clippy::panic, reason = "a step of a test that fails must fail the test")]

mod database;
mod http;
mod support;

mod authorizations;
mod cards;
mod clock;
mod contract;
mod conventions;
mod customers_accounts;
mod docs_page;
mod journal;
mod kill;
mod mistakes;
mod moving;
mod operator;
mod outage;
mod pan_safety;
mod patroni;
mod process;
mod replay;
mod several;
mod sharing;
mod tamper;
#[cfg(target_os = "linux")]
mod torture;
mod transactions;
