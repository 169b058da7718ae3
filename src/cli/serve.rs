//! `pagegate serve`.

mod ports;

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use tokio_util::sync::CancellationToken;

use self::ports::{Listeners, Ports};
use super::Common;
use crate::{
    config::{Config, Flag, Loaded, LogFormat, TlsFiles},
    gate::{Access, Callers, Gate, ReviewSettings},
    grpc, http,
    serving::{Memory, Tls},
    shutdown,
    store::{self, Store},
    telemetry,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Address and port of gRPC, by default 127.0.0.1:50051; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Address and port of HTTP and the review pages, by default 127.0.0.1:8080; port 0 takes a free one, "" turns
    /// them off
    #[arg(long, value_name = "ADDRESS")]
    http_listen: Option<String>,
    /// Let everyone in without a key, on any address
    #[arg(long)]
    insecure: bool,
    /// Where held pages and decisions are: sqlite:PATH, postgres://…, or none; by default pagegate.db in the working
    /// directory
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// How log lines are written
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// Least level of log lines, or directives
    #[arg(long, value_name = "LEVEL")]
    log: Option<String>,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut loaded = common.loaded_with(flags(arguments))?;
    let config = &mut loaded.config;
    config.log.format = arguments.log_format.unwrap_or(config.log.format);
    if let Some(filter) = &arguments.log {
        config.log.filter.clone_from(filter);
    }
    telemetry::start(config.log.format == LogFormat::Json, &config.log.filter)
        .with_context(|| format!("log filter {:?}", config.log.filter))?;
    let gate = super::gate(config)?.with_workers(config.serve.workers);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(serve(&loaded, gate, arguments.insecure))?;
    // A check that outlives the drain does not hold up the exit.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// The flags that set keys of the configuration.
fn flags(arguments: &Arguments) -> impl Iterator<Item = Flag> {
    let flags = [
        ("--listen", "serve.listen", &arguments.listen),
        ("--http-listen", "serve.http_listen", &arguments.http_listen),
        ("--store", "store.url", &arguments.store),
    ];
    flags.into_iter().filter_map(|(name, key, value)| Some(Flag { name, key, value: value.clone()? }))
}

async fn serve(loaded: &Loaded, gate: Gate, insecure: bool) -> anyhow::Result<()> {
    let config = &loaded.config;
    // First what costs nothing to give back: a start that fails there has not made a store.
    let ports = Ports::take(loaded)?;
    let tls = tls(&config.tls)?.map(Arc::new);
    let store = open_store(loaded).await?;
    let gate = match admit(config, gate, store.clone(), insecure).await {
        Ok(gate) => Arc::new(gate),
        Err(error) => {
            if let Some(store) = store {
                store.close().await;
            }
            return Err(error);
        }
    };
    let served = serve_on(config, ports, &gate, tls, insecure).await;
    gate.close().await;
    served?;
    tracing::info!("stopped");
    Ok(())
}

/// The gate with those who are let in, and with the store behind it.
async fn admit(config: &Config, gate: Gate, store: Option<Arc<dyn Store>>, insecure: bool) -> anyhow::Result<Gate> {
    let access = access(config, store.clone(), insecure).await?;
    with_store(config, gate.with_access(access), store).await
}

async fn serve_on(
    config: &Config,
    ports: Ports,
    gate: &Arc<Gate>,
    tls: Option<Arc<Tls>>,
    insecure: bool,
) -> anyhow::Result<()> {
    let in_force = gate.in_force();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        rules = in_force.rules.rules().len(),
        ruleset_revision = in_force.rules.revision(),
        policy_revision = in_force.policy.revision(),
        profile = in_force.policy.profile().name(),
        tls = tls.is_some(),
        "pagegate starts"
    );
    drop(in_force);
    let reloads = shutdown::Reloads::listen();
    let reloading = tokio::spawn(reload_when_asked(Arc::clone(gate), tls.clone(), reloads));
    let settings = Settings { config, memory: Arc::new(Memory::new(config.serve.max_bytes_in_flight)), tls, insecure };
    let listeners = ports.listen()?;
    tell_addresses(&listeners, settings.tls.is_some())?;
    let stop = CancellationToken::new();
    let stopped = || stop.clone().cancelled_owned();
    let asked = async {
        shutdown::requested().await;
        stop.cancel();
    };
    let over_grpc = async {
        let served = grpc::serve(listeners.grpc, Arc::clone(gate), settings.grpc(), stopped()).await;
        // One that could not start does not leave the other alone.
        stop.cancel();
        anyhow::Ok(served?)
    };
    let over_http = async {
        if let Some(listener) = listeners.http {
            http::serve(listener, Arc::clone(gate), settings.http(), stopped()).await;
        }
        Ok(())
    };
    let served = async { tokio::try_join!(over_grpc, over_http) };
    let mut served = std::pin::pin!(served);
    tokio::select! {
        ended = served.as_mut() => ended?,
        () = asked => served.await?,
    };
    reloading.abort();
    Ok(())
}

