//! Several processes on one store. One of them holds the stream and decides; the others follow its journal, answer what can
//! be answered from that, and hand every command over to it.

use std::{pin::Pin, sync::Arc, time::Duration};

use crossbeam_channel::{Sender, bounded};
use kortti_core::{entry::Entry, event::Event};
use kortti_store::{StoreError, chain};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout_at},
};

use crate::{
    JournalError, Ledger, LedgerError, Outcome, Recorded,
    engine::{Message, Submission},
    handover::{self, Answer, Ask, Done},
    tenure::{Owner, Signs, Tenure, Word},
};

/// How long a command is carried from one process to the next before it is given up, and how long one of them may take to
/// answer. Longer than it takes to find out that a process is gone, or cannot be reached, and to take its stream; longer than
/// a commit takes, too.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long to wait before the same process is asked again.
const PAUSE: Duration = Duration::from_millis(20);
/// To which that grows while nobody knows whether a command was done.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// How many entries are looked through at once.
const CHUNK: usize = 1024;

/// An answer, some time later.
pub type Asked<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, AskError>> + Send + 'a>>;

/// The way to the other processes.
pub trait Peers: Send + Sync {
    /// What the others have to know to reach this process; different from that of every other, also of one that ran before.
    fn own(&self) -> Vec<u8>;

    /// Asks the process that says `holder` of itself; there it goes to [`Ledger::answer`].
    fn ask<'a>(&'a self, holder: &'a [u8], question: Vec<u8>) -> Asked<'a>;
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskError {
    /// The process was not reached, so it does not know of the question.
    Unreachable,
    /// The connection was lost: the question may have arrived.
    Lost,
}

/// A process's part in it.
pub(crate) struct Share {
    peers: Arc<dyn Peers>,
    owner: watch::Receiver<Owner>,
    signs: Arc<Signs>,
    words: Sender<Word>,
    patience: Duration,
}

impl Share {
    fn look(&self) {
        if self.words.is_empty() {
            let _ = self.words.send(Word::Look);
        }
    }

    /// Gives the stream back.
    pub fn stop(&self) {
        let (done, over) = bounded(1);
        // Who has left already, because the engine has ended, hears nothing any more, nor does who is just leaving.
        if self.words.send(Word::Stop(done)).is_ok() {
            let _ = over.recv();
        }
    }
}

/// A command that may have been done, by a process that could not say so any more.
struct InDoubt {
    epoch: u64,
    /// It is not among the entries up to here.
    after: u64,
    /// Of this life of the state: in another one these are other entries.
    life: u64,
}

impl Ledger {
    /// Shares the store with other processes from now on. Whoever is to do this starts with [`Self::start_to_share`].
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn share(self, peers: Arc<dyn Peers>) -> Result<Self, StoreError> {
        self.share_with(peers, PATIENCE)
    }

    /// Shares it with as much patience.
    pub(crate) fn share_with(
        mut self,
        peers: Arc<dyn Peers>,
        patience: Duration,
    ) -> Result<Self, StoreError> {
        let _ = self.messages.send(Message::Follow);
        let signs = Arc::new(Signs::default());
        let (words, owner) = Tenure::start(
            Arc::clone(&self.store),
            self.messages.clone(),
            self.committed.clone(),
            peers.own(),
            Arc::clone(&signs),
            Arc::clone(&self.troubles),
        )?;
        self.share = Some(Share { peers, owner, signs, words, patience });
        Ok(self)
    }

    /// Lets readers see all that was answered before this is called, by whichever process.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refresh(&self) -> Result<(), LedgerError> {
        match &self.share {
            _ if self.standing.is_partial() => self.catch_up().await,
            Some(share) if !share.signs.is_trusted() => self.catch_up().await,
            _ => Ok(()),
        }
    }

    /// Whether this process decides by itself, or knows which one does.
    #[must_use]
    pub fn is_led(&self) -> bool {
        self.share.as_ref().is_none_or(|share| *share.owner.borrow() != Owner::Nobody)
    }

