use serde_json::json;

use super::*;
use crate::accounts::claims::Claims;
use crate::accounts::password::Settings;

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
const NOW: Timestamp = Timestamp(1_700_000_000);
const PASSWORD: &str = "eleven lemons ride";

fn cheap() -> Settings {
    Settings { memory_kib: 64, iterations: 1, parallelism: 1, concurrency: 1, queue: 8 }
}

async fn accounts(settings: &Settings) -> StoredAccounts {
    let db = Db::connect("sqlite::memory:", 1).await.unwrap();
    let passwords = Passwords::start(settings);
    let claims = json!({"email": "mia@example.org"}).as_object().unwrap().clone();
    let mia = Account {
        id: "mia-id".into(),
        username: "mia".into(),
        disabled: false,
        claims: Claims::new(claims).unwrap(),
        created_at: NOW,
        updated_at: NOW,
    };
    let hash = Passwords::start(&cheap()).hash(&Secret::new(PASSWORD)).await.unwrap();
    assert!(db.insert_account(&mia, Some(hash)).await.unwrap());
    StoredAccounts::new(db, passwords, UsernameRule::Strict)
}

async fn try_as(
    accounts: &StoredAccounts,
    username: &str,
    password: &str,
) -> Result<String, Option<Refusal>> {
    match accounts.authenticate(username, &Secret::new(password), HOME, NOW).await {
        Ok(account) => Ok(account.id),
        Err(SignInFailure::Refused(cause)) => Err(Some(cause)),
        Err(_) => Err(None),
    }
}

#[tokio::test]
async fn the_right_person_gets_in() {
    let accounts = accounts(&cheap()).await;
    assert_eq!(try_as(&accounts, "mia", PASSWORD).await, Ok("mia-id".into()));
    assert_eq!(try_as(&accounts, " Mia ", PASSWORD).await, Ok("mia-id".into()));
    let found = accounts.find("mia-id").await.unwrap().unwrap();
    assert_eq!(found.all_claims()["preferred_username"], "mia");
    assert!(accounts.find("nobody").await.unwrap().is_none());
}

#[tokio::test]
async fn everybody_else_is_refused() {
    let accounts = accounts(&cheap()).await;
    for name in ["noor", "", "mia\0", "mia' OR '1'='1", "%"] {
        assert_eq!(
            try_as(&accounts, name, PASSWORD).await,
            Err(Some(Refusal::UnknownUser)),
            "{name:?}"
        );
    }
    assert_eq!(
        try_as(&accounts, "mia", "eleven lemons rode").await,
        Err(Some(Refusal::WrongPassword))
    );
    accounts.db.set_account_disabled("mia-id", true, NOW).await.unwrap();
    assert_eq!(
        try_as(&accounts, "mia", "eleven lemons rode").await,
        Err(Some(Refusal::WrongPassword))
    );
    assert_eq!(try_as(&accounts, "mia", PASSWORD).await, Err(Some(Refusal::Disabled)));
}

#[tokio::test]
async fn guessing_is_slowed_down_whatever_the_spelling() {
    let accounts = accounts(&cheap()).await;
    for name in ["mia", "MIA", "Mia", " mia", "mia "] {
        assert_eq!(
            try_as(&accounts, name, "a wrong password").await,
            Err(Some(Refusal::WrongPassword))
        );
    }
    assert!(matches!(
        accounts.authenticate("mIA", &Secret::new(PASSWORD), HOME, NOW).await,
        Err(SignInFailure::TooManyAttempts { retry_after: 1 })
    ));
    let later = accounts.authenticate("mia", &Secret::new(PASSWORD), HOME, NOW.plus(1)).await;
    assert_eq!(later.unwrap().id, "mia-id");
}

#[tokio::test]
async fn a_sign_in_renews_an_outdated_hash_once() {
    let accounts = accounts(&Settings { memory_kib: 128, ..cheap() }).await;
    try_as(&accounts, "mia", "a wrong password").await.unwrap_err();
    let hash =
        async || accounts.db.find_account_by_username("mia").await.unwrap().unwrap().1.unwrap();
    assert!(hash().await.contains("$m=64,"));
    try_as(&accounts, "mia", PASSWORD).await.unwrap();
    let renewed = hash().await;
    assert!(renewed.contains("$m=128,"), "{renewed}");
    try_as(&accounts, "mia", PASSWORD).await.unwrap();
    assert_eq!(hash().await, renewed);
}

#[tokio::test]
async fn being_busy_counts_for_nothing() {
    let accounts =
        accounts(&Settings { queue: 1, memory_kib: 65_536, iterations: 3, ..cheap() }).await;
    for burst in 0..3 {
        let attempts = (0..5).map(|attempt| {
            let (accounts, secret) = (&accounts, Secret::new(PASSWORD));
            let address = IpAddr::V4((0xC633_6400 + 5 * burst + attempt).into());
            async move { accounts.authenticate("mia", &secret, address, NOW).await }
        });
        let outcomes = all(attempts).await;
        let busy = outcomes.iter().filter(|outcome| matches!(outcome, Err(SignInFailure::Busy)));
        assert!(busy.count() >= 2, "{outcomes:?}");
    }
    assert_eq!(try_as(&accounts, "mia", PASSWORD).await, Ok("mia-id".into()));
}

/// Polls all futures together and collects their outcomes.
async fn all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, outcome) in &mut pending {
            if outcome.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *outcome = Some(value);
            }
        }
        let done = pending.iter().all(|(_, outcome)| outcome.is_some());
        if done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    pending.into_iter().filter_map(|(_, outcome)| outcome).collect()
}
