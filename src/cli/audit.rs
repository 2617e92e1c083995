//! `doorstep audit`: the audit trail as JSON lines, one event each, oldest first.

mod filters;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::settings::SettingsArgs;
use super::{Failure, output};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::store::Db;
use crate::store::audit::{AuditEvent, AuditFilter, StoredAuditEvent};

/// Events that are read from the store at a time.
const PIECE: i64 = 500;
/// Events that stand before the new ones with --follow, unless it is said how many.
const BEFORE_FOLLOWING: i64 = 10;
/// How often the store is asked for new events.
const EVERY: Duration = Duration::from_secs(1);
/// Seconds for which an event may be on its way to the store after the moment that it bears.
const LATE: i64 = 10;

/// Arguments of `doorstep audit`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Only of this person: a user name, or an account's id
    #[arg(long, value_name = "NAME|ID")]
    account: Option<String>,
    /// Only of this client
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Only these events, as in code_redeemed
    #[arg(long, value_name = "NAME")]
    event: Option<String>,
    /// Only from this moment on, as in 2026-05-04T13:37:00Z or 2026-05-04
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// Only before this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
    /// Only the newest so many [default: all, and 10 with --follow]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Go on with new events as they come
    #[arg(long, conflicts_with = "until")]
    follow: bool,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text)
        .ok_or_else(|| "it should be like 2026-05-04T13:37:00Z or 2026-05-04".into())
}

/// An event as a line shows it.
#[derive(Serialize)]
struct Shown<'a> {
    at: String,
    event: &'a str,
    account: Option<&'a str>,
    username: Option<String>,
    client: Option<&'a str>,
    grant: Option<&'a str>,
    address: &'a str,
    detail: Value,
    id: &'a str,
}

/// Runs `doorstep audit`.
pub async fn run(args: Args) -> Result<(), Failure> {
    let (config, db) = args.settings.open().await?;
    let done = read(&args, &config, &db).await;
    db.close().await;
    done
}

async fn read(args: &Args, config: &Config, db: &Db) -> Result<(), Failure> {
    filters::check(args, config, db).await?;
    let any = AuditFilter::default();
    let filter = AuditFilter {
        since: args.since.unwrap_or(any.since),
        until: args.until.unwrap_or(any.until),
        account_id: match &args.account {
            Some(account) => filters::account_id(db, account).await?,
            None => String::new(),
        },
        client_id: args.client.clone().unwrap_or_default(),
        event: args.event.clone().unwrap_or_default(),
    };
    let mut writer = Writer { db, names: HashMap::new() };
    let limit = args.limit.map(i64::from);
    if !args.follow {
        return match limit {
            Some(limit) => writer.newest(&filter, limit).await.map(drop),
            None => writer.all(&filter).await,
        };
    }
    let recent = filter.since.max(Clock::system().now().plus(-LATE));
    let latest = AuditFilter { since: recent, ..filter.clone() };
    let mut written = ids(&writer.window(&latest).await?);
    match writer.newest(&filter, limit.unwrap_or(BEFORE_FOLLOWING)).await? {
        Some(shown) => {
            written.extend(shown);
            writer.follow(latest, written).await
        }
        None => Ok(()),
    }
}

/// Reads many events a piece at a time, oldest first.
struct Pieces<'a> {
    filter: &'a AuditFilter,
    after: String,
}

impl<'a> Pieces<'a> {
    fn of(filter: &'a AuditFilter) -> Self {
        Self { filter, after: String::new() }
    }

    /// The next piece; an empty one is the end.
    async fn next(&mut self, db: &Db) -> Result<Vec<StoredAuditEvent>, Failure> {
        let events = db.audit_events_after(&self.after, self.filter, PIECE).await?;
        if let Some(last) = events.last() {
            self.after.clone_from(&last.id);
        }
        Ok(events)
    }
}

/// Reads events and writes them, each with the name that its person goes by now.
struct Writer<'a> {
    db: &'a Db,
    names: HashMap<String, Option<String>>,
}

fn ids(events: &[StoredAuditEvent]) -> HashSet<String> {
    events.iter().map(|stored| stored.id.clone()).collect()
}

impl Writer<'_> {
    /// Writes the newest and gives their ids; nothing when nobody reads any longer.
    async fn newest(
        &mut self,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Option<HashSet<String>>, Failure> {
        let mut events = self.db.newest_audit_events(filter, limit).await?;
        events.reverse();
        Ok(self.write(&events).await?.then(|| ids(&events)))
    }

    async fn all(&mut self, filter: &AuditFilter) -> Result<(), Failure> {
        let mut pieces = Pieces::of(filter);
        loop {
            let events = pieces.next(self.db).await?;
            if events.is_empty() || !self.write(&events).await? {
                return Ok(());
            }
        }
    }

    /// Writes what is new. Events of one moment come into the store one after the other, so the last
    /// seconds are looked through again each time.
    async fn follow(
        &mut self,
        mut latest: AuditFilter,
        mut written: HashSet<String>,
    ) -> Result<(), Failure> {
        loop {
            tokio::time::sleep(EVERY).await;
            let now = Clock::system().now();
            let mut events = self.window(&latest).await?;
            let seen = ids(&events);
            events.retain(|stored| !written.contains(&stored.id));
            if !self.write(&events).await? {
                return Ok(());
            }
            written = seen;
            latest.since = latest.since.max(now.plus(-LATE));
        }
    }

    /// All events of a few seconds.
    async fn window(&self, filter: &AuditFilter) -> Result<Vec<StoredAuditEvent>, Failure> {
        let (mut pieces, mut window) = (Pieces::of(filter), Vec::new());
        loop {
            let events = pieces.next(self.db).await?;
            if events.is_empty() {
                return Ok(window);
            }
            window.extend(events);
        }
    }

    /// False when nobody reads any longer.
    async fn write(&mut self, events: &[StoredAuditEvent]) -> Result<bool, Failure> {
        for StoredAuditEvent { id, event } in events {
            let shown = Shown {
                at: event.at.to_rfc3339(),
                event: &event.event,
                account: event.account_id.as_deref(),
                username: self.username(event).await?,
                client: event.client_id.as_deref(),
                grant: event.grant_id.as_deref(),
                address: &event.address,
                detail: serde_json::from_str(&event.detail).unwrap_or_default(),
                id,
            };
            let line = serde_json::to_string(&shown).unwrap_or_default();
            if !output::offer(output::escaped(&line))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn username(&mut self, event: &AuditEvent) -> Result<Option<String>, Failure> {
        let Some(id) = &event.account_id else { return Ok(None) };
        if let Some(name) = self.names.get(id) {
            return Ok(name.clone());
        }
        let name = self.db.find_account(id).await?.map(|account| account.username);
        self.names.insert(id.clone(), name.clone());
        Ok(name)
    }
}
