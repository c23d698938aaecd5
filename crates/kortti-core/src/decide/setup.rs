use minicbor::{Decode, Encode};

use super::{Decision, Refusal, unused};
use crate::{
    access::{Client, Scopes},
    event::{Changed, Event, KeyPurpose},
    id::{ClientId, InstitutionId, KeyId},
    product::Product,
    view::View,
};

/// Define a card product, or define it anew.
#[derive(Clone, Debug, Encode, Decode)]
pub struct DefineProduct(#[n(0)] pub Product);

/// Let a client in.
#[derive(Clone, Debug, Encode, Decode)]
pub struct AddClient {
    /// The id it gets.
    #[n(0)]
    pub id: ClientId,
    /// Its name.
    #[n(1)]
    pub name: Box<str>,
    /// What it may do.
    #[n(2)]
    pub scopes: Scopes,
}

/// Add a key to the key ring.
#[derive(Clone, Copy, Debug, Encode, Decode)]
pub struct AddKey {
    /// The id it gets.
    #[n(0)]
    pub id: KeyId,
    /// What it is for.
    #[n(1)]
    pub purpose: KeyPurpose,
}

impl DefineProduct {
    pub(super) fn decide(&self, view: &impl View) -> Result<Decision, Refusal> {
        let product = &self.0;
        let is_same = |old: &Product| (old.institution, &old.code) == (product.institution, &product.code);
        let old = view.product(product.id);
        // Processes that start at the same time may each draw an id, the same for two products or two for the same product.
        let taken = match &old {
            Some(old) => !is_same(old),
            None => view.products(product.institution).iter().any(|known| is_same(known)),
        };
        if taken {
            return Err(Refusal::Stale);
        }
        let known = old.is_some_and(|old| *old == *product);
        let events = if known { Vec::new() } else { vec![Event::ProductDefined(product.clone())] };
        Ok(Decision { events, id: i64::from(product.id.0) })
    }
}

impl AddClient {
    pub(super) fn decide(&self, institution: InstitutionId, view: &impl View) -> Result<Decision, Refusal> {
        unused(view.client(self.id).as_ref())?;
        if view.client_by_name(&self.name).is_some() {
            return Err(Refusal::ClientNameTaken);
        }
        let client =
            Client { id: self.id, institution, name: self.name.clone(), scopes: self.scopes, revoked: false };
        Ok(Decision { events: vec![Event::ClientAdded(client)], id: self.id.0 })
    }
}

impl AddKey {
    pub(super) fn decide(&self, view: &impl View) -> Result<Decision, Refusal> {
        // Each follows on the one before it, so whoever adds one has known of all others: a ring with two keys to index with
        // cannot be opened.
        let before = self.id.0.checked_sub(1);
        let follows = before.is_some_and(|before| before == 0 || view.has_key(KeyId(before)));
        if !follows || view.has_key(self.id) {
            return Err(Refusal::Stale);
        }
        Ok(Decision { events: vec![Event::KeyAdded(self.id, self.purpose)], id: i64::from(self.id.0) })
    }
}

pub(super) fn revoke_client(id: ClientId, view: &impl View) -> Result<Decision, Refusal> {
    let client = view.client(id).ok_or(Refusal::ClientUnknown)?;
    let events = if client.revoked { Vec::new() } else { vec![Event::ClientRevoked(id)] };
    Ok(Decision { events, id: id.0 })
}

pub(super) fn move_clock(ahead_ms: i64, view: &impl View) -> Result<Decision, Refusal> {
    let before = view.clock_ahead_ms();
    if ahead_ms < before {
        return Err(Refusal::ClockBackwards);
    }
    let events = Changed::between(before, ahead_ms).map(Event::ClockMoved).into_iter().collect();
    Ok(Decision { events, id: 0 })
}
