use super::world::{ANNS_YEN, World, now};
use crate::{
    card::{Block, DeliveryType, PinStatus, Segment},
    decide::{LimitRequest, Refusal, RequestedRule},
    event::{CardChange, Event},
    id::CardId,
    limit::{Bounds, Period, Rule, UsageType},
    money::{AmountError, Decimal},
};

fn within(single: Option<&str>, sum: Option<&str>, count: Option<u32>) -> Option<RequestedRule> {
    let decimal = |text: &str| Decimal::parse(text).unwrap();
    Some(RequestedRule::Within { single: single.map(decimal), sum: sum.map(decimal), count })
}

fn request(period: Period, usage: UsageType, rule: Option<RequestedRule>, field: &str) -> LimitRequest {
    LimitRequest { period, usage, rule, reset: false, field: field.into() }
}

fn rule_of(world: &World, period: Period, usage: UsageType) -> Option<Rule> {
    world.card().limits.find(period, usage).and_then(|limit| limit.rule)
}

#[test]
fn limits_are_kept_in_minor_units_of_the_account() {
    for (account, amount, minor) in [(None, "12.5", 1250), (Some(ANNS_YEN), "12", 12)] {
        let mut world = World::with_card(|command| command.account = account.unwrap_or(command.account));
        let limit = request(Period::Daily, UsageType::Atm, within(Some(amount), Some(amount), Some(5)), "x");
        world.update(|c| c.limits = vec![limit], now()).unwrap();
        let bounds = Bounds { single: Some(minor), sum: Some(minor), count: Some(5) };
        assert_eq!(rule_of(&world, Period::Daily, UsageType::Atm), Some(Rule::Within(bounds)));
    }
}

#[test]
fn limits_not_named_stay_and_named_ones_are_replaced_whole() {
    let mut world = World::with_card(|_| {});
    let daily = request(Period::Daily, UsageType::All, within(Some("1"), Some("2"), Some(3)), "x");
    let weekly = request(Period::Weekly, UsageType::Retail, Some(RequestedRule::Off), "x");
    world.update(|c| c.limits = vec![daily, weekly], now()).unwrap();
    let replaced = request(Period::Daily, UsageType::All, within(None, Some("5"), None), "x");
    world.update(|c| c.limits = vec![replaced], now()).unwrap();
    let bounds = Bounds { single: None, sum: Some(500), count: None };
    assert_eq!(rule_of(&world, Period::Daily, UsageType::All), Some(Rule::Within(bounds)));
    assert_eq!(rule_of(&world, Period::Weekly, UsageType::Retail), Some(Rule::Off));
    assert_eq!(world.card().limits.as_slice().len(), 2);
}

#[test]
fn reset_keeps_the_rule_and_forgives_what_was_used() {
    let mut world = World::with_card(|_| {});
    let off = request(Period::Monthly, UsageType::Atm, Some(RequestedRule::Off), "x");
    world.update(|c| c.limits = vec![off.clone()], now()).unwrap();
    let reset = LimitRequest { rule: None, reset: true, ..off };
    let later = now().plus_ms(7);
    world.update(|c| c.limits = vec![reset], later).unwrap();
    let limit = world.card().limits.find(Period::Monthly, UsageType::Atm).unwrap();
    assert_eq!((limit.rule, limit.counts_from), (Some(Rule::Off), Some(later)));
}

#[test]
fn amount_that_is_none_in_the_currency_is_named() {
    let mut world = World::with_card(|_| {});
    let good =
        request(Period::Daily, UsageType::All, within(Some("1"), None, None), "usageLimits[0].values[0]");
    for (rule, field, error) in [
        (within(Some("1.005"), None, None), "singleAmount", AmountError::Precision { allowed: 2 }),
        (within(Some("1"), Some("0.001"), None), "sumAmount", AmountError::Precision { allowed: 2 }),
        (within(None, Some("999999999999999999"), None), "sumAmount", AmountError::TooLarge),
    ] {
        let bad = request(Period::Daily, UsageType::Atm, rule, "usageLimits[0].values[1]");
        let field = format!("usageLimits[0].values[1].{field}").into();
        let refusal = world.refused(|c| c.limits = vec![good.clone(), bad.clone()], now());
        assert_eq!(refusal, Refusal::LimitAmount { field, error });
    }
}

#[test]
fn blocks_not_named_stay() {
    let mut world = World::with_card(|_| {});
    world.update(|c| c.blocks = vec![(Block::Ecomm, true), (Block::Asia, true)], now()).unwrap();
    world.update(|c| c.blocks = vec![(Block::Asia, false), (Block::Home, true)], now()).unwrap();
    let blocked: Vec<Block> =
        Block::ALL.into_iter().filter(|block| world.card().blocks.has(*block)).collect();
    assert_eq!(blocked, [Block::Ecomm, Block::Home]);
}

#[test]
fn each_block_is_put_and_lifted_alone() {
    for block in Block::ALL {
        let mut world = World::with_card(|_| {});
        world.update(|c| c.blocks = vec![(block, true)], now()).unwrap();
        for other in Block::ALL {
            assert_eq!(world.card().blocks.has(other), other == block);
        }
        world.update(|c| c.blocks = vec![(block, false)], now()).unwrap();
        assert!(!world.card().blocks.has(block));
    }
}

#[test]
fn pin_status_goes_back_and_forth_but_not_to_set_without_a_pin() {
    let mut world = World::with_card(|_| {});
    assert_eq!(world.refused(|c| c.pin_status = Some(PinStatus::Set), now()), Refusal::PinAbsent);
    for pin_status in [PinStatus::Wait, PinStatus::Generate, PinStatus::Wait] {
        world.update(|c| c.pin_status = Some(pin_status), now()).unwrap();
        assert_eq!(world.card().pin_status, pin_status);
    }
    let mut card = world.card().clone();
    card.pin_status = PinStatus::Set;
    world.cards.insert(CardId(3001), card.into());
    assert!(world.update(|c| c.pin_status = Some(PinStatus::Set), now()).unwrap()[0].is_empty());
}

#[test]
fn segment_and_artwork_are_replaced() {
    let mut world = World::with_card(|_| {});
    let change = (Some(Segment::F), Some("gold".into()));
    let events = world.update(|c| (c.segment, c.layout_code) = change, now()).unwrap();
    assert!(matches!(&events[..], [Event::CardUpdated(_, _, changes)]
        if matches!(changes[..], [CardChange::Segment(_), CardChange::LayoutCode(_)])));
    assert_eq!((world.card().segment, world.card().layout_code.as_deref()), (Some(Segment::F), Some("gold")));
}

#[test]
fn only_cards_with_plastic_are_delivered() {
    use super::given::product_of;
    use crate::card::CardTemplate;
    let mut world = World::with_card(|_| {});
    assert_eq!(world.refused(|c| c.card_delivery = Some(DeliveryType::Mail), now()), Refusal::NoPlastic);
    assert_eq!(world.refused(|c| c.pin_delivery = Some(DeliveryType::Epin), now()), Refusal::NoPlastic);
    let mut world = World::with_card(|command| command.product = product_of(CardTemplate::VisaCard));
    world.update(|c| c.card_delivery = Some(DeliveryType::Courier), now()).unwrap();
    world.update(|c| c.pin_delivery = Some(DeliveryType::Epin), now()).unwrap();
    let card = world.card();
    assert_eq!(
        (card.card_delivery, card.pin_delivery),
        (Some(DeliveryType::Courier), Some(DeliveryType::Epin))
    );
}
