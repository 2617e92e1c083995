use serde_json::Value;

use super::desk::Desk;

fn desk() -> Desk {
    Desk::with(
        "[database]\nurl = 'sqlite:people.db'\n[[providers]]\nid = 'corp'\nname = 'Example Corp'\n\
         issuer = 'https://login.example.org/'\nclient_id = 'doorstep'\n",
    )
}

fn links(desk: &Desk, username: &str) -> Value {
    let shown: Value = serde_json::from_str(&desk.run(&["user", "show", username]).ok()).unwrap();
    shown.get("links").cloned().unwrap_or_default()
}

#[test]
fn a_person_is_linked_to_who_they_are_elsewhere() {
    let desk = desk();
    for name in ["mia", "noor"] {
        desk.run_with_input(&["user", "add", name, "--password-stdin"], "eleven lemons ride\n")
            .ok();
    }
    let said = desk.run(&["user", "link", "mia", "corp", "7f3a"]).ok();
    assert_eq!(said.trim(), "mia can sign in with Example Corp as 7f3a.");
    let link = &links(&desk, "mia")[0];
    assert_eq!((&link["provider"], &link["subject"]), (&"corp".into(), &"7f3a".into()));
    assert_eq!(
        (&link["issuer"], &link["made"]),
        (&"https://login.example.org".into(), &false.into())
    );
    // Neither is one person two accounts, nor one account two people.
    for (name, subject) in [("noor", "7f3a"), ("mia", "other")] {
        let said = desk.run(&["user", "link", name, "corp", subject]).failed();
        assert!(said.contains("nothing was changed"), "{said}");
    }
    assert!(
        desk.run(&["user", "link", "mia", "club", "1"]).failed().contains("no provider \"club\"")
    );
    assert!(
        desk.run(&["user", "link", "mia", "corp", " "]).failed().contains("the subject is empty")
    );
    desk.run(&["user", "unlink", "mia", "corp"]).ok();
    assert_eq!(links(&desk, "mia"), Value::Null);
    assert!(desk.run(&["user", "unlink", "mia", "corp"]).failed().contains("is not linked"));
}

#[test]
fn a_removed_account_takes_its_links_along() {
    let desk = desk();
    let add = ["user", "add", "mia", "--password-stdin"];
    desk.run_with_input(&add, "eleven lemons ride\n").ok();
    desk.run(&["user", "link", "mia", "corp", "7f3a"]).ok();
    desk.run(&["user", "remove", "mia"]).ok();
    desk.run_with_input(&add, "eleven lemons ride\n").ok();
    assert_eq!(links(&desk, "mia"), Value::Null);
    desk.run(&["user", "link", "mia", "corp", "7f3a"]).ok();
}
