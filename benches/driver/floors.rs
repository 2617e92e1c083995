//! What the parts of a login cost when nothing else is done, on the server's core in the same run: no
//! issuer can be faster than all of them together.

use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use doorstep::clock::Timestamp;
use doorstep::secret::random_id;
use doorstep::store::Db;
use doorstep::store::grants::{NewGrant, Presented};
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::{ES256, JwsSigner, RS256};
use tokio::task::JoinSet;

use super::cores;

/// Signatures a second of this algorithm with a key of ours.
pub fn signatures(alg: &str, time: Duration) -> f64 {
    let ec = || ES256.signer_from_jwk(&Jwk::generate_ec_key(EcCurve::P256)?);
    let rsa = || RS256.signer_from_jwk(&Jwk::generate_rsa_key(2048)?);
    let signer: Box<dyn JwsSigner + Send + Sync> = match alg {
        "ES256" => Box::new(ec().expect("a key")),
        _ => Box::new(rsa().expect("a key")),
    };
    cores::on_server_core(|| {
        let (began, mut count) = (Instant::now(), 0_u32);
        while began.elapsed() < time {
            signer.sign(&[b'x'; 400]).expect("a signature");
            count += 1;
        }
        f64::from(count) / began.elapsed().as_secs_f64()
    })
}

/// Passwords a second that are compared with their hashes, on one thread that keeps its memory.
pub fn password_hashes(time: Duration) -> f64 {
    let params = argon2::Params::new(19_456, 2, 1, None).expect("parameters");
    let mut memory = vec![argon2::Block::default(); params.block_count()];
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    cores::on_server_core(move || {
        let (began, mut count) = (Instant::now(), 0_u32);
        while began.elapsed() < time {
            let mut output = [0; 32];
            let hashed = argon2.hash_password_into_with_memory(
                b"eleven lemons ride",
                b"sixteen bytes...",
                &mut output,
                &mut memory,
            );
            hashed.expect("a hash");
            count += 1;
        }
        f64::from(count) / began.elapsed().as_secs_f64()
    })
}

/// Logins a second by what they write: a grant is stored, committed, spent, committed. As many at once as
/// there are users.
pub fn committed_writes(parent: &Path, users: usize, time: Duration) -> f64 {
    let folder = tempfile::TempDir::new_in(parent).expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("floor.db").display());
    cores::on_server_core(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let db = Db::connect(&url, 8).await.expect("a store");
            let began = Instant::now();
            let mut tasks = JoinSet::new();
            for _ in 0..users {
                let db = db.clone();
                tasks.spawn(async move {
                    let mut count = 0_u32;
                    while began.elapsed() < time {
                        write_login(&db).await;
                        count += 1;
                    }
                    count
                });
            }
            let count: u32 = tasks.join_all().await.iter().sum();
            f64::from(count) / began.elapsed().as_secs_f64()
        })
    })
}

async fn write_login(db: &Db) {
    let (now, id) = (Timestamp(1_800_000_000), random_id());
    let redirect_uri = "https://app.example/cb".to_owned();
    let code_challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned();
    let grant = NewGrant {
        id: id.clone(),
        seed: random_id(),
        client_id: "es256".into(),
        redirect_uri: redirect_uri.clone(),
        code_challenge: code_challenge.clone(),
        network: String::new(),
        account_id: Some("alice-id".into()),
        channel: doorstep::protocol::channel::Channel::Redirect,
        jkt: String::new(),
        login: None,
        sid: Some(random_id()),
        browser: None,
        page: None,
        payload: "x".repeat(200),
        authorized_from: "127.0.0.1".into(),
        created_at: now,
        code_expires_at: now.plus(60),
        refresh_lifetime: 2_592_000,
        redeemed_at: None,
        expires_at: now.plus(660),
    };
    db.insert_grant(grant).await.expect("stored");
    let presented = Presented {
        id,
        client_id: "es256".into(),
        redirect_uri,
        code_challenge,
        address: "127.0.0.1".into(),
        network: "127.0.0.0/24".into(),
        jkt: String::new(),
        refresh_jkt: String::new(),
        was_carried: false,
    };
    db.spend_code(presented, now).await.expect("spent").expect("a grant");
}

/// Starts an actix server whose only handler answers with so many bytes, and gives its port. It runs
/// until the process ends.
pub fn empty_handler(bytes: usize) -> u16 {
    let (sender, receiver) = mpsc::channel();
    let serve = move || {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        sender.send(listener.local_addr().expect("an address").port()).expect("awaited");
        let answer = move || async move { HttpResponse::Ok().body("x".repeat(bytes)) };
        let app = move || App::new().default_service(web::to(answer));
        let server = HttpServer::new(app).workers(1).listen(listener).expect("the port is ours");
        actix_web::rt::System::new().block_on(server.run()).expect("it runs");
    };
    // The thread outlives the one that pins it, and stays on its core.
    cores::on_server_core(|| drop(std::thread::spawn(serve)));
    receiver.recv().expect("a port")
}
