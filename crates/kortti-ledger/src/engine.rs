//! The engine: one thread that owns a stream. It takes what has arrived, decides it in order, appends everything in one
//! transaction, and only then answers. While one batch is being written the next one gathers, and where many wait it is
//! decided meanwhile (`pipeline.rs`).

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use kortti_core::{
    decide::{Command, Refusal},
    entry::Origin,
    id::InstitutionId,
    time::Timestamp,
    view::{self, View},
};
use kortti_store::{ColdWrite, Head, Store, StoreError};
use tokio::sync::watch;

use crate::{
    Clock, ClockMove, LedgerError, Outcome,
    answers::Answers,
    batch::{Batch, Changes},
    draft::Draft,
    eager,
    hot::{HotState, Job},
    journal::Chain,
    pipeline::Writer,
    recall::Recall,
    reply::Reply,
    role::Role,
    snapshot::Dirty,
    snapshotter::Snapshotter,
    sure::Standing,
    trouble::Troubles,
};

/// How many commands one commit takes at most.
pub(crate) const BATCH: usize = 1024;
/// So many are written by the engine itself. While it does the next ones wait, but to wake another thread takes longer.
const FEW: usize = 4;
/// How often an idle engine looks whether another process has written, or something is due.
const TICK: Duration = Duration::from_millis(250);

/// What the engine can be asked.
pub(crate) enum Message {
    Submit(Box<Submission>),
    Advance {
        by: ClockMove,
        origin: Origin,
        reply: Reply<Timestamp>,
    },
    CatchUp {
        reply: Reply<()>,
    },
    /// See to it that all is durable that this process knows.
    Confirm {
        reply: Reply<()>,
    },
    Wipe {
        reply: Reply<()>,
    },
    /// This process has taken the stream: decide, in this epoch.
    Enter {
        epoch: u64,
        reply: Reply<()>,
    },
    /// Another process has the stream: follow it, and decide nothing.
    Follow,
    /// Decide nothing more, say so, and end with a last snapshot.
    Stop {
        decided: Sender<()>,
    },
}

/// A command on its way.
pub(crate) struct Submission {
    pub institution: InstitutionId,
    pub origin: Origin,
    pub command: Command,
    pub cold: Vec<ColdWrite>,
    pub reply: Reply<Outcome>,
}

pub(crate) struct Engine {
    pub store: Arc<dyn Store>,
    pub state: Arc<HotState>,
    pub clock: Arc<Clock>,
    pub committed: watch::Sender<u64>,
    pub chain: Chain,
    /// Up to where all is durable that this process knows.
    pub sure: Head,
    /// How far the journal was read behind that, each time.
    pub read: VecDeque<Head>,
    pub standing: Arc<Standing>,
    pub dirty: Dirty,
    pub answers: Answers,
    pub snapshotter: Snapshotter,
    /// Writes while the engine decides; started when it is first needed.
    pub writer: Option<Writer>,
    pub role: Role,
    /// The first entry of the journal, by its hash, once it is known: a journal that begins with another one is another one.
    pub origin: Option<[u8; 32]>,
    /// The last attempt to write failed: what is due waits for the next tick instead of being tried without pause.
    pub stalled: bool,
    /// What is said of the store, and known of it outside.
    pub troubles: Arc<Troubles>,
    /// Set before the end, unless that is a fault: what is asked from then on is not begun.
    pub has_stopped: Arc<AtomicBool>,
}

