//! Replay: the decisions of the journal taken again.

use kortti_core::{
    decide::{Command, Transact},
    entry::Entry,
    transaction::{CheckKind, Transaction},
};

/// The command that led to a transaction. A message that could have been reversed before it came was checked for that.
pub(crate) fn command(entry: &Entry, recorded: &Transaction) -> Command {
    let was_message = recorded.checks.first().is_some_and(|check| check.kind == CheckKind::NotReversed);
    let message = entry.origin.idempotency.filter(|_| was_message);
    Command::Transact(Transact { request: recorded.request.clone(), message })
}