/// Says where callers are served, and where a person begins.
fn tell_addresses(listeners: &Listeners, tls: bool) -> anyhow::Result<()> {
    tracing::info!(address = %listeners.grpc.local_addr()?, protocol = "grpc", "listening");
    let Some(http) = &listeners.http else { return Ok(()) };
    let address = http.local_addr()?;
    tracing::info!(%address, protocol = "http", "listening");
    let base = base_url(address, tls);
    tracing::info!(
        try_a_page = format!("{base}/try"),
        review = format!("{base}/"),
        check = format!("POST {base}/v1/pages:check"),
        "ready: open try_a_page in a browser and paste a page, or send one to check"
    );
    Ok(())
}

/// How a browser on this machine writes the address of a listener.
fn base_url(mut address: SocketAddr, tls: bool) -> String {
    if address.ip().is_unspecified() {
        // It is listened on, and a browser can go there, as not to 0.0.0.0.
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    format!("{}://{address}", if tls { "https" } else { "http" })
}

/// Who is let in, by the keys there are and the addresses that are listened on.
async fn access(config: &Config, store: Option<Arc<dyn Store>>, insecure: bool) -> anyhow::Result<Access> {
    let is_near = |it: SocketAddr| it.ip().to_canonical().is_loopback();
    let callers = match config.serve.http_listen {
        _ if insecure => Callers::Welcome,
        http if is_near(config.serve.listen) && http.is_none_or(is_near) => Callers::Near,
        _ => Callers::Far,
    };
    let access = Access::of(store, callers).await?;
    match &access {
        Access::Open => tracing::warn!(
            "no API key is asked for: everyone who reaches the listeners may do everything; `pagegate keys create` makes one"
        ),
        Access::Keys(_) => tracing::info!("API keys are asked for"),
    }
    Ok(access)
}

fn tls(files: &TlsFiles) -> anyhow::Result<Option<Tls>> {
    match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => Ok(Some(Tls::open(certificate.clone(), key.clone())?)),
        (None, None) => Ok(None),
        (Some(_), None) => bail!("tls.certificate is set and tls.key is not: set both, or none"),
        (None, Some(_)) => bail!("tls.key is set and tls.certificate is not: set both, or none"),
    }
}

/// The store that the configuration names, if it names one.
async fn open_store(loaded: &Loaded) -> anyhow::Result<Option<Arc<dyn Store>>> {
    let config = &loaded.config;
    let Some(url) = config.store.url.0.clone() else {
        tracing::warn!("there is no store: pages that need a person are told so, and not kept for one");
        return Ok(None);
    };
    let settings = store::Settings {
        url,
        queue_limit: config.review.queue_limit as u64,
        connections: u32::try_from(config.store.connections).unwrap_or(u32::MAX),
    };
    let store = store::open(&settings).await?;
    let health = store.health().await.context("ask the store how it is")?;
    let set_by = loaded.origin("store.url").to_string();
    tracing::info!(
        at = health.at,
        database = health.database,
        set_by,
        "opened the store; --store or store.url names another place"
    );
    Ok(Some(store))
}

