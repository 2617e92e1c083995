//! Every way a hand-off can go, in every engine: whatever the listener does and the person presses,
//! the person ends signed in, the code is never lost, and the page's last words are true.

use std::time::Duration;

use doorstep::clock::Clock;
use doorstep::protocol::client::Client;
use doorstep::protocol::code::Code;

use crate::login::Login;
use crate::person::{Person, Trouble};
use crate::support::browser::{Browser, Engine, Setup};
use crate::support::listener::{Delivery, Listener, Mood};
use crate::support::process::eventually;
use crate::support::server;
use crate::table::{self, Row};

/// A program whose sign-in is confirmed by a click.
const ASKED: &str = "sample-cli";
/// A program that an admin trusts: no question.
const TRUSTED: &str = "trusted-cli";

/// What the person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Story {
    /// Opens the link and clicks [Sign in].
    Click,
    /// The same, and loads the page again afterwards.
    Reload,
    /// The same, and goes back and forward again afterwards.
    BackAndForward,
    /// Says that the terminal is elsewhere, and pastes.
    Elsewhere,
    /// Opens a trusted program's link for the first time in this browser.
    Trusted,
    /// Opens a trusted program's link after it worked here, and goes back if the answer is not nice.
    TrustedAgain,
}

impl Story {
    const ALL: [Self; 6] = [
        Self::Click,
        Self::Reload,
        Self::BackAndForward,
        Self::Elsewhere,
        Self::Trusted,
        Self::TrustedAgain,
    ];

    fn client(self) -> &'static str {
        if matches!(self, Self::Trusted | Self::TrustedAgain) { TRUSTED } else { ASKED }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Reload => "click, then reload",
            Self::BackAndForward => "click, then Back and Forward",
            Self::Elsewhere => "the terminal is elsewhere",
            Self::Trusted => "trusted, first time",
            Self::TrustedAgain => "trusted, worked before",
        }
    }
}

/// One engine as one kind of person has it.
struct Surroundings {
    words: &'static str,
    setup: Setup,
    permission: Option<&'static str>,
    stories: &'static [Story],
}

/// Walks every story with a listener in every mood, and tells all that went wrong.
async fn walk_all(surroundings: Surroundings) {
    let asked = Client {
        client_name: "Sample CLI".into(),
        match_phrase: true,
        ..Client::native(ASKED, &["http://127.0.0.1/"])
    };
    let trusted = Client {
        client_name: "Trusted CLI".into(),
        trusted: true,
        ..Client::native(TRUSTED, &["http://127.0.0.1/"])
    };
    let clients = vec![asked, trusted];
    let clock = Clock::system();
    let issuer =
        server::Setup { https: true, clock, clients, ..server::Setup::default() }.start().await;
    let setup = Setup { public_port: Some(issuer.port), ..surroundings.setup };
    let browser = Browser::start(&setup).await;
    if let Some(state) = surroundings.permission {
        browser.goto(&format!("{}/account", issuer.url)).await.expect("the issuer has a home page");
        let set = async || browser.set_permission("loopback-network", state).await.ok();
        eventually(Duration::from_secs(10), set).await.expect("the permission is set");
    }
    let (mut rows, mut troubles) = (Vec::new(), Vec::new());
    for &story in surroundings.stories {
        for mood in Mood::ALL {
            let mut person = Person::new(&browser, &issuer, setup.javascript);
            match walk(&mut person, story, mood).await {
                Ok(()) => rows.push(Row { story: story.words(), mood, saw: person.saw }),
                Err(trouble) => {
                    let shot = std::env::temp_dir()
                        .join(format!("doorstep-{:?}-{story:?}-{mood:?}.png", setup.engine));
                    let _ = browser.screenshot(&shot).await;
                    troubles.push(format!(
                        "{story:?} × {mood:?}: {trouble}, after {:?} (picture: {})",
                        person.saw,
                        shot.display()
                    ));
                }
            }
        }
    }
    table::record(surroundings.words, &rows);
    assert!(troubles.is_empty(), "{}:\n{}", surroundings.words, troubles.join("\n"));
}

/// One cell.
async fn walk(person: &mut Person<'_>, story: Story, mood: Mood) -> Result<(), Trouble> {
    let result_page = format!("{}/handoff/result?outcome=signed_in", person.issuer.url);
    let mut listener = Listener::open(mood, &result_page).await;
    let login = Login::new(story.client(), listener.redirect_uri());
    person.begin(story == Story::Trusted).await?;
    person.open(&login.link(person.issuer, story == Story::Elsewhere)).await?;
    act(person, story).await?;
    let arrived = story != Story::Elsewhere && mood != Mood::Refused;
    let delivery = if arrived { listener.next(Duration::from_secs(8)).await } else { None };
    if arrived && delivery.is_none() {
        return Err(Trouble("nothing was delivered".into()));
    }
    let redeemed = match delivery {
        Some(delivery) if mood == Mood::Alive => {
            login.redeem(person.issuer, code_in(&delivery, &login)?).await
        }
        _ => false,
    };
    press(person, story, mood).await?;
    if !redeemed {
        let code = person.shown_code().await?;
        Code::parse(&code)
            .map_err(|error| Trouble(format!("the code cannot be pasted: {error}")))?;
        if !login.redeem(person.issuer, &code).await {
            return Err(Trouble("the pasted code was not taken".into()));
        }
    }
    person.ends_signed_in().await
}

