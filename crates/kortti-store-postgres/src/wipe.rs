//! Starting over: everything goes, in one transaction.

use kortti_store::StoreError;

use crate::connect::{Connection, Connector, before_commit, committed, within};
use crate::error::{Failure, Phase, Sort};
use crate::journal::JOURNAL;
use crate::retry::pause;

/// How often it is tried when others are in the way.
const ATTEMPTS: u32 = 5;

/// The order matters. Snapshots come first, because two wipes, or one and a snapshot under way, have to wait for each other
/// before one of them holds appends up. A stream's row is replaced rather than changed: an append that waited for the old
/// one finds it gone and writes nothing. From then on nobody appends, so the deletions see all there is. Deleting takes
/// longer than truncating, but a reader that is under way sees everything or nothing.
const STEPS: [&str; 6] = [
    "UPDATE snapshot SET sequence = 0, hash = ''",
    "DELETE FROM stream",
    "INSERT INTO stream (stream, epoch) SELECT stream, epoch FROM lease",
    "DELETE FROM journal",
    "DELETE FROM cold",
    "DELETE FROM snapshot_row",
];

/// Deletes journal, cold rows and snapshots of all streams; who holds them stays.
pub(crate) async fn wipe(connector: &Connector) -> Result<(), StoreError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let mut connection = connector.connect().await.map_err(before_commit(JOURNAL))?;
        let mut phase = Phase::BeforeCommit;
        match try_wipe(&mut connection, &mut phase).await {
            Err(failure) if failure.sort() == Sort::Conflict && attempt < ATTEMPTS => pause(attempt).await,
            wiped => return wiped.map_err(|failure| failure.into_store_error(phase, JOURNAL)),
        }
    }
}

async fn try_wipe(connection: &mut Connection, phase: &mut Phase) -> Result<(), Failure> {
    let Connection { limit, abandoned, client, .. } = connection;
    let limit = *limit;
    let transaction = within(limit, client.transaction()).await?;
    for step in STEPS {
        within(limit, transaction.execute(step, &[])).await?;
    }
    *phase = Phase::Commit;
    committed(limit, abandoned, transaction.commit()).await
}