impl Engine {
    pub fn run(mut self, messages: Receiver<Message>) {
        let mut has_worked = false;
        loop {
            let soon = has_worked.then(|| eager::look(|| messages.try_recv().ok())).flatten();
            let first = match soon.map_or_else(|| messages.recv_timeout(self.patience()), Ok) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => {
                    self.idle();
                    has_worked = false;
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return self.end(),
            };
            let mut next = Some(first);
            while let Some(message) = next.take() {
                match message {
                    Message::Submit(submission) => {
                        let mut batch = vec![*submission];
                        next = gather(&messages, &mut batch, BATCH);
                        let are_many = batch.len() > FEW && next.is_none() && !self.is_due();
                        if are_many && self.is_ready() {
                            next = self.stream(batch, &messages);
                        } else {
                            self.commit(batch);
                        }
                    }
                    Message::Advance { by, origin, reply } => {
                        reply.send(self.deciding().and_then(|()| self.advance(by, &origin)));
                    }
                    Message::CatchUp { reply } => {
                        let mut waiting = vec![reply];
                        next = gather_readers(&messages, &mut waiting);
                        let caught_up = self.catch_up();
                        waiting.into_iter().for_each(|reply| reply.send(caught_up.clone()));
                    }
                    Message::Confirm { reply } => reply.send(self.be_sure()),
                    Message::Wipe { reply } => {
                        reply.send(self.deciding().and_then(|()| self.wipe()));
                    }
                    Message::Enter { epoch, reply } => {
                        reply.send(self.enter(epoch));
                    }
                    Message::Follow => self.role = Role::Follower,
                    Message::Stop { decided } => {
                        // Whoever still waits hears at once that this process does nothing any more.
                        self.has_stopped.store(true, Ordering::Release);
                        drop(messages);
                        let _ = decided.send(());
                        return self.end();
                    }
                }
            }
            self.consider_snapshot();
            has_worked = true;
        }
    }

    pub fn consider_snapshot(&mut self) {
        let sequence = self.chain.head.sequence;
        if self.role.keeps_store() {
            self.snapshotter.consider(&self.state, sequence, &mut self.dirty);
        } else {
            self.snapshotter.pass(sequence, &mut self.dirty);
        }
    }

    /// Whether it may decide at once.
    fn is_ready(&self) -> bool {
        self.role != Role::Follower && self.sure == self.chain.head
    }

    /// Refuses where another process decides, and as long as what was read may be lost with the server it was read from: what is
    /// decided may be that something was done before.
    fn deciding(&mut self) -> Result<(), LedgerError> {
        if self.role != Role::Follower {
            self.be_sure()?;
        }
        if self.role == Role::Follower { Err(LedgerError::Elsewhere) } else { Ok(()) }
    }

    /// Begins to decide, on all that has been decided before.
    fn enter(&mut self, epoch: u64) -> Result<(), LedgerError> {
        self.catch_up()?;
        self.check_time()?;
        self.chain.epoch = epoch;
        self.role = Role::Leader;
        Ok(())
    }

    /// How long to wait for a message before something else needs doing.
    fn patience(&self) -> Duration {
        if self.stalled || !self.role.keeps_store() {
            return TICK;
        }
        let now = self.clock.now();
        let until_due = self.next_due().map_or(i64::MAX, |at| at.0.saturating_sub(now.0));
        Duration::from_millis(u64::try_from(until_due).unwrap_or(0)).min(TICK)
    }

    /// When time alone will change something next.
    fn next_due(&self) -> Option<Timestamp> {
        let next = [self.state.next_due(), self.state.transactions.next_use_gone()];
        next.into_iter().flatten().min()
    }

    /// Whether a job is to be done before anything else is decided.
    pub fn is_due(&self) -> bool {
        self.state.next_due().is_some_and(|at| at <= self.clock.now())
    }

    fn idle(&mut self) {
        if self.next_due().is_some_and(|at| at <= self.clock.now()) {
            match self.role {
                Role::Guest => {}
                // Time that was not there would have passed for good.
                _ if self.store.check_clock().is_err() => self.stalled = true,
                // What leaves the rolling window leaves it everywhere; what else is due is done once, by whoever decides.
                Role::Follower => drop(self.attempt(&[], &[], self.clock.now())),
                _ => self.commit(Vec::new()),
            }
        }
        self.try_write();
        match self.store.head(self.chain.stream) {
            Ok(head) if head != self.chain.head => drop(self.catch_up()),
            Ok(_) => self.troubles.end_reads(),
            Err(error) => self.troubles.reads.note("the end of the journal cannot be read", &error),
        }
        self.consider_snapshot();
    }

