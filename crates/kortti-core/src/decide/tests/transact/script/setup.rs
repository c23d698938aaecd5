//! Lines that set a card and its account up, or change them later.

use super::{
    super::super::world::{ANNS, ANNS_OTHER, CARD},
    Script,
    parse::{Words, minor, month},
};
use crate::{
    account::Account,
    calendar::Zone,
    card::{Card, StatusRecord},
    controls::{Controls, List},
    decide::{LimitRequest, RequestedRule, UpdateCard},
    money::Decimal,
    product::{ByMcc, Product, Terms},
    reference::{Country, MccRange},
    view::{State, View},
};

impl Script {
    pub fn set(&mut self, words: &mut Words<'_>) {
        let now = self.now;
        match words.next() {
            "zone" => {
                let zone = Zone::parse(words.next()).unwrap();
                self.change_account(|account| account.zone = Some(Box::new(zone.clone())));
                self.change_product(|product| terms(product).zone = zone);
            }
            "home" => {
                let home = Country::parse(words.next()).unwrap();
                self.change_product(|product| product.home = home);
            }
            "balance" => {
                let there = self.world.account_activity(ANNS).unwrap().funds.balance;
                let change = minor(words.next()).minor - there;
                if change != 0 {
                    self.load(change);
                }
            }
            "credit" => {
                let limit = minor(words.next()).minor;
                self.change_account(|account| account.credit_limit = limit);
            }
            "limit" => {
                let request = limit(words);
                self.update(|command| command.limits = vec![request]);
            }
            "account-limit" => {
                let request = limit(words);
                let change = |command: &mut crate::decide::UpdateAccount| command.limits = vec![request];
                self.world.update_account(ANNS, change, now).unwrap();
            }
            "product-limit" => {
                let change = limit(words).change(super::euros(0).currency).unwrap();
                self.change_product(|product| product.limits = product.limits.merged(&[change], now));
            }
            "block" => {
                let block = words.named();
                self.update(|command| command.blocks = vec![(block, true)]);
            }
            "status" => {
                let status = words.named();
                self.change_card(|card| card.status = StatusRecord { status, since: now, reason: None });
            }
            "account-status" => {
                let status = words.named();
                self.change_account(|account| account.status.status = status);
            }
            "expires" => {
                let expiration = month(words.next());
                self.change_card(|card| card.expiration = expiration);
            }
            "closing" => {
                let at = super::at(words.next());
                let closing = Some(crate::card::ScheduledClosing { at, done: false });
                self.change_card(|card| card.closing = closing);
            }
            "move" => self.change_card(|card| card.account = ANNS_OTHER),
            "hold-days" => {
                let (range, value) = by_mcc(words);
                self.change_product(|product| terms(product).hold_days.push(ByMcc { range, value }));
            }
            "tolerance" => {
                let (range, value) = by_mcc(words);
                self.change_product(|product| terms(product).tolerance_percent.push(ByMcc { range, value }));
            }
            "single-use" => self.control(|controls| controls.single_use = Some(true)),
            "first-merchant" => self.control(|controls| controls.first_merchant_lock = Some(true)),
            "mcc" => {
                let list = list(words, |text| MccRange::parse(text).unwrap());
                self.control(|controls| controls.mcc = Some(list));
            }
            "merchants" => {
                let list = list(words, Box::from);
                self.control(|controls| controls.merchants = Some(list));
            }
            "countries" => {
                let list = list(words, |text| Country::parse(text).unwrap());
                self.control(|controls| controls.countries = Some(list));
            }
            "product-mcc" => {
                let list = list(words, |text| MccRange::parse(text).unwrap());
                self.change_product(|product| terms(product).controls.mcc = Some(list));
            }
            other => panic!("{other} sets nothing up"),
        }
        assert_eq!(words.rest(), "", "words that mean nothing");
    }

    fn update(&mut self, change: impl FnOnce(&mut UpdateCard)) {
        self.world.update(change, self.now).unwrap();
    }

    fn control(&mut self, change: impl FnOnce(&mut Controls)) {
        self.update(|command| change(&mut command.controls));
    }

    fn change_card(&mut self, change: impl FnOnce(&mut Card)) {
        let mut card = self.world.card().clone();
        change(&mut card);
        self.world.put_card(card);
    }

    fn change_account(&mut self, change: impl FnOnce(&mut Account)) {
        let mut account = self.world.account(ANNS).unwrap().as_ref().clone();
        change(&mut account);
        self.world.put_account(account);
    }

    fn change_product(&mut self, change: impl FnOnce(&mut Product)) {
        let id = View::card(&self.world, CARD).unwrap().product;
        let mut product = self.world.product(id).unwrap().as_ref().clone();
        change(&mut product);
        self.world.put_product(product);
    }
}

fn terms(product: &mut Product) -> &mut Terms {
    product.terms.get_or_insert_default()
}

fn by_mcc(words: &mut Words<'_>) -> (MccRange, u16) {
    (MccRange::parse(words.next()).unwrap(), words.next().parse().unwrap())
}

fn limit(words: &mut Words<'_>) -> LimitRequest {
    let (period, usage) = (words.period(), words.named());
    let reset = words.flag("reset");
    let amount = |text: Option<&str>| text.map(|text| Decimal::parse(text).unwrap());
    let (single, sum) = (amount(words.option("single")), amount(words.option("sum")));
    let count = words.option("count").map(|count| count.parse().unwrap());
    let rule = if words.flag("off") {
        Some(RequestedRule::Off)
    } else if words.flag("unlimited") || single.is_some() || sum.is_some() || count.is_some() {
        Some(RequestedRule::Within { single, sum, count })
    } else {
        None
    };
    LimitRequest { period, usage, rule, reset, field: "f".into() }
}

fn list<'a, T>(words: &mut Words<'a>, parse: impl Fn(&'a str) -> T) -> List<T> {
    let all = |text: Option<&'a str>| text.map_or(Vec::new(), |text| text.split(',').map(&parse).collect());
    List { allow: all(words.option("allow")), block: all(words.option("block")) }
}
