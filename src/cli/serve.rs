//! `pagegate serve`.

use std::{net::SocketAddr, process::ExitCode, sync::Arc};

use anyhow::Context;
use tokio::net::TcpListener;

use super::Common;
use crate::{
    config::{Config, LogFormat, Serve},
    gate::Gate,
    grpc::{self, Settings},
    shutdown, telemetry,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// How log lines are written
    #[arg(long, value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// Least level of log lines, or directives
    #[arg(long, value_name = "LEVEL")]
    log: Option<String>,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut config = common.config()?;
    config.serve.listen = arguments.listen.unwrap_or(config.serve.listen);
    config.log.format = arguments.log_format.unwrap_or(config.log.format);
    if let Some(filter) = &arguments.log {
        config.log.filter.clone_from(filter);
    }
    telemetry::start(config.log.format == LogFormat::Json, &config.log.filter)
        .with_context(|| format!("log filter {:?}", config.log.filter))?;
    let gate = super::gate(&config)?.with_workers(config.serve.workers);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(serve(&config, Arc::new(gate)))?;
    // A check that outlives the drain does not hold up the exit.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: &Config, gate: Arc<Gate>) -> anyhow::Result<()> {
    let address = config.serve.listen;
    let listener = TcpListener::bind(address).await.with_context(|| format!("listen on {address}"))?;
    let address = listener.local_addr().context("read the listener's address")?;
    let in_force = gate.in_force();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        rules = in_force.rules.rules().len(),
        ruleset_revision = in_force.rules.revision(),
        policy_revision = in_force.policy.revision(),
        profile = in_force.policy.profile().name(),
        "pagegate starts"
    );
    drop(in_force);
    let reloading = tokio::spawn(reload_when_asked(Arc::clone(&gate), shutdown::Reloads::listen()));
    tracing::info!(%address, protocol = "grpc", "listening");
    grpc::serve(listener, gate, settings(&config.serve), shutdown::requested()).await?;
    reloading.abort();
    tracing::info!("stopped");
    Ok(())
}

/// How the configuration wants the server to behave.
fn settings(serve: &Serve) -> Settings {
    Settings {
        reflection: serve.reflection,
        max_bytes_in_flight: serve.max_bytes_in_flight,
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

/// Loads rules and policy anew at each SIGHUP. With a problem in any file, those in force stay.
async fn reload_when_asked(gate: Arc<Gate>, asked: Option<shutdown::Reloads>) {
    let Some(mut asked) = asked else { return };
    while asked.next().await {
        let reloading = Arc::clone(&gate);
        match tokio::task::spawn_blocking(move || reloading.reload()).await {
            Ok(Ok(in_force)) => tracing::info!(
                rules = in_force.rules.rules().len(),
                ruleset_revision = in_force.rules.revision(),
                policy_revision = in_force.policy.revision(),
                "reloaded rules and policy"
            ),
            Ok(Err(error)) => {
                for problem in &error.problems {
                    tracing::error!(%problem, "reload rules and policy; those in force stay");
                }
            }
            Err(error) => tracing::error!(%error, "reload rules and policy; those in force stay"),
        }
    }
}
