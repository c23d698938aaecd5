use super::{
    given::{issue, product, product_of, sealed},
    world::{
        ANN, ANNS, ANNS_DEBIT, ANNS_OTHER, BOB, BOBS, CARD, OURS, STRANGER, STRANGERS, THEIRS, World, at, now,
    },
};
use crate::{
    account::AccountStatus,
    card::{
        AccountTemplate, Block, Blocks, CardRole, CardStatus, CardTemplate, PinStatus, ScheduledClosing,
        Segment, StatusRecord,
    },
    decide::{Command, IssueCard, Refusal, find_product},
    event::Event,
    id::{AccountId, CardId, CustomerId, PanIndex, ProductId, ReferenceNumber},
    limit::Limits,
    time::YearMonth,
    view::State,
};

fn refusal(world: &World, change: impl FnOnce(&mut IssueCard)) -> Refusal {
    let mut command = issue();
    change(&mut command);
    world.decide(&Command::IssueCard(command), now()).unwrap_err()
}

fn month(year: i64, month: i64) -> YearMonth {
    YearMonth::new(year, month).unwrap()
}

#[test]
fn issued_card_takes_from_the_product_what_the_request_leaves_open() {
    let mut world = World::new();
    let blocks = Blocks::default().with(Block::Ecomm, true);
    let base = product(product_of(CardTemplate::VisaVirtual), OURS, CardTemplate::VisaVirtual);
    world.put_product(crate::product::Product { blocks, ..base });
    let events = world.run(Command::IssueCard(issue()), now()).unwrap();

    let card = world.card();
    assert_eq!(events, [Event::CardIssued(card.clone(), sealed(ANN, 1))]);
    assert_eq!((card.institution, card.customer, card.account), (OURS, ANN, ANNS));
    assert_eq!(card.status, StatusRecord { status: CardStatus::Ok, since: now(), reason: None });
    assert_eq!(card.expiration, month(2029, 3));
    assert_eq!(card.layout_code.as_deref(), Some("default"));
    assert_eq!((card.blocks, &card.limits, card.closing), (blocks, &Limits::default(), None));
    assert_eq!((card.pin_status, card.pin_failures), (PinStatus::Generate, 0));
    assert_eq!((card.opened_at, card.personal_revision), (now(), 1));
    assert_eq!(card.template, CardTemplate::VisaVirtual);
}

#[test]
fn issued_card_has_what_the_request_names() {
    let closing = at("2026-12-31T03:00:00Z");
    let world = World::with_card(|command| {
        command.expiration = Some(month(2026, 3));
        command.segment = Some(Segment::C);
        command.pin_status = Some(PinStatus::Wait);
        command.layout_code = Some("gold".into());
        command.closing = Some(closing);
    });
    let card = world.card();
    assert_eq!((card.expiration, card.segment), (month(2026, 3), Some(Segment::C)));
    assert_eq!((card.pin_status, card.layout_code.as_deref()), (PinStatus::Wait, Some("gold")));
    assert_eq!(card.closing, Some(ScheduledClosing { at: closing, done: false }));
}

#[test]
fn each_template_is_issued_on_the_kinds_of_account_it_fits() {
    for template in CardTemplate::ALL {
        for (kind, account) in [
            (AccountTemplate::Prepaid, ANNS),
            (AccountTemplate::Credit, ANNS_OTHER),
            (AccountTemplate::Debit, ANNS_DEBIT),
        ] {
            let command = IssueCard { product: product_of(template), account, ..issue() };
            let result = World::new().run(Command::IssueCard(command), now()).map(|events| events.len());
            let debit = matches!(
                template,
                CardTemplate::DebitMc
                    | CardTemplate::DebitMcVirtual
                    | CardTemplate::DebitVisa
                    | CardTemplate::DebitVisaVirtual
            );
            let fits = debit == (kind == AccountTemplate::Debit);
            assert_eq!(result, if fits { Ok(1) } else { Err(Refusal::AccountKind) });
        }
    }
}

#[test]
fn unknown_or_foreign_customer_account_and_product_are_refused_alike() {
    let mut world = World::new();
    world.put_product(product(ProductId(90), THEIRS, CardTemplate::VisaVirtual));
    let nobody = CustomerId(1);
    assert_eq!(refusal(&world, |c| c.customer = nobody), Refusal::CustomerUnknown(nobody));
    assert_eq!(refusal(&world, |c| c.customer = STRANGER), Refusal::CustomerUnknown(STRANGER));
    let nothing = AccountId(1);
    assert_eq!(refusal(&world, |c| c.account = nothing), Refusal::AccountUnknown(nothing));
    assert_eq!(refusal(&world, |c| c.account = STRANGERS), Refusal::AccountUnknown(STRANGERS));
    assert_eq!(refusal(&world, |c| c.product = ProductId(91)), Refusal::ProductUnknown);
    assert_eq!(refusal(&world, |c| c.product = ProductId(90)), Refusal::ProductUnknown);
}

