//! Everything that touches a clear card number, a key or a secret.
//!
//! A clear card number lives in [`Pan`] and leaves it only through [`Pan::expose`]. What is stored is sealed
//! for its exact [`Place`] by a [`KeyRing`], whose keys are themselves stored as [`KeyRecord`]s, wrapped under
//! the one [`MasterKey`]. A person's data is sealed under the person's own [`SubjectKey`], so that destroying
//! that key erases the person. Callers hand card numbers over encrypted to one of the ring's certificates.
//!
//! Nothing here reads a clock or the network, and only [`MasterKey`] touches a file. Times are Unix
//! milliseconds. No type that holds a secret can be printed, serialised, cloned or compared.

mod certificate;
pub mod digest;
mod envelope;
mod jwe;
mod keyring;
mod master;
mod pan;
pub mod password;
mod process_key;
pub mod random;
mod record;
mod subject;
#[cfg(test)]
mod testing;

pub use certificate::Certificate;
pub use envelope::{Place, SealError};
pub use jwe::{JweError, encrypt_card_number};
pub use keyring::KeyRing;
pub use master::{MasterKey, MasterKeyError};
pub use pan::{Pan, PanError};
pub use process_key::ProcessKey;
pub use record::{KeyError, KeyRecord, Purpose};
pub use subject::SubjectKey;
