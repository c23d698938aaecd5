use super::{
    given::{create_customer, resealed, update_customer},
    world::{ANN, BOB, STRANGER, THEIRS, World, now},
};
use crate::{
    customer::CustomerKind,
    decide::{Command, CreateCustomer, Refusal, UpdateCustomer, decide},
    event::{CustomerChange, Event},
    id::{BlindIndex, CustomerId},
};

fn update(world: &mut World, change: impl FnOnce(&mut UpdateCustomer)) -> Result<Vec<Event>, Refusal> {
    let mut command = update_customer(ANN);
    change(&mut command);
    let before = world.clone();
    let result = world.run(Command::UpdateCustomer(command), now());
    assert!(result.is_ok() || *world == before);
    result
}

#[test]
fn created_customer_is_found_by_its_number() {
    use crate::view::View;
    let mut world = World::new();
    let events = world.run(Command::CreateCustomer(create_customer()), now()).unwrap();
    assert!(matches!(&events[..], [Event::CustomerCreated(customer, _)] if customer.personal_revision == 1));
    let found = world.customer_by_number(super::world::OURS, "C-NEW");
    assert_eq!(found, Some(CustomerId(1100)));
}

#[test]
fn customer_number_registration_and_id_are_given_once() {
    let world = World::new();
    let taken = |command: CreateCustomer| world.decide(&Command::CreateCustomer(command), now()).err();
    let number = world.customers[&BOB].number.clone();
    let registration = world.customers[&BOB].registration;
    assert_eq!(taken(CreateCustomer { number, ..create_customer() }), Some(Refusal::CustomerNumberTaken));
    let twice = CreateCustomer { registration, ..create_customer() };
    assert_eq!(taken(twice), Some(Refusal::RegistrationTaken));
    assert_eq!(taken(CreateCustomer { id: BOB, ..create_customer() }), Some(Refusal::Stale));
    let theirs = &world.customers[&STRANGER];
    let (number, registration) = (theirs.number.clone(), theirs.registration);
    assert_eq!(taken(CreateCustomer { number, registration, ..create_customer() }), None);
}

#[test]
fn customer_takes_a_free_number_and_keeps_its_own() {
    let mut world = World::new();
    let own = (Some(world.customers[&ANN].number.clone()), Some(world.customers[&ANN].registration));
    assert!(update(&mut world, |c| (c.number, c.registration) = own).unwrap()[0].is_empty());
    let free = (Some("C-FREE".into()), Some(BlindIndex([50; 16])));
    let events = update(&mut world, |c| (c.number, c.registration) = free).unwrap();
    assert!(matches!(&events[..], [Event::CustomerUpdated(ANN, changes)]
        if matches!(changes[..], [CustomerChange::Number(_), CustomerChange::Registration(_)])));
    let bobs = world.customers[&BOB].number.clone();
    assert_eq!(update(&mut world, |c| c.number = Some(bobs)), Err(Refusal::CustomerNumberTaken));
    let bobs = world.customers[&BOB].registration;
    assert_eq!(update(&mut world, |c| c.registration = Some(bobs)), Err(Refusal::RegistrationTaken));
}

#[test]
fn number_that_was_given_up_is_free() {
    let mut world = World::new();
    let given_up = world.customers[&ANN].number.clone();
    update(&mut world, |c| c.number = Some("C-FREE".into())).unwrap();
    let command = CreateCustomer { number: given_up, ..create_customer() };
    assert!(world.run(Command::CreateCustomer(command), now()).is_ok());
}

#[test]
fn customers_record_changed_in_between_is_refused() {
    let mut world = World::new();
    assert_eq!(update(&mut world, |c| c.personal = resealed(ANN, 0)), Err(Refusal::Stale));
    update(&mut world, |c| c.personal = resealed(ANN, 1)).unwrap();
    assert_eq!(world.customers[&ANN].personal_revision, 2);
}

#[test]
fn customer_of_another_kind_or_institution_is_unknown() {
    let mut world = World::new();
    let unknown = Err(Refusal::CustomerUnknown(ANN));
    assert_eq!(update(&mut world, |c| c.kind = CustomerKind::Corporate), unknown);
    let foreign = Command::UpdateCustomer(update_customer(ANN));
    assert_eq!(decide(&foreign, THEIRS, now(), &world).map(|_| Vec::new()), unknown);
    let nobody = Err(Refusal::CustomerUnknown(CustomerId(1)));
    assert_eq!(update(&mut world, |c| c.id = CustomerId(1)), nobody);
}
