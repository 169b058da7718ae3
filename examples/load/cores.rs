//! Which cores the servers have and which the client has: on shared ones the client, which sends three times what the
//! server can do, takes the time that the server is measured in.

use std::{
    fs,
    path::Path,
    process::{self, Command},
};

use anyhow::{Context, bail};

/// The cores of the servers.
pub(crate) struct Cores(String);

impl Cores {
    /// Splits the cores that this program may use, and keeps it to the second half. `None` where there is one core only,
    /// and where there is no Linux to say which there are.
    pub(crate) fn split() -> anyhow::Result<Option<Self>> {
        let Ok(status) = fs::read_to_string("/proc/self/status") else { return Ok(None) };
        let list = status.lines().find_map(|it| it.strip_prefix("Cpus_allowed_list:"));
        let all = cores(list.context("/proc/self/status has no Cpus_allowed_list")?.trim())?;
        let Some((servers, client)) = halves(&all) else { return Ok(None) };
        // Threads have the cores of the thread that starts them, and there are no others yet.
        let pinned = Command::new("taskset").args(["-cp", &client, &process::id().to_string()]).output();
        let pinned = pinned.context("run taskset, of util-linux; --shared-cores does without")?;
        if !pinned.status.success() {
            bail!("taskset: {}", String::from_utf8_lossy(&pinned.stderr).trim());
        }
        println!("     servers on cores {servers}, client on cores {client}");
        Ok(Some(Self(servers)))
    }

    /// A program that runs on the cores of the servers.
    pub(crate) fn server(&self, program: &Path) -> Command {
        let mut command = Command::new("taskset");
        command.args(["-c", &self.0]).arg(program);
        command
    }
}

/// The numbers of a list such as `0-2,5`.
fn cores(list: &str) -> anyhow::Result<Vec<u32>> {
    let number = |it: &str| it.parse::<u32>().with_context(|| format!("{list:?} is no list of cores"));
    let mut all = Vec::new();
    for range in list.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        all.extend(number(first)?..=number(last)?);
    }
    Ok(all)
}

/// The first half and the second, as lists; the client has the lesser one.
fn halves(all: &[u32]) -> Option<(String, String)> {
    let list = |half: &[u32]| half.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let (servers, client) = all.split_at(all.len().div_ceil(2));
    (!client.is_empty()).then(|| (list(servers), list(client)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_split_in_halves_the_larger_for_the_servers() {
        let split = |list| halves(&cores(list).expect("a list"));
        assert_eq!(split("0-1"), Some(("0".into(), "1".into())));
        assert_eq!(split("0-2,5,8"), Some(("0,1,2".into(), "5,8".into())));
        assert_eq!(split("3"), None);
        assert!(cores("0-x").is_err());
    }
}
