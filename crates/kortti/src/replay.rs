//! `kortti replay`: what would have been decided under other rules.

use std::{collections::BTreeMap, fs, ops::ControlFlow, path::Path};

use kortti_app::{AccountRules, Difference, ProductRules, Replayed, Rules, replay};
use kortti_core::{
    decide::AMOUNT_MAX_MINOR,
    id::{AccountId, CardId, InstitutionId},
    transaction::Transaction,
};
use kortti_http::{Explained, explained};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Failure,
    cli::ReplayOptions,
    config, products,
    rules::{self, ControlsConfig, HoldDaysConfig, LimitConfig, ToleranceConfig},
    say,
};

/// A file of rules. What it does not name stays as it is today.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesConfig {
    #[serde(default)]
    products: Vec<ProductRulesConfig>,
    #[serde(default)]
    cards: Vec<CardRulesConfig>,
    #[serde(default)]
    accounts: Vec<AccountRulesConfig>,
}

/// Other rules of a product.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProductRulesConfig {
    code: String,
    #[serde(default = "products::one")]
    institution: u32,
    limits: Option<Vec<LimitConfig>>,
    /// Of every card of the product, in place of its own.
    blocks: Option<Vec<String>>,
    time_zone: Option<String>,
    hold_days: Option<Vec<HoldDaysConfig>>,
    clearing_tolerance: Option<Vec<ToleranceConfig>>,
    controls: Option<ControlsConfig>,
}

/// Other limits of a card.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CardRulesConfig {
    id: i64,
    limits: Vec<LimitConfig>,
}

/// Other rules of an account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountRulesConfig {
    id: i64,
    limits: Option<Vec<LimitConfig>>,
    credit_limit_minor: Option<i64>,
}

/// Decides again and prints what would come out differently.
///
/// # Errors
/// When the rules cannot be read, or the store cannot.
pub fn run(options: &ReplayOptions) -> Result<(), Failure> {
    let range @ (from, to) = (options.from, options.to);
    if from > to {
        return Err(Failure::new(format!(
            "--from {from} is behind --to {to}: nothing would be decided again"
        )));
    }
    let rules = options.with.as_deref().map_or_else(|| Ok(Rules::default()), read)?;
    let store = config::store(&options.store)?.location.open_existing()?;
    let mut said = Ok(());
    let mut visit = |difference: &Difference<'_>| {
        said = say(&if options.json { line(difference) } else { paragraph(difference) });
        if said.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let what = options.with.as_deref().map(|file| format!("cannot replay with {}", file.display()));
    let what = what.as_deref().unwrap_or("cannot replay");
    let replayed = replay(&*store, &rules, range, &mut visit).map_err(Failure::of(what))?;
    said?;
    say(&if options.json { summary_line(&replayed) } else { summary(&replayed) })
}

/// Reads a file of rules.
///
/// # Errors
/// The first thing that is wrong with it.
fn read(path: &Path) -> Result<Rules, Failure> {
    let text = fs::read_to_string(path);
    let text = text.map_err(Failure::of(&format!("cannot read the rules in {}", path.display())))?;
    let config: RulesConfig = config::parse(path, &text)?;
    config.rules().map_err(|what| Failure::new(format!("{} is wrong: {what}", path.display())))
}

impl RulesConfig {
    fn rules(&self) -> Result<Rules, String> {
        let product = |product: &ProductRulesConfig| {
            let key = (InstitutionId(product.institution), product.code.as_str().into());
            (format!("product {}", product.code), key, product.rules())
        };
        let card = |card: &CardRulesConfig| {
            (format!("card {}", card.id), CardId(card.id), rules::limits(&card.limits))
        };
        let account = |account: &AccountRulesConfig| {
            (format!("account {}", account.id), AccountId(account.id), account.rules())
        };
        Ok(Rules {
            products: table("products", &self.products, product)?,
            cards: table("cards", &self.cards, card)?,
            accounts: table("accounts", &self.accounts, account)?,
        })
    }
}

/// Said of a table that changes nothing, which is hardly what was meant.
const EMPTY: &str = "it has no rule";

