//! The environment's names for settings: `DOORSTEP_` and the key in capitals, dots as underscores.

use super::nearest::nearest;

/// What every variable of ours starts with.
pub const PREFIX: &str = "DOORSTEP_";

/// Names the settings file.
pub const CONFIG: &str = "DOORSTEP_CONFIG";

/// Variables that are no settings of the server: where its file is, and what `doorstep login` reads.
const OTHERS: [&str; 5] =
    [CONFIG, "DOORSTEP_CA_FILE", "DOORSTEP_CACHE_DIR", "DOORSTEP_CLIENT_ID", "DOORSTEP_NEVER_ASK"];

/// The variable that sets `key`, as in `DOORSTEP_DATABASE_URL` for `database.url`.
pub fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_ascii_uppercase())
}

/// Whether `name` is no setting, and for good reason.
pub fn is_reserved(name: &str) -> bool {
    !name.starts_with(PREFIX) || OTHERS.contains(&name) || is_service_link(name)
}

/// Kubernetes puts the address of each service into the environment of every container. Those of a
/// service called "doorstep" start with our prefix: `DOORSTEP_SERVICE_HOST`, `DOORSTEP_PORT`,
/// `DOORSTEP_PORT_8080_TCP_ADDR` ….
fn is_service_link(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else { return false };
    let numbered = rest
        .strip_prefix("PORT_")
        .is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()));
    rest == "PORT" || rest == "SERVICE_HOST" || rest.starts_with("SERVICE_PORT") || numbered
}

/// The variable that was probably meant by `name`.
pub fn nearest_variable<'a>(name: &str, keys: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let names: Vec<String> = keys.into_iter().map(variable).collect();
    let stem = |name: &str| name.trim_start_matches(PREFIX).to_owned();
    let stems: Vec<String> = names.iter().map(|name| stem(name)).collect();
    nearest(&stem(name), stems.iter().map(String::as_str)).map(|found| format!("{PREFIX}{found}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubernetes_service_called_doorstep_does_not_disturb() {
        for name in [
            "DOORSTEP_PORT",
            "DOORSTEP_SERVICE_HOST",
            "DOORSTEP_SERVICE_PORT",
            "DOORSTEP_SERVICE_PORT_HTTP",
            "DOORSTEP_PORT_8080_TCP",
            "DOORSTEP_PORT_8080_TCP_ADDR",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        assert!(!is_reserved("DOORSTEP_PORTS"));
        assert!(!is_reserved("DOORSTEP_LISTEN"));
    }

    #[test]
    fn the_nearest_variable_is_found() {
        let keys = ["listen", "database.url", "session.lifetime"];
        assert_eq!(
            nearest_variable("DOORSTEP_DATABASE_URI", keys).as_deref(),
            Some("DOORSTEP_DATABASE_URL")
        );
        assert_eq!(nearest_variable("DOORSTEP_XYZZY", keys), None);
    }
}
