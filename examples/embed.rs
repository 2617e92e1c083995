//! Mounts the whole issuer into an actix application that has routes of its own.
//!
//! Run with `cargo run --example embed`, then open <http://localhost:8081/> and sign in as `alice` with
//! the password it prints.

#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use doorstep::accounts::password::{Passwords, Settings};
use doorstep::accounts::rules::UsernameRule;
use doorstep::accounts::{Account, StoredAccounts, claims::Claims};
use doorstep::clock::Clock;
use doorstep::issuer::Issuer;
use doorstep::secret::{RootKey, Secret, random_id};
use doorstep::store::Db;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let db = Db::connect("sqlite::memory:", 4).await?;
    let passwords = Passwords::start(&Settings::default());
    let now = Clock::system().now();
    let alice = Account {
        id: random_id(),
        username: "alice".into(),
        disabled: false,
        claims: Claims::default(),
        created_at: now,
        updated_at: now,
    };
    let password = Secret::generate();
    let hash = passwords.hash(&password).await.map_err(|_| "the password queue is full")?;
    db.insert_account(&alice, Some(hash)).await?;

    let issuer = Issuer::builder("http://localhost:8081/oidc")
        .db(db.clone())
        .root_key(RootKey::generate()) // a real host keeps its key, see `doorstep::config::key_file`
        .accounts(Arc::new(StoredAccounts::new(db, passwords, UsernameRule::Strict)))
        .build()
        .await?;

    let routes = issuer.routes();
    let server = HttpServer::new(move || {
        App::new()
            .configure(routes.clone()) // everything under /oidc
            .route(
                "/",
                web::get().to(async || "The host's own page. Its people sign in at /oidc/account."),
            )
    });
    println!(
        "http://localhost:8081/ has the host's page; sign in as alice with {}",
        password.expose()
    );
    Ok(server.bind((Ipv4Addr::LOCALHOST, 8081))?.run().await?)
}
