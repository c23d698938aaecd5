use super::script::run;

#[test]
fn of_two_failures_the_earlier_decides_and_the_later_is_told_too() {
    run(r"
# reversal, then the card
at 2026-03-16T10:00:00Z reverse of=7 -> approved REVERSAL_NOTED
at 10:01 unknown RETAIL CHIP 5 msg=7 -> declined REVERSED_BEFORE also CARD_UNKNOWN

# reversal, then expiry
at 2026-03-16T10:00:00Z reverse of=7 -> approved REVERSAL_NOTED
at 10:01 auth RETAIL CHIP 5 expiry=2027-01 msg=7 -> declined REVERSED_BEFORE also EXPIRY_MISMATCH

# expiry, then card status
status LOST
at 2026-03-16T10:01:00Z auth RETAIL CHIP 5 expiry=2027-01 -> declined EXPIRY_MISMATCH also CARD_LOST

# card status, then account status
status LOST
account-status BLOCKED
at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 -> declined CARD_LOST also ACCOUNT_BLOCKED

# account status, then the e-commerce block
account-status BLOCKED
block ECOMM
at 2026-03-16T10:00:00Z auth RETAIL ECOMMERCE 5 -> declined ACCOUNT_BLOCKED also ECOMMERCE_BLOCKED

# account status, then the region
account-status TO_CLOSE
block HOME
at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 -> declined ACCOUNT_CLOSING also REGION_BLOCKED

# the e-commerce block, then single use
block ECOMM
single-use
at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 -> approved
at 10:01 auth RETAIL ECOMMERCE 5 -> declined ECOMMERCE_BLOCKED also SINGLE_USE

# the region, then single use
block EUROPE
single-use
at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 -> approved
at 10:01 auth RETAIL CHIP 5 SWE -> declined REGION_BLOCKED also SINGLE_USE

# single use, then the merchant lock
single-use
first-merchant
at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 -> approved
at 10:01 auth RETAIL CHIP 5 merchant=M2 -> declined SINGLE_USE also MERCHANT_LOCKED

# the merchant lock, then categories
first-merchant
mcc block=7995
at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 -> approved
at 10:01 auth RETAIL CHIP 5 FIN 7995 merchant=M2 -> declined MERCHANT_LOCKED also MCC_NOT_ALLOWED

# categories, then merchants
mcc block=7995
merchants block=M2
at 2026-03-16T10:01:00Z auth RETAIL CHIP 5 FIN 7995 merchant=M2 -> declined MCC_NOT_ALLOWED also MERCHANT_NOT_ALLOWED

# merchants, then countries
merchants block=M2
countries block=SWE
at 2026-03-16T10:01:00Z auth RETAIL CHIP 5 SWE merchant=M2 -> declined MERCHANT_NOT_ALLOWED also COUNTRY_NOT_ALLOWED

# countries, then limits of the card
countries block=SWE
limit DAILY ALL off
at 2026-03-16T10:01:00Z auth RETAIL CHIP 5 SWE -> declined COUNTRY_NOT_ALLOWED also USAGE_DISABLED

# limits of the card, then of the account
limit LIFETIME CASH count=1
account-limit WEEKLY ALL sum=10
at 2026-03-16T10:00:00Z auth ATM CHIP 5 -> approved
at 10:01 auth ATM CHIP 6 -> declined COUNT_EXCEEDED also AMOUNT_EXCEEDED

# limits of the account, then money
account-limit LIFETIME CASH count=1
balance 10
at 2026-03-16T10:00:00Z auth ATM CHIP 5 -> approved
at 10:01 auth ATM CHIP 6 -> declined COUNT_EXCEEDED also NOT_ENOUGH_FUNDS
at 10:02 auth ATM CHIP 6 partial -> declined COUNT_EXCEEDED also NOT_ENOUGH_FUNDS
");
}

#[test]
fn limits_are_checked_by_period_then_kind_and_the_products_last() {
    run(r"
# week, day, 24 hours, month, lifetime
limit LIFETIME ALL count=1
limit MONTHLY ALL single=1
limit 24H ALL off
limit DAILY ALL sum=1
limit WEEKLY ALL off
at 2026-03-16T10:00:00Z auth RETAIL CHIP 2 -> declined USAGE_DISABLED also AMOUNT_EXCEEDED USAGE_DISABLED SINGLE_AMOUNT_EXCEEDED

# all, machines, purchases, online, contactless, cash
limit DAILY CASH single=1
limit DAILY CONTACTLESS sum=1
limit DAILY ATM off
limit DAILY ALL single=1
at 2026-03-16T10:00:00Z auth ATM CONTACTLESS 2 -> declined SINGLE_AMOUNT_EXCEEDED also USAGE_DISABLED AMOUNT_EXCEEDED SINGLE_AMOUNT_EXCEEDED

# the card's own first
product-limit WEEKLY ALL off
limit LIFETIME CASH single=1
at 2026-03-16T10:00:00Z auth ATM CHIP 2 -> declined SINGLE_AMOUNT_EXCEEDED also USAGE_DISABLED
");
}

#[test]
fn increment_is_checked_in_the_same_order_without_blocks_and_controls() {
    run(r"
# ended, then status, then limits, then money
at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 as=A -> approved
at 10:00 auth RETAIL CHIP 5 as=B -> approved
at 10:01 reverse A -> approved REVERSED
at 10:01 set balance 5
at 10:01 set block HOME
at 10:01 set merchants block=M1
at 10:01 set account-status BLOCKED
at 10:01 set limit DAILY ALL sum=5
at 10:01 set account-limit DAILY ALL off
at 10:01 set status LOST
at 10:02 inc A 1 -> declined AUTHORIZATION_ENDED also CARD_LOST ACCOUNT_BLOCKED AMOUNT_EXCEEDED USAGE_DISABLED NOT_ENOUGH_FUNDS
at 10:03 inc B 1 -> declined CARD_LOST also ACCOUNT_BLOCKED AMOUNT_EXCEEDED USAGE_DISABLED NOT_ENOUGH_FUNDS
at 10:03 set status OK
at 10:04 inc B 1 -> declined ACCOUNT_BLOCKED also
at 10:04 set account-status OK
at 10:05 inc B 1 -> declined AMOUNT_EXCEEDED also
at 10:05 set limit DAILY ALL unlimited
at 10:06 inc B 1 -> declined USAGE_DISABLED also
at 10:06 set account-limit DAILY ALL unlimited
at 10:07 inc B 1 -> declined NOT_ENOUGH_FUNDS also
");
}
