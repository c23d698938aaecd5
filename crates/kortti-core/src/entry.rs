//! A journal entry and its one binary form. The hash chain runs over these bytes, so they never change once written.

use minicbor::{Decode, Encode};

use crate::{
    event::Event,
    id::{IdempotencyKey, InstitutionId, RequestId},
    time::Timestamp,
};

/// The version of the encoding. Members are only ever added, at the end and optional.
pub const VERSION: u8 = 1;

/// What the journal calls the system, and its operator at the command line, where it names a client.
pub const SYSTEM: &str = "kortti";

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// The version of the encoding.
    #[n(0)]
    pub version: u8,
    /// Which stream it is in.
    #[n(1)]
    pub stream: u32,
    /// Its place in the stream: 1, 2, 3, without gaps.
    #[n(2)]
    pub sequence: u64,
    /// The SHA-256 of the entry before it; zero for the first.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub previous: [u8; 32],
    /// When it happened.
    #[n(4)]
    pub at: Timestamp,
    /// On whose behalf.
    #[n(5)]
    pub origin: Origin,
    /// What happened.
    #[n(6)]
    pub event: Event,
}

/// Who asked for a change, and how the request is known.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Origin {
    /// The tenant; none for what concerns the whole system.
    #[n(0)]
    pub institution: Option<InstitutionId>,
    /// The name of the API client, of the command, or of the job.
    #[n(1)]
    pub client: Box<str>,
    /// The person or system the client named.
    #[n(2)]
    pub audit_user: Box<str>,
    /// The request.
    #[n(3)]
    pub request: Option<RequestId>,
    /// By which a repetition of the request is recognised.
    #[n(4)]
    pub idempotency: Option<IdempotencyKey>,
}

impl Origin {
    /// The system itself, doing `job`.
    #[must_use]
    pub fn system(job: &str) -> Self {
        Self {
            institution: None,
            client: SYSTEM.into(),
            audit_user: job.into(),
            request: None,
            idempotency: None,
        }
    }
}

impl Entry {
    /// The entry's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        // Writing into a vector cannot fail.
        let _ = minicbor::encode(self, &mut bytes);
        bytes
    }

    /// Reads an entry back.
    ///
    /// # Errors
    /// When the bytes are none, or of a version this program does not know.
    pub fn decode(bytes: &[u8]) -> Result<Self, minicbor::decode::Error> {
        let entry: Self = minicbor::decode(bytes)?;
        if entry.version == VERSION {
            Ok(entry)
        } else {
            Err(minicbor::decode::Error::message("unknown version of a journal entry"))
        }
    }
}

#[cfg(test)]
mod tests;
