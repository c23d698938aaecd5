//! `kortti replay`: what would have been decided under other rules.

use std::{fs, path::Path};

use kortti_app::{AccountRules, Difference, ProductRules, Replayed, Rules, replay};
use kortti_core::{
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
    let rules = options.with.as_deref().map_or_else(|| Ok(Rules::default()), read)?;
    let store = config::store(&options.store)?.location.open_existing()?;
    let mut said = Ok(());
    let mut visit = |difference: &Difference<'_>| {
        let text = if options.json { line(difference) } else { paragraph(difference) };
        if said.is_ok() {
            said = say(&text);
        }
    };
    let range = (options.from, options.to);
    let replayed = replay(&*store, &rules, range, &mut visit).map_err(Failure::of("cannot replay"))?;
    said?;
    say(&if options.json { summary_line(&replayed) } else { summary(&replayed) })
}

fn read(path: &Path) -> Result<Rules, Failure> {
    let what = format!("cannot read the rules in {}", path.display());
    let text = fs::read_to_string(path).map_err(Failure::of(&what))?;
    let config: RulesConfig = toml::from_str(&text).map_err(Failure::of(&what))?;
    let mut rules = Rules::default();
    for product in &config.products {
        let key = (InstitutionId(product.institution), product.code.as_str().into());
        rules.products.insert(key, product.rules()?);
    }
    for card in &config.cards {
        let limits = rules::limits(&card.limits);
        let wrong = |what: String| Failure::new(format!("card {}: {what}", card.id));
        rules.cards.insert(CardId(card.id), limits.map_err(wrong)?);
    }
    for account in &config.accounts {
        let wrong = |what: String| Failure::new(format!("account {}: {what}", account.id));
        let limits = account.limits.as_deref().map(rules::limits).transpose().map_err(wrong)?;
        let rules_of = AccountRules { limits, credit_limit: account.credit_limit_minor };
        rules.accounts.insert(AccountId(account.id), rules_of);
    }
    Ok(rules)
}

impl ProductRulesConfig {
    fn rules(&self) -> Result<ProductRules, Failure> {
        let wrong = |what: String| Failure::new(format!("product {}: {what}", self.code));
        let rules = || {
            Ok(ProductRules {
                limits: self.limits.as_deref().map(rules::limits).transpose()?,
                blocks: self.blocks.as_deref().map(rules::blocks).transpose()?,
                zone: self.time_zone.as_deref().map(rules::zone).transpose()?,
                hold_days: self.hold_days.as_deref().map(rules::hold_days).transpose()?,
                tolerance_percent: self.clearing_tolerance.as_deref().map(rules::tolerance).transpose()?,
                controls: self.controls.as_ref().map(ControlsConfig::controls).transpose()?,
            })
        };
        rules().map_err(wrong)
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

fn summary(replayed: &Replayed) -> String {
    let Replayed { decided, identical, explained_differently, different } = replayed;
    format!(
        "{decided} decided again: {identical} identical bit for bit, {explained_differently} the same with other numbers, \
         {different} different"
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
