//! The device code grant (RFC 8628 §3.4): the device asks until the person has decided. Its code is then
//! spent like any other, so it yields tokens once.

use super::{Answer, TokenRequest, redemption};
use crate::codes::Refusal;
use crate::protocol::client::GrantType;
use crate::protocol::device::{Poll, Progress};
use crate::store::device_requests::StoredDeviceRequest;
use crate::web::client_auth;
use crate::web::failure::Failure;

/// Answers a device: tokens, or how far the person is.
pub async fn exchange(request: &TokenRequest<'_>) -> Answer {
    let TokenRequest { issuer, client, params, .. } = request;
    let code = params.require("device_code").map_err(Failure::json)?;
    let waiting = match issuer.handoff.codes().grant_of_code(code) {
        Some(id) => issuer.db.find_device_request(&id).await?,
        None => None,
    };
    let Some(waiting) = waiting.filter(|waiting| waiting.client_id == client.client_id) else {
        return Err(request.refuse("device_code", Refusal::Unknown).await);
    };
    match progress(&waiting).poll(issuer.now()) {
        // The place of the address is taken by what no address can be: neither code passes for the other.
        Poll::Redeem => {
            redemption::redeem(request, "device_code", code, GrantType::DeviceCode.as_str()).await
        }
        Poll::End(error) => Err(Failure::json(error)),
        Poll::Wait { error, interval } => {
            issuer.db.note_device_poll(&waiting.id, issuer.now(), interval).await?;
            let too_soon = interval != waiting.poll_interval;
            Err(match too_soon {
                true => client_auth::count_failure(issuer, request.http, error),
                false => Failure::json(error),
            })
        }
    }
}

fn progress(waiting: &StoredDeviceRequest) -> Progress {
    Progress {
        expires_at: waiting.expires_at,
        approved: waiting.approved_at.is_some(),
        denied: waiting.denied_at.is_some(),
        interval: waiting.poll_interval,
        polled_at: waiting.polled_at,
    }
}
