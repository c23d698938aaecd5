//! The little of HTTP/1.1 that a load needs: whole requests go out as bytes, answers with a known length come back.

use std::{
    io::{Read, Write},
    net::SocketAddr,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Failure;

/// The sandbox's credentials, as HTTP Basic has them.
pub const AUTHORIZATION: &str = "Authorization: Basic c2FuZGJveDpzYW5kYm94\r\n";
/// Room for an answer; a longer one makes it grow.
const ANSWER_LEN: usize = 4096;
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

/// A connection that is kept open.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream =
            TcpStream::connect(address).await.map_err(Failure::of("cannot connect to the server"))?;
        stream.set_nodelay(true).map_err(Failure::of("cannot set up a connection"))?;
        Ok(Self { stream, answer: Vec::with_capacity(ANSWER_LEN) })
    }

    /// Sends a request and returns the body of its answer.
    ///
    /// # Errors
    /// When the answer is not a success, or does not come.
    pub async fn ask(&mut self, request: &[u8]) -> Result<&[u8], Failure> {
        let lost = "the connection to the server was lost";
        self.stream.write_all(request).await.map_err(Failure::of(lost))?;
        self.answer.clear();
        let mut head = None;
        loop {
            self.answer.reserve(ANSWER_LEN / 2);
            if self.stream.read_buf(&mut self.answer).await.map_err(Failure::of(lost))? == 0 {
                return Err(Failure::new(lost));
            }
            if head.is_none() {
                head = Head::parse(&self.answer)?;
            }
            if let Some(head) = head
                && head.body_of(&self.answer).is_some()
            {
                let body = head.body_of(&self.answer).unwrap_or_default();
                return head.check(body).map(|()| body);
            }
        }
    }
}

/// The body of an answer to a single GET on a connection of its own.
///
/// # Errors
/// When the answer is not a success, or does not come.
pub fn get(address: SocketAddr, path: &str) -> Result<Vec<u8>, Failure> {
    let failed = format!("cannot get {path}");
    let exchange = || {
        let mut stream = std::net::TcpStream::connect_timeout(&address, PATIENCE)?;
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

#[cfg(test)]
mod tests;
