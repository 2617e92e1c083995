//! Codes that a program has before anybody granted anything: device codes (RFC 8628).
//!
//! Such a code is drawn and given away, and only its id is kept. When the person agrees, a grant is stored
//! under that id, and from then on the code is a code like any other: it is spent once, by the same
//! statement, and a replay kills the grant.

use super::{Binding, Codes, grant_id};
use crate::protocol::code::Code;
use crate::{secret, store};

impl Codes {
    /// A code that stands for nothing yet, and the id that its grant will have.
    pub fn draw(&self) -> (String, Code) {
        let code = Code::from_bits(&secret::random_bytes());
        (grant_id(&code), code)
    }

    /// Makes the code with this id redeemable. False when that was done before.
    ///
    /// # Errors
    /// When the store fails; then nothing was granted.
    pub async fn approve(&self, id: &str, binding: Binding) -> Result<bool, store::Error> {
        let new = self.new_grant(id.to_owned(), String::new(), binding);
        match self.db.insert_grant(new).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_unique_violation() => Ok(false),
            Err(error) => Err(error),
        }
    }
}
