//! Cards: creating, reading, updating them, and what time does to them.

mod create;
mod limits;
mod links;
mod read;
mod time;
mod together;
mod update;
