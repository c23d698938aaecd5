use std::error::Error;

use kortti_store_postgres::{Options, PostgresStore, migrate};

use crate::place::{Place, hasty};

const SECRET: &str = "hunter2-correct-horse";

#[test]
fn password_is_in_no_error_and_in_no_debug_output() {
    let place = Place::new();
    let good = place.url().replace("postgres@", &format!("postgres:{SECRET}@"));
    let missing = good.replace("/test_", "/missing_");
    let nobody = good.replace("//postgres:", "//nobody:");
    let away = good.replace(&place.port().to_string(), "1");
    let secure = good.replace("sslmode=disable", "sslmode=require");
    let odd = good.replace(&place.port().to_string(), SECRET);
    let mode = good.replace("sslmode=disable", &format!("sslmode={SECRET}"));
    for url in [missing, nobody, away, secure, odd, mode] {
        for error in [PostgresStore::open(&url, hasty()).err(), migrate(&url, hasty()).err()] {
            assert_silent(&error.unwrap());
        }
    }
    let store = PostgresStore::open(&good, Options::default()).unwrap();
    let shown = format!("{store:?}");
    assert!(shown.contains("127.0.0.1") && !shown.contains(SECRET));
}

fn assert_silent(error: &dyn Error) {
    let mut next = Some(error);
    while let Some(error) = next {
        assert!(!format!("{error} {error:?} {error:#?}").contains(SECRET));
        next = error.source();
    }
}
