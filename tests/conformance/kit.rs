//! A relying party made by hand, and a person who uses it.

pub mod answer;
pub mod checks;
pub mod dpop;
pub mod fapi2;
pub mod jose;
pub mod provider;
pub mod pushed;
pub mod registration;
pub mod request;
pub mod tokens;
