//! `[ldap]`: what an admin says about a directory. What a key means is said in `doorstep.default.toml`.

use std::path::PathBuf;

use serde::Deserialize;
use url::{Host, Url};

use crate::accounts::linking::Admission;
use crate::accounts::rules::UsernameRule;
use crate::secret::Secret;

/// `[ldap]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LdapSettings {
    /// Where it is; without, there is none.
    pub url: Option<Url>,
    /// Whether the connection becomes TLS before anything is said.
    pub starttls: bool,
    /// The certificate authorities that are trusted instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Who looks people up; nobody in particular without.
    pub bind_dn: Option<String>,
    /// Their password.
    pub bind_password: Option<Secret>,
    /// Where people are looked for.
    pub base: Option<String>,
    /// How they are found.
    pub filter: String,
    /// The attribute that never changes and is never given to another.
    pub id_attribute: String,
    /// The attribute with the user name.
    pub username_attribute: String,
    /// Which user names are let in.
    pub usernames: UsernameRule,
    /// The attribute with the name.
    pub name_attribute: String,
    /// The attribute with the given name.
    pub given_name_attribute: String,
    /// The attribute with the family name.
    pub family_name_attribute: String,
    /// The attribute with the e-mail address.
    pub email_attribute: String,
    /// Whether those addresses count as verified.
    pub email_verified: bool,
    /// Where groups are looked for; by default where people are.
    pub group_base: Option<String>,
    /// How a person's groups are found; without, groups are given by hand.
    pub group_filter: Option<String>,
    /// The attribute with a group's name.
    pub group_attribute: String,
    /// Of which groups a person must be in one.
    pub required_groups: Vec<String>,
    /// Who gets in.
    pub accounts: Admission,
    /// Seconds that one sign-in may ask the directory.
    pub timeout: u64,
}

impl LdapSettings {
    /// Whether the keys fit each other: else the key, and a sentence that goes on from it. Passwords
    /// go over the network in the clear only where `allow_insecure` says so.
    ///
    /// # Errors
    /// The first key that does not fit.
    pub fn check(&self, allow_insecure: bool) -> Result<(), (&'static str, &'static str)> {
        let Some(url) = &self.url else { return Ok(()) };
        let secret = match url.scheme() {
            "ldaps" => true,
            "ldap" => self.starttls,
            _ => return Err(("url", "should be like ldaps://ldap.example.org")),
        };
        if !secret && !allow_insecure && !is_this_machine(url) {
            let reason = "would send passwords in the clear: use ldaps://, or set starttls = true";
            return Err(("url", reason));
        }
        if url.scheme() == "ldaps" && self.starttls {
            return Err(("starttls", "is for ldap://: ldaps:// is TLS from the start"));
        }
        if self.base.is_none() {
            return Err((
                "base",
                "is missing: where people are, as in ou=people,dc=example,dc=org",
            ));
        }
        if !self.filter.contains("{username}") {
            return Err(("filter", "should have {username} in it"));
        }
        if self.bind_dn.is_some() != self.bind_password.is_some() {
            return Err(("bind_password", "goes together with bind_dn"));
        }
        if !self.required_groups.is_empty() && self.group_filter.is_none() {
            return Err(("required_groups", "needs group_filter to say how groups are found"));
        }
        if !(1..=60).contains(&self.timeout) {
            return Err(("timeout", "should be from 1 to 60"));
        }
        Ok(())
    }
}

impl LdapSettings {
    /// The issuer under which links know the people of the directory. It outlives a move to another host.
    pub fn issuer(&self) -> String {
        format!("ldap:{}", self.base.as_deref().unwrap_or_default().to_lowercase())
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => match name.parse::<std::net::IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => name == "localhost",
        },
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
