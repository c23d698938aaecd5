use super::{
    given::product,
    world::{OURS, World, now},
};
use crate::{
    access::{Scope, Scopes},
    card::CardTemplate,
    decide::{AddClient, AddKey, Command, DefineProduct, Refusal},
    event::{Changed, Event, KeyPurpose},
    id::{ClientId, KeyId, ProductId},
};

fn add_client(id: i64, name: &str) -> Command {
    let scopes = [Scope::CardsRead].into_iter().collect::<Scopes>();
    Command::AddClient(AddClient { id: ClientId(id), name: name.into(), scopes })
}

#[test]
fn client_is_let_in_once_and_withdrawn_once() {
    let mut world = World::new();
    world.run(add_client(1, "shop"), now()).unwrap();
    assert_eq!(world.run(add_client(2, "shop"), now()), Err(Refusal::ClientNameTaken));
    assert_eq!(world.run(add_client(1, "till"), now()), Err(Refusal::Stale));
    let revoke = Command::RevokeClient(ClientId(1));
    assert_eq!(world.run(revoke.clone(), now()), Ok(vec![Event::ClientRevoked(ClientId(1))]));
    assert!(world.clients[&ClientId(1)].revoked);
    assert_eq!(world.run(revoke, now()), Ok(Vec::new()));
    let unknown = world.run(Command::RevokeClient(ClientId(9)), now());
    assert_eq!(unknown, Err(Refusal::ClientUnknown));
}

#[test]
fn withdrawn_clients_name_stays_taken() {
    let mut world = World::new();
    world.run(add_client(1, "shop"), now()).unwrap();
    world.run(Command::RevokeClient(ClientId(1)), now()).unwrap();
    assert_eq!(world.run(add_client(2, "shop"), now()), Err(Refusal::ClientNameTaken));
}

#[test]
fn product_is_defined_anew_only_if_it_differs() {
    let mut world = World::new();
    let mut new = product(ProductId(70), OURS, CardTemplate::McCard);
    let define = |new: &crate::product::Product| Command::DefineProduct(DefineProduct(new.clone()));
    assert_eq!(world.run(define(&new), now()), Ok(vec![Event::ProductDefined(new.clone())]));
    assert_eq!(world.run(define(&new), now()), Ok(Vec::new()));
    new.validity_months = 12;
    assert_eq!(world.run(define(&new), now()).map(|events| events.len()), Ok(1));
    assert_eq!(world.products[&ProductId(70)].validity_months, 12);
}

#[test]
fn key_never_takes_the_place_of_another() {
    let mut world = World::new();
    let add = |purpose| Command::AddKey(AddKey { id: KeyId(1), purpose });
    let added = world.run(add(KeyPurpose::Data), now());
    assert_eq!(added, Ok(vec![Event::KeyAdded(KeyId(1), KeyPurpose::Data)]));
    assert_eq!(world.run(add(KeyPurpose::Index), now()), Err(Refusal::Stale));
}

#[test]
fn clock_goes_forward_only() {
    let mut world = World::new();
    let ahead = |ahead_ms| Command::MoveClock { ahead_ms };
    let moved = world.run(ahead(10), now());
    assert_eq!(moved, Ok(vec![Event::ClockMoved(Changed { before: 0, after: 10 })]));
    assert_eq!(world.run(ahead(10), now()), Ok(Vec::new()));
    assert_eq!(world.run(ahead(9), now()), Err(Refusal::ClockBackwards));
    assert_eq!(world.clock_ahead_ms, 10);
}
