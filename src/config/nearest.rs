//! Finding what was probably meant.

/// Below this likeness two names have nothing to do with each other.
const ALIKE: f64 = 0.75;

/// The candidate most like `name`, if any is. The part behind the last dot counts for itself, too: a
/// key that was written into the wrong section is found in its own.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let likeness = |candidate: &str| {
        let whole = strsim::jaro_winkler(name, candidate);
        whole.max(0.95 * strsim::jaro_winkler(last_part(name), last_part(candidate)))
    };
    candidates
        .into_iter()
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate.to_owned())
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_and_a_wrong_section_are_recognised() {
        let keys = ["listen", "session.lifetime", "session.idle_lifetime", "database.url"];
        assert_eq!(nearest("sesion.lifetme", keys).as_deref(), Some("session.lifetime"));
        assert_eq!(nearest("idle_lifetime", keys).as_deref(), Some("session.idle_lifetime"));
        assert_eq!(nearest("databse.url", keys).as_deref(), Some("database.url"));
        assert_eq!(nearest("colour", keys), None);
    }
}
