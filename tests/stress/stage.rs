//! Processes of `doorstep serve` on one store, and a program whose codes are to be had by one request.

use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::person::Person;
use crate::support::postgres;
use crate::support::process::{free_port, wait_for_port};

const PASSWORD: &str = "correct horse battery staple";
const REDIRECT_URI: &str = "https://app.example.org/signed-in";
/// The verifier and its challenge of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The cookie of somebody who is signed in.
const SESSION: &str = "doorstep-session";

/// Where the processes keep what they share.
#[derive(Clone, Copy, Debug)]
pub enum Engine {
    /// One file.
    Sqlite,
    /// One database of a server.
    Postgres,
}

/// A store, its settings, and somebody who is signed in.
pub struct Stage {
    folder: TempDir,
    person: Person,
    http: reqwest::Client,
}

/// A running `doorstep serve`, killed when it is dropped.
pub struct Replica {
    port: u16,
    process: Child,
}

/// How a token request ended, as far as the program can tell.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Tokens came.
    Tokens {
        /// The access token.
        access: String,
        /// The refresh token.
        refresh: String,
    },
    /// `invalid_grant`.
    Refused,
    /// No whole answer came.
    Silence,
}

impl Stage {
    /// An empty store with one account, one program.
    pub async fn set(engine: Engine) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = match engine {
            Engine::Sqlite => "sqlite:doorstep.db".into(),
            Engine::Postgres => postgres::fresh_database(),
        };
        let settings = format!(
            r#"
            issuer = "http://localhost:8080"
            database.url = "{database}"
            log.filter = "error"
            password = {{ memory_kib = 7168, iterations = 1 }}
            limits.token_failures = 0
            [[clients]]
            client_id = "app"
            token_endpoint_auth_method = "none"
            redirect_uris = ["{REDIRECT_URI}"]
            id_token_signed_response_alg = "ES256"
            access_token_signed_response_alg = "ES256"
            trusted = true
            "#
        );
        let users = format!("[[users]]\nusername = \"ada\"\npassword = \"{PASSWORD}\"\n");
        for (name, text) in [("doorstep.toml", settings), ("users.toml", users)] {
            std::fs::write(folder.path().join(name), text).expect("the file is written");
        }
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let stage = Self { folder, person: Person::new(), http };
        let import = stage.doorstep(&["user", "import", "users.toml"]).output().expect("it runs");
        assert!(import.status.success(), "{import:?}");
        stage
    }

    /// Starts a process on a port of its own.
    pub async fn start(&self) -> Replica {
        self.start_on(free_port()).await
    }

    /// Kills a process and starts another in its place.
    pub async fn kill_and_restart(&self, mut replica: Replica) -> Replica {
        replica.kill();
        self.start_on(replica.port).await
    }

    async fn start_on(&self, port: u16) -> Replica {
        let mut command = self.doorstep(&["serve"]);
        command.env("DOORSTEP_LISTEN", format!("127.0.0.1:{port}"));
        let process = command.spawn().expect("doorstep starts");
        wait_for_port(port, "doorstep serve").await;
        Replica { port, process }
    }

    /// Signs in, for all the codes to come.
    pub async fn sign_in(&self, replica: &Replica) {
        self.person.sign_in(&replica.link(), "ada", PASSWORD).await;
    }

    /// Signs in in another browser and out again, and gives that browser with its old cookie.
    pub async fn come_and_go(&self, replica: &Replica) -> Person {
        let guest = Person::new();
        guest.sign_in(&replica.link(), "ada", PASSWORD).await;
        let session = guest.cookie(SESSION).expect("a session");
        let page = guest.get(&format!("http://127.0.0.1:{}/logout", replica.port)).await;
        guest.submit(&page.form_to("/logout"), None, &[]).await;
        assert_eq!(guest.cookie(SESSION), None, "nobody was signed out");
        guest.set_cookie(SESSION, &session);
        guest
    }

    /// Whether the browser is signed in.
    pub async fn knows(&self, replica: &Replica, person: &Person) -> bool {
        let page = person.get(&replica.link()).await;
        !page.location.is_some_and(|location| location.starts_with("/login"))
    }

    /// A fresh code.
    pub async fn code(&self, replica: &Replica) -> String {
        let page = self.person.get(&replica.link()).await;
        let fields = page.form().fields;
        let code = fields.into_iter().find(|(name, _)| name == "code");
        code.unwrap_or_else(|| panic!("no code in {page:?}")).1
    }

    /// Redeems a code.
    pub async fn redeem(&self, replica: &Replica, code: &str) -> Outcome {
        let code = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        self.token(replica, &code).await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, replica: &Replica, token: &str) -> Outcome {
        self.token(replica, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// What userinfo says to an access token: 200, or 401 to a dead one.
    pub async fn userinfo(&self, replica: &Replica, token: &str) -> u16 {
        let request = self.http.get(format!("http://127.0.0.1:{}/userinfo", replica.port));
        request.bearer_auth(token).send().await.expect("an answer").status().as_u16()
    }

    async fn token(&self, replica: &Replica, fields: &[(&str, &str)]) -> Outcome {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", "app")
            .extend_pairs(fields)
            .finish();
        let request = self.http.post(format!("http://127.0.0.1:{}/token", replica.port));
        let request =
            request.header("content-type", "application/x-www-form-urlencoded").body(body);
        let Ok(response) = request.send().await else { return Outcome::Silence };
        let Ok(bytes) = response.bytes().await else { return Outcome::Silence };
        let answer: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        let text = |name: &str| answer[name].as_str().map(str::to_owned);
        match (text("access_token"), text("refresh_token"), text("error").as_deref()) {
            (Some(access), Some(refresh), None) => Outcome::Tokens { access, refresh },
            (None, None, Some("invalid_grant")) => Outcome::Refused,
            _ => panic!("neither tokens nor invalid_grant: {answer}"),
        }
    }

    fn doorstep(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorstep"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOORSTEP_")) {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

impl Replica {
    fn link(&self) -> String {
        let parameters = [
            ("client_id", "app"),
            ("response_type", "code"),
            ("response_mode", "form_post"),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid offline_access"),
            ("state", "an-invented-state"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let base = format!("http://127.0.0.1:{}/authorize", self.port);
        url::Url::parse_with_params(&base, parameters).expect("a URL").into()
    }

    /// `kill -9`, while somebody else holds the process too.
    pub fn kill_from_afar(&self) {
        let pid = i32::try_from(self.process.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::kill_process(pid.expect("a pid"), rustix::process::Signal::KILL)
            .expect("the process is ours");
    }

    /// `kill -9`.
    fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.kill();
    }
}
