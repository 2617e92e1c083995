//! `[audit]`

use serde::Deserialize;

use super::Misfit;

/// How long the audit trail is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Seconds that an event is kept; 0 for ever.
    pub retention: i64,
}

impl Audit {
    pub(super) fn check(&self) -> Result<(), Misfit> {
        match self.retention {
            0.. => Ok(()),
            _ => Err(Misfit::new("audit.retention", "should be a number of seconds, or 0")),
        }
    }
}
