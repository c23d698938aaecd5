//! A small HTTP/1.1 client that sends exactly what it is told to, also what no decent client would.

use std::{
    io::{self, Error, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

/// How long an answer may take. Far more than any takes: it only keeps a hanging test from hanging for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// The header's value, if it is there.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// The same, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// The id in a `{description, id}` answer with this status.
    #[track_caller]
    pub fn id(self, status: u16) -> String {
        let body = self.expect(status).json();
        assert!(body["description"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
        assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
        body["id"].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
    }

    /// Checks that this is a refusal with this status in the error envelope with all its seven members, and returns it.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        let problem = self.json();
        let members = ["code", "message", "id", "errorCode", "errorType", "errorReason", "timestamp"];
        for member in members {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} in {problem}");
        }
        assert_eq!(problem.as_object().unwrap().len(), members.len(), "{problem}");
        assert_eq!(problem["code"], status.to_string());
        let id = problem["id"].as_str().unwrap();
        assert!(id.len() == 36 && id.split('-').map(str::len).eq([8, 4, 4, 4, 12]), "{id} is no UUID");
        let types =
            ["STATIC_VALIDATION_ERROR", "DYNAMIC_VALIDATION_ERROR", "SECURITY_ERROR", "UNEXPECTED_ERROR"];
        assert!(types.contains(&problem["errorType"].as_str().unwrap()), "{problem}");
        let time = problem["timestamp"].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z') && time.as_bytes()[10] == b'T', "{time} is no time");
        assert_eq!(self.header("content-type"), Some("application/json"));
        problem
    }

    /// Checks that this is a 400 whose message begins with the name of the member at fault.
    #[track_caller]
    pub fn refuses(&self, field: &str) {
        let problem = self.problem(400);
        let message = problem["message"].as_str().unwrap();
        assert!(message.starts_with(field), "`{message}` does not name {field}");
    }
}

/// Everything that a server answered, heads included.
pub type Transcript = Arc<Mutex<Vec<u8>>>;

/// A client of one server, with its credentials.
#[derive(Clone)]
pub struct Api {
    address: SocketAddr,
    authorization: Option<String>,
    transcript: Option<Transcript>,
}

impl Api {
    pub const fn anonymous(address: SocketAddr) -> Self {
        Self { address, authorization: None, transcript: None }
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn with_credentials(&self, name: &str, secret: &str) -> Self {
        let encoded = BASE64_STANDARD.encode(format!("{name}:{secret}"));
        Self { authorization: Some(format!("Basic {encoded}")), ..self.clone() }
    }

    pub fn without_credentials(&self) -> Self {
        Self { authorization: None, ..self.clone() }
    }

    /// The same client; everything that it is answered is also put down in `transcript`.
    pub fn recording(&self, transcript: &Transcript) -> Self {
        Self { transcript: Some(Arc::clone(transcript)), ..self.clone() }
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", &audited(path), &[], None)
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send_json("POST", &audited(path), &[], body)
    }

    #[track_caller]
    pub fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send_json("PATCH", &audited(path), &[], body)
    }

    /// Sends JSON with these headers besides the usual ones.
    #[track_caller]
    pub fn send_json(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        let headers: Vec<_> = [("content-type", "application/json")].iter().chain(headers).copied().collect();
        self.send(method, target, &headers, Some(body.to_string().as_bytes()))
    }

    /// Sends a request; `target` is sent as it is.
    #[track_caller]
    pub fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Reply {
        let reply = self.try_send(method, target.as_bytes(), headers, body);
        reply.unwrap_or_else(|error| panic!("{method} {target}: {error}"))
    }

    /// Sends a request whose target may be any bytes.
    ///
    /// # Errors
    /// When no whole answer came back.
    pub fn try_send(
        &self,
        method: &str,
        target: &[u8],
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> io::Result<Reply> {
        let mut request = [method.as_bytes(), b" ", target, b" HTTP/1.1\r\n"].concat();
        let mut push = |name: &str, value: &str| request.extend(format!("{name}: {value}\r\n").bytes());
        push("host", &self.address.to_string());
        push("connection", "close");
        if let Some(authorization) = &self.authorization {
            push("authorization", authorization);
        }
        headers.iter().for_each(|(name, value)| push(name, value));
        if let Some(body) = body {
            push("content-length", &body.len().to_string());
        }
        request.extend(b"\r\n");
        request.extend(body.unwrap_or_default());
        let raw = self.exchange(&request)?;
        if let Some(transcript) = &self.transcript {
            transcript.lock().unwrap().extend(&raw);
        }
        parse(&raw)
    }

    /// Sends bytes and reads all that comes back.
    ///
    /// # Errors
    /// When nothing came back.
    pub fn exchange(&self, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        // A server that has seen enough may answer and close before it has read all, so this may fail and still be answered.
        let written = stream.write_all(request);
        let mut raw = Vec::new();
        let read = stream.read_to_end(&mut raw);
        if raw.is_empty() { written.and(read).and(Err(ErrorKind::UnexpectedEof.into())) } else { Ok(raw) }
    }
}

/// The path with the `auditUser` that most operations require.
pub fn audited(path: &str) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    if path.contains("auditUser=") { path.into() } else { format!("{path}{separator}auditUser=tester") }
}

/// Reads an answer, which must be whole.
fn parse(raw: &[u8]) -> io::Result<Reply> {
    let broken = |what: &str| Error::new(ErrorKind::InvalidData, what.to_owned());
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(|| broken("no head"))?;
    let head = std::str::from_utf8(&raw[..end]).map_err(|_| broken("the head is not UTF-8"))?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let status = status.ok_or_else(|| broken("no status"))?;
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.into(), value.trim().into()));
    let reply = Reply { status, headers: lines.filter_map(header).collect(), body: raw[end + 4..].to_vec() };
    let length = reply.header("content-length").map(str::parse::<usize>);
    match length {
        Some(Ok(length)) if length != reply.body.len() => Err(broken("the body is torn")),
        _ => Ok(reply),
    }
}
