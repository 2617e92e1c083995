//! `doorstep client list`.

use serde::Serialize;

use crate::cli::{Failure, output};
use crate::config::Config;
use crate::protocol::client::Client;
use crate::protocol::client::builtin::DOORSTEP_CLI;
use crate::store::Db;

/// A client as `--json` shows it: every setting but the secret.
#[derive(Serialize)]
struct Shown {
    source: &'static str,
    #[serde(flatten)]
    client: Client,
}

/// Where a client of the store comes from.
fn stored_source(client: &Client) -> &'static str {
    if client.stranger.is_some() { "registered itself" } else { "store" }
}

/// Lists them all.
pub async fn run(config: &Config, db: &Db, json: bool) -> Result<(), Failure> {
    let source =
        |client: &Client| if client.client_id == DOORSTEP_CLI { "built in" } else { "file" };
    let configured =
        config.all_clients().into_iter().map(|client| Shown { source: source(&client), client });
    let stored = db
        .list_clients()
        .await?
        .into_iter()
        .map(|client| Shown { source: stored_source(&client), client });
    let mut shown: Vec<Shown> = configured.chain(stored).collect();
    for entry in &mut shown {
        entry.client.client_secret = None;
    }
    if json {
        return output::json(&shown);
    }
    let row = |Shown { source, client }: &Shown| {
        let kind = if client.is_public() { "public" } else { "confidential" };
        let name = client.client_name.clone();
        [
            client.client_id.clone(),
            name,
            kind.into(),
            (*source).into(),
            client.redirect_uris.join(" "),
        ]
    };
    let rows: Vec<_> = shown.iter().map(row).collect();
    output::table(["CLIENT", "NAME", "KIND", "SOURCE", "REDIRECT URIS"], &rows)
}
