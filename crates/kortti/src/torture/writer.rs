//! A writer: someone who sends requests, one after the other, and takes down what is answered.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use kortti_core::time::Timestamp;
use serde_json::Value;

use super::{
    book::{Book, KNOWN_MS},
    difference::Difference,
    mix::Act,
    request::Request,
};
use crate::{
    Failure,
    http::{Answer, Client},
    random::Random,
};

/// How long a writer waits for an answer under load. One that gives up leaves a request behind that may still be decided while
/// it is sent again.
const LOAD_PATIENCE: Duration = Duration::from_millis(300);
/// How long a request may take that nothing stands in the way of.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait before a process is asked again that could not answer.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(5);
/// How many answers a writer keeps at most, to ask for them once more at the end.
const KEPT_MAX: usize = 2000;

/// A request that was answered, and the answer.
struct Kept {
    request: Request,
    answer: Answer,
    /// What the clock showed when the round began.
    at: Timestamp,
}

/// Someone who sends requests.
pub struct Writer {
    /// What it knows.
    pub book: Book,
    /// The request that was sent and not answered.
    open: Option<Request>,
    kept: VecDeque<Kept>,
    /// How many of the kept were not compared yet.
    uncompared: usize,
    /// How many requests were sent again because they were not answered.
    pub repeated: u64,
}

/// The processes as a writer sees them in a part of a round.
pub struct Link {
    clients: Vec<Client>,
    random: Random,
    /// What the clock showed when the round began.
    now: Timestamp,
}

impl Link {
    /// To the processes at these addresses, under load.
    pub fn under_load(addresses: &[SocketAddr], random: Random, now: Timestamp) -> Self {
        Self::new(addresses, LOAD_PATIENCE, random, now)
    }

    /// To the processes at these addresses, of which nobody stops any.
    pub fn in_peace(addresses: &[SocketAddr], random: Random, now: Timestamp) -> Self {
        Self::new(addresses, PATIENCE, random, now)
    }

    fn new(addresses: &[SocketAddr], patience: Duration, random: Random, now: Timestamp) -> Self {
        let clients = addresses.iter().map(|address| Client::new(*address, patience)).collect();
        Self { clients, random, now }
    }

    /// Some process.
    fn pick(&mut self) -> usize {
        self.random.below(self.clients.len() as u64) as usize
    }

    /// The answer of a process; none where it could not be had.
    fn ask(&mut self, process: usize, bytes: &[u8]) -> Result<Answer, Failure> {
        let client = self.clients.get_mut(process).ok_or_else(|| Failure::new("there is no such process"))?;
        client.ask(bytes)
    }

    /// The answer of some process, and which that was.
    ///
    /// # Errors
    /// When it does not come.
    pub fn insist(&mut self, bytes: &[u8]) -> Result<(usize, Answer), Failure> {
        let process = self.pick();
        Ok((process, self.insist_on(process, bytes)?))
    }

    /// The answer of this process, which must come. A process that is busy for the moment is asked again.
    ///
    /// # Errors
    /// When it does not come.
    pub fn insist_on(&mut self, process: usize, bytes: &[u8]) -> Result<Answer, Failure> {
        let begin = Instant::now();
        loop {
            let answer = self.ask(process, bytes)?;
            if answer.status != 503 || begin.elapsed() > PATIENCE {
                return Ok(answer);
            }
            std::thread::sleep(BETWEEN_ATTEMPTS);
        }
    }
}

impl Writer {
    /// A writer with an empty book.
    pub const fn new(book: Book) -> Self {
        Self { book, open: None, kept: VecDeque::new(), uncompared: 0, repeated: 0 }
    }

    /// Sends requests until it is told to stop or one is not answered. Who persists sends what is not answered again and again,
    /// and goes on when it is.
    ///
    /// # Errors
    /// When an answer is wrong.
    pub fn work(&mut self, mut link: Link, persists: bool, stop: &AtomicBool) -> Result<(), Difference> {
        self.book.begin(link.now);
        while (persists || self.open.is_none()) && !stop.load(Ordering::Relaxed) {
            let request = if let Some(open) = self.open.take() {
                std::thread::sleep(BETWEEN_ATTEMPTS);
                self.repeated += 1;
                open
            } else {
                self.next_request(&mut link.random)
            };
            let process = self.process_for(request.act, &mut link);
            if let Some(request) = self.try_once(request, process, &mut link)? {
                self.open = self.try_elsewhere(request, process, &mut link)?;
            }
        }
        Ok(())
    }

    /// The request that comes next.
    pub fn next_request(&mut self, random: &mut Random) -> Request {
        let act = Act::draw(&self.book, random);
        let number = self.book.next_number();
        Request::new(&self.book, number, act, random.draw())
    }

