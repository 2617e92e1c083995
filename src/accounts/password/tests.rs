use std::time::Duration;

use super::*;

fn cheap() -> Settings {
    Settings { memory_kib: 64, iterations: 1, parallelism: 1, concurrency: 1, queue: 4 }
}

fn password() -> Secret {
    Secret::new("eleven lemons ride")
}

#[tokio::test]
async fn a_hash_fits_its_password_alone() {
    let passwords = Passwords::start(&cheap());
    let hash = passwords.hash(&password()).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
    assert_ne!(hash, passwords.hash(&password()).await.unwrap(), "salts differ");
    let right = passwords.verify(&password(), Some(hash.clone())).await;
    assert_eq!(right, Ok(Verdict::Right { outdated: false }));
    for wrong in ["eleven lemons rode", "", "eleven lemons ride "] {
        assert_eq!(
            passwords.verify(&Secret::new(wrong), Some(hash.clone())).await,
            Ok(Verdict::Wrong),
            "{wrong:?}"
        );
    }
}

#[tokio::test]
async fn hashes_of_other_programs_are_understood() {
    // The reference implementation's `argon2 somesalt -id -t 2 -m 16 -p 1` for "password".
    let hash =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let passwords = Passwords::start(&cheap());
    let verdict = passwords.verify(&Secret::new("password"), Some(hash.into())).await;
    assert_eq!(verdict, Ok(Verdict::Right { outdated: false }));
}

#[tokio::test]
async fn a_cheaper_hash_is_told_once_the_price_has_risen() {
    let hash = Passwords::start(&cheap()).hash(&password()).await.unwrap();
    for dearer in [Settings { memory_kib: 128, ..cheap() }, Settings { iterations: 2, ..cheap() }] {
        let verdict = Passwords::start(&dearer).verify(&password(), Some(hash.clone())).await;
        assert_eq!(verdict, Ok(Verdict::Right { outdated: true }));
    }
    let cheaper = Settings { memory_kib: 32, ..cheap() };
    let verdict = Passwords::start(&cheaper).verify(&password(), Some(hash)).await;
    assert_eq!(
        verdict,
        Ok(Verdict::Right { outdated: false }),
        "the price never falls for a hash that exists"
    );
}

#[tokio::test]
async fn what_is_no_usable_hash_fits_nothing() {
    let passwords = Passwords::start(&cheap());
    for stored in [
        "",
        "eleven lemons ride",
        "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
        "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=64,t=4294967295,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
    ] {
        assert!(!is_usable_hash(stored), "{stored}");
        assert_eq!(passwords.verify(&password(), Some(stored.into())).await, Ok(Verdict::Wrong));
    }
}

#[test]
fn an_unknown_user_costs_what_a_wrong_password_costs() {
    let mut hasher = Hasher::new(Params::new(64, 3, 1, None).unwrap());
    let hash = hasher.hash(&password());
    let mut cost_of = |stored: Option<&str>| {
        let before = hasher.effort;
        assert_eq!(hasher.verify(&Secret::new("a wrong password"), stored), Verdict::Wrong);
        hasher.effort - before
    };
    let wrong = cost_of(Some(&hash));
    assert_eq!(wrong, 64 * 3);
    assert_eq!(cost_of(None), wrong);
    assert_eq!(cost_of(Some("no hash at all")), wrong);
}

#[tokio::test]
async fn a_full_queue_is_busy_and_recovers() {
    let passwords = Passwords::start(&Settings { queue: 2, ..cheap() });
    let (release, held) = mpsc::channel::<()>();
    let (started, start) = oneshot::channel();
    let blocked = passwords.clone();
    let blocked = tokio::spawn(async move {
        let work = move |_: &mut Hasher| {
            let _ = started.send(());
            let _ = held.recv();
        };
        blocked.run(work).await
    });
    start.await.unwrap();
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.hash(&password()).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(passwords.hash(&password()).await, Err(Busy));
    drop(release);
    blocked.await.unwrap().unwrap();
    for waiting in waiting {
        waiting.await.unwrap().unwrap();
    }
    assert!(passwords.hash(&password()).await.is_ok());
}

#[tokio::test]
async fn whoever_has_gone_away_is_not_hashed_for() {
    let passwords = Passwords::start(&cheap());
    let (release, held) = mpsc::channel::<()>();
    let blocked = passwords.clone();
    let blocked = tokio::spawn(async move { blocked.run(move |_| held.recv().is_ok()).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let ran = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (worker, witness) = (passwords.clone(), ran.clone());
    let gone = tokio::spawn(async move {
        worker.run(move |_| witness.store(true, std::sync::atomic::Ordering::SeqCst)).await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    gone.abort();
    let _ = gone.await;
    drop(release);
    blocked.await.unwrap().unwrap();
    passwords.hash(&password()).await.unwrap();
    assert!(!ran.load(std::sync::atomic::Ordering::SeqCst));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn hashing_steps_back_for_the_threads_that_serve() {
    let niceness = || rustix::process::getpriority_process(None).unwrap();
    let passwords = Passwords::start(&cheap());
    let hashing = passwords.run(move |_| niceness()).await.unwrap();
    assert_eq!(hashing, (niceness() + 10).min(19));
}
