//! Where a new password comes from: typed twice without an echo, piped in, or made up.

use std::future::ready;
use std::io::{self, BufRead, IsTerminal, Write};
use std::pin::pin;

use tokio::signal::ctrl_c;

use super::Failure;
use crate::secret::{Secret, random_bytes};

/// How the password of an account is given.
#[derive(clap::Args, Debug)]
#[group(multiple = false)]
pub struct PasswordArgs {
    /// Read the password from standard input, up to the first line break
    #[arg(long)]
    password_stdin: bool,
    /// Make up a password and print it
    #[arg(long)]
    generate_password: bool,
}

/// A password, and whether the admin has yet to learn it.
pub struct NewPassword {
    /// The password.
    pub secret: Secret,
    /// Set when it was made up and must be shown.
    pub generated: bool,
}

impl PasswordArgs {
    /// Gets the password in the way asked for.
    pub async fn read(&self) -> Result<NewPassword, Failure> {
        if self.generate_password {
            return Ok(NewPassword { secret: generate(), generated: true });
        }
        let secret = if self.password_stdin {
            read_line(ctrl_c()).await?
        } else if std::io::stdin().is_terminal() {
            let first = ask("New password: ").await?;
            let second = ask("The same once more: ").await?;
            if first != second {
                return Err(Failure::new("the two passwords differ; nothing was changed"));
            }
            first
        } else {
            return Err(Failure::new(
                "there is no terminal to ask for the password: use --password-stdin or --generate-password",
            ));
        };
        Ok(NewPassword { secret, generated: false })
    }
}

/// Five groups of four symbols without look-alikes: 100 random bits that can be read out.
fn generate() -> Secret {
    const SYMBOLS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let symbols = random_bytes::<20>().map(|byte| char::from(SYMBOLS[usize::from(byte % 32)]));
    let groups: Vec<String> = symbols.chunks(4).map(|group| group.iter().collect()).collect();
    Secret::new(groups.join("-"))
}

/// Reads one line in a thread of its own, so that an interrupt is noticed meanwhile.
async fn read_line(interrupt: impl Future<Output = io::Result<()>>) -> Result<Secret, Failure> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = sender.send(io::stdin().lock().read_line(&mut line).map(|_| line));
    });
    let line = tokio::select! {
        line = receiver => line.unwrap_or_else(|_| Err(io::ErrorKind::UnexpectedEof.into())),
        _ = interrupt => return Err(stopped()),
    };
    let line =
        line.map_err(|error| Failure::new(format!("the password cannot be read: {error}")))?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}

fn stopped() -> Failure {
    Failure { code: 130, message: "stopped; nothing was changed".into() }
}

/// Asks on the terminal, without an echo.
async fn ask(question: &str) -> Result<Secret, Failure> {
    // Interrupts are listened for before the echo goes: one in between would not bring it back.
    let mut interrupt = pin!(ctrl_c());
    tokio::select! {
        biased;
        _ = &mut interrupt => return Err(stopped()),
        () = ready(()) => {}
    }
    let mut terminal = io::stderr();
    let _ = write!(terminal, "{question}");
    let _ = terminal.flush();
    let quiet = Quiet::begin();
    let answer = read_line(interrupt).await;
    drop(quiet);
    let _ = writeln!(terminal);
    answer
}

/// The terminal without its echo, for as long as this value lives.
struct Quiet {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
}

#[cfg(unix)]
impl Quiet {
    fn begin() -> Self {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).ok();
        if let Some(mut modes) = before.clone() {
            modes.local_modes.remove(LocalModes::ECHO);
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, &modes);
        }
        Self { before }
    }
}

#[cfg(unix)]
impl Drop for Quiet {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, before);
        }
    }
}

#[cfg(not(unix))]
impl Quiet {
    fn begin() -> Self {
        Self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::rules::PasswordRules;

    #[test]
    fn made_up_passwords_keep_the_rules_and_differ() {
        let (a, b) = (generate(), generate());
        assert_ne!(a, b);
        assert_eq!(a.expose().len(), 24);
        assert_eq!(PasswordRules::default().check(&a, "mia"), Ok(()));
    }
}