    /// Whether this process decides.
    #[must_use]
    pub fn is_leading(&self) -> bool {
        self.share.as_ref().is_none_or(|share| matches!(*share.owner.borrow(), Owner::Own { .. }))
    }

    /// Has something done, by this process or the one that holds the stream.
    pub(crate) async fn done(&self, ask: Ask) -> Answer {
        match &self.share {
            None => self.here(ask).await,
            Some(share) => self.carry(share, ask).await,
        }
    }

    /// Has something done by this process's engine.
    async fn here(&self, ask: Ask) -> Answer {
        let answer = match ask {
            Ask::Submit { institution, origin, command, cold } => {
                let command = *command;
                let submit = |reply| {
                    Message::Submit(Box::new(Submission { institution, origin, command, cold, reply }))
                };
                self.ask(submit).await.map(Done::Outcome)
            }
            Ask::Advance { by, origin } => {
                self.ask(|reply| Message::Advance { by, origin, reply }).await.map(Done::At)
            }
            Ask::Wipe => self.ask(|reply| Message::Wipe { reply }).await.map(|()| Done::Wiped),
            Ask::Hello => Ok(Done::Hello),
        };
        if self.share.is_some() { handover::by_another(answer) } else { answer }
    }

    /// Carries a question to whoever holds the stream, and to the next one if that one is gone.
    async fn carry(&self, share: &Share, ask: Ask) -> Answer {
        let deadline = Instant::now() + share.patience;
        let mut owners = share.owner.clone();
        let mut doubt: Option<InDoubt> = None;
        // It may have been asked and done, whether or not it is asked again.
        let mut was_lost = false;
        let mut pause = PAUSE;
        loop {
            let owner = owners.borrow_and_update().clone();
            if let Some(mut earlier) = doubt.take() {
                let is_over = earlier.epoch < owner.epoch();
                if (is_over || self.reaches(share, &owner).await)
                    && let Some(done) = self.find_done(&ask, &mut earlier).await?
                {
                    return Ok(done);
                }
                // As long as the same process holds the stream, what it was asked may still be done.
                doubt = (!is_over).then_some(earlier);
            }
            match &owner {
                _ if doubt.is_some() => {}
                Owner::Nobody => {}
                Owner::Own { .. } => match self.here(ask.clone()).await {
                    Err(LedgerError::Elsewhere) => share.look(),
                    answer => return answer,
                },
                Owner::Other { epoch, holder } => {
                    let (after, life) = (*self.committed.borrow(), self.state.lives());
                    match self.ask_other(share, *epoch, holder, &ask).await {
                        Ok(answer) => return self.followed(answer, life).await,
                        Err(AskError::Lost) => {
                            was_lost = true;
                            doubt = (!ask.is_repeatable()).then_some(InDoubt { epoch: *epoch, after, life });
                        }
                        Err(AskError::Unreachable) => {}
                    }
                    share.look();
                }
            }
            // Where the store is gone as well nobody can take over, and to wait for that is in vain.
            let is_in_vain = !was_lost && share.signs.is_store_gone();
            if is_in_vain || Instant::now() >= deadline {
                return Err(if was_lost { LedgerError::Unknown } else { LedgerError::Unavailable });
            }
            tokio::select! {
                changed = owners.changed() => {
                    changed.map_err(|_| if was_lost { LedgerError::Unknown } else { LedgerError::Stopped })?;
                }
                () = sleep(pause) => {}
            }
            // Many may be in doubt at once, just when the network is bad.
            if doubt.is_some() {
                pause = (2 * pause).min(LONGEST_PAUSE);
            }
        }
    }

    /// Whether a process that holds the stream answers at all. It loses the stream when it does not for a while.
    async fn reaches(&self, share: &Share, owner: &Owner) -> bool {
        match owner {
            Owner::Other { epoch, holder } => {
                self.ask_other(share, *epoch, holder, &Ask::Hello).await.is_ok()
            }
            _ => false,
        }
    }

