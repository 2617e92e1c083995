//! The one guard for requests to addresses that others name: a client's keys, its logout notices, its
//! metadata document. Whoever names the address must not be able to reach what only this machine can
//! (server-side request forgery), nor keep it busy.
//!
//! Only https unless configured; the addresses of a name are checked and the connection is made to
//! exactly those; no redirects, no proxy, no address with a user name in it; limits on time, size and
//! the number of requests under way.

pub mod address;
mod answer;
mod cache;
mod error;
mod resolver;

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ipnet::IpNet;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Certificate, Client, StatusCode, redirect};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::{Host, Url, form_urlencoded};

pub use self::error::Error;

use self::answer::shown;
use self::cache::{Cache, Kept};
pub use self::resolver::Permitted;
use crate::clock::{Clock, Timestamp};

/// Requests under way at once.
const MOST_AT_ONCE: usize = 32;
/// Seconds after which a document is fetched again for somebody whom the present one does not serve.
const AGAIN_AFTER: i64 = 30;

/// What requests may do beyond the ordinary.
#[derive(Clone, Debug)]
pub struct OutgoingSettings {
    /// Networks that may be asked although they are not the public internet.
    pub allowed_networks: Vec<IpNet>,
    /// Whether plain http is allowed too.
    pub allow_http: bool,
    /// Certificate authorities trusted besides the system's, in PEM form.
    pub extra_authorities: Option<Vec<u8>>,
    /// How long one request may take, from the look-up of the name to the last byte of the answer.
    pub timeout: Duration,
}

impl Default for OutgoingSettings {
    fn default() -> Self {
        Self {
            allowed_networks: Vec::new(),
            allow_http: false,
            extra_authorities: None,
            timeout: Duration::from_secs(5),
        }
    }
}

/// The guard. Clones share it.
#[derive(Clone, Debug)]
pub struct Outgoing {
    permitted: Permitted,
    allow_http: bool,
    authorities: Vec<Certificate>,
    timeout: Duration,
    clock: Clock,
    cache: Cache,
    under_way: Arc<Semaphore>,
    // Made at the first request: reading the system's certificates takes longer than starting.
    client: Arc<OnceLock<Client>>,
}

impl Outgoing {
    /// A guard with these settings.
    ///
    /// # Errors
    /// When the extra authorities are not certificates in PEM form.
    pub fn new(settings: OutgoingSettings, clock: Clock) -> Result<Self, Error> {
        let authorities = match &settings.extra_authorities {
            Some(pem) => Certificate::from_pem_bundle(pem)
                .ok()
                .filter(|found| !found.is_empty() && trusting(found).build().is_ok())
                .ok_or_else(|| Error::Unfit("holds no certificates in PEM form".into()))?,
            None => Vec::new(),
        };
        Ok(Self {
            permitted: Permitted { networks: settings.allowed_networks },
            allow_http: settings.allow_http,
            authorities,
            timeout: settings.timeout,
            clock,
            cache: Cache::default(),
            under_way: Arc::new(Semaphore::new(MOST_AT_ONCE)),
            client: Arc::default(),
        })
    }

