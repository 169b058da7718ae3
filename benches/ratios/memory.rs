//! Memory, counted by a program of its own (`benches/memory`): an allocator that counts slows those most that
//! allocate most, so it must not be in the program that takes the times.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};

use crate::{
    report::{Goal, Report},
    shared::clock::Spread,
};

const TOPIC: &str = "memory";

/// What `benches/memory` prints.
#[derive(serde::Deserialize)]
struct Counted {
    /// The hostile page that takes most beyond its own bytes.
    hostile_name: String,
    hostile_bytes: f64,
    /// A page in flight as a multiple of its bytes: median and most.
    in_flight_median: f64,
    /// Number of pages above the goal.
    in_flight_beyond: u32,
    in_flight_most: f64,
    in_flight_most_id: String,
}

/// Runs the other program and tells its figures.
pub(crate) fn measure(pages: Option<&Path>, report: &mut Report) -> anyhow::Result<()> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["bench", "--quiet", "--bench", "memory", "--manifest-path"]);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    if let Some(pages) = pages {
        command.args(["--", "--pages"]).arg(pages.canonicalize().with_context(|| pages.display().to_string())?);
    }
    let output = command.stderr(Stdio::inherit()).output().context("run the bench memory")?;
    ensure!(output.status.success(), "the bench memory ended with {}", output.status);
    let printed = String::from_utf8_lossy(&output.stdout);
    let line = printed.lines().last().context("the bench memory printed nothing")?;
    let counted: Counted = serde_json::from_str(line).with_context(|| format!("read {line:?}"))?;
    let mut add = |what: String, goal, value, unit| report.add(TOPIC, what, goal, Spread::once(value), unit);
    let what = format!("beyond the page's own bytes, worst hostile page of 4 MiB: {}", counted.hostile_name);
    add(what, Goal::AtMost(64.0), counted.hostile_bytes / f64::from(1 << 20), "MiB");
    let what = format!("page in flight / its bytes, most ({})", counted.in_flight_most_id);
    add(what, Goal::AtMost(6.0), counted.in_flight_most, "×");
    add("page in flight / its bytes, median".into(), Goal::None, counted.in_flight_median, "×");
    add("pages in flight that take more than 6 × their bytes".into(), Goal::None, counted.in_flight_beyond.into(), "");
    Ok(())
}
