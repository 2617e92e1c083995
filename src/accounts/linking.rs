//! People who proved who they are elsewhere: which account is theirs.
//!
//! The key is issuer and subject. A user name never links, since anybody may choose one; an e-mail
//! address does only where an admin said so, the provider says that it was verified, and the account it
//! points to was not itself made by a provider whose addresses count for nothing. Otherwise somebody
//! could wait for a stranger in an account that they made in the stranger's name.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::account::Account;
use super::claims::{Claims, STANDARD, VERIFIED};
use super::{Refusal, SignInFailure, Unavailable};
use crate::clock::Timestamp;
use crate::relying_party::ResolvedIdentity;
use crate::secret;
use crate::store::links::Link;
use crate::store::{self, Db};

/// Who gets in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Admission {
    /// Whoever the provider lets in: an account is made at the first sign-in.
    #[default]
    Create,
    /// People whose account was linked.
    Known,
}

/// Somebody who has just signed in elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The provider's id.
    pub provider: &'a str,
    /// Who it is there.
    pub identity: &'a ResolvedIdentity,
    /// Who gets in.
    pub admission: Admission,
    /// Whether this provider's verified e-mail addresses link.
    pub match_email: bool,
}

/// Somebody who has an account now.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// The account, with its claims as the provider has them today.
    pub account: Account,
    /// Whether it was theirs before.
    pub how: How,
}

/// How somebody came to their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It was theirs already.
    Known,
    /// It was there, and is linked now.
    Linked,
    /// It was made for them.
    Made,
}

type Outcome<T> = Result<T, SignInFailure>;

/// Finds or makes the account of somebody who has signed in elsewhere.
pub(super) async fn welcome(db: &Db, arrival: Arrival<'_>, now: Timestamp) -> Outcome<Arrived> {
    let identity = arrival.identity;
    match db.find_link(&identity.issuer, &identity.subject).await.map_err(down)? {
        Some(link) => known(db, arrival, link, now).await,
        None => newcomer(db, arrival, now).await,
    }
}

async fn known(db: &Db, arrival: Arrival<'_>, link: Link, now: Timestamp) -> Outcome<Arrived> {
    match db.find_account(&link.account_id).await.map_err(down)? {
        Some(account) => {
            let account = admitted(account)?;
            let account = refreshed(db, arrival.identity, account, link.made, now).await?;
            Ok(Arrived { account, how: How::Known })
        }
        // Whoever linked it was stopped before the account was made, or is about to make it.
        None if link.made && arrival.admission == Admission::Create => {
            make(db, arrival, link.account_id, now).await
        }
        None => Err(SignInFailure::Refused(Refusal::UnknownUser)),
    }
}

async fn newcomer(db: &Db, arrival: Arrival<'_>, now: Timestamp) -> Outcome<Arrived> {
    if let Some(account) = by_email(db, arrival).await? {
        let account = admitted(account)?;
        claim(db, arrival, &account.id, false, now).await?;
        let account = refreshed(db, arrival.identity, account, false, now).await?;
        return Ok(Arrived { account, how: How::Linked });
    }
    if arrival.admission == Admission::Known {
        return Err(SignInFailure::Refused(Refusal::NotLinked));
    }
    // The link first: of two first sign-ins at once, one makes it and the other finds it.
    let link = claim(db, arrival, &secret::random_id(), true, now).await?;
    make(db, arrival, link.account_id, now).await
}

/// Links the identity to this account, unless it is linked already: then that link stands.
async fn claim(
    db: &Db,
    arrival: Arrival<'_>,
    account_id: &str,
    made: bool,
    now: Timestamp,
) -> Outcome<Link> {
    let identity = arrival.identity;
    let link = Link {
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        account_id: account_id.to_owned(),
        provider: arrival.provider.to_owned(),
        made,
        vouches: arrival.match_email,
        linked_at: now,
    };
    if db.insert_link(link.clone()).await.map_err(down)? {
        return Ok(link);
    }
    let stands = db.find_link(&identity.issuer, &identity.subject).await.map_err(down)?;
    // Otherwise the account is somebody else's at the same issuer, who had the address before.
    stands
        .filter(|stands| made || stands.account_id == account_id)
        .ok_or(SignInFailure::Refused(Refusal::LinkedToAnother))
}

