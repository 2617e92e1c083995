//! What the documentation says to try on one machine, typed word for word; only the ports are others.

use std::collections::HashMap;
use std::process::Command;
use std::time::Duration;

use crate::browser::{Page, Person};
use crate::person::Answer;
use crate::program::{Folder, binary, environment};
use crate::support::process::{Leash, eventually, free_port};

const PATIENCE: Duration = Duration::from_secs(30);

/// The blocks of shell commands below "Try it on one machine", up to the next heading.
fn blocks(page: &str) -> Vec<String> {
    let path = format!("{}/docs/{page}.md", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a page");
    let (_, section) = text.split_once("\n## Try it on one machine\n").expect("the heading");
    let section = section.split("\n## ").next().expect("a section");
    let blocks = section.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().expect("its end").to_owned()).collect()
}

/// A shell that runs a script in a folder of its own. All that it started ends with it.
struct Shell {
    home: Folder,
    _leash: Leash,
}

impl Shell {
    fn run(script: &str) -> Self {
        let home = Folder::new();
        let programs = std::path::Path::new(binary()).parent().expect("a folder").display();
        let mut command = Command::new("bash");
        command.args(["-c", &format!("cd {}\n{script}", home.path().display())]);
        command.envs(environment(&home));
        command.env("PATH", format!("{programs}:{}", std::env::var("PATH").expect("a path")));
        let leash = Leash::start(&command, &home.path().join("shown"));
        Self { home, _leash: leash }
    }

    fn shown(&self) -> String {
        std::fs::read_to_string(self.home.path().join("shown")).unwrap_or_default()
    }

    /// The whole word after the last `mark` that was shown.
    async fn word_after(&self, mark: &str) -> String {
        let found = eventually(PATIENCE, async || {
            let shown = self.shown();
            let (_, rest) = shown.rsplit_once(mark)?;
            let between = |c: char| c.is_whitespace() || c == '"';
            let (word, _) = rest.trim_start_matches(between).split_once(between)?;
            Some(word.to_owned())
        });
        found.await.unwrap_or_else(|| panic!("no {mark:?} in {}", self.shown()))
    }
}

/// Waits, as a person does who reads that everything is ready.
fn until_there(ports: &[u16]) -> String {
    let one =
        |port| format!("until (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.1; done\n");
    ports.iter().map(one).collect()
}

/// Signs mia in on the way that begins with this page, agreeing to everything.
async fn go_on(person: &Person, mut page: Page) -> Page {
    for _ in 0..20 {
        if let Some(target) = page.target() {
            page = person.get(&target).await;
        } else if page.body.contains("name=\"password\"") {
            let mia = [("username", "mia"), ("password", "eleven lemons ride")];
            page = person.submit(&page.form_to("/login"), None, &mia).await;
        } else if page.body.contains("value=\"allow\"") {
            page = person.submit(&page.form(), Some(("answer", "allow")), &[]).await;
        } else if page.body.contains("value=\"continue\"") {
            page = person.submit(&page.form(), Some(("answer", "continue")), &[]).await;
        } else {
            return page;
        }
    }
    panic!("no end: {page:?}")
}

#[actix_web::test]
async fn two_doorsteps_on_one_machine() {
    let (home, branch) = (free_port(), free_port());
    let own = format!("listen = \"127.0.0.1:{branch}\"\nissuer = \"http://localhost:{branch}\"\n");
    let elsewhere = |block: &String| {
        let block = block.replace("[accounts]\n", &format!("{own}\n[accounts]\n"));
        block.replace("8080", &branch.to_string()).replace("8081", &home.to_string())
    };
    let blocks: Vec<_> = blocks("federation").iter().map(elsewhere).collect();
    let [set_up, login, show] = &blocks[..] else { panic!("{blocks:?}") };
    let shell = Shell::run(&format!("{set_up}{}{login}{show}", until_there(&[home, branch])));
    let link = format!("http{}", shell.word_after("\n  http").await);
    let person = Person::new();
    let page = go_on(&person, person.get(&link).await).await;
    let page = person.submit(&page.form_to("/handoff"), Some(("finish", "loopback")), &[]).await;
    let page = person.follow(page).await;
    let form = page.form_to("http://127.0.0.1");
    let request = HashMap::new();
    let answer = Answer { request, door: form.action, fields: form.fields, code: String::new() };
    assert_eq!(answer.post().await.status, 303);
    assert_eq!(shell.word_after("\"username\":").await, "mia");
    assert_eq!(shell.word_after("\"provider\":").await, "home");
}

#[actix_web::test]
async fn a_dashboard_and_a_desktop_app_on_one_machine() {
    let port = free_port();
    let own = format!("listen = \"127.0.0.1:{port}\"\nissuer = \"http://localhost:{port}\"\n");
    let elsewhere = |block: &String| {
        let block = block.replace("[grants]\n", &format!("{own}\n[grants]\n"));
        block.replace("8080", &port.to_string())
    };
    let page: Vec<_> = blocks("dashboards").iter().map(elsewhere).collect();
    let [set_up, form, _with_a_checkout] = &page[..] else { panic!("{page:?}") };
    let app: Vec<_> = blocks("desktop-apps").iter().map(elsewhere).collect();
    let [start, fetch] = &app[..] else { panic!("{app:?}") };
    let ready = until_there(&[port]);
    let signed_in = "until [ -e signed-in ]; do sleep 0.1; done\n";
    let mark = "echo; echo the app:\n";
    let shell = Shell::run(&format!("{set_up}{ready}{form}{mark}{start}{signed_in}{fetch}"));
    let link = shell.word_after("\"url\":").await;
    let shown = shell.shown();
    let (by_form, _) = shown.split_once("the app:").expect("the first part is over");
    assert_eq!(by_form.matches("\"preferred_username\":\"mia\"").count(), 3, "{by_form}");
    assert!(by_form.contains("\"command\": \"doorstep\""), "a kubeconfig: {by_form}");
    assert!(by_form.contains(&format!("\"location\":\"http://localhost:{port}/logout?")));
    let person = Person::new();
    let page = go_on(&person, person.get(&link).await).await;
    assert_eq!(page.state(), "signed_in", "{page:?}");
    std::fs::write(shell.home.path().join("try-gateway/signed-in"), "").expect("a file");
    let profile = eventually(PATIENCE, async || {
        let shown = shell.shown();
        let (_, app) = shown.split_once("the app:")?;
        app.contains("\"preferred_username\":\"mia\"").then(|| app.to_owned())
    });
    let app = profile.await.unwrap_or_else(|| panic!("{}", shell.shown()));
    assert!(app.contains(r#"{"status":"success"}"#), "{app}");
}
