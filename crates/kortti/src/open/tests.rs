use super::{app, runtime};
use crate::{config::StoreConfig, location::Location};

#[test]
fn lost_master_key_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let config = StoreConfig {
        location: Location::Sqlite(folder.path().join("kortti.db")),
        master_key: folder.path().join("master.key"),
        products: Vec::new(),
        zone: None,
    };
    let runtime = runtime().unwrap();
    runtime.block_on(app(&config)).unwrap().ledger().stop();
    std::fs::remove_file(&config.master_key).unwrap();
    let opened = runtime.block_on(app(&config));
    assert!(opened.is_err_and(|failure| failure.to_string().contains("master key")));
    assert!(!config.master_key.exists());
}