/// The clicks that bring the code on its way.
async fn act(person: &mut Person<'_>, story: Story) -> Result<(), Trouble> {
    match story {
        Story::Elsewhere => {
            person.awaits("confirm").await?;
            person.clicks("button[name=finish][value=paste]").await
        }
        Story::TrustedAgain if person.scripts => Ok(()),
        Story::Trusted | Story::TrustedAgain => {
            person.awaits("ready").await?;
            person.clicks("#give button").await
        }
        Story::Click | Story::Reload | Story::BackAndForward => {
            person.awaits("confirm").await?;
            person.clicks("button[name=finish][value=loopback]").await?;
            if !person.scripts {
                person.awaits("ready").await?;
                person.clicks("#give button").await?;
            }
            Ok(())
        }
    }
}

/// What the person presses after the hand-off.
async fn press(person: &mut Person<'_>, story: Story, mood: Mood) -> Result<(), Trouble> {
    match story {
        Story::Reload => {
            person.settles().await?;
            person.reloads().await
        }
        Story::BackAndForward => {
            person.settles().await?;
            person.goes_back_and_forward().await
        }
        // The page is still there only where the program never answered.
        Story::TrustedAgain if person.scripts && mood != Mood::Hanging => person.goes_back().await,
        Story::Click | Story::Trusted if !person.scripts && mood == Mood::Alive => {
            person.reloads().await
        }
        _ => Ok(()),
    }
}

/// The code of a delivery, which has exactly the response's parameters.
fn code_in<'a>(delivery: &'a Delivery, login: &Login) -> Result<&'a str, Trouble> {
    let names: Vec<_> = delivery.fields.iter().map(|(name, _)| name.as_str()).collect();
    if names != ["code", "state", "iss"] || delivery.field("state") != Some(&login.state) {
        return Err(Trouble(format!("the form has other fields: {names:?}")));
    }
    delivery.field("code").ok_or_else(|| Trouble("no code".into()))
}

#[actix_web::test]
async fn chromium_undecided() {
    let setup = Setup::new(Engine::Chromium);
    let words = "Chromium, issuer public, permission undecided";
    walk_all(Surroundings { words, setup, permission: None, stories: &Story::ALL }).await;
}

#[actix_web::test]
async fn chromium_granted() {
    let setup = Setup::new(Engine::Chromium);
    let words = "Chromium, issuer public, permission granted";
    walk_all(Surroundings { words, setup, permission: Some("granted"), stories: &Story::ALL })
        .await;
}

#[actix_web::test]
async fn chromium_denied() {
    let setup = Setup::new(Engine::Chromium);
    let words = "Chromium, issuer public, permission denied";
    walk_all(Surroundings { words, setup, permission: Some("denied"), stories: &Story::ALL }).await;
}

#[actix_web::test]
async fn firefox() {
    let setup = Setup::new(Engine::Firefox);
    let words = "Firefox, issuer public, permission undecided";
    walk_all(Surroundings { words, setup, permission: None, stories: &Story::ALL }).await;
}

#[actix_web::test]
async fn webkit() {
    let setup = Setup::new(Engine::WebKit);
    walk_all(Surroundings { words: "WebKit", setup, permission: None, stories: &Story::ALL }).await;
}

/// Without scripts nothing starts by itself, so there is one story less.
const WITHOUT_SCRIPTS: &[Story] =
    &[Story::Click, Story::Reload, Story::BackAndForward, Story::Elsewhere, Story::Trusted];

#[actix_web::test]
async fn chromium_without_scripts() {
    let setup = Setup { javascript: false, ..Setup::new(Engine::Chromium) };
    let words = "Chromium without JavaScript";
    walk_all(Surroundings { words, setup, permission: None, stories: WITHOUT_SCRIPTS }).await;
}

#[actix_web::test]
async fn firefox_without_scripts() {
    let setup = Setup { javascript: false, ..Setup::new(Engine::Firefox) };
    let words = "Firefox without JavaScript";
    walk_all(Surroundings { words, setup, permission: None, stories: WITHOUT_SCRIPTS }).await;
}

#[actix_web::test]
async fn webkit_without_scripts() {
    let setup = Setup { javascript: false, ..Setup::new(Engine::WebKit) };
    let words = "WebKit without JavaScript";
    walk_all(Surroundings { words, setup, permission: None, stories: WITHOUT_SCRIPTS }).await;
}