/// The gate with a store behind it.
async fn with_store(config: &Config, gate: Gate, store: Option<Arc<dyn Store>>) -> anyhow::Result<Gate> {
    let Some(store) = store else { return Ok(gate) };
    let review = ReviewSettings {
        sample_accepted: config.review.sample_accepted as u64,
        sample_rejected: config.review.sample_rejected as u64,
        precision_bar: config.review.precision_bar,
    };
    gate.with_store(store, review).await.context("read the store")
}

/// How the configuration wants the servers to behave, and what they share.
struct Settings<'a> {
    config: &'a Config,
    memory: Arc<Memory>,
    tls: Option<Arc<Tls>>,
    /// Whether the operator lets everyone in.
    insecure: bool,
}

impl Settings<'_> {
    fn grpc(&self) -> grpc::Settings {
        let serve = &self.config.serve;
        grpc::Settings {
            reflection: serve.reflection,
            memory: Arc::clone(&self.memory),
            tls: self.tls.clone(),
            max_deadline: serve.max_deadline,
            handshake_timeout: serve.handshake_timeout,
            keepalive_interval: serve.keepalive_interval,
            keepalive_timeout: serve.keepalive_timeout,
            max_connection_age: serve.max_connection_age,
            max_connection_age_jitter: serve.max_connection_age_jitter,
            max_concurrent_streams: u32::try_from(serve.max_concurrent_streams).unwrap_or(u32::MAX),
            stream_window: serve.stream_window,
            drain_lead: serve.drain_lead,
            drain_limit: serve.drain_limit,
        }
    }

    fn http(&self) -> http::Settings {
        let serve = &self.config.serve;
        http::Settings {
            memory: Arc::clone(&self.memory),
            tls: self.tls.clone(),
            any_host: self.insecure,
            max_deadline: serve.max_deadline,
            header_timeout: serve.handshake_timeout,
            write_timeout: serve.keepalive_timeout,
            max_connection_age: serve.max_connection_age,
            max_connection_age_jitter: serve.max_connection_age_jitter,
            drain_lead: serve.drain_lead,
            drain_limit: serve.drain_limit,
        }
    }
}

/// Loads rules, policy and certificate anew at each SIGHUP. What has a problem stays as it was.
async fn reload_when_asked(gate: Arc<Gate>, tls: Option<Arc<Tls>>, asked: Option<shutdown::Reloads>) {
    let Some(mut asked) = asked else { return };
    while asked.next().await {
        let (reloading, certificate) = (Arc::clone(&gate), tls.clone());
        let reload = move || (reloading.reload(), certificate.map(|it| it.reload()));
        let (rules, certificate) = match tokio::task::spawn_blocking(reload).await {
            Ok(reloaded) => reloaded,
            Err(error) => {
                tracing::error!(%error, "reload rules and policy; those in force stay");
                continue;
            }
        };
        match rules {
            Ok(in_force) => tracing::info!(
                rules = in_force.rules.rules().len(),
                ruleset_revision = in_force.rules.revision(),
                policy_revision = in_force.policy.revision(),
                "reloaded rules and policy"
            ),
            Err(error) => {
                for problem in &error.problems {
                    tracing::error!(%problem, "reload rules and policy; those in force stay");
                }
            }
        }
        match certificate {
            Some(Ok(())) => tracing::info!("reloaded the certificate"),
            Some(Err(error)) => {
                let error = anyhow::Error::from(error);
                tracing::error!(error = format!("{error:#}"), "reload the certificate; the one in force stays");
            }
            None => {}
        }
    }
}
