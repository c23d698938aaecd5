use super::{Context, Payer, Subject};
use crate::{
    account::AccountStatus,
    calendar::Windows,
    card::{Block, CardStatus},
    controls::{Controls, Effective, List},
    limit::{Period, UsageType},
    reference::Country,
    time::YearMonth,
    transaction::{Authorise, Check, CheckKind, Checked, EntryMode, Facts, Merchant, Reason},
    usage::Activity,
    view::View,
};

/// The checks of a decision as they are made, and the first that failed.
#[derive(Default)]
pub(super) struct Checks {
    list: Vec<Check>,
    failure: Option<Reason>,
}

impl Checks {
    pub fn new() -> Self {
        Self { list: Vec::with_capacity(24), failure: None }
    }

    /// Adds a check. The first failure decides; the others are kept as what would have failed too.
    pub fn add(&mut self, kind: CheckKind, result: Checked, facts: impl Into<Option<Facts>>) {
        if let Checked::Fail(reason) = result {
            self.failure = self.failure.or(Some(reason));
        }
        self.list.push(Check { kind, result, facts: facts.into() });
    }

    /// Adds a check that does not apply.
    pub fn skip(&mut self, kind: CheckKind) {
        self.add(kind, Checked::Skipped, None);
    }

    /// Notes that a part is granted of the `whole` with which the limits were compared: only that will have been used of them.
    pub fn use_part(&mut self, part: i64, whole: i64) {
        for check in &mut self.list {
            if let Some(Facts::Limit(limit)) = &mut check.facts {
                limit.this.amount = part;
                limit.total = Some(whole);
            }
        }
    }

    /// Why the decision is a decline, if it is one.
    pub const fn failure(&self) -> Option<Reason> {
        self.failure
    }

    pub fn into_list(self) -> Vec<Check> {
        self.list
    }
}

/// Its reversal has not come first.
pub(super) fn not_reversed(checks: &mut Checks, context: Context, view: &impl View) {
    if let Some(message) = context.message {
        let came_first = view.is_reversed_before(message, context.now);
        checks.add(CheckKind::NotReversed, Checked::unless(came_first, Reason::ReversedBefore), None);
    }
}

/// The card is within its months, and an expiry that was sent is its own. Listed once, save where both fail.
pub(super) fn expiry(checks: &mut Checks, sent: Option<YearMonth>, subject: &Subject, context: Context) {
    let month = subject.card.expiration;
    let mismatch = sent.is_some_and(|sent| sent != month);
    if mismatch {
        let result = Checked::Fail(Reason::ExpiryMismatch);
        checks.add(CheckKind::Expiry, result, Facts::Expiry(sent, month));
    }
    let is_over = month.end() <= context.now;
    if is_over || !mismatch {
        let result = Checked::unless(is_over, Reason::CardExpired);
        checks.add(CheckKind::Expiry, result, Facts::Expiry(sent, month));
    }
}

/// The card's status lets it be used. A scheduled closing that is due has happened, whether or not its job has run.
pub(super) fn card_status(checks: &mut Checks, subject: &Subject, context: Context) {
    let record = subject.card.status_at(context.now);
    let reason = status_reason(record.status);
    let result = Checked::unless(record.status.rejects_authorisations(), reason);
    checks.add(CheckKind::CardStatus, result, Facts::CardStatus(record.status, record.since));
}

/// Why a card in a status cannot be used.
const fn status_reason(status: CardStatus) -> Reason {
    match status {
        CardStatus::Ok | CardStatus::NoRenewal => Reason::Approved,
        CardStatus::Blocked => Reason::CardBlocked,
        CardStatus::SuspectedFraud => Reason::SuspectedFraud,
        CardStatus::ClosedDueToFraud => Reason::ClosedDueToFraud,
        CardStatus::Lost => Reason::CardLost,
        CardStatus::Stolen => Reason::CardStolen,
        CardStatus::Closed => Reason::CardClosed,
        CardStatus::Expired => Reason::CardExpired,
    }
}