    /// Decides, writes and answers a batch, with the jobs that are due before it.
    pub fn commit(&mut self, submissions: Vec<Submission>) {
        metrics::histogram!("kortti_batch_commands").record(submissions.len() as f64);
        let mut overdue = true;
        let outcomes = loop {
            if let Err(error) = self.deciding() {
                break submissions.iter().map(|_| Err(error.clone())).collect();
            }
            let now = self.time();
            // What is decided now must not stand on money that should have been released. Cards are as if everything due of them
            // had been done, so nobody waits until it is: very many expire at the same moment.
            let (due, more) = self.due_by(now);
            let rest = more && overdue;
            let before = self.chain.head;
            let jobs: Vec<_> = due.into_iter().map(|job| (now, job)).collect();
            let submissions = if rest { &[][..] } else { &submissions[..] };
            match self.attempt(submissions, &jobs, now) {
                // Jobs that come to nothing must not keep everybody else waiting.
                Ok(_) if rest => overdue = self.chain.head != before,
                Ok(outcomes) => break outcomes,
                // Another process has written: follow it, and decide again on what is true now.
                Err(StoreError::Moved { .. }) => {
                    if let Err(error) = self.catch_up() {
                        break submissions.iter().map(|_| Err(error.clone())).collect();
                    }
                }
                Err(error) => {
                    let error = self.failed(&error);
                    break submissions.iter().map(|_| Err(error.clone())).collect();
                }
            }
        };
        answer(submissions, outcomes);
    }

    fn attempt(
        &mut self,
        submissions: &[Submission],
        jobs: &[(Timestamp, Job)],
        now: Timestamp,
    ) -> Result<Vec<Result<Outcome, LedgerError>>, StoreError> {
        let state = Arc::clone(&self.state);
        let store = Arc::clone(&self.store);
        let mut batch = Batch::over(&state, Recall::Store(&*store));
        let mut draft = Draft::behind(self.chain, self.state.decided_at());
        for (at, job) in jobs {
            draft.job(*job, *at, &mut batch);
        }
        draft.last_at = draft.last_at.max(now);
        view::expire_uses(draft.last_at, &mut batch);
        for submission in submissions {
            draft.submission(submission, now, &mut batch);
        }
        if !submissions.is_empty() || draft.chain.head != self.chain.head {
            draft.take_write(self.chain.head).to(&*store)?;
        }
        self.settle(&mut batch.into_changes(), &mut draft);
        Ok(draft.outcomes)
    }

    /// What was decided is on the disk: makes it part of the state. Without an entry there still is what has left the rolling
    /// window, by time alone.
    pub fn settle(&mut self, changes: &mut Changes, draft: &mut Draft) {
        changes.merge_into(&self.state, &mut self.dirty);
        // Nothing is decided before this any more, also where it left no entry: uses have left the rolling window by then.
        self.state.note_time(draft.last_at);
        if draft.chain.head != self.chain.head {
            self.chain = draft.chain;
            self.set_sure(self.chain.head);
            self.note_origin();
            self.stalled = false;
            self.troubles.writes.end();
            self.troubles.reads.end();
            let answered = std::mem::take(&mut draft.answered);
            answered.into_iter().for_each(|(key, answered)| self.answers.keep(key, answered));
            self.forget_answers();
            self.committed.send_replace(self.chain.head.sequence);
        }
    }

    pub fn failed(&mut self, error: &StoreError) -> LedgerError {
        self.stalled = true;
        self.troubles.writes.note("the batch was not written", error);
        if matches!(error, StoreError::Unknown { .. }) {
            LedgerError::Unknown
        } else {
            LedgerError::Unavailable
        }
    }

