//! Random sequences of updates against a reference that keeps only the obvious: the last word on each thing.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::world::{World, now};
use crate::{
    card::{Block, CardStatus},
    decide::{LimitRequest, RequestedRule, UpdateCard},
    limit::{Bounds, Period, Rule, UsageType},
    money::Decimal,
    time::Timestamp,
};

/// What an update asks for, in a form in which it can be drawn and understood at once.
#[derive(Clone, Debug)]
struct Request {
    status: Option<CardStatus>,
    reason: Option<&'static str>,
    blocks: Vec<(Block, bool)>,
    /// Period, type, the most for one use in whole euros or none for switched off, and whether to reset.
    limits: Vec<(Period, UsageType, Option<i64>, bool)>,
}

fn any_request() -> impl Strategy<Value = Request> {
    let status = prop::option::of(prop::sample::select(&CardStatus::ALL[..8]));
    let reason = prop::option::of(prop::sample::select(vec!["lost", "found", "asked for"]));
    let block = (prop::sample::select(&Block::ALL[..]), any::<bool>());
    let limit = (
        prop::sample::select(&Period::ALL[..]),
        prop::sample::select(&UsageType::ALL[..]),
        prop::option::of(0..1000_i64),
        any::<bool>(),
    );
    (status, reason, prop::collection::vec(block, 0..4), prop::collection::vec(limit, 0..4))
        .prop_map(|(status, reason, blocks, limits)| Request { status, reason, blocks, limits })
}

impl Request {
    fn fill(&self, command: &mut UpdateCard) {
        command.status = self.status;
        command.reason = self.reason.map(Into::into);
        command.blocks.clone_from(&self.blocks);
        let limit = |(period, usage, single, reset): &(Period, UsageType, Option<i64>, bool)| LimitRequest {
            period: *period,
            usage: *usage,
            rule: Some(single.map_or(RequestedRule::Off, |single| RequestedRule::Within {
                single: Some(Decimal::whole(single)),
                sum: None,
                count: None,
            })),
            reset: *reset,
            field: "f".into(),
        };
        command.limits = self.limits.iter().map(limit).collect();
    }
}

#[derive(Debug, PartialEq)]
struct Model {
    status: CardStatus,
    since: Timestamp,
    reason: Option<String>,
    blocked: BTreeSet<u8>,
    limits: BTreeMap<(Period, UsageType), (Option<i64>, Option<Timestamp>)>,
}

impl Model {
    fn take(&mut self, request: &Request, now: Timestamp) {
        if let Some(status) = request.status.filter(|status| *status != self.status) {
            (self.status, self.since, self.reason) = (status, now, None);
        }
        if let Some(reason) = request.reason {
            self.reason = Some(reason.to_owned());
        }
        for (block, blocked) in &request.blocks {
            if *blocked {
                self.blocked.insert(*block as u8);
            } else {
                self.blocked.remove(&(*block as u8));
            }
        }
        for (period, usage, single, reset) in &request.limits {
            let slot = self.limits.entry((*period, *usage)).or_default();
            slot.0 = *single;
            if *reset {
                slot.1 = Some(now);
            }
        }
    }

    fn of(world: &World) -> Self {
        let card = world.card();
        let blocked = Block::ALL.into_iter().filter(|block| card.blocks.has(*block)).map(|block| block as u8);
        let limits = card.limits.as_slice().iter().map(|limit| {
            let single = match limit.rule.unwrap() {
                Rule::Off => None,
                Rule::Within(Bounds { single, .. }) => Some(single.unwrap() / 100),
            };
            ((limit.period, limit.usage), (single, limit.counts_from))
        });
        Self {
            status: card.status.status,
            since: card.status.since,
            reason: card.status.reason.as_deref().map(ToOwned::to_owned),
            blocked: blocked.collect(),
            limits: limits.collect(),
        }
    }
}

proptest! {
    #[test]
    fn folding_the_events_gives_the_last_word_on_each_thing(requests in prop::collection::vec(any_request(), 0..12)) {
        let mut world = World::with_card(|_| {});
        let mut model = Model::of(&world);
        for (step, request) in (1..).zip(&requests) {
            let at = now().plus_ms(step);
            // `run` checks that deciding is deterministic and that every change starts from what was there.
            world.update(|command| request.fill(command), at).unwrap();
            model.take(request, at);
            prop_assert_eq!(&Model::of(&world), &model);
        }
    }
}
