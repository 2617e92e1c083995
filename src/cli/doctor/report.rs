//! What was found: a line each, and what to do about it.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::cli::output;

/// How good a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and may be better.
    Warning,
    /// Something will not work, or is not safe.
    Problem,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    topic: &'static str,
    state: State,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// Everything that was looked at, in order.
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
    cut_short: bool,
}

impl Report {
    /// Adds what is as it should be.
    pub fn ok(&mut self, topic: &'static str, text: impl Into<String>) {
        self.add(topic, State::Ok, text.into(), None);
    }

    /// Adds what could be better.
    pub fn warn(&mut self, topic: &'static str, text: impl Into<String>, fix: impl Into<String>) {
        self.add(topic, State::Warning, text.into(), Some(fix.into()));
    }

    /// Adds what has to be fixed.
    pub fn problem(
        &mut self,
        topic: &'static str,
        text: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add(topic, State::Problem, text.into(), Some(fix.into()));
    }

    /// Notes that nothing more can be looked at.
    pub fn cut_short(&mut self) {
        self.cut_short = true;
    }

    /// Whether there was more to look at.
    pub fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    /// How many things have to be fixed.
    pub fn problems(&self) -> usize {
        self.count(State::Problem)
    }

    fn add(&mut self, topic: &'static str, state: State, text: String, fix: Option<String>) {
        let fix = fix.map(|fix| printable(&fix));
        self.findings.push(Finding { topic, state, text: printable(&text), fix });
    }

    fn count(&self, state: State) -> usize {
        self.findings.iter().filter(|finding| finding.state == state).count()
    }

    #[cfg(test)]
    pub fn of(&self, state: State) -> Vec<&str> {
        let wanted = self.findings.iter().filter(|finding| finding.state == state);
        wanted.map(|finding| finding.text.as_str()).collect()
    }
}

/// A text for a terminal, to which an issuer must not be able to write.
fn printable(text: &str) -> String {
    output::printable(text).chars().take(1000).collect()
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut whole = serializer.serialize_struct("Report", 3)?;
        whole.serialize_field("problems", &self.problems())?;
        whole.serialize_field("warnings", &self.count(State::Warning))?;
        whole.serialize_field("checks", &self.findings)?;
        whole.end()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut topic = "";
        for finding in &self.findings {
            if finding.topic != topic {
                let gap = if topic.is_empty() { "" } else { "\n" };
                topic = finding.topic;
                writeln!(f, "{gap}{topic}")?;
            }
            let mark = match finding.state {
                State::Ok => '✓',
                State::Warning => '!',
                State::Problem => '✗',
            };
            writeln!(f, "  {mark} {}", finding.text)?;
            if let Some(fix) = &finding.fix {
                writeln!(f, "      {fix}")?;
            }
        }
        let (problems, warnings) = (self.problems(), self.count(State::Warning));
        write!(f, "\n{problems} to fix, {warnings} to consider")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_cannot_write_to_the_terminal() {
        let mut report = Report::default();
        report.ok("keys", "a\u{1b}[2Jb\nc\u{202e}");
        assert_eq!(report.of(State::Ok), ["a\u{fffd}[2Jb\u{fffd}c\u{fffd}"]);
    }

    #[test]
    fn topics_are_headings() {
        let mut report = Report::default();
        report.ok("keys", "There is one.");
        report.warn("keys", "It is old.", "Rotate it.");
        report.problem("clock", "It is late.", "Set it.");
        let text = report.to_string();
        assert_eq!(
            text,
            "keys\n  ✓ There is one.\n  ! It is old.\n      Rotate it.\n\nclock\n  ✗ It is late.\n      \
             Set it.\n\n1 to fix, 1 to consider"
        );
    }
}
