//! Tells clients that a session has ended (OpenID Connect Back-Channel Logout 1.0 §2.5), apart from the
//! request that ended it. What cannot be delivered is tried again, later each time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::Core;
use crate::protocol::client::Client;
use crate::protocol::grant::Grant;
use crate::protocol::logout_token::{LOGOUT_TOKEN_TYPE, LogoutToken};
use crate::secret;
use crate::store;
use crate::store::audit::AuditEvent;
use crate::store::logout_notices::LogoutNotice;

/// How often notices are looked for that nobody in this process knows of: those that failed before,
/// and those of sessions that an admin's command ended.
const EVERY: Duration = Duration::from_secs(30);
/// Notices that are sent at the same time.
const PIECE: i64 = 16;
/// How often one notice is tried: over more than two hours.
const MOST_ATTEMPTS: i64 = 10;

impl Core {
    /// Ends a session; its clients hear of it at once.
    pub(crate) async fn end_session(&self, sid: &str) -> Result<(), store::Error> {
        self.db.end_session(sid, self.now()).await?;
        self.notices.notify_one();
        Ok(())
    }

    /// Ends every session of an account but this one; their clients hear of it at once.
    pub(crate) async fn end_other_sessions(
        &self,
        account_id: &str,
        sid: &str,
    ) -> Result<(), store::Error> {
        self.db.end_other_sessions_of(account_id, sid, self.now()).await?;
        self.notices.notify_one();
        Ok(())
    }

    /// Notes that this client wants to hear of the end of the session that a grant was made in.
    pub(crate) async fn expect_logout(
        &self,
        client: &Client,
        grant: &Grant,
    ) -> Result<(), store::Error> {
        match &grant.sid {
            Some(sid) if client.backchannel_logout_uri.is_some() => {
                self.db.expect_logout(sid, &client.client_id, &grant.sub, self.now()).await
            }
            _ => Ok(()),
        }
    }
}

/// Starts the task. It ends with the last handle to the core.
pub fn start(core: &Arc<Core>) {
    let wake = core.notices.clone();
    let core = Arc::downgrade(core);
    tokio::spawn(async move {
        while let Some(core) = core.upgrade() {
            if let Err(error) = deliver_all(&core).await {
                tracing::warn!(%error, "logout notices could not be read");
            }
            drop(core);
            // Whether woken or not, there may be something to do.
            let _ = tokio::time::timeout(EVERY, wake.notified()).await;
        }
    });
}

async fn deliver_all(core: &Arc<Core>) -> Result<(), store::Error> {
    loop {
        let due = core.db.claim_logout_notices(core.now(), PIECE).await?;
        let is_last = due.len() < PIECE as usize;
        let mut under_way = JoinSet::new();
        for notice in due {
            let core = core.clone();
            under_way.spawn(async move { deliver(&core, &notice).await });
        }
        for outcome in under_way.join_all().await {
            outcome?;
        }
        if is_last {
            return Ok(());
        }
    }
}

/// Sends one notice, and records what came of it once nothing more will.
async fn deliver(core: &Core, notice: &LogoutNotice) -> Result<(), store::Error> {
    let client = core.clients.find(&notice.client_id).await?;
    let address = client.as_ref().and_then(|client| client.backchannel_logout_uri.as_deref());
    if let (Some(client), Some(address)) = (&client, address) {
        let outcome = send(core, notice, client, address).await;
        if let Err(reason) = &outcome {
            let LogoutNotice { client_id, attempts, .. } = notice;
            tracing::warn!(client = client_id, attempts, reason, "a logout notice was not taken");
            if notice.attempts < MOST_ATTEMPTS {
                return Ok(());
            }
        }
        record(core, notice, outcome).await;
    }
    core.db.delete_logout_notice(&notice.sid, &notice.client_id).await
}

async fn send(
    core: &Core,
    notice: &LogoutNotice,
    client: &Client,
    address: &str,
) -> Result<(), String> {
    let sub = core.subject(client, &notice.account_id);
    let token = LogoutToken::new(
        &core.site.issuer,
        &client.client_id,
        &sub,
        &notice.sid,
        secret::random_id(),
        core.now(),
    );
    let alg = client.id_token_signed_response_alg;
    let token =
        core.keys.sign(alg, LOGOUT_TOKEN_TYPE, &token).await.map_err(|error| error.to_string())?;
    let status = core.outgoing.post_form(address, &[("logout_token", &token)]).await;
    match status.map_err(|error| error.to_string())? {
        // Clients answer 200; some frameworks turn an empty answer into a 204 (§2.8).
        status if status.is_success() => Ok(()),
        status => Err(format!("it answered {status}")),
    }
}

async fn record(core: &Core, notice: &LogoutNotice, outcome: Result<(), String>) {
    let event = if outcome.is_ok() { "logout_notice_sent" } else { "logout_notice_given_up" };
    let detail = json!({
        "sid": notice.sid,
        "attempts": notice.attempts,
        "reason": outcome.err(),
    });
    let event = AuditEvent::new(core.now(), event)
        .account(Some(&notice.account_id))
        .client(&notice.client_id)
        .detail(&detail);
    core.audit(event).await;
}
