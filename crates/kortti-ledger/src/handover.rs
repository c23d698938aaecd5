//! What one process asks of another, and what it is answered, as bytes.

use kortti_core::{
    decide::Command,
    entry::Origin,
    id::{InstitutionId, RequestId},
    time::Timestamp,
};
use kortti_store::ColdWrite;
use minicbor::{Decode, Encode};

use crate::{ClockMove, LedgerError, Outcome};

/// Something that the process which holds the stream is to do.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) enum Ask {
    /// Decide a command.
    #[n(0)]
    Submit {
        #[n(0)]
        institution: InstitutionId,
        #[n(1)]
        origin: Origin,
        #[n(2)]
        command: Box<Command>,
        #[cbor(n(3), with = "cold_writes")]
        cold: Vec<ColdWrite>,
    },
    /// Move the clock.
    #[n(1)]
    Advance {
        #[n(0)]
        by: ClockMove,
        #[n(1)]
        origin: Origin,
    },
    /// Delete everything.
    #[n(2)]
    Wipe,
    /// Nothing; just answer.
    #[n(3)]
    Hello,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Done {
    /// The command was accepted.
    #[n(0)]
    Outcome(#[n(0)] Outcome),
    /// The clock shows this now.
    #[n(1)]
    At(#[n(0)] Timestamp),
    /// Everything is deleted.
    #[n(2)]
    Wiped,
    /// Nothing was asked.
    #[n(3)]
    Hello,
}

pub(crate) type Answer = Result<Done, LedgerError>;

/// What is said where several processes share the store: one that is about to end is followed by another one.
pub(crate) fn by_another(answer: Answer) -> Answer {
    match answer {
        Err(LedgerError::Stopped) => Err(LedgerError::Elsewhere),
        answer => answer,
    }
}

/// What another process is told. It becomes bytes where somebody has the time for it.
pub struct Told(pub(crate) Answer);

impl From<Told> for Vec<u8> {
    fn from(told: Told) -> Self {
        to_bytes(&told.0)
    }
}

impl Ask {
    fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Submit { origin, .. } | Self::Advance { origin, .. } => Some(origin),
            Self::Wipe | Self::Hello => None,
        }
    }

    /// Whether it takes no longer than a commit. What moves the clock does all that is due on the way.
    pub const fn is_brief(&self) -> bool {
        matches!(self, Self::Submit { .. } | Self::Hello)
    }

    /// Whether it may be asked once more without being done twice: a repetition is recognised, or does nothing new.
    pub fn is_repeatable(&self) -> bool {
        self.origin().is_none_or(|origin| origin.idempotency.is_some())
    }

    /// By which its entry is found in the journal.
    pub fn request(&self) -> Option<RequestId> {
        self.origin()?.request
    }
}

/// The bytes of a question or an answer.
pub(crate) fn to_bytes(value: &impl Encode<()>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    // Writing into a vector cannot fail.
    let _ = minicbor::encode(value, &mut bytes);
    bytes
}

/// Cold rows, by the place of their table among all.
mod cold_writes {
    use kortti_store::{ColdTable, ColdWrite};
    use minicbor::{
        Decode, Decoder, Encode, Encoder,
        bytes::ByteVec,
        decode::Error,
        encode::{self, Write},
    };

    pub fn encode<C, W: Write>(
        rows: &[ColdWrite],
        e: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(rows.len() as u64)?;
        for row in rows {
            let body = row.body.clone().map(ByteVec::from);
            (row.table as u8, row.id, body).encode(e, context)?;
        }
        Ok(())
    }

    pub fn decode<'b, C>(d: &mut Decoder<'b>, context: &mut C) -> Result<Vec<ColdWrite>, Error> {
        let rows = Vec::<(u8, i64, Option<ByteVec>)>::decode(d, context)?;
        let row = |(table, id, body): (u8, i64, Option<ByteVec>)| {
            let table = ColdTable::ALL.get(usize::from(table)).copied();
            let table = table.ok_or_else(|| Error::message("unknown cold table"))?;
            Ok(ColdWrite { table, id, body: body.map(Into::into) })
        };
        rows.into_iter().map(row).collect()
    }
}
