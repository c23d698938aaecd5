use super::*;

/// Both sets as the published contract spells them out.
const DEFAULT_SET: &str =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzÁáÄäÅåÆæÉéÍíÐðÓóÖöØøÚúÜüÝýÞþ0123456789-/.,&+' ";
const PRINTED_IN_ADDITION: [&str; 4] = [
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüý",
    "þÿĀāĂăĄąĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĦħĨĩĪīĬĭĮįİıĲĳĴĵĶķĸĹ",
    "ĺĻļĽľĿŀŁłŃńŅņŇňŉŊŋŌōŎŏŐőŒœŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŦŧŨũŪūŬŭŮůŰűŲųŴŵ",
    "ŶŷŸŹźŻżŽžſǪǫȘșȚțȪȫȮȯȲȳḐḑṢṣẞỌọ",
];

fn every_character() -> impl Iterator<Item = char> {
    '\0'..=char::MAX
}

#[test]
fn embossed_cards_have_exactly_the_default_set() {
    for character in every_character() {
        assert_eq!(Alphabet::Embossed.has(character), DEFAULT_SET.contains(character), "{character}");
    }
}

#[test]
fn printed_cards_have_exactly_both_sets() {
    let printed = PRINTED_IN_ADDITION.concat();
    for character in every_character() {
        let expected = DEFAULT_SET.contains(character) || printed.contains(character);
        assert_eq!(Alphabet::Printed.has(character), expected, "{character}");
    }
}

#[test]
fn values_have_exactly_their_characters() {
    let printed = PRINTED_IN_ADDITION.concat();
    for character in every_character() {
        let expected = character.is_ascii_alphanumeric()
            || "|-_ +.éàèùçâêîôûëïü'".contains(character)
            || printed.contains(character);
        assert_eq!(is_value_character(character), expected, "{character}");
    }
}

#[test]
fn one_strange_character_spoils_a_line() {
    assert!(Alphabet::Embossed.spells("Åke O'Öst & Co., 1/2 + 3-4"));
    assert!(Alphabet::Embossed.spells(""));
    for line in ["Łukasz", "Renée\u{301}", "a_b", "tab\t", "line\n", "日本", "(c)", "\u{a0}"] {
        assert!(!Alphabet::Embossed.spells(line), "{line}");
    }
    assert!(Alphabet::Printed.spells("Łukasz Żółć"));
    for line in ["a_b", "日本", "Ж", "\u{301}"] {
        assert!(!Alphabet::Printed.spells(line), "{line}");
    }
}

fn named(first: &str, last: &str) -> Embossing {
    Embossing { first_name: Some(first.into()), last_name: Some(last.into()), ..Embossing::default() }
}

#[test]
fn names_fill_26_characters_together() {
    assert_eq!(named(&"Ä".repeat(13), &"Ö".repeat(13)).check(Alphabet::Embossed), Ok(()));
    let long = named(&"Ä".repeat(13), &"Ö".repeat(14));
    assert_eq!(long.check(Alphabet::Embossed), Err(EmbossingError::NamesTooLong));
    let alone = Embossing { last_name: Some("L".repeat(27)), ..Embossing::default() };
    assert_eq!(alone.check(Alphabet::Embossed), Err(EmbossingError::NamesTooLong));
}

#[test]
fn strange_character_is_named_by_its_member_and_codes_are_not_looked_at() {
    type Set = fn(&mut Embossing, String);
    let members: [(&str, Set); 9] = [
        ("additionalField1", |embossing, text| embossing.additional_fields[0] = Some(text)),
        ("additionalField2", |embossing, text| embossing.additional_fields[1] = Some(text)),
        ("additionalField3", |embossing, text| embossing.additional_fields[2] = Some(text)),
        ("additionalField4", |embossing, text| embossing.additional_fields[3] = Some(text)),
        ("additionalField5", |embossing, text| embossing.additional_fields[4] = Some(text)),
        ("companyName", |embossing, text| embossing.company_name = Some(text)),
        ("firstName", |embossing, text| embossing.first_name = Some(text)),
        ("lastName", |embossing, text| embossing.last_name = Some(text)),
        ("additionalEmbossingName", |embossing, text| embossing.additional_name = Some(text)),
    ];
    for (field, set) in members {
        let mut embossing = Embossing::default();
        set(&mut embossing, "Łódź".into());
        assert_eq!(
            embossing.check(Alphabet::Embossed),
            Err(EmbossingError::Character { field: field.into() })
        );
        assert_eq!(embossing.check(Alphabet::Printed), Ok(()));
    }
    let codes = Embossing {
        external_layout_code: Some("Łódź".into()),
        manufacturer: Some("FACTORY_X".into()),
        ..Embossing::default()
    };
    assert_eq!(codes.check(Alphabet::Embossed), Ok(()));
}

#[test]
fn members_that_a_patch_lacks_stay() {
    let text = |text: &str| Some(text.to_owned());
    let old = Embossing {
        additional_fields: [text("one"), text("two"), None, None, None],
        company_name: text("Company"),
        physical: Some(true),
        ..named("Ann", "Berg")
    };
    let patch = Embossing {
        additional_fields: [None, text("second"), text("third"), None, None],
        first_name: text("Anna"),
        physical: Some(false),
        ..Embossing::default()
    };
    let merged = old.clone().merged(patch);
    assert_eq!(merged.additional_fields, [text("one"), text("second"), text("third"), None, None]);
    assert_eq!((merged.first_name, merged.last_name), (text("Anna"), text("Berg")));
    assert_eq!((merged.company_name, merged.physical), (text("Company"), Some(false)));
    assert_eq!(old.clone().merged(Embossing::default()), old);
    assert_eq!(Embossing::default().merged(old.clone()), old);
}

#[test]
fn names_come_from_the_customer_as_far_as_they_fit() {
    let names = |first: &str, last: &str| names_from_customer(first, last, Alphabet::Embossed);
    let pair = |first: &str, last: &str| Some((first.to_owned(), last.to_owned()));
    assert_eq!(names("Monica", "Liikamaa"), pair("Monica", "Liikamaa"));
    assert_eq!(names(&"A".repeat(13), &"B".repeat(13)), pair(&"A".repeat(13), &"B".repeat(13)));
    assert_eq!(names(&"Å".repeat(14), &"B".repeat(13)), pair("Å", &"B".repeat(13)));
    assert_eq!(names("Ann", &"B".repeat(25)), pair("A", &"B".repeat(25)));
    assert_eq!(names("Ann", &"B".repeat(26)), None);
    assert_eq!(names("Łukasz", "Berg"), None);
    assert_eq!(names("Ann", "Żak"), None);
    assert_eq!(names_from_customer("Łukasz", "Żak", Alphabet::Printed), pair("Łukasz", "Żak"));
}
