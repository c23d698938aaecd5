use super::script::run;

#[test]
fn each_number_of_a_limit_allows_itself_and_nothing_above() {
    run(r"
# nothing is limited where nothing is set
at 2026-03-16T10:00:00Z auth RETAIL CHIP 10000 -> approved; used DAILY ALL 10000/1

# unlimited says so
limit DAILY ALL unlimited
at 2026-03-16T10:00:00Z auth RETAIL CHIP 10000 -> approved

# single only
limit DAILY RETAIL single=100
at 2026-03-16T10:00:00Z auth RETAIL CHIP 100 -> approved
at 10:01 auth RETAIL CHIP 100.01 -> declined SINGLE_AMOUNT_EXCEEDED
at 10:02 auth RETAIL CHIP 100 -> approved; used DAILY RETAIL 200/2
at 10:03 auth ATM CHIP 100.01 -> approved

# sum only
limit DAILY RETAIL sum=100
at 2026-03-16T10:00:00Z auth RETAIL CHIP 60 -> approved
at 10:01 auth RETAIL CHIP 40.01 -> declined AMOUNT_EXCEEDED; used DAILY RETAIL 60/1
at 10:02 auth RETAIL CHIP 40 -> approved; used DAILY RETAIL 100/2
at 10:03 auth RETAIL CHIP 0.01 -> declined AMOUNT_EXCEEDED

# count only
limit DAILY RETAIL count=2
at 2026-03-16T10:00:00Z auth RETAIL CHIP 5000 -> approved
at 10:01 auth RETAIL CHIP 1 -> approved
at 10:02 auth RETAIL CHIP 1 -> declined COUNT_EXCEEDED; used DAILY RETAIL 5001/2

# every number of a mix is enforced, single before sum before count
limit DAILY RETAIL single=50 sum=60 count=1
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50.01 -> declined SINGLE_AMOUNT_EXCEEDED
at 10:01 auth RETAIL CHIP 50 -> approved
at 10:02 auth RETAIL CHIP 50.01 -> declined SINGLE_AMOUNT_EXCEEDED
at 10:03 auth RETAIL CHIP 10.01 -> declined AMOUNT_EXCEEDED
at 10:04 auth RETAIL CHIP 10 -> declined COUNT_EXCEEDED

# switched off declines every amount, and other kinds go on
limit DAILY RETAIL off
at 2026-03-16T10:00:00Z auth RETAIL CHIP 0.01 -> declined USAGE_DISABLED
at 10:01 auth ATM CHIP 20 -> approved

# a lowered limit stops at once what is over it
at 2026-03-16T10:00:00Z auth RETAIL CHIP 80 -> approved
at 10:01 set limit DAILY ALL sum=50
at 10:02 auth RETAIL CHIP 0.01 -> declined AMOUNT_EXCEEDED; used DAILY ALL 80/1
");
}

#[test]
fn rolling_day_ends_exactly_24_hours_after_each_use() {
    run(r"
# 300 and 100 pass under 400, then nothing until a day after the first
limit 24H RETAIL sum=400
at 2026-03-16T11:30:00Z auth RETAIL CHIP 300 -> approved
at 18:00 auth RETAIL CHIP 100 -> approved; used 24H RETAIL 400/2
at 18:01 auth RETAIL CHIP 0.01 -> declined AMOUNT_EXCEEDED
at 2026-03-17T11:29:59.999Z auth RETAIL CHIP 0.01 -> declined AMOUNT_EXCEEDED
at 11:30 auth RETAIL CHIP 300.01 -> declined AMOUNT_EXCEEDED; used 24H RETAIL 100/1
at 11:30 auth RETAIL CHIP 300 -> approved; used 24H RETAIL 400/2
at 17:59:59.999 auth RETAIL CHIP 0.01 -> declined AMOUNT_EXCEEDED
at 18:00 auth RETAIL CHIP 100 -> approved

# the hour that a night loses or gains changes nothing
zone Europe/Helsinki
limit 24H ALL count=1
at 2026-03-28T12:00:00Z auth RETAIL CHIP 1 -> approved
at 2026-03-29T11:59:59.999Z auth RETAIL CHIP 1 -> declined COUNT_EXCEEDED
at 12:00 auth RETAIL CHIP 1 -> approved
at 2026-10-24T12:00:00Z auth RETAIL CHIP 1 -> approved
at 2026-10-25T11:59:59.999Z auth RETAIL CHIP 1 -> declined COUNT_EXCEEDED
at 12:00 auth RETAIL CHIP 1 -> approved
");
}

#[test]
fn calendar_limits_begin_again_at_midnight_of_the_programme() {
    run(r"
# a day
zone Europe/Helsinki
limit DAILY ALL sum=100
at 2026-03-16T21:59:59.999Z auth RETAIL CHIP 100 -> approved
at 2026-03-16T22:00:00Z auth RETAIL CHIP 100 -> approved; used DAILY ALL 100/1
at 2026-03-17T21:59:59.999Z auth RETAIL CHIP 1 -> declined AMOUNT_EXCEEDED
at 22:00 auth RETAIL CHIP 1 -> approved

# a week, from Monday
zone Europe/Helsinki
limit WEEKLY ALL count=1
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 -> approved
at 2026-03-22T21:59:59.999Z auth RETAIL CHIP 1 -> declined COUNT_EXCEEDED
at 22:00 auth RETAIL CHIP 1 -> approved

# a month
zone America/New_York
limit MONTHLY ALL sum=100
at 2026-03-16T10:00:00Z auth RETAIL CHIP 100 -> approved
at 2026-04-01T03:59:59.999Z auth RETAIL CHIP 1 -> declined AMOUNT_EXCEEDED
at 04:00 auth RETAIL CHIP 100 -> approved

# moved midnight forgets the day, and never makes room for more than the limit
limit DAILY ALL sum=100
at 2026-03-16T14:59:00Z auth RETAIL CHIP 60 as=A -> approved
at 15:30 set zone Asia/Tokyo
at 15:31 auth RETAIL CHIP 10 -> approved; used DAILY ALL 10/1
at 15:32 set zone UTC
at 15:33 auth RETAIL CHIP 20 -> approved; used DAILY ALL 20/1
at 15:34 reverse A -> approved REVERSED; used DAILY ALL 0/0
at 15:35 auth RETAIL CHIP 100.01 -> declined AMOUNT_EXCEEDED

# a lifetime never
limit LIFETIME ALL sum=100
at 2026-03-16T10:00:00Z auth RETAIL CHIP 100 -> approved
at 2028-12-16T10:00:00Z auth RETAIL CHIP 0.01 -> declined AMOUNT_EXCEEDED
");
}

#[test]
fn each_kind_of_use_counts_in_its_own_limits_and_in_no_other() {
    run(r"
# kinds
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 -> approved
at 10:00 auth UNIQUE CHIP 2 -> approved
at 10:00 auth CASHBACK CHIP 4 -> approved
at 10:00 auth P2P_DEBIT MANUAL 8 -> approved
at 10:00 auth ATM CHIP 16 -> approved
at 10:00 auth CASH_DISBURSEMENT CHIP 32 -> approved
at 10:00 auth RETAIL ECOMMERCE 64 -> approved
at 10:00 auth ATM CONTACTLESS 128 -> approved
at 10:00 auth RETAIL UNKNOWN 0 -> approved VERIFIED
at 10:00 auth BALANCE_INQUIRY CHIP 500 -> approved
at 10:00 auth CREDIT CHIP 500 -> approved
at 10:00 auth P2P_CREDIT ECOMMERCE 500 -> approved; used DAILY ALL 255/8
at 10:00 auth CREDIT CHIP 1 -> approved; used DAILY RETAIL 79/5
at 10:00 auth CREDIT CHIP 1 -> approved; used DAILY ATM 144/2
at 10:00 auth CREDIT CHIP 1 -> approved; used DAILY CASH 176/3
at 10:00 auth CREDIT CHIP 1 -> approved; used DAILY ECOMMERCE 64/1
at 10:00 auth CREDIT CHIP 1 -> approved; used DAILY CONTACTLESS 128/1
at 10:00 auth CREDIT CHIP 1 -> approved; funds 10000/255/9745

# what counts nowhere is not limited either
limit DAILY ALL off
at 2026-03-16T10:00:00Z auth RETAIL CHIP 0 -> approved VERIFIED; amount 0
at 10:00 auth BALANCE_INQUIRY CHIP 0 -> approved; amount 0
at 10:00 auth CREDIT CHIP 7 -> approved; amount 7
at 10:00 auth CASH_DISBURSEMENT CHIP 7 -> declined USAGE_DISABLED
");
}

#[test]
fn own_limit_takes_the_place_of_the_products() {
    run(r"
# the product's, the card's, and the product's again where only counters were reset
product-limit DAILY RETAIL sum=50
product-limit DAILY ATM sum=20
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50.01 -> declined AMOUNT_EXCEEDED
at 10:01 set limit DAILY RETAIL sum=70
at 10:02 auth RETAIL CHIP 70 -> approved
at 10:03 auth ATM CHIP 20 -> approved
at 10:04 auth ATM CHIP 0.01 -> declined AMOUNT_EXCEEDED
at 10:05 set limit DAILY ATM reset
at 10:06 auth ATM CHIP 20.01 -> declined AMOUNT_EXCEEDED
at 10:07 auth ATM CHIP 20 -> approved; used DAILY ATM 20/1
");
}

#[test]
fn reset_forgives_one_limit_and_nothing_comes_back_of_what_it_forgave() {
    run(r"
# calendar
limit DAILY RETAIL sum=100
at 2026-03-16T10:00:00Z auth RETAIL CHIP 100 as=A -> approved
at 10:01 set limit DAILY RETAIL sum=100 reset
at 10:02 auth RETAIL CHIP 60 -> approved; used DAILY RETAIL 60/1
at 10:02 auth ATM CHIP 1 -> approved; used DAILY ALL 161/3
at 10:03 reverse A -> approved REVERSED; used DAILY RETAIL 60/1
at 10:03 reverse A -> approved NOTHING_TO_REVERSE; used DAILY ALL 61/2

# rolling
limit 24H ALL sum=100
at 2026-03-16T10:00:00Z auth RETAIL CHIP 100 as=A -> approved
at 10:01 set limit 24H ALL reset
at 10:02 auth RETAIL CHIP 70 -> approved; used 24H ALL 70/1
at 2026-03-17T10:00:00Z auth RETAIL CHIP 31 -> declined AMOUNT_EXCEEDED; used 24H ALL 70/1
at 10:02 auth RETAIL CHIP 100 -> approved; used 24H ALL 100/1
");
}

#[test]
fn account_limit_counts_all_its_cards_in_its_own_zone() {
    run(r"
# both must pass, the card's first
account-limit DAILY RETAIL sum=100
limit DAILY RETAIL sum=80
at 2026-03-16T10:00:00Z auth RETAIL CHIP 80.01 -> declined AMOUNT_EXCEEDED
at 10:01 auth RETAIL CHIP 80 -> approved; account DAILY RETAIL 80/1
at 10:02 auth RETAIL CHIP 20.01 card=2 -> declined AMOUNT_EXCEEDED
at 10:03 auth RETAIL CHIP 20 card=2 as=B -> approved; account DAILY RETAIL 100/2; used DAILY RETAIL 80/1
at 10:04 auth RETAIL CHIP 0.01 card=2 -> declined AMOUNT_EXCEEDED; used2 DAILY RETAIL 20/1
at 10:05 reverse B 5 -> approved REVERSED; account DAILY RETAIL 95/2; used2 DAILY RETAIL 15/1
at 10:06 auth RETAIL CHIP 5 card=2 -> approved
");
}

#[test]
fn what_is_billed_counts_and_not_what_the_merchant_sees() {
    run(r"
# billing
limit DAILY ALL sum=100
at 2026-03-16T10:00:00Z auth RETAIL CHIP 999 billing=100 -> approved; amount 100; used DAILY ALL 100/1
at 10:01 auth RETAIL CHIP 0.01 billing=0.02 -> declined AMOUNT_EXCEEDED
");
}
