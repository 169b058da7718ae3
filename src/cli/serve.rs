//! `pagegate serve`.

use std::{net::SocketAddr, process::ExitCode, sync::Arc};

use anyhow::{Context, bail};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Common;
use crate::{
    config::{Config, Flag, LogFormat, TlsFiles},
    gate::{Access, Callers, Gate, ReviewSettings},
    grpc, http,
    serving::{Memory, Tls},
    shutdown,
    store::{self, Store},
    telemetry,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Address and port of gRPC; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Address and port of HTTP; port 0 takes a free one, "" turns it off
    #[arg(long, value_name = "ADDRESS", value_parser = address_or_none)]
    http_listen: Option<HttpListen>,
    /// Let everyone in without a key, on any address
    #[arg(long)]
    insecure: bool,
    /// Where held pages and decisions are: sqlite:PATH, postgres://…, or none
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// How log lines are written
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// Least level of log lines, or directives
    #[arg(long, value_name = "LEVEL")]
    log: Option<String>,
}

/// What `--http-listen` says.
#[derive(Clone, Copy)]
struct HttpListen(Option<SocketAddr>);

fn address_or_none(text: &str) -> Result<HttpListen, String> {
    if text.is_empty() {
        return Ok(HttpListen(None));
    }
    text.parse().map(|it| HttpListen(Some(it))).map_err(|_| "must be an IP address and a port, or \"\"".into())
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let store = arguments.store.clone().map(|value| Flag { name: "--store", key: "store.url", value });
    let mut config = common.loaded_with(store)?.config;
    config.serve.listen = arguments.listen.unwrap_or(config.serve.listen);
    config.serve.http_listen = arguments.http_listen.map_or(config.serve.http_listen, |it| it.0);
    config.log.format = arguments.log_format.unwrap_or(config.log.format);
    if let Some(filter) = &arguments.log {
        config.log.filter.clone_from(filter);
    }
    telemetry::start(config.log.format == LogFormat::Json, &config.log.filter)
        .with_context(|| format!("log filter {:?}", config.log.filter))?;
    let gate = super::gate(&config)?.with_workers(config.serve.workers);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(serve(&config, gate, arguments.insecure))?;
    // A check that outlives the drain does not hold up the exit.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: &Config, gate: Gate, insecure: bool) -> anyhow::Result<()> {
    let store = open_store(config).await?;
    let access = access(config, store.clone(), insecure).await?;
    let gate = Arc::new(with_store(config, gate.with_access(access), store).await?);
    let tls = tls(&config.tls)?.map(Arc::new);
    let grpc_listener = listen(config.serve.listen).await?;
    let http_listener = match config.serve.http_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
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
    let reloading = tokio::spawn(reload_when_asked(Arc::clone(&gate), tls.clone(), reloads));
    let settings = Settings { config, memory: Arc::new(Memory::new(config.serve.max_bytes_in_flight)), tls, insecure };
    let stop = CancellationToken::new();
    let stopped = || stop.clone().cancelled_owned();
    let asked = async {
        shutdown::requested().await;
        stop.cancel();
    };
    let over_grpc = async {
        tracing::info!(address = %grpc_listener.local_addr()?, protocol = "grpc", "listening");
        let served = grpc::serve(grpc_listener, Arc::clone(&gate), settings.grpc(), stopped()).await;
        // One that could not start does not leave the other alone.
        stop.cancel();
        anyhow::Ok(served?)
    };
    let over_http = async {
        let Some(listener) = http_listener else { return anyhow::Ok(()) };
        tracing::info!(address = %listener.local_addr()?, protocol = "http", "listening");
        http::serve(listener, Arc::clone(&gate), settings.http(), stopped()).await;
        Ok(())
    };
    let served = async { tokio::try_join!(over_grpc, over_http) };
    let mut served = std::pin::pin!(served);
    tokio::select! {
        ended = served.as_mut() => ended?,
        () = asked => served.await?,
    };
    reloading.abort();
    gate.close().await;
    tracing::info!("stopped");
    Ok(())
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
        Access::Open => tracing::warn!("no API key is asked for: everyone who reaches the listeners may do everything"),
        Access::Keys(_) => tracing::info!("API keys are asked for"),
    }
    Ok(access)
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("listen on {address}"))
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
async fn open_store(config: &Config) -> anyhow::Result<Option<Arc<dyn Store>>> {
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
    tracing::info!(database = health.database, "opened the store");
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