    /// Moves the clock. Every job that falls due on the way runs at its time, in order, before the clock stands there.
    fn advance(&mut self, by: ClockMove, origin: &Origin) -> Result<Timestamp, LedgerError> {
        let now = self.clock.now();
        // A repetition moves nothing: neither the clock, nor what would fall due if it moved once more.
        if origin.idempotency.is_some_and(|key| self.state.find_answered(key, now).is_some()) {
            return Ok(now);
        }
        let to = match by {
            ClockMove::By { ms } => now.plus_ms(ms),
            ClockMove::To(to) => to,
        };
        if to < now {
            return Err(LedgerError::Refused(Refusal::ClockBackwards));
        }
        let begun = self.chain.head;
        loop {
            let due = self.state.due_by(to, BATCH);
            if due.is_empty() {
                break;
            }
            let before = self.chain.head;
            // Uses leave the rolling window no further than the jobs have come: the clock may not get there.
            let until = due.last().map_or(now, |(at, _)| *at);
            match self.attempt(&[], &due, until) {
                // Jobs that come to nothing must not stop the clock.
                Ok(_) if self.chain.head == before => break,
                Ok(_) => {}
                Err(StoreError::Moved { .. }) => self.catch_up().and_then(|()| self.deciding())?,
                // Some of what is due may be done, and the clock goes on from there when it is moved once more.
                Err(error) if self.chain.head == begun => return Err(self.failed(&error)),
                Err(error) => {
                    self.failed(&error);
                    return Err(LedgerError::Unknown);
                }
            }
        }
        let (reply, mut outcome) = Reply::to_task();
        // The jobs took their time: the clock may have passed `to` by itself, and does not go back for it.
        let ahead_ms = self.clock.ahead_ms_at(to).max(self.state.clock_ahead_ms());
        let command = Command::MoveClock { ahead_ms };
        let institution = origin.institution.unwrap_or(InstitutionId::DEFAULT);
        let submission = Submission { institution, origin: origin.clone(), command, cold: Vec::new(), reply };
        self.commit(vec![submission]);
        let moved = outcome.try_recv().unwrap_or(Err(LedgerError::Stopped));
        // Another process has just moved it further than this would have: from there, then.
        if let (ClockMove::By { .. }, Err(LedgerError::Refused(Refusal::ClockBackwards))) = (by, &moved) {
            return self.advance(by, origin);
        }
        moved?;
        self.clock.set_ahead_ms(self.state.clock_ahead_ms());
        // What has left the rolling window on the way is seen by whoever reads next.
        let now = self.clock.now();
        self.attempt(&[], &[], now).map_err(|error| self.failed(&error))?;
        Ok(now)
    }

    fn wipe(&mut self) -> Result<(), LedgerError> {
        self.snapshotter.finish();
        if let Err(error) = self.store.wipe() {
            // Its snapshot may be gone: the next one is a whole one.
            self.snapshotter.restart();
            return Err(self.failed(&error));
        }
        self.forget();
        Ok(())
    }

    /// Forgets what would not be recognised any more.
    pub fn forget_answers(&mut self) {
        let now = self.state.decided_at();
        self.state.transactions.forget_reversals(now);
        self.answers.forget(&self.state, now, |block| self.dirty.forgotten.push(block));
    }

    fn end(mut self) {
        if self.role.keeps_store() {
            self.snapshotter.last(&self.state, self.chain.head.sequence, &mut self.dirty);
        } else {
            self.snapshotter.finish();
        }
    }
}

/// Tells each who asked what came of it.
pub(crate) fn answer(submissions: Vec<Submission>, outcomes: Vec<Result<Outcome, LedgerError>>) {
    for (submission, outcome) in submissions.into_iter().zip(outcomes) {
        submission.reply.send(outcome);
    }
}

/// Takes what else has arrived into the batch, until it has `most` submissions or a message of another kind comes, which it
/// returns.
pub(crate) fn gather(
    messages: &Receiver<Message>,
    batch: &mut Vec<Submission>,
    most: usize,
) -> Option<Message> {
    while batch.len() < most {
        match messages.try_recv() {
            Ok(Message::Submit(submission)) => batch.push(*submission),
            Ok(other) => return Some(other),
            Err(_) => break,
        }
    }
    None
}

/// Takes the others who want to read what is on the disk now; they are served by one look. Returns the first message of
/// another kind.
fn gather_readers(messages: &Receiver<Message>, waiting: &mut Vec<Reply<()>>) -> Option<Message> {
    loop {
        match messages.try_recv() {
            Ok(Message::CatchUp { reply }) => waiting.push(reply),
            Ok(other) => return Some(other),
            Err(_) => return None,
        }
    }
}
