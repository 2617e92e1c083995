//! How long sessions last, and how much one address may ask.

use crate::accounts::throttle::RateLimit;

/// How long somebody stays signed in in a browser.
#[derive(Clone, Copy, Debug)]
pub struct SessionSettings {
    /// Seconds from sign-in to the end, used or not.
    pub lifetime: i64,
    /// Seconds without use after which the session ends.
    pub idle_lifetime: i64,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self { lifetime: 30 * 86_400, idle_lifetime: 7 * 86_400 }
    }
}

/// Requests a minute that one address may make.
#[derive(Clone, Copy, Debug)]
pub struct LimitSettings {
    /// At the token, revocation and userinfo endpoints, when they fail.
    pub token_failures: u32,
    /// At the endpoints for pushed authorization requests and for device requests.
    pub pushed_requests: u32,
    /// At the page where people enter the code of a device.
    pub user_codes: u32,
    /// On the way to a provider and back.
    pub upstream: u32,
    /// At the registration endpoint.
    pub registrations: u32,
    /// Bytes of a request body.
    pub body_bytes: usize,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            token_failures: 600,
            pushed_requests: 120,
            user_codes: 30,
            upstream: 120,
            registrations: 10,
            body_bytes: crate::protocol::params::MAX_BYTES,
        }
    }
}

/// The limits at work.
#[derive(Debug)]
pub(crate) struct RateLimits {
    pub token_failures: RateLimit,
    pub pushed_requests: RateLimit,
    pub user_codes: RateLimit,
    pub upstream: RateLimit,
    pub registrations: RateLimit,
}

impl RateLimits {
    pub(super) fn new(settings: &LimitSettings) -> Self {
        Self {
            token_failures: RateLimit::new(settings.token_failures),
            pushed_requests: RateLimit::new(settings.pushed_requests),
            user_codes: RateLimit::new(settings.user_codes),
            upstream: RateLimit::new(settings.upstream),
            registrations: RateLimit::new(settings.registrations),
        }
    }
}
