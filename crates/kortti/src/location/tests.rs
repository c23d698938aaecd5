use super::*;

fn parse(url: &str) -> Result<Location, Failure> {
    Location::parse(url, &PostgresSettings::default())
}

#[test]
fn file_and_server_are_told_apart() {
    assert!(matches!(parse("sqlite:a/b.db"), Ok(Location::Sqlite(path)) if path == Path::new("a/b.db")));
    for url in ["postgres://me@host/db", "postgresql://one:1,two:2/db?sslmode=require"] {
        assert!(matches!(parse(url), Ok(Location::Postgres(_))), "{url}");
    }
    for url in ["", "sqlite:", "a/b.db", "postgres:host", "mysql://host/db", "postgres"] {
        assert!(parse(url).is_err(), "{url}");
    }
}

#[test]
fn password_is_shown_nowhere() {
    let location = parse("postgres://me:hush@p@one:1,two/db?sslmode=require&options=hush").unwrap();
    assert_eq!(location.to_string(), "postgres://me@one:1,two/db");
    assert!(!format!("{location:?}").contains("hush"));
    for url in ["mysql://me:hush@host/db", "hush"] {
        assert!(!parse(url).unwrap_err().to_string().contains("hush"));
    }
    let failed = location.open().err().unwrap();
    assert!(!failed.to_string().contains("hush"), "{failed}");
}

#[test]
fn settings_change_what_they_name_and_must_make_sense() {
    let settings: PostgresSettings = toml::from_str("statement_timeout_ms = 7000\nreaders = 3").unwrap();
    let options = settings.options();
    let default = kortti_store_postgres::Options::default();
    assert_eq!((options.statement_timeout, options.readers), (Duration::from_secs(7), 3));
    assert_eq!((options.writers, options.connect_timeout), (default.writers, default.connect_timeout));
    for wrong in ["readers = 0", "connect_timeout_ms = 0"] {
        let settings: PostgresSettings = toml::from_str(wrong).unwrap();
        assert!(Location::parse("sqlite:x", &settings).is_err(), "{wrong}");
    }
    assert!(toml::from_str::<PostgresSettings>("streams = 3").is_err());
}
