//! Questions and answers come through the bytes unchanged.

use std::sync::Arc;

use kortti_core::{
    access::Scopes,
    calendar::Zone,
    card::{Block, CardStatus, CardTemplate, DeliveryType, PinStatus, Segment},
    controls::{Controls, List},
    decide::{
        AddClient, AddKey, Command, IssueCard, LimitRequest, OpenAccount, PersonalUpdate, Refusal,
        RequestedRule, UpdateAccount, UpdateCard, UpdateCustomer,
    },
    embossing::EmbossingError,
    event::KeyPurpose,
    id::{AccountId, BlindIndex, CardId, ClientId, KeyId, RequestId},
    limit::{Period, UsageType},
    money::{AmountError, Decimal},
    personal::Sealed,
    reference::Currency,
    time::YearMonth,
};
use kortti_store::{ColdTable, ColdWrite};

use super::{
    given::{
        ACCOUNT, ANN, OURS, START, account, account_to_close, card, customer, issue, keyed, product, renamed,
    },
    place::Place,
    share::{Network, answer},
    till::{authorise, clear, increment, load, nth, reverse, reverse_message, send, transact, with_money},
};
use crate::{
    ClockMove, LedgerError, Outcome,
    handover::{Answer, Ask, Done, to_bytes},
};

/// What is written down, read and written down again is the same, and shows the same.
fn assert_survives(ask: &Ask) {
    let bytes = to_bytes(ask);
    let read: Ask = minicbor::decode(&bytes).unwrap();
    assert_eq!(to_bytes(&read), bytes);
    assert_eq!(format!("{read:?}"), format!("{ask:?}"));
}

fn update() -> Option<PersonalUpdate> {
    Some(PersonalUpdate { based_on: 3, sealed: Sealed { revision: 4, bytes: vec![1, 2], owner: ANN } })
}

fn limits() -> Vec<LimitRequest> {
    let (sum, single) = (Decimal::parse("12.34").ok(), Decimal::parse("5").ok());
    let rules = [None, Some(RequestedRule::Off), Some(RequestedRule::Within { single, sum, count: Some(3) })];
    let request = |rule| LimitRequest {
        period: Period::Monthly,
        usage: UsageType::Retail,
        rule,
        reset: true,
        field: "usageLimits[0]".into(),
    };
    rules.map(request).into()
}

/// Every command, with everything that it can have.
fn commands() -> Vec<Command> {
    let list = List { allow: vec!["one".into()], block: vec!["two".into()] };
    let controls = Controls { merchants: Some(list), single_use: Some(true), ..Controls::default() };
    let issued = IssueCard {
        expiration: YearMonth::new(2030, 5),
        segment: Some(Segment::B),
        pin_status: Some(PinStatus::Generate),
        layout_code: Some("BLUE".into()),
        closing: Some(START),
        card_delivery: Some(DeliveryType::Mail),
        pin_delivery: Some(DeliveryType::Epin),
        controls: controls.clone(),
        ..issue(3001)
    };
    let updated = UpdateCard {
        template: Some(CardTemplate::VisaVirtual),
        account: Some(ACCOUNT),
        customer: Some(ANN),
        status: Some(CardStatus::Lost),
        reason: Some("lost".into()),
        limits: limits(),
        blocks: vec![(Block::ALL[0], true), (Block::ALL[1], false)],
        closing: Some(START),
        controls,
        personal: update(),
        ..UpdateCard::of(CardId(3001))
    };
    let Command::OpenAccount(opened) = account() else { unreachable!() };
    let opened = OpenAccount {
        product: Some("P".into()),
        credit_limit: Decimal::parse("100").ok(),
        parent: Some(AccountId(2)),
        zone: Zone::parse("Europe/Helsinki"),
        ..opened
    };
    let Command::UpdateAccount(closed) = account_to_close() else { unreachable!() };
    let closed = UpdateAccount {
        reason: Some("closed".into()),
        closure_reason: Some(2),
        limits: limits(),
        personal: update(),
        ..closed
    };
    let Command::UpdateCustomer(renamed) = renamed(ANN, "C-2") else { unreachable!() };
    let renamed = UpdateCustomer { registration: Some(BlindIndex([7; 16])), personal: update(), ..renamed };
    let mut commands = vec![
        customer(ANN, "C-1"),
        Command::UpdateCustomer(renamed),
        Command::OpenAccount(opened),
        Command::UpdateAccount(closed),
        Command::IssueCard(issued),
        Command::UpdateCard(updated),
        product(),
        Command::AddClient(AddClient { id: ClientId(1), name: "shop".into(), scopes: Scopes::all() }),
        Command::RevokeClient(ClientId(1)),
        Command::AddKey(AddKey { id: KeyId(4), purpose: KeyPurpose::Jwe }),
        Command::MoveClock { ahead_ms: -5 },
    ];
    let requests = [
        authorise(3001, 100),
        increment(nth(4), 5),
        reverse(nth(4), Some(5)),
        reverse_message(3),
        clear(nth(4), 5, true),
        load(7),
    ];
    commands.extend(requests.map(transact));
    commands
}

