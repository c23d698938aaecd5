//! Asks for authorisations.

use std::ops::Range;

use crate::{Failure, bench::load::Workload, http::AUTHORIZATION, random::Random};

/// Amounts are up to this, in cents.
const AMOUNT_MAX_MINOR: u64 = 2_000;

const KIND: &str = r#""transactionType":"RETAIL","cardEntryMode":"CONTACTLESS""#;
const MERCHANT: &str = concat!(
    r#""merchant":{"id":"M-000123","name":"Corner shop","city":"Helsinki","country":"FIN","#,
    r#""mcc":"5411","terminalId":"T-1","acquirerId":"400001"}"#
);

/// Asks for small purchases with cards at random, each under a message id of its own.
pub struct Authorize {
    cards: Range<u64>,
    run: u32,
    asked: u64,
    approved: u64,
    declined: u64,
    random: Random,
}

impl Authorize {
    /// With the cards of these ids; a single one makes all purchases wait for one card. No two loads on a store may have the
    /// same number `run`, or the second would only repeat messages of the first.
    pub fn with(cards: Range<u64>, run: u32) -> Self {
        let random = Random::seeded(run.into());
        Self { cards, run, asked: 0, approved: 0, declined: 0, random }
    }

    /// The share of all answers that approved, from 0 to 1.
    pub fn approved(&self) -> f64 {
        self.approved as f64 / (self.approved + self.declined).max(1) as f64
    }
}

impl Workload for Authorize {
    fn write_next(&mut self, request: &mut Vec<u8>) -> bool {
        if self.cards.is_empty() {
            return false;
        }
        let card = self.cards.start + self.random.below(self.cards.end - self.cards.start);
        let minor = 1 + self.random.below(AMOUNT_MAX_MINOR);
        self.asked += 1;
        let (run, asked, major, cents) = (self.run, self.asked, minor / 100, minor % 100);
        let amount = format!(r#"{{"amount":{major}.{cents:02},"currency":"EUR"}}"#);
        let body = format!(
            r#"{{"messageId":"b-{run}-{asked}","cardId":"{card}",{KIND},"transactionAmount":{amount},{MERCHANT}}}"#
        );
        let length = body.len();
        request.extend_from_slice(
            format!(
                "POST /kortti/v1/authorizations?auditUser=bench HTTP/1.1\r\nHost: kortti\r\n\
                 {AUTHORIZATION}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
            )
            .as_bytes(),
        );
        true
    }

    fn answered(&mut self, body: &[u8]) -> Result<(), Failure> {
        match approved_in(body) {
            Some(true) => self.approved += 1,
            Some(false) => self.declined += 1,
            None => return Err(Failure::new("an authorisation was neither approved nor declined")),
        }
        Ok(())
    }
}

/// Whether the answer to an authorisation approves.
fn approved_in(body: &[u8]) -> Option<bool> {
    const KEY: &[u8] = br#""approved":"#;
    let begin = body.windows(KEY.len()).position(|part| part == KEY)? + KEY.len();
    match body.get(begin..)? {
        [b't', ..] => Some(true),
        [b'f', ..] => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
