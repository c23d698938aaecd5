use super::*;

fn wrong(text: &str) -> String {
    parse::<File>(Path::new("kortti.toml"), text).unwrap_err().to_string()
}

#[test]
fn wrong_file_is_named_with_line_and_column_and_without_its_secrets() {
    let url = r#""postgres://kortti:hush@host/db""#;
    for (text, place) in [
        (format!("# ü\n  colour = {url}\n"), "line 2, column 3: unknown field `colour`"),
        (format!("store = {url} x\n"), "line 1, column "),
        (format!("sandbox = false\nstore = {}\n", url.trim_end_matches('"')), "line 2, column "),
        (format!("sandbox = false\npostgres = {url}\n"), "line 2, column 12: another kind of value"),
    ] {
        let said = wrong(&text);
        assert!(said.starts_with("kortti.toml is wrong: ") && said.contains(place), "{said}");
        assert!(!said.contains("hush"), "{said}");
    }
}
