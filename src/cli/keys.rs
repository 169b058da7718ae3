//! `pagegate keys`: API keys, made, listed and revoked in the store itself.

use std::{
    io::{Write, stderr, stdout},
    process::ExitCode,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};

use super::Common;
use crate::{
    config::Flag,
    gate::NewKey,
    limits,
    review::{KeyId, Millis},
    store::{self, ApiKey, Scope, Settings, Store},
};

const DAY: Millis = 24 * 60 * 60 * 1000;
/// Days that a key may last at most: ten years.
const DAYS: Millis = 3_650;
/// Connections for a command that asks one thing after another.
const CONNECTIONS: u32 = 2;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Store of the servers, where it is not the one of the configuration: sqlite:PATH or postgres://…
    #[arg(long, global = true, value_name = "URL")]
    store: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a key and print it: this once, for only its hash is stored
    Create {
        /// Whose it is; stands in the audit
        #[arg(long)]
        name: String,
        /// What it is for; may be given several times
        #[arg(long, required = true, value_name = "SCOPE")]
        scope: Vec<ScopeName>,
        /// When it ends by itself, as 90d
        #[arg(long, value_name = "DAYS", value_parser = days)]
        expires: Option<Millis>,
    },
    /// List all keys, the oldest first
    List,
    /// End a key: within a second no server takes it any more
    Revoke {
        /// Its prefix, as `list` shows it
        prefix: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum ScopeName {
    /// Check pages, and read what became of them
    Check,
    /// See and decide the queue
    Review,
    /// Everything
    Admin,
}

impl ScopeName {
    fn scope(self) -> Scope {
        match self {
            Self::Check => Scope::Check,
            Self::Review => Scope::Review,
            Self::Admin => Scope::Admin,
        }
    }
}

/// Days in milliseconds.
fn days(text: &str) -> Result<Millis, String> {
    let number: Option<Millis> = text.strip_suffix('d').and_then(|it| it.parse().ok());
    match number {
        Some(days @ 1..=DAYS) => Ok(days * DAY),
        _ => Err(format!("must be 1d to {DAYS}d, as 90d")),
    }
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let flag = arguments.store.clone().map(|value| Flag { name: "--store", key: "store.url", value });
    let url = common.loaded_with(flag)?.config.store.url.0;
    let url = url.context("there is no store, so there are no keys: set store.url, or say --store")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(async {
        let settings = Settings { url, queue_limit: limits::QUEUE, connections: CONNECTIONS };
        let store = store::open(&settings).await?;
        let done = run_on(&store, &arguments.command).await;
        store.close().await;
        done
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn run_on(store: &Arc<dyn Store>, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Create { name, scope, expires } => create(store, name, scope, *expires).await,
        Command::List => list(store).await,
        Command::Revoke { prefix } => revoke(store, prefix).await,
    }
}

async fn create(store: &Arc<dyn Store>, name: &str, scopes: &[ScopeName], lasts: Option<Millis>) -> anyhow::Result<()> {
    if name.trim().is_empty() {
        bail!("--name is empty: say whose key it is");
    }
    let (new, now) = (NewKey::new()?, now());
    let mut scopes: Vec<Scope> = scopes.iter().map(|it| it.scope()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let key = ApiKey {
        id: KeyId::new(now),
        prefix: new.prefix.clone(),
        hash: new.hash(),
        name: name.trim().to_owned(),
        scopes,
        created: now,
        expires: lasts.map(|it| now + it),
        revoked: None,
    };
    store.create_key(key).await?;
    writeln!(stdout(), "{}", new.text)?;
    writeln!(
        stderr(),
        "This is the only time the key is shown. Servers that were started without a key ask for one when they are \
         started again."
    )?;
    Ok(())
}

async fn list(store: &Arc<dyn Store>) -> anyhow::Result<()> {
    let now = now();
    let mut out = stdout();
    writeln!(out, "{:<10} {:<20} {:<10} {:<10} {:<8} name", "prefix", "scopes", "made", "expires", "state")?;
    for key in store.keys().await? {
        let scopes = key.scopes.iter().map(|it| it.name()).collect::<Vec<_>>().join(",");
        let expires = key.expires.map_or_else(|| Ok("never".to_owned()), date)?;
        let state = match (key.revoked, key.expires) {
            (Some(_), _) => "revoked",
            (None, Some(at)) if at <= now => "expired",
            _ => "valid",
        };
        let made = date(key.created)?;
        // A name is a person's own words, and may hold what moves a terminal's cursor.
        let name = key.name.escape_debug();
        writeln!(out, "{:<10} {scopes:<20} {made:<10} {expires:<10} {state:<8} {name}", key.prefix)?;
    }
    Ok(())
}

async fn revoke(store: &Arc<dyn Store>, prefix: &str) -> anyhow::Result<()> {
    let Some(key) = store.find_key(prefix).await? else {
        bail!("no key has the prefix {prefix:?}, `pagegate keys list` shows those there are");
    };
    store.revoke_key(key.id, now()).await?;
    writeln!(stderr(), "{prefix} is revoked: within a second no server takes it any more.")?;
    Ok(())
}

/// The day of a moment, in UTC.
fn date(moment: Millis) -> anyhow::Result<String> {
    let time = pbjson_types::Timestamp { seconds: moment.div_euclid(1000), nanos: 0 };
    let text = serde_json::to_value(time).context("write a date")?;
    Ok(text.as_str().unwrap_or_default().chars().take(10).collect())
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
