//! What the loads ask.

mod authorize;

use std::collections::HashSet;

pub use self::authorize::Authorize;
use kortti_crypto::{Pan, encrypt_card_number};

use super::load::Workload;
use crate::{Failure, http::AUTHORIZATION, random::Random};

/// Leading digits of the numbers that come with requests; the sandbox makes none under them by itself.
const PREFIX: &str = "411111";
const DIGITS: usize = 16;

/// Asks whether the server lives.
pub struct Live;

impl Workload for Live {
    fn write_next(&mut self, request: &mut Vec<u8>) -> bool {
        request.extend_from_slice(b"GET /health/live HTTP/1.1\r\nHost: kortti\r\n\r\n");
        true
    }
}

/// Creates cards and notes their ids.
pub struct Create {
    request: Vec<u8>,
    left: usize,
    created: Vec<u64>,
}

impl Create {
    /// Creates as many as there is time for.
    pub fn without_end() -> Self {
        Self::at_most(usize::MAX)
    }

    /// Creates this many.
    pub fn at_most(count: usize) -> Self {
        let mut request = Vec::new();
        write_create(&mut request, r#"{"embossing":{"firstName":"Ada","lastName":"Lovelace"}}"#);
        Self { request, left: count, created: Vec::new() }
    }

    /// The ids.
    pub fn into_created(self) -> Vec<u64> {
        self.created
    }
}

impl Workload for Create {
    fn write_next(&mut self, request: &mut Vec<u8>) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        request.extend_from_slice(&self.request);
        true
    }

    fn answered(&mut self, body: &[u8]) -> Result<(), Failure> {
        self.created.push(id_in(body).ok_or_else(|| Failure::new("a card was created without an id"))?);
        Ok(())
    }
}

/// Creates cards whose numbers come encrypted, each another.
pub struct CreateWithNumber {
    requests: std::vec::IntoIter<Vec<u8>>,
}

impl CreateWithNumber {
    /// Encrypts `count` numbers to the certificate (DER).
    ///
    /// # Errors
    /// When the certificate is none.
    pub fn prepare(certificate: &[u8], count: usize) -> Result<Self, Failure> {
        let mut seen = HashSet::new();
        let mut requests = Vec::with_capacity(count);
        while requests.len() < count {
            let number = number()?;
            if !seen.insert(number.expose().to_owned()) {
                continue;
            }
            let token = encrypt_card_number(certificate, number.expose());
            let token = token.map_err(Failure::of("cannot encrypt to the server's certificate"))?;
            let mut request = Vec::new();
            write_create(&mut request, &format!(r#"{{"encryptedData":"{token}"}}"#));
            requests.push(request);
        }
        Ok(Self { requests: requests.into_iter() })
    }
}

impl Workload for CreateWithNumber {
    fn write_next(&mut self, request: &mut Vec<u8>) -> bool {
        self.requests.next().map(|prepared| *request = prepared).is_some()
    }
}

/// Reads cards at random.
pub struct Read {
    cards: Vec<u64>,
    random: Random,
}

impl Read {
    /// Reads among these.
    pub fn among(cards: Vec<u64>) -> Self {
        Self { cards, random: Random::seeded(1) }
    }
}

impl Workload for Read {
    fn write_next(&mut self, request: &mut Vec<u8>) -> bool {
        let place = self.random.below(self.cards.len() as u64) as usize;
        let Some(card) = self.cards.get(place) else { return false };
        request.extend_from_slice(
            format!("GET /card/v4/{card}?auditUser=bench HTTP/1.1\r\nHost: kortti\r\n{AUTHORIZATION}\r\n")
                .as_bytes(),
        );
        true
    }
}

/// A card number in the range that numbers of requests come from.
///
/// # Errors
/// None that could happen.
pub fn number() -> Result<Pan, Failure> {
    Pan::generate(PREFIX, DIGITS).map_err(Failure::of("cannot make a card number"))
}

fn write_create(request: &mut Vec<u8>, body: &str) {
    let length = body.len();
    let text = format!(
        "POST /card/v4/VISA_VIRTUAL/customer/1001/account/2001/MAIN?auditUser=bench HTTP/1.1\r\nHost: kortti\r\n\
         {AUTHORIZATION}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    request.extend_from_slice(text.as_bytes());
}

/// The id in the answer to a creation.
fn id_in(body: &[u8]) -> Option<u64> {
    const KEY: &[u8] = br#""id":""#;
    let begin = body.windows(KEY.len()).position(|part| part == KEY)? + KEY.len();
    let digits = body.get(begin..)?.split(|byte| *byte == b'"').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