#[test]
fn every_command_survives() {
    let cold: Vec<ColdWrite> = (0..)
        .zip(ColdTable::ALL)
        .map(|(id, table)| ColdWrite { table, id: id - 3, body: (id != 2).then(|| vec![0xa5; 300]) })
        .collect();
    for command in commands() {
        let origin = kortti_core::entry::Origin { request: Some(RequestId([9; 16])), ..keyed(1) };
        assert_survives(&Ask::Submit {
            institution: OURS,
            origin,
            command: Box::new(command),
            cold: cold.clone(),
        });
    }
    assert_survives(&Ask::Advance { by: ClockMove::By { ms: 5 }, origin: keyed(2) });
    assert_survives(&Ask::Advance { by: ClockMove::To(START), origin: keyed(2) });
    assert_survives(&Ask::Wipe);
    assert_survives(&Ask::Hello);
}

#[tokio::test]
async fn every_kind_of_answer_survives() {
    let place = with_money(10_000).await;
    let ledger = place.ledger();
    let recorded = send(&ledger, authorise(3001, 100)).await;
    let outcome = |transaction| Outcome { id: 3001, sequence: 9, repeated: true, transaction };
    let euro = Currency::parse("EUR").unwrap();
    let refusals = [
        Refusal::CardUnknown(CardId(5)),
        Refusal::Stale,
        Refusal::NoProduct(CardTemplate::VisaVirtual),
        Refusal::Embossing(EmbossingError::Character { field: "firstName".into() }),
        Refusal::LimitAmount { field: "x".into(), error: AmountError::Precision { allowed: 2 } },
        Refusal::CreditLimit(AmountError::TooLarge),
        Refusal::BillingRequired(euro),
        Refusal::AuthorisationUnknown(nth(4)),
    ];
    let answers = [
        Ok(Done::Outcome(outcome(Some(recorded)))),
        Ok(Done::Outcome(outcome(None))),
        Ok(Done::At(START)),
        Ok(Done::Wiped),
        Ok(Done::Hello),
        Err(LedgerError::Unavailable),
        Err(LedgerError::Stopped),
        Err(LedgerError::Elsewhere),
    ];
    let refused = refusals.map(|refusal| Err(LedgerError::Refused(refusal)));
    for answer in answers.into_iter().chain(refused) {
        assert_eq!(minicbor::decode::<Answer>(&to_bytes(&answer)).unwrap(), answer);
    }
}

#[tokio::test]
async fn what_is_no_question_is_refused_and_changes_nothing() {
    let place = Place::furnished().await;
    let ledger = Arc::new(Network::default()).join(&place, "leader").await;
    let whole = to_bytes(&Ask::Submit {
        institution: OURS,
        origin: keyed(1),
        command: Box::new(card(3001)),
        cold: vec![ColdWrite { table: ColdTable::CardPan, id: 1, body: None }],
    });
    let cut = (0..whole.len()).step_by(7).map(|end| whole[..end].to_vec());
    let strange = [vec![0xff; 9], vec![0x82, 0x18, 0x63, 0x80]];
    for question in cut.chain(strange) {
        let answer: Vec<u8> = answer(&ledger, &question).await.into();
        let answer: Answer = minicbor::decode(&answer).unwrap();
        assert_eq!(answer, Err(LedgerError::Unavailable));
    }
    assert_eq!(ledger.end().unwrap(), 3);
}
