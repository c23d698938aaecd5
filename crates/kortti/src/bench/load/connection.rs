//! One of the connections of a load: a request goes out, its answer comes in, and neither is ever waited for.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    os::fd::{AsFd, BorrowedFd},
    time::Instant,
};

use crate::{Failure, http::Head};

/// Room for an answer; a longer one makes it grow.
const ANSWER_LEN: usize = 4096;
const LOST: &str = "the connection to the server was lost";

/// An answer that is there as a whole.
pub struct Answer<'a> {
    /// Its head.
    pub head: Head,
    /// Its body.
    pub body: &'a [u8],
    /// When its request was due.
    pub due: Instant,
}

/// A connection that is kept open.
pub struct Connection {
    stream: TcpStream,
    /// What is being asked, and how much of it is sent.
    request: Vec<u8>,
    sent: usize,
    /// What has come of the answer, and room for more.
    answer: Vec<u8>,
    received: usize,
    /// When the request was due that is not answered yet.
    due: Option<Instant>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody answers.
    pub fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).map_err(Failure::of("cannot connect to the server"))?;
        let set_up = stream.set_nodelay(true).and_then(|()| stream.set_nonblocking(true));
        set_up.map_err(Failure::of("cannot set up a connection"))?;
        let answer = vec![0; ANSWER_LEN];
        Ok(Self { stream, request: Vec::new(), sent: 0, answer, received: 0, due: None })
    }

    /// When the request was due that waits for its answer; none while nothing is asked.
    pub const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Asks what `write` writes, in the name of the moment it was due; false, and nothing is asked, when that says false.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub fn ask(&mut self, due: Instant, write: impl FnOnce(&mut Vec<u8>) -> bool) -> Result<bool, Failure> {
        self.request.clear();
        if !write(&mut self.request) {
            return Ok(false);
        }
        (self.sent, self.received, self.due) = (0, 0, Some(due));
        self.send()?;
        Ok(true)
    }

    /// Sends and receives what can be, after something happened. The answer once it is there as a whole: the
    /// connection is then free.
    ///
    /// # Errors
    /// When the server hangs up or does not speak HTTP.
    pub fn proceed(&mut self) -> Result<Option<Answer<'_>>, Failure> {
        self.send()?;
        loop {
            if self.received == self.answer.len() {
                self.answer.resize(2 * self.received, 0);
            }
            let room = self.answer.get_mut(self.received..).unwrap_or_default();
            match self.stream.read(room) {
                Ok(0) => return Err(Failure::new(LOST)),
                Ok(count) => self.received += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::of(LOST)(error)),
            }
            let so_far = self.answer.get(..self.received).unwrap_or_default();
            let Some(head) = Head::parse(so_far)? else { continue };
            if head.body_of(so_far).is_some() {
                let due = self.due.take().ok_or_else(|| Failure::new("the server answered unasked"))?;
                let body = self.answer.get(..self.received).and_then(|answer| head.body_of(answer));
                return Ok(Some(Answer { head, body: body.unwrap_or_default(), due }));
            }
        }
    }

    fn send(&mut self) -> Result<(), Failure> {
        while let Some(rest @ [_, ..]) = self.request.get(self.sent..) {
            match self.stream.write(rest) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::of(LOST)(error)),
            }
        }
        Ok(())
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
