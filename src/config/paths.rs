//! Relative paths in a file start from the file's own directory, wherever Doorstep is started.

use std::path::Path;

use toml::Value;

const PATHS: [&str; 8] = [
    "key_file",
    "brand_folder",
    "tls.certificate",
    "tls.private_key",
    "brand.logo",
    "outgoing.ca_file",
    "password.breached_list",
    "ldap.ca_file",
];

/// A path joined to `base` if it is relative; anything else as it is.
pub fn located(value: Value, base: Option<&Path>) -> Value {
    match (base, value.as_str()) {
        (Some(base), Some(path)) if !path.is_empty() => {
            Value::String(base.join(path).to_string_lossy().into_owned())
        }
        _ => value,
    }
}

/// `value` of `key` with a relative path joined to `base`; anything else as it is.
pub fn rebase(key: &str, value: Value, base: Option<&Path>) -> Value {
    let (Some(base), Value::String(text)) = (base, &value) else { return value };
    let base = base.to_string_lossy();
    if base.is_empty() || text.is_empty() {
        return value;
    }
    if PATHS.contains(&key) {
        return located(value.clone(), Some(Path::new(&*base)));
    }
    match text.strip_prefix("sqlite:") {
        Some(file) if key == "database.url" => Value::String(rebase_sqlite(file, &base)),
        _ => value,
    }
}

fn rebase_sqlite(file: &str, base: &str) -> String {
    let file = file.strip_prefix("//").unwrap_or(file);
    if file.starts_with('/') || file.starts_with(":memory:") {
        return format!("sqlite:{file}");
    }
    // The rest is a URL's, where these two have a meaning of their own.
    let base = base.replace('%', "%25").replace('?', "%3F");
    format!("sqlite:{base}/{file}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebased(key: &str, text: &str) -> String {
        let value = rebase(key, Value::String(text.into()), Some(Path::new("/etc/doorstep")));
        value.as_str().unwrap().to_owned()
    }

    #[test]
    fn relative_paths_start_at_the_file() {
        assert_eq!(rebased("key_file", "doorstep.key"), "/etc/doorstep/doorstep.key");
        assert_eq!(rebased("key_file", "/run/key"), "/run/key");
        assert_eq!(rebased("tls.certificate", ""), "");
        assert_eq!(
            rebased("database.url", "sqlite:d.db?mode=rwc"),
            "sqlite:/etc/doorstep/d.db?mode=rwc"
        );
        assert_eq!(rebased("database.url", "sqlite://d.db"), "sqlite:/etc/doorstep/d.db");
        assert_eq!(rebased("database.url", "sqlite:///srv/d.db"), "sqlite:/srv/d.db");
        assert_eq!(rebased("database.url", "sqlite::memory:"), "sqlite::memory:");
        assert_eq!(rebased("database.url", "postgres://db/doorstep"), "postgres://db/doorstep");
        assert_eq!(rebased("brand.name", "Doorstep"), "Doorstep");
    }
}
