//! PostgreSQL's protocol, as far as it takes to know where a statement and its answer begin and end.

use std::io::{self, Read};

/// What ends an answer, and says whether a transaction is open.
const READY: u8 = b'Z';
const ERROR: u8 = b'E';
const COMPLETE: u8 = b'C';

/// A message as it goes over the wire.
struct Message {
    /// 0 for the first message of a connection, which has none.
    tag: u8,
    bytes: Vec<u8>,
}

impl Message {
    fn read(from: &mut impl Read) -> io::Result<Message> {
        let mut tag = [0];
        from.read_exact(&mut tag)?;
        Message::read_rest(tag[0], tag.to_vec(), from)
    }

    /// The length, which counts itself, and what it announces.
    fn read_rest(tag: u8, mut bytes: Vec<u8>, from: &mut impl Read) -> io::Result<Message> {
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        bytes.extend(length);
        let rest = u64::from(u32::from_be_bytes(length)).saturating_sub(4);
        let count = from.take(rest).read_to_end(&mut bytes)?;
        if count as u64 == rest {
            Ok(Message { tag, bytes })
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

/// What a client says before it is answered: one simple query, or everything up to a `Sync`. Exactly one
/// `ReadyForQuery` comes back for each.
pub struct Request {
    messages: Vec<Message>,
}

impl Request {
    /// The first one of a connection.
    pub fn startup(from: &mut impl Read) -> io::Result<Request> {
        Ok(Request { messages: vec![Message::read_rest(0, Vec::new(), from)?] })
    }

    /// The next one; fails when the client has said goodbye, or nothing.
    pub fn read(from: &mut impl Read) -> io::Result<Request> {
        let mut messages = Vec::new();
        loop {
            let message = Message::read(from)?;
            let tag = message.tag;
            messages.push(message);
            match tag {
                b'Q' | b'S' => return Ok(Request { messages }),
                b'X' => return Err(io::ErrorKind::ConnectionAborted.into()),
                _ => {}
            }
        }
    }

    /// A simple query of one's own.
    pub fn query(text: &str) -> Request {
        let length = u32::try_from(text.len() + 5).unwrap();
        let bytes = [b"Q", length.to_be_bytes().as_slice(), text.as_bytes(), b"\0"].concat();
        Request { messages: vec![Message { tag: b'Q', bytes }] }
    }

    pub fn bytes(&self) -> Vec<u8> {
        bytes_of(&self.messages)
    }

    pub fn is_startup(&self) -> bool {
        self.has(0)
    }

    /// Whether it is a simple query that begins with this word.
    pub fn is_query(&self, word: &str) -> bool {
        self.messages
            .iter()
            .any(|message| message.tag == b'Q' && message.bytes[5..].starts_with(word.as_bytes()))
    }

    /// Whether it does something, rather than prepare a statement or drop one.
    pub fn executes(&self) -> bool {
        self.has(b'Q') || self.has(b'E')
    }

    /// Whether it only gives up prepared statements or portals. No client waits for the answer to that.
    pub fn closes(&self) -> bool {
        self.messages.iter().all(|message| matches!(message.tag, b'C' | b'S'))
    }

    fn has(&self, tag: u8) -> bool {
        self.messages.iter().any(|message| message.tag == tag)
    }
}

/// Everything up to a `ReadyForQuery`.
pub struct Answer {
    messages: Vec<Message>,
}

impl Answer {
    pub fn read(from: &mut impl Read) -> io::Result<Answer> {
        let mut messages: Vec<Message> = Vec::new();
        while messages.last().is_none_or(|last| last.tag != READY) {
            messages.push(Message::read(from)?);
        }
        Ok(Answer { messages })
    }

    pub fn bytes(&self) -> Vec<u8> {
        bytes_of(&self.messages)
    }

    /// The state of the transaction afterwards: `I` for none, `T` for an open one, `E` for one that has failed.
    pub fn status(&self) -> u8 {
        self.messages.last().and_then(|last| last.bytes.last()).copied().unwrap_or_default()
    }

    pub fn is_error(&self) -> bool {
        self.messages.iter().any(|message| message.tag == ERROR)
    }

    /// The same, but not said to be the end.
    pub fn unfinished(mut self) -> Answer {
        self.messages.retain(|message| message.tag != READY);
        self
    }

    /// The same, as if the statement had not come to its end either.
    pub fn broken_off(mut self) -> Answer {
        self.messages.retain(|message| message.tag != READY && message.tag != COMPLETE);
        self
    }

    /// This answer, and the other one behind it.
    pub fn then(mut self, other: Answer) -> Answer {
        self.messages.extend(other.messages);
        self
    }
}

fn bytes_of(messages: &[Message]) -> Vec<u8> {
    messages.iter().flat_map(|message| message.bytes.iter().copied()).collect()
}
