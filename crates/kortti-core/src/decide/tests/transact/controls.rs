use super::script::run;

#[test]
fn list_allows_what_it_names_unless_it_also_blocks_it() {
    run(r"
# allowed categories, both ends included
mcc allow=5411,5800-5999
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 FIN 5411 -> approved
at 10:00 auth RETAIL CHIP 1 FIN 5412 -> declined MCC_NOT_ALLOWED
at 10:00 auth RETAIL CHIP 1 FIN 5799 -> declined MCC_NOT_ALLOWED
at 10:00 auth RETAIL CHIP 1 FIN 5800 -> approved
at 10:00 auth RETAIL CHIP 1 FIN 5999 -> approved
at 10:00 auth RETAIL CHIP 1 FIN 6000 -> declined MCC_NOT_ALLOWED
at 10:00 auth RETAIL CHIP 0 FIN 6000 -> declined MCC_NOT_ALLOWED
at 10:00 auth CREDIT CHIP 1 FIN 6000 -> declined MCC_NOT_ALLOWED
at 10:00 auth BALANCE_INQUIRY CHIP 0 FIN 6000 -> approved

# the block wins
mcc allow=5800-5999 block=5812
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 FIN 5812 -> declined MCC_NOT_ALLOWED
at 10:00 auth RETAIL CHIP 1 FIN 5813 -> approved

# the card's list takes the place of the product's
product-mcc block=5411
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 -> declined MCC_NOT_ALLOWED
at 10:01 set mcc block=7995
at 10:02 auth RETAIL CHIP 1 -> approved
at 10:02 auth RETAIL CHIP 1 FIN 7995 -> declined MCC_NOT_ALLOWED

# merchants
merchants allow=M1,M2 block=M2
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 -> approved
at 10:00 auth RETAIL CHIP 1 merchant=M2 -> declined MERCHANT_NOT_ALLOWED
at 10:00 auth RETAIL CHIP 1 merchant=M3 -> declined MERCHANT_NOT_ALLOWED
at 10:00 auth RETAIL CHIP 1 merchant=none -> declined MERCHANT_NOT_ALLOWED

# countries, in any spelling, also online
countries block=ROU
at 2026-03-16T10:00:00Z auth RETAIL ECOMMERCE 1 ROM -> declined COUNTRY_NOT_ALLOWED
at 10:00 auth RETAIL CHIP 1 ZZZ -> approved

# what is no country is not among those that are allowed
countries allow=FIN
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 ZZZ -> declined COUNTRY_NOT_ALLOWED
at 10:00 auth RETAIL CHIP 1 FIN -> approved
");
}

#[test]
fn card_is_locked_to_the_merchant_of_its_first_approved_use() {
    run(r"
# lock
first-merchant
mcc block=7995
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 merchant=none -> declined MERCHANT_LOCKED
at 10:00 auth RETAIL CHIP 1 FIN 7995 merchant=M9 -> declined MCC_NOT_ALLOWED
at 10:00 auth RETAIL CHIP 0 merchant=M8 -> approved VERIFIED
at 10:00 auth RETAIL CHIP 5 merchant=M2 as=A -> approved
at 10:01 auth RETAIL CHIP 1 merchant=M1 -> declined MERCHANT_LOCKED
at 10:01 auth RETAIL CHIP 1 merchant=none -> declined MERCHANT_LOCKED
at 10:02 reverse A -> approved REVERSED
at 10:03 auth RETAIL CHIP 1 merchant=M1 -> declined MERCHANT_LOCKED
at 10:03 auth RETAIL CHIP 1 merchant=M2 -> approved

# uses before there was a lock do not count
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 merchant=M1 -> approved
at 10:01 set first-merchant
at 10:02 auth RETAIL CHIP 1 merchant=M2 -> approved
at 10:03 auth RETAIL CHIP 1 merchant=M1 -> declined MERCHANT_LOCKED
");
}

#[test]
fn single_use_is_spent_once_and_given_back_by_a_full_reversal_only() {
    run(r"
# once
single-use
at 2026-03-16T10:00:00Z auth RETAIL CHIP 0 -> approved VERIFIED
at 10:00 auth RETAIL CHIP 5 as=A -> approved
at 10:01 auth RETAIL CHIP 1 -> declined SINGLE_USE
at 10:02 reverse A 4 -> approved REVERSED
at 10:02 auth RETAIL CHIP 1 -> declined SINGLE_USE
at 10:02 inc A 2 -> approved
at 10:03 reverse A -> approved REVERSED; amount 3
at 10:04 auth RETAIL CHIP 7 as=B -> approved; used LIFETIME ALL 7/1
at 2026-03-23T10:04:00Z expire B -> approved HOLD_EXPIRED
at 10:05 auth RETAIL CHIP 1 -> declined SINGLE_USE; used LIFETIME ALL 0/1

# a refund reaches the card that was used
single-use
at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 -> approved
at 10:01 auth CREDIT CHIP 5 -> approved
at 10:01 auth RETAIL CHIP 0 -> declined SINGLE_USE
");
}
