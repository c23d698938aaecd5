//! The pure domain of Kortti: cards, accounts, customers, limits, and the rules by which commands become events.
//!
//! Nothing here awaits, reads a clock, draws a random number, or knows of SQL or HTTP. Everything is a function of what is
//! passed in, so a journal replayed gives the same state bit for bit.

pub mod access;
pub mod account;
pub mod calendar;
pub mod card;
pub mod controls;
pub mod customer;
pub mod decide;
pub mod embossing;
pub mod entry;
pub mod event;
pub mod id;
pub mod limit;
pub mod money;
pub mod personal;
pub mod product;
pub mod reference;
mod shared;
pub mod time;
pub mod trail;
pub mod transaction;
pub mod usage;
pub mod view;
