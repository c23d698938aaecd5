//! Questions and answers between the processes of one installation, over one connection from each to each.
//!
//! The connection is TLS 1.3, and both ends prove that they have the installation's key: each shows a certificate of it and
//! accepts no other key. Questions share the connection: each goes out as soon as it is asked, and its answer comes back when
//! it is there, whatever was asked before. What they mean is the caller's affair; both are bytes.
//!
//! On the wire each is a frame: its length without this number (4 bytes, big-endian), the number of the question on its
//! connection (8 bytes, big-endian), and the bytes.

mod ask;
mod frame;
mod identity;
mod serve;
mod socket;

pub use ask::{AskError, Peers};
pub use identity::{Identity, IdentityError};
pub use serve::{Way, serve};
