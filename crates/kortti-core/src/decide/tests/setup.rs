use super::{
    given::product,
    world::{OURS, THEIRS, World, now},
};
use crate::{
    access::{Scope, Scopes},
    card::CardTemplate,
    decide::{AddClient, AddKey, Command, DefineProduct, Refusal},
    event::{Changed, Event, KeyPurpose},
    id::{ClientId, KeyId, ProductId},
    product::Product,
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
    let define = |new: &Product| Command::DefineProduct(DefineProduct(new.clone()));
    assert_eq!(world.run(define(&new), now()), Ok(vec![Event::ProductDefined(new.clone())]));
    assert_eq!(world.run(define(&new), now()), Ok(Vec::new()));
    new.validity_months = 12;
    assert_eq!(world.run(define(&new), now()).map(|events| events.len()), Ok(1));
    assert_eq!(world.products[&ProductId(70)].validity_months, 12);
}

#[test]
fn product_takes_neither_the_id_nor_the_code_of_another() {
    let mut world = World::new();
    let first = product(ProductId(70), OURS, CardTemplate::McCard);
    let define = |new: Product| Command::DefineProduct(DefineProduct(new));
    world.run(define(first.clone()), now()).unwrap();
    let others = [
        Product { code: "ANOTHER".into(), ..first.clone() },
        Product { institution: THEIRS, ..first.clone() },
        Product { id: ProductId(71), ..first.clone() },
    ];
    for other in others {
        assert_eq!(world.run(define(other), now()), Err(Refusal::Stale));
    }
    let theirs = Product { id: ProductId(71), institution: THEIRS, ..first };
    assert_eq!(world.run(define(theirs), now()).map(|events| events.len()), Ok(1));
}

#[test]
fn key_is_added_only_after_all_others() {
    let mut world = World::new();
    let mut add = |id, purpose| world.run(Command::AddKey(AddKey { id: KeyId(id), purpose }), now());
    assert_eq!(add(2, KeyPurpose::Data), Err(Refusal::Stale));
    assert_eq!(add(1, KeyPurpose::Data), Ok(vec![Event::KeyAdded(KeyId(1), KeyPurpose::Data)]));
    for id in [0, 1, 3] {
        assert_eq!(add(id, KeyPurpose::Index), Err(Refusal::Stale));
    }
    assert_eq!(add(2, KeyPurpose::Index), Ok(vec![Event::KeyAdded(KeyId(2), KeyPurpose::Index)]));
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
