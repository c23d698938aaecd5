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

#[test]
fn configuration_in_the_readme_can_be_used() {
    let readme = include_str!("../../../../README.md");
    let (_, rest) = readme.split_once("<<'END'\n").unwrap();
    let (text, _) = rest.split_once("\nEND\n").unwrap();
    let file: File = parse(Path::new("README.md"), text).unwrap();
    assert!(file.data.is_some());
    assert_eq!(products::from_config(&file.products, None).unwrap().len(), 1);
}