/// The rules of all entries of a table; `read` says what an entry is called, what it is of, and its rules.
///
/// # Errors
/// The first entry that is wrong, or that would silently replace one before it.
fn table<E, K: Ord, R>(
    name: &str,
    entries: &[E],
    read: impl Fn(&E) -> (String, K, Result<R, String>),
) -> Result<BTreeMap<K, R>, String> {
    let mut table = BTreeMap::new();
    for (entry, number) in entries.iter().zip(1..) {
        let (called, key, rules) = read(entry);
        let wrong = |what: String| format!("{called} (entry {number} of `{name}`): {what}");
        if table.insert(key, rules.map_err(wrong)?).is_some() {
            return Err(wrong("there is another entry for the same".to_owned()));
        }
    }
    Ok(table)
}

impl ProductRulesConfig {
    fn rules(&self) -> Result<ProductRules, String> {
        let rules = ProductRules {
            limits: self.limits.as_deref().map(rules::limits).transpose()?,
            blocks: self.blocks.as_deref().map(rules::blocks).transpose()?,
            zone: self.time_zone.as_deref().map(rules::zone).transpose()?,
            hold_days: self.hold_days.as_deref().map(rules::hold_days).transpose()?,
            tolerance_percent: self.clearing_tolerance.as_deref().map(rules::tolerance).transpose()?,
            controls: self.controls.as_ref().map(ControlsConfig::controls).transpose()?,
        };
        let ProductRules { limits, blocks, zone, hold_days, tolerance_percent, controls } = &rules;
        let terms = zone.is_some() || hold_days.is_some() || tolerance_percent.is_some();
        if terms || limits.is_some() || blocks.is_some() || controls.is_some() {
            return Ok(rules);
        }
        Err(EMPTY.to_owned())
    }
}

impl AccountRulesConfig {
    fn rules(&self) -> Result<AccountRules, String> {
        match self.credit_limit_minor {
            // As far as an account's own goes.
            Some(limit) => rules::within("credit_limit_minor", limit, 0..=AMOUNT_MAX_MINOR)?,
            None if self.limits.is_none() => return Err(EMPTY.to_owned()),
            None => {}
        }
        let limits = self.limits.as_deref().map(rules::limits).transpose()?;
        Ok(AccountRules { limits, credit_limit: self.credit_limit_minor })
    }
}

/// A difference for people: what was, what would be, and both explanations.
fn paragraph(difference: &Difference<'_>) -> String {
    let was = &difference.recorded.transaction;
    let mut text = format!("transaction {} at {}", difference.recorded.id, difference.recorded.at.rfc3339());
    if let Some(card) = was.card {
        text.push_str(&format!(", card {card}"));
    }
    text.push_str(&side("was", was));
    match difference.again {
        Ok(again) => text.push_str(&side("would be", again)),
        Err(refusal) => text.push_str(&format!("\n  would be  refused: {refusal}")),
    }
    text
}

fn side(title: &str, transaction: &Transaction) -> String {
    let Explained { outcome, checks } = explained(transaction);
    let lines = checks.iter().map(|check| format!("\n    {check}"));
    format!("\n  {title:9} {outcome}{}", lines.collect::<String>())
}

/// The same for programs.
fn line(difference: &Difference<'_>) -> String {
    let of = |transaction: &Transaction| {
        let Explained { outcome, checks } = explained(transaction);
        json!({
            "approved": transaction.approved,
            "reason": transaction.reason.name(),
            "responseCode": transaction.reason.response().0,
            "amountMinor": transaction.amount,
            "outcome": outcome,
            "explanation": checks,
        })
    };
    let again = match difference.again {
        Ok(again) => of(again),
        Err(refusal) => json!({ "refused": refusal.to_string() }),
    };
    json!({
        "transactionId": difference.recorded.id.to_string(),
        "at": difference.recorded.at.rfc3339(),
        "cardId": difference.recorded.transaction.card.map(|card| card.to_string()),
        "was": of(&difference.recorded.transaction),
        "wouldBe": again,
    })
    .to_string()
}

/// Says how, since what would have come of a difference later on is not in it.
fn summary(replayed: &Replayed) -> String {
    let Replayed { decided, identical, explained_differently, different } = replayed;
    format!(
        "{decided} decided again, each on the state as it was: {identical} identical bit for bit, \
         {explained_differently} the same with other numbers, {different} different"
    )
}

fn summary_line(replayed: &Replayed) -> String {
    json!({
        "decided": replayed.decided,
        "identical": replayed.identical,
        "explainedDifferently": replayed.explained_differently,
        "different": replayed.different,
    })
    .to_string()
}
