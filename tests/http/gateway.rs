//! Sign-in for apps: through a Doorstep, and through an issuer that can misbehave.

mod backchannel;
mod cookies;
mod desktop;
mod foreign;
mod login;
mod program;
mod refresh;
mod scene;
mod set_up;
mod sign_in;
mod threats;
mod waiting;
