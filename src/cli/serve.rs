//! `pagegate serve`.

use std::{net::SocketAddr, process::ExitCode, sync::Arc};

use anyhow::Context;
use tokio::net::TcpListener;

use super::Common;
use crate::{
    config::{Config, LogFormat},
    gate::Gate,
    grpc, shutdown, telemetry,
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
    let gate = super::gate(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(serve(&config, gate))?;
    // A check that outlives the drain does not hold up the exit.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: &Config, gate: Gate) -> anyhow::Result<()> {
    let address = config.serve.listen;
    let listener = TcpListener::bind(address).await.with_context(|| format!("listen on {address}"))?;
    let address = listener.local_addr().context("read the listener's address")?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        rules = gate.rules().rules().len(),
        ruleset_revision = gate.rules().revision(),
        policy_revision = gate.policy().revision(),
        profile = gate.policy().profile().name(),
        "pagegate starts"
    );
    tracing::info!(%address, protocol = "grpc", "listening");
    grpc::serve(listener, Arc::new(gate), config.serve.reflection, shutdown::requested()).await?;
    tracing::info!("stopped");
    Ok(())
}
