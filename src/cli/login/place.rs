//! Where the terminal is. A browser opened on a far machine is seen by nobody, and one that cannot
//! open only delays; so a place that looks remote is named, and the person opens the link themselves.
//! Pure: what is known of the machine is passed in.

/// A place where no browser is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Codespace,
    Ssh,
    Wsl,
    Container,
    NoDisplay,
}

impl Place {
    /// Looks around by environment variables and by files that exist.
    pub(super) fn look(
        variable: impl Fn(&str) -> bool,
        file: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let without_display = cfg!(all(unix, not(target_os = "macos")));
        if variable("CODESPACES") {
            Some(Self::Codespace)
        } else if variable("SSH_CONNECTION") || variable("SSH_TTY") {
            Some(Self::Ssh)
        } else if variable("WSL_DISTRO_NAME") || variable("WSL_INTEROP") {
            Some(Self::Wsl)
        } else if variable("KUBERNETES_SERVICE_HOST")
            || file("/.dockerenv")
            || file("/run/.containerenv")
        {
            Some(Self::Container)
        } else if without_display && !variable("DISPLAY") && !variable("WAYLAND_DISPLAY") {
            Some(Self::NoDisplay)
        } else {
            None
        }
    }

    /// This machine's place.
    pub(super) fn here() -> Option<Self> {
        let variable = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        Self::look(variable, |path| std::path::Path::new(path).exists())
    }

    /// What to tell the person.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Codespace => "This terminal is in a codespace, so no browser was opened here.",
            Self::Ssh => "This terminal is in an SSH session, so no browser was opened here.",
            Self::Wsl => {
                "This terminal is in Windows Subsystem for Linux, so no browser was opened here."
            }
            Self::Container => "This terminal is in a container, so no browser was opened here.",
            Self::NoDisplay => "This machine has no display, so no browser was opened here.",
        }
    }

    /// Whether a browser's own machine may be another than this one.
    pub(super) fn is_elsewhere(self) -> bool {
        self != Self::Wsl
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(variables: &[&str], files: &[&str]) -> Option<Place> {
        Place::look(|name| variables.contains(&name), |path| files.contains(&path))
    }

    #[test]
    fn each_place_is_known_by_its_signs() {
        assert_eq!(look(&["CODESPACES", "SSH_CONNECTION"], &[]), Some(Place::Codespace));
        assert_eq!(look(&["SSH_CONNECTION", "DISPLAY"], &[]), Some(Place::Ssh));
        assert_eq!(look(&["SSH_TTY"], &["/.dockerenv"]), Some(Place::Ssh));
        assert_eq!(look(&["WSL_DISTRO_NAME", "DISPLAY"], &[]), Some(Place::Wsl));
        assert_eq!(look(&["DISPLAY"], &["/.dockerenv"]), Some(Place::Container));
        assert_eq!(look(&["DISPLAY"], &["/run/.containerenv"]), Some(Place::Container));
        assert_eq!(look(&["DISPLAY", "KUBERNETES_SERVICE_HOST"], &[]), Some(Place::Container));
        assert_eq!(look(&["WAYLAND_DISPLAY"], &[]), None);
        assert_eq!(look(&["DISPLAY"], &[]), None);
    }

    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn without_a_display_there_is_no_browser() {
        assert_eq!(look(&[], &[]), Some(Place::NoDisplay));
    }
}