/// The account's status lets its cards be used.
pub(super) fn account_status(checks: &mut Checks, payer: &Payer) {
    let record = &payer.account.status;
    let result = match record.status {
        AccountStatus::Ok => Checked::Pass,
        AccountStatus::Blocked => Checked::Fail(Reason::AccountBlocked),
        AccountStatus::ToClose => Checked::Fail(Reason::AccountClosing),
    };
    checks.add(CheckKind::AccountStatus, result, Facts::AccountStatus(record.status, record.since));
}

/// The channel and the part of the world are not blocked.
pub(super) fn blocks(checks: &mut Checks, request: &Authorise, subject: &Subject) {
    let blocks = subject.card.blocks;
    if request.entry_mode == EntryMode::Ecommerce {
        let result = Checked::unless(blocks.has(Block::Ecomm), Reason::EcommerceBlocked);
        checks.add(CheckKind::EcommerceBlock, result, None);
    } else {
        checks.skip(CheckKind::EcommerceBlock);
    }
    if !request.entry_mode.is_card_present() {
        checks.skip(CheckKind::RegionBlock);
        return;
    }
    let code = request.merchant.country;
    let block = code.country().and_then(|country| block_of(country, subject.product.home));
    let blocked = block.is_some_and(|block| blocks.has(block));
    checks.add(
        CheckKind::RegionBlock,
        Checked::unless(blocked, Reason::RegionBlocked),
        Facts::Region(code, block),
    );
}

/// The block that a merchant's country falls under: at home that alone, elsewhere the one of the continent.
fn block_of(country: Country, home: Country) -> Option<Block> {
    if country.is_same_place(home) {
        return Some(Block::Home);
    }
    country.region().map(Block::from)
}

/// The controls of the card let it be used there. Controls that nobody has set are not listed.
pub(super) fn controls(checks: &mut Checks, request: &Authorise, subject: &Subject, windows: &Windows) {
    let merchant = &request.merchant;
    let card = subject.card.controls.as_deref().unwrap_or(Controls::none());
    let controls = Effective { card, product: subject.product.controls() };
    let activity = subject.activity();
    // Money for the holder comes to a card that has been used.
    if controls.single_use() && !request.transaction_type.is_credit() {
        let uses = activity.used(Period::Lifetime, UsageType::All, windows).count;
        let result = Checked::unless(uses > 0, Reason::SingleUse);
        checks.add(CheckKind::SingleUse, result, Facts::Uses(uses));
    }
    if controls.first_merchant_lock() {
        merchant_lock(checks, merchant, activity);
    }
    if let Some(list) = controls.mcc() {
        let allowed = list.allows(|range| range.contains(merchant.mcc));
        let result = Checked::unless(!allowed, Reason::MccNotAllowed);
        checks.add(CheckKind::MccList, result, Facts::Mcc(merchant.mcc));
    }
    if let Some(list) = controls.merchants() {
        let allowed = list.allows(|id| merchant.id.as_ref() == Some(id));
        let result = Checked::unless(!allowed, Reason::MerchantNotAllowed);
        checks.add(CheckKind::MerchantList, result, Facts::Merchant(merchant.id.clone()));
    }
    if let Some(list) = controls.countries() {
        let result = Checked::unless(!allows_country(list, merchant), Reason::CountryNotAllowed);
        checks.add(CheckKind::CountryList, result, Facts::Country(merchant.country));
    }
}

fn merchant_lock(checks: &mut Checks, merchant: &Merchant, activity: &Activity) {
    let locked = activity.merchant.clone();
    let here = match (&locked, &merchant.id) {
        (Some(locked), Some(id)) => locked == id,
        (Some(_), None) => false,
        // A merchant without an id could not be recognised again.
        (None, id) => id.is_some(),
    };
    let facts = Facts::MerchantLock(locked, merchant.id.clone());
    checks.add(CheckKind::MerchantLock, Checked::unless(!here, Reason::MerchantLocked), facts);
}

fn allows_country(list: &List<Country>, merchant: &Merchant) -> bool {
    let country = merchant.country.country();
    list.allows(|listed| country.is_some_and(|country| country.is_same_place(*listed)))
}
