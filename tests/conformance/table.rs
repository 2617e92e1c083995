//! The tables of `docs/protocol.md` name tests that exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const TABLE: &str = include_str!("../../docs/protocol.md");

/// The names of all functions in the test programs.
fn functions() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files(Path::new("tests")) {
        let text = std::fs::read_to_string(&file).expect("a source file");
        let after_fn = text.split("fn ").skip(1);
        names.extend(after_fn.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())));
    }
    names
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file"));
    let paths = entries.map(|entry| entry.path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The rows of all tables, as cells.
fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    let rows = TABLE.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|cells| cells.last() != Some(&"Tests"))
}

/// What stands between backticks.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_row_names_tests_that_exist() {
    let functions = functions();
    let mut count = 0;
    for cells in rows() {
        let tests: Vec<_> = names(cells.last().expect("cells")).collect();
        assert!(!tests.is_empty(), "nothing shows {}", cells[0]);
        for test in tests {
            assert!(functions.contains(test), "there is no test {test}");
            count += 1;
        }
    }
    assert!(count > 60, "{count}");
}

#[test]
fn every_test_in_the_text_exists() {
    let functions = functions();
    let is_test = |name: &&str| {
        let (kind, rest) = name.split_once('_').unwrap_or_default();
        let point = kind.strip_prefix('p').is_some_and(|number| number.parse::<u8>().is_ok());
        (point || ["oidcc", "contract"].contains(&kind)) && !rest.contains('…')
    };
    for test in names(TABLE).filter(is_test) {
        assert!(functions.contains(test), "there is no test {test}");
    }
}

#[test]
fn every_specification_has_a_row() {
    for name in [
        "OpenID Connect Core",
        "Discovery",
        "Form Post",
        "JARM",
        "RP-Initiated Logout",
        "Back-Channel Logout",
        "Client ID metadata documents",
        "FAPI 2.0",
    ] {
        assert!(rows().any(|cells| cells[0].contains(name)), "{name} has no row");
    }
    for number in [
        6749, 6750, 7009, 7521, 7523, 7591, 7592, 7636, 7662, 8252, 8414, 8628, 8693, 8705, 8707,
        9068, 9101, 9126, 9207, 9396, 9449, 9700,
    ] {
        let name = format!("RFC {number}");
        assert!(rows().any(|cells| cells[0].contains(&name)), "{name} has no row");
    }
}
