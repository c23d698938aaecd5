use super::script::run;

#[test]
fn each_card_status_has_its_answer() {
    run(r"
# open, not to be renewed
status NO_RENEWAL
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 -> approved

# blocked
status BLOCKED
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 -> declined CARD_BLOCKED

# suspected fraud
status SUSPECTED_FRAUD
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 -> declined SUSPECTED_FRAUD

# closed due to fraud
status CLOSED_DUE_TO_FRAUD
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 -> declined CLOSED_DUE_TO_FRAUD

# lost
status LOST
at 2026-03-16T10:00:00Z auth CREDIT CHIP 1 -> declined CARD_LOST

# stolen
status STOLEN
at 2026-03-16T10:00:00Z auth RETAIL CHIP 0 -> declined CARD_STOLEN

# closed
status CLOSED
at 2026-03-16T10:00:00Z auth BALANCE_INQUIRY CHIP 0 -> declined CARD_CLOSED

# expired
status EXPIRED
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 -> declined CARD_EXPIRED
");
}

#[test]
fn each_account_status_has_its_answer_for_every_card() {
    run(r"
# blocked
account-status BLOCKED
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 -> declined ACCOUNT_BLOCKED
at 10:00 auth RETAIL CHIP 1 card=2 -> declined ACCOUNT_BLOCKED
at 10:00 set account-status OK
at 10:00 auth RETAIL CHIP 1 -> approved

# to close
account-status TO_CLOSE
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 -> declined ACCOUNT_CLOSING
");
}

#[test]
fn card_is_good_through_its_last_month_and_only_with_its_own_expiry() {
    run(r"
# month
expires 2026-04
at 2026-03-16T10:00:00Z auth RETAIL CHIP 1 expiry=2026-04 -> approved
at 10:00 auth RETAIL CHIP 1 expiry=2026-05 -> declined EXPIRY_MISMATCH
at 10:00 auth RETAIL CHIP 1 expiry=2027-04 -> declined EXPIRY_MISMATCH
at 2026-04-30T23:59:59.999Z auth RETAIL CHIP 1 as=A -> approved
at 2026-05-01T00:00:00Z auth RETAIL CHIP 1 -> declined CARD_EXPIRED also
at 00:00 auth RETAIL CHIP 1 expiry=2026-04 -> declined CARD_EXPIRED
at 00:00 auth RETAIL CHIP 1 expiry=2026-05 -> declined EXPIRY_MISMATCH also CARD_EXPIRED

# clearings and refunds post for 45 days more, also when the job is late
expires 2026-04
at 2026-04-30T23:59:59.999Z auth RETAIL CHIP 9 as=A -> approved
at 23:59:59.999 auth RETAIL CHIP 9 as=B -> approved
at 2026-06-14T23:59:59.999Z clear A 9 -> approved POSTED
at 23:59:59.999 refund 2 -> approved POSTED; funds 9993/9/9984
at 2026-06-15T00:00:00Z clear B 9 -> declined CARD_EXPIRED; funds 9993/9/9984
at 00:00 clear alone 9 -> declined CARD_EXPIRED
at 00:00 refund 9 -> declined CARD_EXPIRED
at 00:00 reverse B -> approved REVERSED; funds 9993/0/9993
");
}

#[test]
fn scheduled_closing_holds_although_its_job_is_late() {
    run(r"
# closing
closing 2026-03-16T12:00:00Z
at 2026-03-16T11:59:59.999Z auth RETAIL CHIP 5 as=A -> approved
at 12:00 auth RETAIL CHIP 5 -> declined CARD_CLOSED
at 12:00 inc A 1 -> declined CARD_CLOSED
at 12:00 clear A 5 -> approved POSTED
at 12:00 refund 1 -> approved POSTED
");
}

#[test]
fn clearing_and_refund_post_in_every_status_but_expired() {
    for status in ["BLOCKED", "SUSPECTED_FRAUD", "CLOSED_DUE_TO_FRAUD", "LOST", "STOLEN", "CLOSED"] {
        run(&format!(
            "\n# {status}\n
            at 2026-03-16T10:00:00Z auth RETAIL CHIP 5 as=A -> approved
            at 10:01 set status {status}
            at 10:02 set account-status BLOCKED
            at 10:03 clear A 5 -> approved POSTED
            at 10:04 clear alone 5 -> approved POSTED_WITHOUT_AUTHORIZATION
            at 10:05 refund 3 -> approved POSTED; funds 9993/0/9993"
        ));
    }
}

#[test]
fn number_of_no_card_is_declined_and_moves_nothing() {
    run(r"
# unknown
at 2026-03-16T10:00:00Z unknown RETAIL CHIP 5 -> declined CARD_UNKNOWN; funds 10000/0/10000
");
}
