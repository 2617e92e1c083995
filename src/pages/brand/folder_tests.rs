use std::fs;

use tempfile::TempDir;

use super::*;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    folder
}

/// What is said about a folder, without the way to it.
fn complaint(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let bad = Brands::read(folder.path()).expect_err("it cannot be used").to_string();
    bad.replace(&format!("{}/", folder.path().display()), "")
}

const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";

#[test]
fn a_whole_folder_is_read() {
    let folder = folder(&[
        (
            "brand.toml",
            "name = 'Acme'\nlogo = 'logo.svg'\nnotice = 'Closed *today*'\n[light]\ntext = '#000'\n\
             [[links]]\ntext = 'Imprint'\nurl = 'https://acme.example/'",
        ),
        ("logo.svg", PICTURE),
        ("override.css", "main { border: 0 }"),
        ("shell.html", "<slot name=notice></slot><slot name=content></slot>"),
        ("messages/en.toml", "[sign_in]\ntitle = 'Hello'"),
        ("messages/de.toml", "[brand]\nnotice = 'Zu'\n[sign_in]\nbutton = 'Los'"),
        ("clients/wiki/brand.toml", "clients = ['wiki']\naccent = '#b00'\nname = 'Acme Wiki'"),
    ]);
    let brands = Brands::read(folder.path()).unwrap();
    let [own, wiki] = &brands.all[..] else { panic!("{brands:?}") };
    assert_eq!(own.brand.links[0].text, "Imprint");
    assert!(own.brand.logo.is_some() && own.brand.shell.is_some() && !own.brand.style.is_empty());
    assert_eq!(own.languages.choose(["en"]).text("sign_in.title"), "Hello");
    assert_eq!(own.languages.choose(["de"]).text("sign_in.button"), "Los");
    assert_eq!(own.languages.choose(["de"]).text("sign_in.title"), "Anmelden");
    assert_eq!(own.translated["de"].notice.as_ref().unwrap().html(), "<p>Zu</p>");
    assert_eq!((wiki.brand.name.as_str(), wiki.brand.logo.is_some()), ("Acme Wiki", true));
    assert_eq!(wiki.brand.shell, own.brand.shell);
    assert_eq!(wiki.languages.choose(["en"]).text("sign_in.title"), "Hello");
}

#[test]
fn what_is_wrong_is_named_by_file_line_and_key() {
    let fine = ("brand.toml", "name = 'Acme'");
    for (files, expected) in [
        (vec![], "brand.toml is missing"),
        (
            vec![("brand.toml", "name = 'a'\nnam = 'x'")],
            "brand.toml line 2: nam cannot be used: unknown field",
        ),
        (vec![("brand.toml", "\nname = ")], "brand.toml line 2 "),
        (
            vec![("brand.toml", "name = 'a'\naccent = 'red'")],
            "brand.toml line 2: accent cannot be used: `red`",
        ),
        (
            vec![("brand.toml", "[dark]\n\nmuted = '#333'")],
            "brand.toml line 3: dark.muted #333333 has a contrast of",
        ),
        (
            vec![("brand.toml", "[light]\ntxt = '#333'")],
            "brand.toml line 2: light.txt cannot be used: unknown field",
        ),
        (vec![("brand.toml", "light = 1")], "brand.toml line 1: light cannot be used"),
        (
            vec![("brand.toml", "logo = 'no.svg'")],
            "brand.toml line 1: logo cannot be used: no.svg: ",
        ),
        (
            vec![("brand.toml", "name = 'a'\nlanguage = 'tlh'")],
            "brand.toml line 2: language should be one of en, ",
        ),
        (
            vec![("brand.toml", "notice = '''\n<b>a</b>'''")],
            "brand.toml line 1: notice cannot be used: has HTML",
        ),
        (
            vec![fine, ("override.css", "a{}\n@import 'x';")],
            "override.css line 2 has @import in it",
        ),
        (
            vec![fine, ("shell.html", "<div>\n<script></script></div>")],
            "shell.html line 2 has <script>",
        ),
        (
            vec![("brand.toml", "notice = 'a'"), ("shell.html", "<slot name=content></slot>")],
            "shell.html has no <slot name=\"notice\">",
        ),
        (
            vec![fine, ("messages/de.toml", "[sign_in]\n\ntitel = 'x'")],
            "messages/de.toml line 3: sign_in.titel is not a text of ours",
        ),
        (
            vec![fine, ("messages/de.toml", "[sign_in]\ntitle = '{ $x }'")],
            "messages/de.toml line 2: sign_in.title has { $x }",
        ),
        (
            vec![fine, ("messages/de.toml", "[sign_in]\ntitle = '{ $x'")],
            "messages/de.toml line 2: sign_in.title is not a text of Fluent",
        ),
        (
            vec![fine, ("messages/de.toml", "[sign_in]\ntitle = 1")],
            "messages/de.toml line 2: sign_in.title should be a text",
        ),
        (
            vec![fine, ("messages/de.toml", "[brand]\naccent = '#000'")],
            "messages/de.toml line 2: brand.accent cannot be translated",
        ),
        (vec![fine, ("messages/sw.toml", "[language]\ntag = 'sw'")], "messages/sw.toml: "),
        (
            vec![fine, ("clients/wiki/brand.toml", "name = 'b'")],
            "clients/wiki/brand.toml: clients should list",
        ),
        (
            vec![
                fine,
                ("clients/a/brand.toml", "clients = ['x']"),
                ("clients/b/brand.toml", "clients = ['x']"),
            ],
            "clients/b/brand.toml: clients has x, which another folder has",
        ),
    ] {
        let said = complaint(&files);
        assert!(said.starts_with(expected), "expected {expected}\n     got {said}");
    }
}

#[test]
fn a_language_of_ones_own_is_whole_or_refused() {
    let english = fs::read_to_string("static/messages/en.toml").unwrap();
    let own =
        english.replace("tag = \"en\"", "tag = \"sv\"").replace("\"Sign in\"", "\"Logga in\"");
    let files =
        |text: &str| folder(&[("brand.toml", "language = 'sv'"), ("messages/sv.toml", text)]);
    let brands = Brands::read(files(&own).path()).unwrap();
    let languages = &brands.all[0].languages;
    assert_eq!(languages.tags().next(), Some("sv"));
    assert_eq!(languages.choose(["sw"]).text("sign_in.title"), "Logga in");
    let cut = own.replace("[result]", "[resul]");
    assert!(Brands::read(files(&cut).path()).is_err());
}