    /// Any process decides on what is true, whoever wrote it. But before it changes a card it reads it, and a card of another
    /// process it may have heard nothing of yet.
    fn process_for(&self, act: Act, link: &mut Link) -> usize {
        let any = link.pick();
        match act {
            Act::Update { card, .. } => self.book.known_to(card).unwrap_or(any),
            _ => any,
        }
    }

    /// Sends a request, and gives it back if it is not answered.
    fn try_once(
        &mut self,
        request: Request,
        process: usize,
        link: &mut Link,
    ) -> Result<Option<Request>, Difference> {
        match link.ask(process, &request.bytes) {
            Ok(answer) if answer.status == 503 => Ok(Some(request)),
            Ok(answer) => self.note(request, answer, process, link.now).map(|()| None),
            Err(_) => Ok(Some(request)),
        }
    }

    /// Half of those whose request was not answered try another process at once, where there is one.
    fn try_elsewhere(
        &mut self,
        request: Request,
        process: usize,
        link: &mut Link,
    ) -> Result<Option<Request>, Difference> {
        let other = (process + 1) % link.clients.len().max(1);
        let bound = matches!(request.act, Act::Update { card, .. } if self.book.known_to(card).is_some());
        if other == process || bound || link.random.below(2) == 0 {
            return Ok(Some(request));
        }
        self.repeated += 1;
        self.try_once(request, other, link)
    }

    /// Sends what was not answered again: twice, and the answers must be the same. Of an authorisation the sender may not know
    /// what became of it, and reverse it first.
    ///
    /// # Errors
    /// When an answer is wrong or does not come.
    pub fn settle(&mut self, link: &mut Link) -> Result<(), Difference> {
        let Some(request) = self.open.take() else { return Ok(()) };
        let mut reversal = None;
        if let Act::Authorise { reversed_before: false, .. } = request.act
            && link.random.below(2) == 0
        {
            let number = self.book.next_number();
            let reverse = Request::reversal_of(&request, &self.book, number);
            let (process, answer) = link.insist(&reverse.bytes)?;
            reversal = Some((reverse, answer, process));
        }
        self.repeated += 1;
        let (process, first) = link.insist(&request.bytes)?;
        let (_, then) = link.insist(&request.bytes)?;
        check_same(&request, &first, &then)?;
        let Some((reverse, taken_back, taken_by)) = reversal else {
            return self.note(request, first, process, link.now);
        };
        if parse(&taken_back).get("reason").is_some_and(|reason| reason == "REVERSAL_NOTED") {
            self.note(reverse, taken_back, taken_by, link.now)?;
            let act = match request.act {
                Act::Authorise { card, .. } => Act::Authorise { card, reversed_before: true },
                act => act,
            };
            self.note(request.turned_out(act), first, process, link.now)
        } else {
            // The authorisation had been written.
            let act = Act::Reverse { index: self.book.authorisation_count(), cents: None, by_message: true };
            self.note(request, first, process, link.now)?;
            self.note(reverse.turned_out(act), taken_back, taken_by, link.now)
        }
    }

    fn note(
        &mut self,
        request: Request,
        answer: Answer,
        process: usize,
        at: Timestamp,
    ) -> Result<(), Difference> {
        if answer.status != request.act.status() {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(Difference::Refused { key: request.key, status: answer.status, body });
        }
        self.book.note(&request, &parse(&answer), process)?;
        self.uncompared += 1;
        self.kept.push_back(Kept { request, answer, at });
        Ok(())
    }

    /// What was answered since the last time, or all that is kept, is answered with the same bytes again.
    ///
    /// # Errors
    /// When an answer is another one or does not come.
    pub fn compare_answers(&mut self, all: bool, link: &mut Link) -> Result<(), Difference> {
        let fresh = if all { self.kept.len() } else { self.uncompared };
        for kept in self.kept.iter().skip(self.kept.len().saturating_sub(fresh)) {
            if kept.at.plus_ms(KNOWN_MS) > link.now {
                let (_, again) = link.insist(&kept.request.bytes)?;
                check_same(&kept.request, &kept.answer, &again)?;
            }
        }
        self.uncompared = 0;
        let surplus = self.kept.len().saturating_sub(KEPT_MAX);
        self.kept.drain(..surplus);
        Ok(())
    }
}

/// The body of an answer; null where it is no JSON.
pub fn parse(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

fn check_same(request: &Request, first: &Answer, then: &Answer) -> Result<(), Difference> {
    if first == then || (!request.act.is_answered_alike() && first.status == then.status) {
        return Ok(());
    }
    let words = |answer: &Answer| format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
    Err(Difference::AnsweredOtherwise { key: request.key.clone(), first: words(first), then: words(then) })
}