/// The account that has the same verified e-mail address, where that counts.
async fn by_email(db: &Db, arrival: Arrival<'_>) -> Outcome<Option<Account>> {
    let identity = arrival.identity;
    let Some(email) = identity.email.as_deref().filter(|_| identity.email_verified) else {
        return Ok(None);
    };
    if !arrival.match_email || email.contains('\0') {
        return Ok(None);
    }
    let mut found = db.find_accounts_by_email(&email.to_lowercase(), 2).await.map_err(down)?;
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(SignInFailure::Refused(Refusal::LinkedToAnother)),
    }
}

async fn make(db: &Db, arrival: Arrival<'_>, id: String, now: Timestamp) -> Outcome<Arrived> {
    let identity = arrival.identity;
    let account = Account {
        id,
        username: identity.preferred_username.clone(),
        disabled: false,
        claims: follow(identity, &Claims::default(), true),
        created_at: now,
        updated_at: now,
    };
    if db.insert_account(&account, None).await.map_err(down)? {
        return Ok(Arrived { account, how: How::Made });
    }
    match db.find_account(&account.id).await.map_err(down)? {
        Some(account) => Ok(Arrived { account: admitted(account)?, how: How::Known }),
        None => {
            db.delete_link(&identity.issuer, &identity.subject).await.map_err(down)?;
            Err(SignInFailure::Refused(Refusal::NameTaken))
        }
    }
}

fn admitted(account: Account) -> Outcome<Account> {
    match account.disabled {
        true => Err(SignInFailure::Refused(Refusal::Disabled)),
        false => Ok(account),
    }
}

/// The account with the claims as the provider has them now. What has not changed is not written.
async fn refreshed(
    db: &Db,
    identity: &ResolvedIdentity,
    account: Account,
    made: bool,
    now: Timestamp,
) -> Outcome<Account> {
    let claims = follow(identity, &account.claims, made);
    if claims == account.claims {
        return Ok(account);
    }
    db.update_claims(&account.id, &claims, now).await.map_err(down)?;
    Ok(Account { claims, updated_at: now, ..account })
}

/// The claims of an account after a sign-in. One that a provider made follows it in everything; one
/// that an admin made, in the groups alone. Groups that are not read from the provider stay.
fn follow(identity: &ResolvedIdentity, before: &Claims, made: bool) -> Claims {
    // A provider that is asked again may say nothing but yes.
    if identity.raw.keys().all(|name| name == "sub") {
        return before.clone();
    }
    let mut claims = if made { told(identity) } else { before.as_map().clone() };
    let groups = match &identity.groups {
        Some(groups) => Some(Value::from(groups.clone())),
        None => before.as_map().get("groups").cloned(),
    };
    claims.remove("groups");
    claims.extend(groups.and_then(|groups| fitting("groups", &groups)));
    Claims::new(claims).unwrap_or_else(|_| before.clone())
}

/// What the provider tells that an account can have; the rest is left out.
fn told(identity: &ResolvedIdentity) -> Map<String, Value> {
    let raw = |name: &str| identity.raw.get(name).and_then(|value| fitting(name, value));
    let mut claims: Map<String, Value> =
        STANDARD.iter().filter_map(|(name, _)| raw(name)).collect();
    for (flag, subject) in VERIFIED {
        if let Some(value @ Value::Bool(_)) = identity.raw.get(flag)
            && claims.contains_key(subject)
        {
            claims.insert(flag.into(), value.clone());
        }
    }
    claims
}

fn fitting(name: &str, value: &Value) -> Option<(String, Value)> {
    let alone = Map::from_iter([(name.to_owned(), value.clone())]);
    Claims::new(alone).ok().map(|_| (name.to_owned(), value.clone()))
}

fn down(error: store::Error) -> SignInFailure {
    SignInFailure::Unavailable(Unavailable::from(error))
}
