use super::*;

#[derive(Deserialize)]
struct File {
    products: Vec<ProductConfig>,
}

/// What is wrong with two products, of which the second one has these members more.
fn wrong(second: &str) -> String {
    let first =
        r#"code = "FIRST", template = "VISA_VIRTUAL", ranges = ["400000"], home = "FIN", default = true"#;
    let text = format!("products = [{{ {first} }}, {{ {second} }}]");
    let file: File = toml::from_str(&text).unwrap();
    from_config(&file.products, None).unwrap_err().to_string()
}

#[test]
fn product_that_makes_no_sense_is_named_with_the_member() {
    let card = r#"code = "SECOND", ranges = ["400001"], home = "FIN""#;
    let visa = format!(r#"{card}, template = "VISA_VIRTUAL""#);
    for (second, words) in [
        (format!("{visa}, institution = 0"), "`institution` must be at least 1, not `0`"),
        (format!("{visa}, pin_tries = 0"), "`pin_tries` must be 1 to 255, not `0`"),
        (format!("{visa}, digits = 12"), "`digits` must be 13 to 19, not `12`"),
        (format!("{visa}, default = true"), "FIRST is VISA_VIRTUAL's in institution 1"),
        (format!(r#"{card}, template = "VISA""#), "`template` must be one of "),
        (
            format!(r#"{visa}, limits = [{{ period = "24H", type = "ATM", count = 0 }}]"#),
            "entry 1 of `limits`",
        ),
    ] {
        let said = wrong(&second);
        assert!(said.starts_with("product SECOND (entry 2 of `products`): "), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn code_is_taken_once_in_an_institution() {
    let same = r#"code = "FIRST", template = "MC_VIRTUAL", ranges = ["510000"], home = "FIN""#;
    assert!(wrong(same).contains("another one with this `code` in institution 1"));
    let text = format!(r#"products = [{{ {same} }}, {{ {same}, institution = 2 }}]"#);
    let file: File = toml::from_str(&text).unwrap();
    assert_eq!(from_config(&file.products, None).unwrap().len(), 2);
}

#[test]
fn products_of_a_sandbox_take_the_zone_that_is_configured() {
    let zone = Zone::parse("Europe/Helsinki").unwrap();
    let products = sandbox(Some(&zone));
    assert!(!products.is_empty());
    assert!(products.iter().all(|product| *product.zone() == zone));
    assert!(sandbox(None).iter().all(|product| product.terms.is_none()));
}
