use super::script::run;

#[test]
fn reversal_gives_back_what_is_held_and_a_full_one_the_use_too() {
    run(r"
# full
limit DAILY RETAIL count=1
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved; funds 10000/50/9950
at 10:01 auth RETAIL CHIP 1 -> declined COUNT_EXCEEDED
at 10:02 reverse A -> approved REVERSED; amount 50; used DAILY RETAIL 0/0; funds 10000/0/10000
at 10:03 reverse A -> approved NOTHING_TO_REVERSE; amount 0; used DAILY RETAIL 0/0
at 10:04 auth RETAIL CHIP 1 -> approved

# in parts, the last of which is more than there is
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:01 reverse A 20 -> approved REVERSED; amount 20; used 24H RETAIL 30/1; funds 10000/30/9970
at 10:02 reverse A 40 -> approved REVERSED; amount 30; used 24H RETAIL 0/0; funds 10000/0/10000

# days later nothing of today comes back
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 2026-03-17T09:00:00Z auth RETAIL CHIP 7 -> approved; used DAILY ALL 7/1; used 24H ALL 57/2
at 09:30 reverse A -> approved REVERSED; used DAILY ALL 7/1; used 24H ALL 7/1; used WEEKLY ALL 7/1

# late, of a hold that has expired
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 2026-03-23T10:00:00Z expire A -> approved HOLD_EXPIRED; amount 50
at 10:01 reverse A -> approved NOTHING_TO_REVERSE; used MONTHLY ALL 0/1; funds 10000/0/10000

# of what was declined, verified or refunded
at 2026-03-16T10:00:00Z auth RETAIL CHIP 20000 as=A -> declined NOT_ENOUGH_FUNDS
at 10:01 reverse A -> approved NOTHING_TO_REVERSE
at 10:02 auth RETAIL CHIP 0 as=B -> approved VERIFIED
at 10:03 reverse B -> approved NOTHING_TO_REVERSE; funds 10000/0/10000
at 10:04 reverse B 0 -> refused NoAmount
");
}

#[test]
fn reversal_that_comes_first_is_kept_for_the_message_it_names() {
    run(r"
# early
at 2026-03-16T10:00:00Z reverse of=7 -> approved REVERSAL_NOTED; funds 10000/0/10000
at 10:01 reverse of=7 -> approved REVERSAL_NOTED
at 10:02 auth RETAIL CHIP 5 msg=8 -> approved
at 10:03 auth RETAIL CHIP 5 msg=7 as=A -> declined REVERSED_BEFORE also; funds 10000/5/9995
at 10:04 reverse of=7 -> approved NOTHING_TO_REVERSE
at 10:05 reverse of=8 -> approved REVERSED; amount 5; funds 10000/0/10000

# what was approved elsewhere and reversed holds nothing either
at 2026-03-16T10:00:00Z reverse of=7 -> approved REVERSAL_NOTED
at 10:01 auth RETAIL CHIP 5 msg=7 advice=approved -> declined REVERSED_BEFORE; funds 10000/0/10000; used DAILY ALL 0/0

# a message is remembered for a day
at 2026-03-16T10:00:00Z reverse of=7 -> approved REVERSAL_NOTED
at 2026-03-17T10:00:00Z auth RETAIL CHIP 5 msg=7 -> approved
");
}

#[test]
fn increment_adds_to_the_amount_of_its_use_and_is_checked_like_one() {
    run(r"
# more
limit DAILY RETAIL single=60 sum=100 count=1
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:01 inc A 10.01 -> declined SINGLE_AMOUNT_EXCEEDED; used DAILY RETAIL 50/1
at 10:02 inc A 10 -> approved; amount 10; used DAILY RETAIL 60/1; funds 10000/60/9940
at 10:03 reverse A 30 -> approved REVERSED
at 10:04 inc A 30 -> approved; used DAILY RETAIL 60/1
at 10:05 reverse A -> approved REVERSED; amount 60; used DAILY RETAIL 0/0
at 10:06 inc A 1 -> declined AUTHORIZATION_ENDED
at 10:06 inc A 0 -> refused NoAmount

# a later day: it must fit into that day, and counts where its use does
limit DAILY ALL sum=100
at 2026-03-16T10:00:00Z auth RETAIL CHIP 90 as=A -> approved
at 2026-03-17T10:00:00Z auth RETAIL CHIP 30 -> approved
at 10:01 inc A 70.01 -> declined AMOUNT_EXCEEDED
at 10:02 inc A 70 -> approved; used DAILY ALL 30/1; used WEEKLY ALL 190/2; used 24H ALL 30/1

# money, and the hold begins anew
balance 100
at 2026-03-16T10:00:00Z auth RETAIL CHIP 60 as=A -> approved
at 10:01 inc A 40.01 -> declined NOT_ENOUGH_FUNDS
at 2026-03-20T10:00:00Z inc A 40 -> approved; funds 100/100/0

# of what never held anything
at 2026-03-16T10:00:00Z auth RETAIL CHIP 0 as=A -> approved VERIFIED
at 10:01 inc A 1 -> declined AUTHORIZATION_ENDED
");
}

#[test]
fn clearing_counts_what_was_paid_where_it_was_authorised() {
    run(r"
# exact
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:01 clear A 50 -> approved POSTED; amount 50; used DAILY ALL 50/1; funds 9950/0/9950
at 10:02 clear A 1 -> approved POSTED_AFTER_CLEARING; used DAILY ALL 51/1; funds 9949/0/9949

# less, and the last
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:01 clear A 30 -> approved POSTED_BELOW; used 24H ALL 30/1; funds 9970/0/9970

# in parts
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:01 clear A 30 more -> approved POSTED; used DAILY ALL 50/1; funds 9970/20/9950
at 10:02 clear A 15 more -> approved POSTED; funds 9955/5/9950
at 10:03 clear A 5 more -> approved POSTED; funds 9950/0/9950
at 10:04 reverse A -> approved NOTHING_TO_REVERSE; used DAILY ALL 50/1

# a part, and the rest is reversed: the use stays one
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:01 clear A 30 more -> approved POSTED
at 10:02 reverse A -> approved REVERSED; amount 20; used DAILY ALL 30/1; funds 9970/0/9970
at 10:03 clear A 20 -> approved POSTED_AFTER_CLEARING

# after a partial reversal
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:01 reverse A 20 -> approved REVERSED
at 10:02 clear A 30 -> approved POSTED; used DAILY ALL 30/1; funds 9970/0/9970

# above: a restaurant may add a fifth
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 FIN 5812 as=A -> approved
at 10:00 auth RETAIL CHIP 50 FIN 5812 as=B -> approved
at 10:00 auth RETAIL CHIP 50 FIN 5411 as=C -> approved
at 10:01 clear A 60 -> approved POSTED_ABOVE; used DAILY ALL 160/3
at 10:02 clear B 60.01 -> approved POSTED_ABOVE_TOLERANCE
at 10:03 clear C 50.01 -> approved POSTED_ABOVE_TOLERANCE; funds 9829.98/0/9829.98

# above, over several
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 FIN 5812 as=A -> approved
at 10:01 clear A 40 more -> approved POSTED
at 10:02 clear A 20 more -> approved POSTED_ABOVE; funds 9940/0/9940

# in a later window today counts nothing
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 2026-03-18T10:00:00Z auth RETAIL CHIP 5 -> approved
at 10:01 clear A 80 -> approved POSTED_ABOVE_TOLERANCE; used DAILY ALL 5/1; used 24H ALL 5/1; used WEEKLY ALL 85/2
");
}

#[test]
fn clearing_after_the_end_posts_and_says_so() {
    run(r"
# expired
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 2026-03-23T10:00:00Z expire A -> approved HOLD_EXPIRED; used MONTHLY ALL 0/1; funds 10000/0/10000
at 10:01 clear A 50 -> approved POSTED_AFTER_EXPIRY; used MONTHLY ALL 50/1; funds 9950/0/9950
at 10:02 clear A 50 -> approved POSTED_AFTER_EXPIRY; used MONTHLY ALL 100/1; funds 9900/0/9900
at 10:03 expire A -> approved HOLD_EXPIRED; amount 0; funds 9900/0/9900

# reversed
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:01 reverse A -> approved REVERSED
at 10:02 clear A 50 -> approved POSTED_AFTER_REVERSAL; used DAILY ALL 50/1; used 24H RETAIL 50/1; funds 9950/0/9950
at 10:03 clear A 50 -> approved POSTED_AFTER_REVERSAL; used DAILY ALL 100/1; used LIFETIME ALL 100/1; funds 9900/0/9900

# reversed, and paid all the same: the card has been used
single-use
limit DAILY ALL count=1
account-limit DAILY ALL count=1
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:01 reverse A -> approved REVERSED
at 10:02 clear A 50 -> approved POSTED_AFTER_REVERSAL; account DAILY ALL 50/1
at 10:03 auth RETAIL CHIP 50 -> declined SINGLE_USE also COUNT_EXCEEDED COUNT_EXCEEDED

# reversed, and paid on a later day: it counts where it was authorised
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:01 reverse A -> approved REVERSED
at 2026-03-17T10:00:00Z auth RETAIL CHIP 5 -> approved
at 10:01 clear A 50 -> approved POSTED_AFTER_REVERSAL; used DAILY ALL 5/1; used 24H ALL 5/1; used WEEKLY ALL 55/2

# declined
at 2026-03-16T10:00:00Z auth RETAIL CHIP 20000 as=A -> declined NOT_ENOUGH_FUNDS
at 10:02 clear A 50 -> approved POSTED_AFTER_DECLINE; used DAILY ALL 0/0; funds 9950/0/9950

# never there
at 2026-03-16T10:00:00Z clear alone 50 -> approved POSTED_WITHOUT_AUTHORIZATION; used DAILY ALL 0/0; funds 9950/0/9950
at 10:01 clear alone 50 credit -> approved POSTED_WITHOUT_AUTHORIZATION; funds 10000/0/10000
");
}

#[test]
fn credit_comes_with_its_clearing_and_not_before() {
    run(r"
# a refund that was authorised
at 2026-03-16T10:00:00Z auth CREDIT CHIP 50 as=A -> approved; amount 50; used DAILY ALL 0/0; funds 10000/0/10000
at 10:01 clear A 50 credit -> approved POSTED; funds 10050/0/10050
at 10:02 clear A 50 -> approved POSTED_AFTER_CLEARING; used DAILY ALL 0/0; funds 10100/0/10100

# its clearing need not say so again
at 2026-03-16T10:00:00Z auth P2P_CREDIT ECOMMERCE 50 as=A -> approved; funds 10000/0/10000
at 10:01 clear A 20 more -> approved POSTED; used DAILY ALL 0/0; funds 10020/0/10020
at 10:02 clear A 30 more -> approved POSTED; funds 10050/0/10050
at 10:03 clear A 1 more -> approved POSTED_AFTER_CLEARING; funds 10051/0/10051

# less, and the last
at 2026-03-16T10:00:00Z auth CREDIT CHIP 50 as=A -> approved
at 10:01 clear A 20 -> approved POSTED_BELOW; funds 10020/0/10020
at 10:02 clear A 30 -> approved POSTED_AFTER_CLEARING; funds 10050/0/10050

# above
at 2026-03-16T10:00:00Z auth CREDIT CHIP 50 FIN 5812 as=A -> approved
at 10:00 auth CREDIT CHIP 50 FIN 5411 as=B -> approved
at 10:01 clear A 60 -> approved POSTED_ABOVE; funds 10060/0/10060
at 10:02 clear B 3000 -> approved POSTED_ABOVE_TOLERANCE; funds 13060/0/13060

# also where it had been declined
status CLOSED
at 2026-03-16T10:00:00Z auth CREDIT CHIP 50 as=A -> declined CARD_CLOSED
at 10:01 clear A 50 -> approved POSTED_AFTER_DECLINE; funds 10050/0/10050

# a credit that names a purchase leaves its hold alone
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:01 clear A 20 credit -> approved POSTED; used DAILY ALL 50/1; funds 10020/50/9970
at 10:02 clear A 50 -> approved POSTED; funds 9970/0/9970
");
}

#[test]
fn credit_that_is_reversed_is_due_no_more() {
    run(r"
# all of it
at 2026-03-16T10:00:00Z auth CREDIT CHIP 40 as=A -> approved
at 10:01 reverse A -> approved REVERSED; amount 40; used DAILY ALL 0/0; funds 10000/0/10000
at 10:02 reverse A -> approved NOTHING_TO_REVERSE; amount 0
at 10:03 clear A 40 -> approved POSTED_AFTER_REVERSAL; funds 10040/0/10040

# all of it, by its amount
at 2026-03-16T10:00:00Z auth P2P_CREDIT ECOMMERCE 40 as=A -> approved
at 10:01 reverse A 40 -> approved REVERSED; amount 40
at 10:02 clear A 40 -> approved POSTED_AFTER_REVERSAL

# a part
at 2026-03-16T10:00:00Z auth CREDIT CHIP 40 as=A -> approved
at 10:01 reverse A 10 -> approved REVERSED; amount 10; funds 10000/0/10000
at 10:02 clear A 30 more -> approved POSTED; funds 10030/0/10030
at 10:03 reverse A -> approved NOTHING_TO_REVERSE
at 10:04 clear A 10 -> approved POSTED_AFTER_CLEARING

# the rest after a clearing
at 2026-03-16T10:00:00Z auth CREDIT CHIP 40 as=A -> approved
at 10:01 clear A 30 more -> approved POSTED
at 10:02 reverse A -> approved REVERSED; amount 10
at 10:03 clear A 10 -> approved POSTED_AFTER_CLEARING; funds 10040/0/10040
");
}

#[test]
fn part_is_approved_only_where_the_merchant_can_take_it() {
    run(r"
# part
balance 30
credit 20
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50.01 -> declined NOT_ENOUGH_FUNDS
at 10:00 auth RETAIL CHIP 60 partial as=A -> approved PARTIALLY_APPROVED; amount 50; used DAILY ALL 50/1; funds 30/50/0
at 10:01 auth RETAIL CHIP 1 partial -> declined NOT_ENOUGH_FUNDS
at 10:02 clear A 60 -> approved POSTED_ABOVE_TOLERANCE; funds -30/0/-10
at 10:03 auth RETAIL CHIP 1 partial -> declined NOT_ENOUGH_FUNDS
at 10:03 auth RETAIL CHIP 0 -> approved VERIFIED

# the whole amount must be within the limits
balance 30
limit DAILY ALL single=40
at 2026-03-16T10:00:00Z auth RETAIL CHIP 41 partial -> declined SINGLE_AMOUNT_EXCEEDED also NOT_ENOUGH_FUNDS
at 10:01 auth RETAIL CHIP 40 partial -> approved PARTIALLY_APPROVED; amount 30

# to the last cent
balance 30
at 2026-03-16T10:00:00Z auth RETAIL CHIP 30 -> approved; funds 30/30/0
at 10:01 fee 5 -> approved POSTED; funds 25/30/-5
at 10:02 load 6 -> approved POSTED; funds 31/30/1
at 10:03 debit 2 -> approved POSTED; funds 29/30/-1
at 10:04 refund 3 -> approved POSTED; funds 32/30/2
");
}

#[test]
fn hold_and_tolerance_are_those_of_the_merchants_category() {
    run(r"
# where a product says nothing
at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 FIN 5411 -> approved; until 2026-03-23T10:00:00
at 10:00 auth RETAIL CHIP 5 FIN 7011 -> approved; until 2026-04-15T10:00:00
at 10:00 auth RETAIL CHIP 5 FIN 5542 as=A -> approved; until 2026-03-17T10:00:00
at 2026-03-17T10:00:00Z inc A 1 -> approved; until 2026-03-18T10:00:00
at 10:01 reverse A 1 -> approved REVERSED; until 2026-03-18T10:00:00

# where it has a table, the first range that fits counts
hold-days 5400-5499 3
hold-days 5411 4
tolerance 5411 50
at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 FIN 5411 as=A -> approved; until 2026-03-19T10:00:00
at 10:00 auth RETAIL CHIP 5 FIN 7011 -> approved; until 2026-04-15T10:00:00
at 10:01 clear A 7.50 -> approved POSTED_ABOVE
");
}

#[test]
fn what_is_held_stays_with_its_account_when_the_card_moves() {
    run(r"
# moved
at 2026-03-16T10:00:00Z auth RETAIL CHIP 50 as=A -> approved
at 10:00 auth RETAIL CHIP 20 as=B -> approved
at 10:01 set move
at 10:02 auth RETAIL CHIP 1 -> declined NOT_ENOUGH_FUNDS
at 10:03 inc A 10 -> approved; funds 10000/80/9920; account DAILY ALL 80/2
at 10:04 reverse B -> approved REVERSED; funds 10000/60/9940; account DAILY ALL 60/1
at 10:05 clear A 60 -> approved POSTED; funds 9940/0/9940; used DAILY ALL 60/1
at 10:06 refund 5 -> approved POSTED; funds 9940/0/9940
at 10:07 auth RETAIL CHIP 5 -> approved; account DAILY ALL 60/1; used DAILY ALL 65/2
");
}

#[test]
fn advice_is_recorded_as_it_was_decided() {
    run(r"
# approved although nothing allows it
balance 10
status LOST
limit DAILY ALL sum=5
at 2026-03-16T10:00:00Z auth RETAIL CHIP 20 advice=approved as=A -> approved ADVISED also AMOUNT_EXCEEDED NOT_ENOUGH_FUNDS; funds 10/20/-10
at 10:01 clear A 20 -> approved POSTED; used DAILY ALL 20/1; funds -10/0/-10

# declined although everything allows it
at 2026-03-16T10:00:00Z auth RETAIL CHIP 20 advice=declined as=A -> declined ADVISED_DECLINED; funds 10000/0/10000
at 10:01 clear A 20 -> approved POSTED_AFTER_DECLINE; used DAILY ALL 0/0
");
}
