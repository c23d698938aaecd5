//! The little of HTTP/1.1 that benchmarks and torture need: whole requests go out as bytes, answers with a known length come
//! back.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::Failure;

/// The sandbox's credentials, as HTTP Basic has them.
pub const AUTHORIZATION: &str = "Authorization: Basic c2FuZGJveDpzYW5kYm94\r\n";
/// No head of an answer is longer.
const HEAD_MAX: usize = 16 * 1024;
/// How long a single request may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the head of an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// Where the body begins.
    pub length: usize,
    /// How long the body is.
    pub body: usize,
}

impl Head {
    /// Reads the head at the beginning of `bytes`; none while it is not there as a whole.
    ///
    /// # Errors
    /// When it is not an answer whose length is known.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, Failure> {
        let malformed = || Failure::new("the server's answer is not HTTP as it is spoken here");
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return if bytes.len() > HEAD_MAX { Err(malformed()) } else { Ok(None) };
        };
        let head = bytes.get(..end).and_then(|head| std::str::from_utf8(head).ok()).ok_or_else(malformed)?;
        let mut lines = head.split("\r\n");
        let status =
            lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).and_then(|line| line.get(..3));
        let status = status.and_then(|status| status.parse().ok()).ok_or_else(malformed)?;
        let length = |line: &str| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())
        };
        let body = match lines.find_map(length) {
            Some(length) => length.ok_or_else(malformed)?,
            None if status == 204 => 0,
            None => return Err(malformed()),
        };
        Ok(Some(Self { status, length: end + 4, body }))
    }

    /// The body within `bytes`, as soon as it is there as a whole.
    pub fn body_of(self, bytes: &[u8]) -> Option<&[u8]> {
        bytes.get(self.length..self.length.checked_add(self.body)?)
    }

    /// # Errors
    /// When the answer, with this body, is not a success.
    pub fn check(self, body: &[u8]) -> Result<(), Failure> {
        if (200..300).contains(&self.status) {
            return Ok(());
        }
        Err(Failure::new(format!(
            "a request was answered {}: {}",
            self.status,
            String::from_utf8_lossy(body)
        )))
    }
}

/// The body of an answer to a single GET on a connection of its own.
///
/// # Errors
/// When the answer is not a success, or does not come.
pub fn get(address: SocketAddr, path: &str) -> Result<Vec<u8>, Failure> {
    let failed = format!("cannot get {path}");
    let exchange = || {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{AUTHORIZATION}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = exchange().map_err(Failure::of(&failed))?;
    let cut_off = || Failure::new(format!("{failed}: the answer was cut off"));
    let head = Head::parse(&answer)?.ok_or_else(cut_off)?;
    let body = head.body_of(&answer).ok_or_else(cut_off)?;
    head.check(body)?;
    Ok(body.to_vec())
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Someone who sends one request after the other on a connection that is kept open, and waits for each answer.
pub struct Client {
    address: SocketAddr,
    patience: Duration,
    stream: Option<TcpStream>,
}

impl Client {
    /// A client of the server at `address`, that waits no longer than `patience` for an answer.
    pub const fn new(address: SocketAddr, patience: Duration) -> Self {
        Self { address, patience, stream: None }
    }

    /// The answer to a whole request.
    ///
    /// # Errors
    /// When no whole answer comes in time. Whether the server has done what was asked is then not known.
    pub fn ask(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        let failed = "the server did not answer";
        // It is put back only behind a whole answer: what else might still come would be taken for the answer to the next request.
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect().map_err(Failure::of(failed))?,
        };
        stream.write_all(request).map_err(Failure::of(failed))?;
        let mut bytes = Vec::new();
        let mut part = [0; 4096];
        loop {
            let count = stream.read(&mut part).map_err(Failure::of(failed))?;
            if count == 0 {
                return Err(Failure::new("the server hung up before its answer was whole"));
            }
            bytes.extend_from_slice(part.get(..count).unwrap_or_default());
            let Some(head) = Head::parse(&bytes)? else { continue };
            if let Some(body) = head.body_of(&bytes) {
                self.stream = Some(stream);
                return Ok(Answer { status: head.status, body: body.to_vec() });
            }
        }
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.address, self.patience)?;
        stream.set_read_timeout(Some(self.patience))?;
        stream.set_write_timeout(Some(self.patience))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

#[cfg(test)]
mod tests;
