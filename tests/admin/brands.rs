//! `doorstep brand`: a folder is made, checked and shown, and `doorstep serve` says what is wrong with it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use crate::desk::Desk;

/// What the preview answers.
fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the preview listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

#[test]
fn a_new_brand_is_in_order_and_a_broken_one_is_told() {
    let desk = Desk::new();
    assert!(desk.run(&["brand", "init", "acme"]).ok().contains("brand_folder = \"acme\""));
    let out = desk.run(&["brand", "check", "acme"]).ok();
    assert!(out.starts_with("acme is in order: 1 brand, en, de, "), "{out}");
    assert!(
        desk.run(&["brand", "init", "acme"]).failed().contains("acme/brand.toml is there already")
    );

    desk.write("acme/brand.toml", "name = 'Acme'\naccent = '#ffff00'");
    let out = desk.run(&["brand", "check", "acme"]).ok();
    assert!(out.contains("Acme: by day accent #ffff00 is used as #"), "{out}");
    desk.write("acme/brand.toml", "name = 'Acme'\n[dark]\ntext = '#444'");
    let said = desk.run(&["brand", "check", "acme"]).failed();
    assert!(said.contains("acme/brand.toml line 3: dark.text #444444 has a contrast of"), "{said}");
    desk.write("doorstep.toml", "brand_folder = 'acme'");
    assert!(desk.run(&["serve"]).failed().contains("acme/brand.toml line 3: dark.text"), "{said}");
    desk.write("doorstep.toml", "brand_folder = 'acme'\n[brand]\nname = 'Other'");
    assert!(desk.run(&["serve"]).failed().contains("brand_folder takes the place of [brand]"));
}

#[test]
fn the_preview_shows_every_page() {
    let desk = Desk::new();
    desk.run(&["brand", "init", "acme"]).ok();
    let mut command = desk.command(&["brand", "preview", "acme", "--port", "0"]);
    let mut preview = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    BufReader::new(preview.stdout.as_mut().unwrap()).read_line(&mut line).expect("a line");
    let port = line.split_once("127.0.0.1:").expect(&line).1.split_once('/').unwrap().0;
    let port = port.parse().expect("a port");
    let index = get(port, "/?lang=de&theme=dark");
    for part in
        ["<h1>Acme: every page</h1>", "/page/sign-in/wrong?lang=de&#38;theme=dark", "العربية"]
    {
        assert!(index.contains(part), "{part}\n{index}");
    }
    let page = get(port, "/page/sign-in/wrong?lang=ar&theme=dark");
    for part in
        ["lang=\"ar\" dir=\"rtl\"", "frame-ancestors 'self'", "color-scheme:dark", "· Acme</title>"]
    {
        assert!(page.contains(part), "{part}\n{page}");
    }
    assert!(get(port, "/page/sign-in/nothing").starts_with("HTTP/1.1 404"));
    preview.kill().expect("it ends");
    preview.wait().expect("it has ended");
}