    /// Asks another process, until it answers, has lost the stream, or takes too long.
    async fn ask_other(
        &self,
        share: &Share,
        epoch: u64,
        holder: &[u8],
        ask: &Ask,
    ) -> Result<Answer, AskError> {
        let mut owners = share.owner.clone();
        let lost = async {
            // An error says that this process ends.
            let _ = owners.wait_for(|owner| owner.epoch() > epoch).await;
        };
        let answered = tokio::select! {
            answered = share.peers.ask(holder, handover::to_bytes(ask)) => answered,
            () = lost => Err(AskError::Lost),
            () = sleep(share.patience), if ask.is_brief() => Err(AskError::Lost),
        };
        match answered {
            Ok(bytes) => {
                share.signs.note_reached();
                let answer = minicbor::decode::<Answer>(&bytes);
                match answer.unwrap_or(Err(LedgerError::Unavailable)) {
                    Err(LedgerError::Elsewhere) => Err(AskError::Unreachable),
                    answer => Ok(answer),
                }
            }
            Err(error) => {
                if error == AskError::Unreachable {
                    share.signs.note_unreachable(epoch, std::time::Instant::now());
                }
                Err(error)
            }
        }
    }

    /// Hands on what another process answered, once this one's readers can see it. A transaction that was decided is all in
    /// the answer.
    async fn followed(&self, answer: Answer, life: u64) -> Answer {
        if let Ok(Done::Outcome(outcome)) = &answer
            && self.state.lives() == life
        {
            self.standing.tell(outcome.sequence);
        }
        match &answer {
            Ok(Done::Outcome(Outcome { transaction: Some(_), .. })) => {}
            // It was done, and nobody is told that it was not.
            Ok(_) => self.catch_up().await.map_err(|_| LedgerError::Unknown)?,
            // What it stands on may be seen here as well, yet it holds without that.
            Err(LedgerError::Refused(_)) => drop(self.catch_up().await),
            Err(_) => {}
        }
        answer
    }

    /// What became of a question, if it was done by now. In an epoch that is over nothing is added any more.
    async fn find_done(&self, ask: &Ask, doubt: &mut InDoubt) -> Result<Option<Done>, LedgerError> {
        let unknown = |error: JournalError| {
            tracing::error!(error = chain(&error), "the journal cannot be looked through");
            LedgerError::Unknown
        };
        self.catch_up().await.map_err(|_| LedgerError::Unknown)?;
        self.check_life(doubt.life)?;
        let request = ask.request().ok_or(LedgerError::Unknown)?;
        let end = *self.committed.borrow();
        while doubt.after < end {
            let entries = self.entries(doubt.after, CHUNK).map_err(unknown)?;
            doubt.after += entries.len().max(1) as u64;
            let found = entries.into_iter().find(|(entry, _)| entry.origin.request == Some(request));
            if let Some((entry, _)) = found {
                if !self.standing.is_durable(entry.sequence) {
                    self.confirm().await.map_err(|_| LedgerError::Unknown)?;
                    self.check_life(doubt.life)?;
                }
                return Ok(Some(self.done_by(entry)));
            }
        }
        Ok(None)
    }

    /// What was looked for in another life of the state was looked for among other entries.
    fn check_life(&self, life: u64) -> Result<(), LedgerError> {
        if self.state.lives() == life { Ok(()) } else { Err(LedgerError::Unknown) }
    }

    /// What was answered to the request that came to this entry, and maybe some after it.
    fn done_by(&self, entry: Entry) -> Done {
        if let Event::ClockMoved(_) = entry.event {
            return Done::At(self.clock.now());
        }
        let (id, sequence) = (entry.event.subject(), entry.sequence);
        let transaction = Recorded::of(entry);
        Done::Outcome(Outcome { id, sequence, repeated: false, transaction })
    }

    /// Waits until it is known who decides, so that the first commands need not.
    ///
    /// # Errors
    /// When nobody does for some time.
    pub async fn led(&self) -> Result<(), LedgerError> {
        let Some(share) = &self.share else { return Ok(()) };
        let mut owners = share.owner.clone();
        let known = owners.wait_for(|owner| *owner != Owner::Nobody);
        match timeout_at(Instant::now() + PATIENCE, known).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(LedgerError::Unavailable),
        }
    }
}
