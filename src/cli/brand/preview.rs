//! `doorstep brand preview`: every page in every state, language and theme, from samples, on this machine
//! alone. Each page is as `doorstep serve` would send it, but for its policy, which lets the gallery show
//! it, and its theme, which is chosen there.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::TcpListener;
use std::path::PathBuf;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::{App, HttpResponse, HttpServer, web};
use askama::Template;
use serde::Deserialize;

use crate::cli::{Failure, output};
use crate::pages::brand::PICTURE_POLICY;
use crate::pages::{FAVICON, Looks, Sample, Theme, gallery};

/// Arguments of `doorstep brand preview`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The brand's folder
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The port on this machine to show it at
    #[arg(long, default_value_t = 8081)]
    port: u16,
}

/// What is shown of all there is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Choice {
    lang: String,
    theme: Theme,
    client: String,
}

#[derive(Template)]
#[template(path = "gallery.html", whitespace = "minimize")]
struct GalleryPage {
    name: String,
    choice: Choice,
    languages: Vec<(String, String)>,
    clients: Vec<String>,
    pages: BTreeMap<&'static str, Vec<Sample>>,
}

impl GalleryPage {
    /// The same gallery, differently.
    fn link(&self, change: impl FnOnce(&mut Choice)) -> String {
        let mut choice = self.choice.clone();
        change(&mut choice);
        choice.query()
    }

    fn link_to_language(&self, lang: &str) -> String {
        self.link(|choice| choice.lang = lang.to_owned())
    }

    fn link_to_theme(&self, theme: &Theme) -> String {
        self.link(|choice| choice.theme = *theme)
    }

    fn link_to_client(&self, client: &str) -> String {
        self.link(|choice| choice.client = client.to_owned())
    }
}

impl Choice {
    fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::for_suffix("?".to_owned(), 1);
        query.append_pair("lang", &self.lang).append_pair("theme", self.theme.name());
        query.append_pair("client", &self.client).finish()
    }

    fn samples(&self, looks: &Looks) -> Vec<Sample> {
        let client = Some(self.client.as_str()).filter(|client| !client.is_empty());
        let frame = looks.frame(client, [self.lang.as_str()]).with_theme(self.theme);
        gallery(&frame)
    }
}

/// Shows the gallery until it is stopped.
///
/// # Errors
/// When the brand cannot be used, or the port is taken.
pub async fn run(args: Args) -> Result<(), Failure> {
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr);
    log.with_max_level(tracing::Level::INFO).without_time().init();
    let looks = Looks::new(super::read(&args.folder)?, "");
    looks.watch();
    let listener = TcpListener::bind(("127.0.0.1", args.port)).map_err(|error| {
        Failure::new(format!("127.0.0.1:{} cannot be used: {error}; try --port", args.port))
    })?;
    let address = listener.local_addr().map_err(|error| Failure::new(error.to_string()))?;
    let looks = web::Data::new(looks);
    let app = move || {
        App::new()
            .app_data(looks.clone())
            .route("/", web::get().to(index))
            .route("/favicon.svg", web::get().to(favicon))
            .route("/brand/{name}", web::get().to(picture))
            .route("/page/{page}/{state}", web::get().to(page))
    };
    let bound = HttpServer::new(app).workers(1).listen(listener);
    let server = bound.map_err(|error| Failure::new(error.to_string()))?.run();
    output::line(format!(
        "Every page is at http://{address}/ and follows the folder. Ctrl-C ends it."
    ))?;
    server.await.map_err(|error| Failure::new(format!("the preview stopped: {error}")))
}

async fn index(looks: web::Data<Looks>, choice: web::Query<Choice>) -> HttpResponse {
    let mut pages: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for sample in choice.samples(&looks) {
        pages.entry(sample.page).or_default().push(sample);
    }
    let page = GalleryPage {
        name: looks.brand().name.clone(),
        languages: looks
            .languages()
            .iter()
            .map(|messages| (messages.lang().to_owned(), messages.name().to_owned()))
            .collect(),
        clients: looks.clients(),
        choice: choice.into_inner(),
        pages,
    };
    answer(page.to_string(), "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'")
}

async fn page(
    looks: web::Data<Looks>,
    path: web::Path<(String, String)>,
    choice: web::Query<Choice>,
) -> HttpResponse {
    let (page, state) = path.into_inner();
    let mut samples = choice.samples(&looks).into_iter();
    match samples.find(|sample| sample.page == page && sample.state == state) {
        Some(sample) => {
            // Only the gallery may show it in a frame, and nothing leaves it.
            let mut csp = sample.csp.replace("frame-ancestors 'none'", "frame-ancestors 'self'");
            _ = write!(csp, "; sandbox allow-scripts");
            answer(sample.html, &csp)
        }
        None => HttpResponse::NotFound().finish(),
    }
}

async fn picture(looks: web::Data<Looks>, name: web::Path<String>) -> HttpResponse {
    match looks.picture(&name) {
        Some(picture) => HttpResponse::Ok()
            .content_type(picture.media_type())
            .insert_header((CONTENT_SECURITY_POLICY, PICTURE_POLICY))
            .body(picture.bytes().to_vec()),
        None => HttpResponse::NotFound().finish(),
    }
}

async fn favicon() -> HttpResponse {
    HttpResponse::Ok().content_type("image/svg+xml").body(FAVICON)
}

fn answer(html: String, csp: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, csp))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(html)
}
