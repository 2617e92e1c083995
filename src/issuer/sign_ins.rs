//! What a person is signed in to, and taking it back.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Core;
use crate::store;
use crate::store::grants::StoredGrant;
use crate::store::sessions::StoredSession;
use crate::web::session::Session;

/// Rows of one kind that a page shows at most.
const MOST: i64 = 100;

/// All sign-ins of one person, the last used of each kind first.
#[derive(Debug)]
pub(crate) struct SignIns {
    /// Browsers.
    pub sessions: Vec<StoredSession>,
    /// Programs with their names.
    pub grants: Vec<(String, StoredGrant)>,
    /// How many there are of each kind at most, if there are more.
    pub cut_at: Option<i64>,
}

/// What a person takes back.
#[derive(Debug)]
pub(crate) enum Revoked {
    /// The session with this id.
    Session(String),
    /// The grant with this id.
    Grant(String),
    /// Everything but the session that they say it in.
    Others,
}

impl Core {
    /// All sign-ins of this person.
    pub(crate) async fn sign_ins(&self, account_id: &str) -> Result<SignIns, store::Error> {
        let now = self.now();
        let mut sessions = self.db.sessions_of(account_id, now, MOST + 1).await?;
        let mut stored = self.db.living_grants_of(account_id, now, MOST + 1).await?;
        let longest = sessions.len().max(stored.len()) as i64;
        sessions.truncate(MOST as usize);
        stored.truncate(MOST as usize);
        let mut names = HashMap::new();
        for StoredGrant { client_id, .. } in &stored {
            if !names.contains_key(client_id) {
                names.insert(client_id.clone(), self.clients.name(client_id).await?);
            }
        }
        let grants = stored.into_iter().map(|grant| (names[&grant.client_id].clone(), grant));
        let grants = grants.collect();
        Ok(SignIns { sessions, grants, cut_at: (longest > MOST).then_some(MOST) })
    }

    /// Takes back what is this person's, at once, and says what for the audit trail: event and detail.
    /// Nothing when it was gone, or is not theirs.
    pub(crate) async fn take_back(
        &self,
        session: &Session,
        what: &Revoked,
    ) -> Result<Option<(&'static str, Value)>, store::Error> {
        let (account, now) = (&session.account.id, self.now());
        let (done, event, detail) = match what {
            Revoked::Session(id) => {
                let done = self.db.end_session_of(account, id, now).await?;
                self.notices.notify_one();
                (done, "session_revoked", json!({ "sid": id }))
            }
            Revoked::Grant(id) => {
                let done = self.db.revoke_grant_of(account, id, now).await?;
                (done, "grant_revoked", json!({ "grant_id": id }))
            }
            Revoked::Others => {
                self.end_other_sessions(account, &session.sid).await?;
                let grants = self.db.revoke_grants_of(account, now).await?;
                (true, "others_revoked", json!({ "grants": grants }))
            }
        };
        Ok(done.then_some((event, detail)))
    }
}
