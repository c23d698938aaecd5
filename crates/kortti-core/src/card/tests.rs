use super::*;

#[test]
fn masked_number_hides_each_digit_in_the_middle() {
    let number = |digits| MaskedNumber { first: 12_345_678, last: 4285, digits };
    assert_eq!(number(16).text(NumberMask::Six), "123456______4285");
    assert_eq!(number(16).text(NumberMask::Eight), "12345678____4285");
    assert_eq!(number(19).text(NumberMask::Six), "123456_________4285");
    assert_eq!(number(15).text(NumberMask::Eight), "123456_____4285", "eight of fifteen would be too many");
    assert_eq!(number(12).text(NumberMask::Six), "123456__4285");
}

#[test]
fn masked_number_keeps_its_leading_zeros() {
    let number = MaskedNumber { first: 1_234, last: 7, digits: 16 };
    assert_eq!(number.text(NumberMask::Six), "000012______0007");
}

#[test]
fn statuses_do_what_is_published() {
    use CardStatus::{
        Blocked, Closed, ClosedDueToFraud, Expired, Lost, NoRenewal, Ok, Stolen, SuspectedFraud,
    };
    // Status, refuses authorisations, blocks clearing, is renewed.
    for (status, refuses, blocks, renewed) in [
        (Ok, false, false, true),
        (Blocked, true, false, false),
        (SuspectedFraud, true, false, false),
        (NoRenewal, false, false, false),
        (ClosedDueToFraud, true, false, false),
        (Lost, true, false, false),
        (Stolen, true, false, false),
        (Closed, true, false, false),
        (Expired, true, true, false),
    ] {
        assert_eq!(status.rejects_authorisations(), refuses);
        assert_eq!(status.blocks_clearing(), blocks);
        assert_eq!(status.is_renewed(), renewed);
    }
}

#[test]
fn templates_tell_scheme_plastic_and_funding() {
    use CardTemplate::{
        DebitMc, DebitMcVirtual, DebitVisa, DebitVisaVirtual, McCard, McVirtual, VisaCard, VisaVirtual,
    };
    for (template, scheme, physical, debit) in [
        (VisaVirtual, Scheme::Visa, false, false),
        (McVirtual, Scheme::Mastercard, false, false),
        (VisaCard, Scheme::Visa, true, false),
        (McCard, Scheme::Mastercard, true, false),
        (DebitMc, Scheme::Mastercard, true, true),
        (DebitMcVirtual, Scheme::Mastercard, false, true),
        (DebitVisa, Scheme::Visa, true, true),
        (DebitVisaVirtual, Scheme::Visa, false, true),
    ] {
        assert_eq!(
            (template.scheme(), template.is_physical(), template.is_debit()),
            (scheme, physical, debit)
        );
    }
}

#[test]
fn of_a_short_number_no_more_is_kept_than_is_shown() {
    for (digits, first) in [(13, 12_345_600), (15, 12_345_600), (16, 12_345_678), (19, 12_345_678)] {
        let number = MaskedNumber::of(12_345_678, 4285, digits);
        assert_eq!(number, MaskedNumber { first, last: 4285, digits });
    }
}
