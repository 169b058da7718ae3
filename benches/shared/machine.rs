//! What the figures were measured on.

use std::{fs, process::Command, thread};

/// The processor, its cores, and the commit.
pub(crate) fn describe() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {cores} cores, commit {}", processor(), commit())
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = info.lines().find(|it| it.starts_with("model name"));
    line.and_then(|it| it.split_once(':')).map_or("unknown processor".to_owned(), |(_, name)| name.trim().to_owned())
}

fn commit() -> String {
    let git = |arguments: &[&str]| Command::new("git").args(arguments).output().ok().filter(|it| it.status.success());
    let Some(hash) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".to_owned() };
    let changed = git(&["status", "--porcelain", "--", "src", "rules"]).is_some_and(|it| !it.stdout.is_empty());
    let hash = String::from_utf8_lossy(&hash.stdout).trim().to_owned();
    if changed { format!("{hash} with changes") } else { hash }
}
