//! What tests of second factors do again and again.

use doorstep::accounts::factors::FactorSettings;
use doorstep::accounts::factors::totp::TotpSecret;
use doorstep::protocol::client::Client;

use crate::person::{Page, Person};
use crate::server::{self, PASSWORD, START, Server, Setup};

/// The settings with a second factor for everybody.
pub fn required() -> FactorSettings {
    FactorSettings { require_mfa: true, ..FactorSettings::default() }
}

/// The usual clients, of which `client_id` needs a second factor.
pub fn clients_with_mfa_for(client_id: &str) -> Vec<Client> {
    let demand = |client: Client| Client { require_mfa: client.client_id == client_id, ..client };
    server::clients().into_iter().map(demand).collect()
}

/// An issuer with a host name, which can have passkeys.
pub async fn start_with_passkeys() -> Server {
    Setup { https: true, ..Setup::default() }.start().await
}

/// Opens the sign-in page and gives name and password; not what comes after.
pub async fn give_password(person: &Person, url: &str, username: &str) -> Page {
    let page = person.visit(url).await;
    let values = [("username", username), ("password", PASSWORD)];
    person.submit(&page.form_to("/login"), None, &values).await
}

/// Signs in with the password and opens what comes after.
pub async fn sign_in(server: &Server, person: &Person, username: &str) -> Page {
    let page = give_password(person, &format!("{}/login", server.url), username).await;
    person.follow(page).await
}

/// The key that a page shows for typing.
pub fn key_on(page: &Page) -> TotpSecret {
    let (_, rest) = page.body.split_once("class=\"big\"").expect("a key");
    let key = rest.split(['<', '>']).nth(1).expect("the key");
    let mut bits = Vec::new();
    for symbol in key.bytes().filter(|symbol| *symbol != b' ') {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|s| *s == symbol);
        let value = value.expect("base32");
        bits.extend((0..5).rev().map(|bit| value >> bit & 1 == 1));
    }
    let byte = |bits: &[bool]| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    let bytes: Vec<u8> = bits.chunks(8).map(byte).collect();
    TotpSecret::from_bytes(bytes.try_into().expect("160 bits"))
}

/// The recovery codes on a page.
pub fn codes_on(page: &Page) -> Vec<String> {
    let (_, rest) = page.body.split_once("id=\"codes\"").unwrap_or_else(|| panic!("{page:?}"));
    let (_, rest) = rest.split_once('>').expect("a tag");
    rest.split("</p>").next().expect("an end").split("<br>").map(str::to_owned).collect()
}

/// Sends the page's form with the code of this secret.
pub async fn send_code(person: &Person, page: &Page, part: &str, code: &str) -> Page {
    person.submit(&page.form_to(part), None, &[("code", code)]).await
}

/// The code that an app shows at the issuer's time.
pub fn code_of(server: &Server, secret: &TotpSecret) -> String {
    secret.code(server.clock.now()).expose().to_owned()
}

/// Adds an authenticator app to the account of whoever is signed in. A minute goes by, so that the next
/// code is another one.
pub async fn add_totp(server: &Server, person: &Person) -> (TotpSecret, Page) {
    let page = person.visit(&format!("{}/account/factors/totp", server.url)).await;
    let secret = key_on(&page);
    let page = send_code(person, &page, "/totp", &code_of(server, &secret)).await;
    server.clock.advance(60);
    (secret, page)
}

/// A person of this name with an authenticator app, as yet another browser meets them.
pub async fn with_totp(server: &Server, username: &str) -> (TotpSecret, Vec<String>) {
    let person = server.browser();
    sign_in(server, &person, username).await;
    let (secret, page) = add_totp(server, &person).await;
    (secret, codes_on(&page))
}

/// The events of this name in the audit trail: whose they were, and their details.
pub async fn audited(server: &Server, event: &str) -> Vec<(Option<String>, String)> {
    let events = server.db.audit_events(START, 100).await.expect("a trail");
    let of_this_name = events.into_iter().filter(|recorded| recorded.event == event);
    of_this_name.map(|recorded| (recorded.account_id, recorded.detail)).collect()
}
