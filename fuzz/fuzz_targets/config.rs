//! A configuration file is taken or refused in words that name a place in it.
#![no_main]

use std::cell::RefCell;
use std::fs;

use doorstep::config::Config;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir().expect("a folder"));
}

fuzz_target!(|text: &str| {
    FOLDER.with_borrow(|folder| {
        let file = folder.path().join("doorstep.toml");
        fs::write(&file, text).expect("written");
        match Config::from_parts(Some(&file), []) {
            Ok(config) => drop((config.issuer_url(), config.all_clients())),
            Err(error) => assert!(error.to_string().len() > 10),
        }
    });
});