#[test]
fn main_card_needs_its_holders_account_and_a_supplementary_one_does_not() {
    let mut world = World::new();
    assert_eq!(refusal(&world, |c| c.account = BOBS), Refusal::AccountOfOther);
    assert_eq!(refusal(&world, |c| c.customer = BOB), Refusal::AccountOfOther);
    let command = IssueCard { account: BOBS, role: CardRole::Supplementary, ..issue() };
    world.run(Command::IssueCard(command), now()).unwrap();
    assert_eq!((world.card().customer, world.card().account), (ANN, BOBS));
}

#[test]
fn account_takes_several_main_cards() {
    let mut world = World::with_card(|_| {});
    let (pan_index, reference) = (PanIndex([8; 16]), ReferenceNumber(2));
    let second = IssueCard { id: CardId(3002), pan_index, reference, ..issue() };
    assert!(world.run(Command::IssueCard(second), now()).is_ok());
}

#[test]
fn blocked_account_takes_cards_and_a_closing_one_does_not() {
    for (status, refused) in [
        (AccountStatus::Ok, None),
        (AccountStatus::Blocked, None),
        (AccountStatus::ToClose, Some(Refusal::AccountClosing)),
    ] {
        let mut world = World::new();
        world.update_account(ANNS, |command| command.status = Some(status), now()).unwrap();
        assert_eq!(world.run(Command::IssueCard(issue()), now()).err(), refused);
    }
}

#[test]
fn card_can_expire_this_month_and_not_last_month() {
    let world = World::new();
    assert_eq!(refusal(&world, |c| c.expiration = Some(month(2026, 2))), Refusal::ExpirationPast);
    assert_eq!(refusal(&world, |c| c.expiration = Some(month(2000, 1))), Refusal::ExpirationPast);
    let command = Command::IssueCard(IssueCard { expiration: Some(month(2026, 3)), ..issue() });
    assert!(world.decide(&command, at("2026-03-31T23:59:59.999Z")).is_ok());
    assert_eq!(world.decide(&command, at("2026-04-01T00:00:00Z")), Err(Refusal::ExpirationPast));
}

#[test]
fn scheduled_closing_must_lie_ahead() {
    let world = World::new();
    assert_eq!(refusal(&world, |c| c.closing = Some(now())), Refusal::ClosingPast);
    assert_eq!(refusal(&world, |c| c.closing = Some(now().plus_ms(-1))), Refusal::ClosingPast);
    let command = IssueCard { closing: Some(now().plus_ms(1)), ..issue() };
    assert!(world.decide(&Command::IssueCard(command), now()).is_ok());
}

#[test]
fn new_card_has_no_pin_yet() {
    assert_eq!(refusal(&World::new(), |c| c.pin_status = Some(PinStatus::Set)), Refusal::PinAbsent);
}

#[test]
fn number_reference_and_id_are_given_once() {
    let world = World::with_card(|_| {});
    let fresh = |c: &mut IssueCard| {
        (c.id, c.pan_index, c.reference) = (CardId(3002), PanIndex([8; 16]), ReferenceNumber(2));
    };
    let mut command = issue();
    fresh(&mut command);
    assert!(world.decide(&Command::IssueCard(command), now()).is_ok());
    let number = refusal(&world, |c| (fresh(c), c.pan_index = PanIndex([7; 16])).1);
    assert_eq!(number, Refusal::NumberTaken);
    let reference = refusal(&world, |c| (fresh(c), c.reference = world.card().reference).1);
    assert_eq!(reference, Refusal::ReferenceTaken);
    let id = refusal(&world, |c| (fresh(c), c.id = CARD).1);
    assert_eq!(id, Refusal::Stale, "another process has given the id out first");
}

#[test]
fn two_institutions_can_have_the_same_number() {
    let mut world = World::with_card(|_| {});
    let mut theirs = crate::card::Card { id: CardId(9), institution: THEIRS, ..world.card().clone() };
    theirs.pan_index = PanIndex([9; 16]);
    theirs.reference = ReferenceNumber(9);
    world.put_card(theirs);
    let mut command = IssueCard { id: CardId(3002), reference: ReferenceNumber(2), ..issue() };
    command.pan_index = PanIndex([9; 16]);
    assert!(world.decide(&Command::IssueCard(command), now()).is_ok());
}

#[test]
fn product_is_found_by_code_or_by_template() {
    let mut world = World::new();
    let id_of =
        |world: &World, template, code| find_product(OURS, template, code, world).map(|product| product.id.0);
    let visa = CardTemplate::VisaVirtual;
    assert_eq!(id_of(&world, visa, None), Ok(1));
    let preferred = crate::product::Product { default: true, ..product(ProductId(50), OURS, visa) };
    world.put_product(preferred);
    world.put_product(product(ProductId(51), THEIRS, visa));
    assert_eq!(id_of(&world, visa, None), Ok(50), "the default goes before the older ones");
    assert_eq!(id_of(&world, visa, Some("PRODUCT_1")), Ok(1));
    assert_eq!(id_of(&world, visa, Some("PRODUCT_51")), Err(Refusal::ProductUnknown));
    assert_eq!(id_of(&world, CardTemplate::McVirtual, Some("PRODUCT_1")), Err(Refusal::ProductMismatch));
    assert_eq!(id_of(&World::default(), visa, None), Err(Refusal::NoProduct(visa)));
}