    /// Checks all of an address that can be checked without asking anybody.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn permit(&self, address: &str) -> Result<Url, Error> {
        let refuse = |words: &str| Err(Error::Forbidden(format!("{} {words}", shown(address))));
        let Ok(url) = Url::parse(address) else { return refuse("is not asked") };
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => {
                return refuse(
                    "is plain http; to allow it in a closed network, set outgoing.allow_http",
                );
            }
            _ => return refuse("is not asked"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("has a user name or password in it");
        }
        let number = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return refuse("is not asked"),
        };
        match number.map(|number| self.permitted.check(number)) {
            Some(Err(reason)) => refuse(&format!("is not asked: {reason}")),
            _ => Ok(url),
        }
    }

    /// A JSON document of at most `largest` bytes, from the cache if it is fresh.
    ///
    /// # Errors
    /// [`Error`]; it is remembered for a while too.
    pub async fn json(&self, address: &str, largest: usize) -> Result<Arc<Value>, Error> {
        self.cached(address, largest, Kept::is_fresh).await
    }

    /// The document as it is now, for somebody whom the one in the cache does not serve: one who looks
    /// for a key that is not in it, for example. It is fetched again twice a minute at most.
    ///
    /// # Errors
    /// [`Error`]; then the document in the cache stays as it was.
    pub async fn json_again(&self, address: &str, largest: usize) -> Result<Arc<Value>, Error> {
        let recent = |kept: &Kept, now: Timestamp| now.since(kept.fetched_at) < AGAIN_AFTER;
        self.cached(address, largest, recent).await
    }

    /// Whether a document would come from the cache, or somebody is fetching it.
    pub async fn has_fresh(&self, address: &str, largest: usize) -> bool {
        let now = self.clock.now();
        let slot = self.cache.slot((address.to_owned(), largest), now);
        slot.try_lock().map_or(true, |kept| kept.as_ref().is_some_and(|kept| kept.is_fresh(now)))
    }

    async fn cached(
        &self,
        address: &str,
        largest: usize,
        serves: impl Fn(&Kept, Timestamp) -> bool,
    ) -> Result<Arc<Value>, Error> {
        let url = self.permit(address)?;
        let slot = self.cache.slot((address.to_owned(), largest), self.clock.now());
        let mut kept = slot.lock().await;
        let now = self.clock.now();
        if let Some(kept) = kept.as_ref().filter(|kept| serves(kept, now)) {
            return kept.outcome.clone();
        }
        let fetched = Kept::new(self.fetch(url, largest).await, now);
        let outcome = fetched.outcome.clone();
        let is_better = |kept: &Kept| kept.outcome.is_ok() && kept.is_fresh(now);
        match kept.as_mut().filter(|kept| outcome.is_err() && is_better(kept)) {
            Some(kept) => kept.fetched_at = now,
            None => *kept = Some(fetched),
        }
        outcome
    }

    /// A document with the seconds that it may be kept.
    async fn fetch(&self, url: Url, largest: usize) -> Result<(Value, i64), Error> {
        let place = shown(url.as_str());
        let request = self.client()?.get(url).header(ACCEPT, "application/json");
        self.in_time(&place, async {
            let response = answer::to(request, &place).await?;
            let lifetime = cache::lifetime(response.headers());
            Ok((answer::json(response, largest, &place).await?, lifetime))
        })
        .await
    }

    /// POSTs a form and gives the status of the answer; the rest of it is not read.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn post_form(
        &self,
        address: &str,
        fields: &[(&str, &str)],
    ) -> Result<StatusCode, Error> {
        let url = self.permit(address)?;
        let place = shown(address);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .client()?
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body);
        self.in_time(&place, async { Ok(answer::to(request, &place).await?.status()) }).await
    }

    async fn in_time<T>(
        &self,
        place: &str,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let limited = async {
            let _turn = self.under_way.acquire().await;
            request.await
        };
        let late = |_| Error::Unreachable(format!("{place} did not answer in time"));
        tokio::time::timeout(self.timeout, limited).await.map_err(late)?
    }

    fn client(&self) -> Result<&Client, Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let built = trusting(&self.authorities)
            .dns_resolver(Arc::new(self.permitted.clone()))
            .redirect(redirect::Policy::none())
            .no_proxy()
            // A connection that is kept would outlive the check of its address.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("doorstep/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::Unreachable(format!("https cannot be used: {error}")))?;
        Ok(self.client.get_or_init(|| built))
    }
}

fn trusting(authorities: &[Certificate]) -> reqwest::ClientBuilder {
    authorities
        .iter()
        .cloned()
        .fold(Client::builder(), reqwest::ClientBuilder::add_root_certificate)
}
