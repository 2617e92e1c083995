//! Claims on the command line.

use serde_json::{Map, Value};

use crate::accounts::claims::{Kind, STANDARD};
use crate::cli::Failure;

/// What is known about a person.
#[derive(clap::Args, Debug, Default, PartialEq)]
pub struct ClaimArgs {
    /// Full name, as pages and programs show it
    #[arg(long)]
    name: Option<String>,
    /// Given name
    #[arg(long)]
    given_name: Option<String>,
    /// Family name
    #[arg(long)]
    family_name: Option<String>,
    /// E-mail address
    #[arg(long)]
    email: Option<String>,
    /// Says that the e-mail address was verified
    #[arg(long)]
    email_verified: bool,
    /// Telephone number
    #[arg(long)]
    phone_number: Option<String>,
    /// A group that the person is in; can be given more than once
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// Any other claim of OpenID Connect, as in locale=nb-NO; an address as JSON
    #[arg(long = "claim", value_name = "CLAIM=VALUE", value_parser = pair)]
    others: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it should look like CLAIM=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl ClaimArgs {
    /// `claims` with those given laid over them.
    pub fn apply(&self, mut claims: Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        let texts = [
            ("name", &self.name),
            ("given_name", &self.given_name),
            ("family_name", &self.family_name),
            ("email", &self.email),
            ("phone_number", &self.phone_number),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                claims.insert(name.into(), value.clone().into());
            }
        }
        if self.email.is_some() {
            // What was verified was the address before.
            claims.remove("email_verified");
        }
        if self.email_verified {
            claims.insert("email_verified".into(), true.into());
        }
        if !self.groups.is_empty() {
            claims.insert("groups".into(), self.groups.clone().into());
        }
        for (name, text) in &self.others {
            claims.insert(name.clone(), value(name, text)?);
        }
        Ok(claims)
    }
}

/// Texts are taken as they are; what has another type in JSON is written in JSON.
fn value(name: &str, text: &str) -> Result<Value, Failure> {
    let kind = STANDARD.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    match kind {
        Some(Kind::Boolean | Kind::Address | Kind::Groups) => serde_json::from_str(text)
            .map_err(|_| Failure::new(format!("the claim {name} should be written in JSON"))),
        _ => Ok(text.into()),
    }
}
