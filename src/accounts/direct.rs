//! A sign-in in one request, by user name, password and code: for programs that an admin lets ask for all
//! of it themselves, where no page can. What needs a page is refused.

use std::net::IpAddr;

use super::factors::{CheckFailure, Factors};
use super::methods::{Method, Methods};
use super::next_step::{Standing, Step, next_step};
use super::{Account, Accounts, SignInFailure, Unavailable};
use crate::clock::Timestamp;
use crate::protocol::acr::Acr;
use crate::secret::Secret;

/// What somebody typed into a program.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The user name.
    pub username: &'a str,
    /// The password.
    pub password: &'a Secret,
    /// A code of an authenticator app, or a recovery code.
    pub code: Option<&'a Secret>,
    /// Where the request came from.
    pub address: IpAddr,
    /// The class of sign-in that the program asks for at least.
    pub needed: Acr,
}

/// Why nobody is signed in.
#[derive(Debug)]
pub enum DirectFailure {
    /// The user name and password do not do.
    SignIn(SignInFailure),
    /// The password is right, and a code is needed with it.
    CodeNeeded,
    /// The code is wrong, was used before, or comes too soon.
    Code(CheckFailure),
    /// The person has to go to the sign-in page first: to choose another password, to add a second
    /// factor, or since theirs is a passkey.
    PageNeeded,
}

impl From<Unavailable> for DirectFailure {
    fn from(cause: Unavailable) -> Self {
        Self::SignIn(cause.into())
    }
}

/// Signs somebody in, and says how they proved who they are.
///
/// # Errors
/// [`DirectFailure`]; what is told of it to whom is the caller's to decide.
pub async fn sign_in(
    accounts: &dyn Accounts,
    factors: &Factors,
    attempt: Attempt<'_>,
    now: Timestamp,
) -> Result<(Account, Methods), DirectFailure> {
    let Attempt { username, password, code, address, needed } = attempt;
    let account = accounts.authenticate(username, password, address, now).await;
    let account = account.map_err(DirectFailure::SignIn)?;
    let id = account.id.as_str();
    let standing = Standing {
        within_reach: factors.within_reach(id).await.map_err(Unavailable::from)?,
        needed: needed.max(factors.needed_of(&account)),
        must_change_password: accounts.must_change_password(id).await?,
    };
    let mut methods = Methods::from(Method::Password);
    if next_step(&methods, standing) == Step::SecondFactor {
        let code = code.ok_or(DirectFailure::CodeNeeded)?;
        let checked = factors.check_code(id, code.expose(), address, now).await;
        checked.map_err(DirectFailure::Code)?;
        methods = methods.and(Method::Otp);
    }
    match next_step(&methods, standing) {
        Step::Done => Ok((account, methods)),
        _ => Err(DirectFailure::PageNeeded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::StoredAccounts;
    use crate::accounts::claims::Claims;
    use crate::accounts::factors::FactorSettings;
    use crate::accounts::factors::totp::TotpSecret;
    use crate::accounts::password::{Passwords, Settings};
    use crate::accounts::rules::UsernameRule;
    use crate::secret::RootKey;
    use crate::store::Db;

    const NOW: Timestamp = Timestamp(1_700_000_000);
    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    struct Scene {
        db: Db,
        accounts: StoredAccounts,
        factors: Factors,
    }

    impl Scene {
        async fn new() -> Self {
            let db = Db::connect("sqlite::memory:", 1).await.unwrap();
            let cheap = Settings {
                memory_kib: 64,
                iterations: 1,
                parallelism: 1,
                concurrency: 1,
                queue: 8,
            };
            let passwords = Passwords::start(&cheap);
            let mia = Account {
                id: "mia-id".into(),
                username: "mia".into(),
                disabled: false,
                claims: Claims::default(),
                created_at: NOW,
                updated_at: NOW,
            };
            let hash = passwords.hash(&Secret::new("eleven lemons ride")).await.unwrap();
            db.insert_account(&mia, Some(hash)).await.unwrap();
            let (root, settings) = (RootKey::generate(), FactorSettings::default());
            let factors =
                Factors::new(db.clone(), root, settings, "https://id.example", "Doorstep");
            let accounts = StoredAccounts::new(db.clone(), passwords, UsernameRule::Strict);
            Self { db, accounts, factors }
        }

        /// The methods of an attempt, or what was wrong with it.
        async fn tries(&self, password: &str, code: Option<&str>, needed: Acr) -> String {
            let (password, code) = (Secret::new(password), code.map(Secret::new));
            let attempt = Attempt {
                username: "mia",
                password: &password,
                code: code.as_ref(),
                address: HOME,
                needed,
            };
            match sign_in(&self.accounts, &self.factors, attempt, NOW).await {
                Ok((_, methods)) => methods.amr().join(" "),
                Err(DirectFailure::SignIn(_)) => "password".into(),
                Err(DirectFailure::CodeNeeded) => "code needed".into(),
                Err(DirectFailure::Code(_)) => "code".into(),
                Err(DirectFailure::PageNeeded) => "page".into(),
            }
        }
    }

    #[tokio::test]
    async fn a_program_gets_as_far_as_a_person_would_without_a_page() {
        let scene = Scene::new().await;
        let right = "eleven lemons ride";
        let one = Acr::SingleFactor;
        assert_eq!(scene.tries("wrong", None, one).await, "password");
        assert_eq!(scene.tries(right, None, one).await, "pwd");
        assert_eq!(scene.tries(right, Some("000000"), one).await, "pwd", "nobody asked for it");
        assert_eq!(scene.tries(right, None, Acr::MultiFactor).await, "page");
        let secret = TotpSecret::generate();
        let before = NOW.plus(-60);
        let code = secret.code(before);
        scene.factors.add_totp("mia-id", "", &secret, code.expose(), before).await.unwrap();
        let code = secret.code(NOW);
        assert_eq!(scene.tries(right, None, one).await, "code needed");
        assert_eq!(scene.tries("wrong", Some(code.expose()), one).await, "password");
        assert_eq!(scene.tries(right, Some("x"), one).await, "code");
        assert_eq!(scene.tries(right, Some(code.expose()), one).await, "pwd otp mfa");
        assert_eq!(scene.tries(right, Some(code.expose()), one).await, "code", "it works once");
        scene.db.require_password_change("mia-id").await.unwrap();
        let next = secret.code(NOW.plus(30));
        assert_eq!(scene.tries(right, Some(next.expose()), one).await, "page");
    }
}
