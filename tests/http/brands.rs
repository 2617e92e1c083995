//! A brand's folder: its looks on every page, in the brand of the program that a page is for, and without
//! a restart when a file changes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use actix_web::{App, test};
use doorstep::handoff::HandOff;
use doorstep::pages::Brands;
use doorstep::secret::RootKey;
use doorstep::store::Db;

use crate::kit::*;
use crate::person::{Page, Person};
use crate::server::{PASSWORD, Server, Setup};

/// A picture that would like to run.
const LOGO: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";

fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    // In one step, as editors and Kubernetes do: nobody reads a half-written file.
    let draft = folder.with_extension("draft");
    fs::write(&draft, text).unwrap();
    fs::rename(draft, file).unwrap();
}

async fn start(folder: &Path) -> Server {
    let brand = Brands::read(folder).expect("a brand");
    Setup { brand, path: "/oidc", ..Setup::default() }.start().await
}

async fn sign_in_page(server: &Server) -> Page {
    Person::new().get(&format!("{}/login", server.url)).await
}

/// The page once it has this in it.
async fn page_with(server: &Server, part: &str) -> Page {
    for _ in 0..100 {
        let page = sign_in_page(server).await;
        if page.body.contains(part) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{part} never came: {:?}", sign_in_page(server).await)
}

#[actix_web::test]
async fn a_brand_changes_while_the_issuer_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "brand.toml", "name = 'Acme'");
    let server = start(folder).await;
    assert!(sign_in_page(&server).await.body.contains("<title>Sign in · Acme</title>"));

    write(folder, "brand.toml", "name = 'Acme & Sons'\naccent = '#aa0000'");
    let page = page_with(&server, "Acme &#38; Sons").await;
    assert!(page.body.contains("--accent:#aa0000"), "{page:?}");
    write(folder, "messages/en.toml", "[sign_in]\ntitle = 'Come in'");
    page_with(&server, "<h1>Come in</h1>").await;

    // A mistake changes nothing, and the next good file is taken.
    write(folder, "brand.toml", "name = 'Broken'\naccent = 'red'");
    write(folder, "shell.html", "<script>alert(1)</script><slot name=content></slot>");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(sign_in_page(&server).await.body.contains("Acme &#38; Sons"));
    fs::remove_file(folder.join("shell.html")).unwrap();
    write(folder, "brand.toml", "name = 'Mended'");
    page_with(&server, "<title>Come in · Mended</title>").await;
}

#[actix_web::test]
async fn a_program_has_its_own_brand_on_every_page_of_its_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "brand.toml", "name = 'Acme'");
    write(folder, "clients/tools/brand.toml", "name = 'Acme Tools'\nclients = ['cli']");
    let server = start(folder).await;
    let wears = |page: &Page, name: &str| {
        assert!(page.body.contains(&format!(" · {name}</title>")), "{page:?}");
    };
    let person = Person::new();
    wears(&person.get(&format!("{}/account", server.url)).await, "Acme");
    let url = authorize_url(&server, "cli", &[("response_mode", "form_post")]);
    wears(&person.visit(&url).await, "Acme Tools");
    let page = person.sign_in(&url, "alice", PASSWORD).await;
    wears(&page, "Acme Tools");
    let page = person.submit(&page.form_to("/handoff"), Some(("finish", "paste")), &[]).await;
    wears(&person.follow(page).await, "Acme Tools");
    let other = authorize_url(&server, "other", &[("redirect_uri", "https://wrong.example/")]);
    wears(&person.get(&other).await, "Acme");
    let own = authorize_url(&server, "cli", &[("redirect_uri", "https://wrong.example/")]);
    wears(&person.get(&own).await, "Acme Tools");
}

#[actix_web::test]
async fn a_frame_of_ones_own_is_around_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "brand.toml", "name = 'Acme'\nnotice = 'We **move**.'\nfooter = 'Bye'");
    write(folder, "deco.svg", LOGO);
    write(
        folder,
        "shell.html",
        "<nav class='top'><img src='deco.svg' alt='Two doors'></nav><slot name='notice'></slot>\
         <div><slot name='content'></slot></div><slot name='footer'></slot>",
    );
    let server = start(folder).await;
    let page = sign_in_page(&server).await;
    let at = |part: &str| page.body.find(part).unwrap_or_else(|| panic!("no {part}: {page:?}"));
    let order = [
        "<nav class=\"top\"><img alt=\"Two doors\" src=\"/oidc/brand/",
        "<p>We <strong>move</strong>.</p>",
        "<div>",
        "<main>",
        "<footer",
        "<p>Bye</p>",
    ];
    // The notice has a <div> of its own.
    let order = order.iter().filter(|part| **part != "<div>").map(|part| at(part));
    assert!(order.is_sorted(), "{page:?}");
}

#[actix_web::test]
async fn pictures_are_served_so_that_they_cannot_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(
        folder,
        "brand.toml",
        "name = 'Acme'\nlogo = 'a.svg'\nfavicon = 'b.png'\nlogo_text = 'Acme!'",
    );
    write(folder, "a.svg", LOGO);
    write(folder, "b.png", "not really");
    let server = start(folder).await;
    let page = sign_in_page(&server).await;
    assert!(page.body.contains("alt=\"Acme!\"") && !page.body.contains("<bdi>Acme</bdi>"));
    for (part, media_type) in
        [("<img src=\"", "image/svg+xml"), ("rel=\"icon\" href=\"", "image/png")]
    {
        let path = page.body.split_once(part).expect(part).1.split_once('"').unwrap().0;
        assert!(path.starts_with("/oidc/brand/"), "{path}");
        let url = url::Url::parse(&server.url).unwrap().join(path).unwrap();
        let picture = Person::new().get(url.as_str()).await;
        assert_eq!((picture.status, header(&picture, "content-type")), (200, media_type));
        assert!(header(&picture, "content-security-policy").ends_with("; sandbox"), "{picture:?}");
        assert_eq!(header(&picture, "x-content-type-options"), "nosniff");
        assert!(header(&picture, "cache-control").ends_with("immutable"));
    }
    assert_eq!(Person::new().get(&format!("{}/brand/other", server.url)).await.status, 404);
}

#[actix_web::test]
async fn the_extension_alone_serves_them_too() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "brand.toml", "logo = 'a.svg'");
    write(folder.path(), "a.svg", LOGO);
    let brands = Brands::read(folder.path()).expect("a brand");
    let name = brands.all[0].brand.logo.as_ref().expect("a logo").name();
    let db = Db::connect("sqlite::memory:", 1).await.expect("a store");
    let handoff =
        HandOff::new("http://localhost/oidc", db, RootKey::generate(), brands).expect("a URL");
    let app = test::init_service(App::new().configure(handoff.routes())).await;
    let request = test::TestRequest::get().uri(&format!("/oidc/brand/{name}")).to_request();
    let response = test::call_service(&app, request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(test::read_body(response).await, LOGO);

    // It follows its folder by itself.
    write(folder.path(), "brand.toml", "name = 'Acme & Sons'");
    let changed = async || {
        let request = test::TestRequest::get().uri("/oidc/handoff/result").to_request();
        let page = test::read_body(test::call_service(&app, request).await).await;
        String::from_utf8_lossy(&page).contains("Acme &#38; Sons")
    };
    for _ in 0..100 {
        if changed().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the extension never saw the change");
}
