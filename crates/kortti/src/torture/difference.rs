//! What torture can find: data, with the words for whoever has to look into it.

use serde_json::Value;

use crate::Failure;

/// What differs between what was answered and what is there.
#[derive(Debug, thiserror::Error)]
pub enum Difference {
    /// A request was refused that makes sense.
    #[error("{key} was refused with {status}: {body}")]
    Refused { key: String, status: u16, body: String },
    /// An answer does not follow from the answers before it.
    #[error("{key} was answered in a way that does not follow from the answers before it ({why}): {answer}")]
    Unsound { key: String, why: &'static str, answer: Value },
    /// The same request was answered in another way the second time.
    #[error("{key} was answered otherwise the second time: first {first}, then {then}")]
    AnsweredOtherwise { key: String, first: String, then: String },
    /// Something does not show what the answers add up to.
    #[error("{of} shows {found} as {member}, and the answers add up to {expected}")]
    Shown { of: String, member: &'static str, expected: String, found: String },
    /// The journal lacks entries: what it holds of the requests that were answered, and how many were.
    #[error("the journal lost something: it names {found} of {answered} requests answered since {since}")]
    Lost { found: u64, answered: u64, since: u64 },
    /// The journal holds a request twice, or elsewhere than the answer said.
    #[error("entry {sequence} of the journal is for {user}, which was answered with entry {expected}")]
    Doubled { sequence: u64, user: String, expected: u64 },
    /// The journal holds what nobody was answered for.
    #[error("entry {sequence} of the journal ({kind}) is for `{user}`, and nobody was answered for that")]
    Unasked { sequence: u64, kind: String, user: String },
    /// The journal's numbers have a gap.
    #[error("entry {sequence} of the journal follows on entry {before}")]
    Gap { before: u64, sequence: u64 },
    /// A count of entries that time or the clock made.
    #[error("the journal holds {found} entries of {kind} since {since}, and there should be {expected}")]
    Count { kind: &'static str, expected: u64, found: u64, since: u64 },
    /// A process ended that nobody had told to.
    #[error("process {process} ended by itself: {status}")]
    Ended { process: usize, status: String },
    /// A process that was told to stop did not stop in good order.
    #[error("process {process} was told to stop and ended with {status}")]
    StoppedBadly { process: usize, status: String },
    /// The verification found something.
    #[error("the verification failed: {said}")]
    Unverified { said: String },
    /// Something could not be done at all.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Difference {
    /// A member that shows something else than it should.
    pub fn shown(
        of: impl Into<String>,
        member: &'static str,
        expected: impl ToString,
        found: &Value,
    ) -> Self {
        Self::Shown { of: of.into(), member, expected: expected.to_string(), found: found.to_string() }
    }
}
