//! Prints what each hostile page costs: `cargo run --release --example hostile [part of a name]`.

#![allow(clippy::print_stdout, reason = "printing a table is what it is for")]

#[path = "../tests/common/hostile.rs"]
mod hostile;

use std::time::{Duration, Instant};

use pagegate::{
    engine::{self, Include},
    page::{Page, PageDraft},
    rule::RuleSet,
    verdict::{Policy, policy::Profile},
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let rules = RuleSet::embedded()?;
    let policy = Policy::new(Profile::News, Vec::new())?;
    let time = |draft: PageDraft, include: Include| {
        let page = Page::try_new(draft).ok()?;
        let start = Clock::start();
        let result = engine::check(&page, &rules, &policy, include);
        Some((start.elapsed().as_millis(), result.verdict.name()))
    };
    let show = |outcome: Option<(u128, &str)>| match outcome {
        Some((ms, verdict)) => format!("{ms:>6} {verdict:<10}"),
        None => format!("{:>6} {:<10}", "-", "refused"),
    };
    let all = Include { items: true, cleaned_html: true };
    println!("{:<34} {:>9} {:>17} {:>17} {:>17}", "case", "bytes", "ms page", "ms fragment", "ms all included");
    for (name, draft) in hostile::cases().into_iter().filter(|(name, _)| name.contains(&wanted)) {
        let bytes = draft.content.as_ref().map_or(0, pagegate::page::Content::len);
        let page = show(time(draft.clone(), Include::default()));
        let fragment = hostile::as_fragment(draft.clone());
        let fragment = fragment.map_or_else(String::new, |it| show(time(it, Include::default())));
        println!("{name:<34} {bytes:>9} {page} {fragment:<17} {}", show(time(draft, all)));
    }
    Ok(())
}

/// Time this thread has run, where the kernel tells it; else time gone by.
struct Clock {
    cpu: Option<Duration>,
    wall: Instant,
}

impl Clock {
    fn start() -> Self {
        Self { cpu: cpu(), wall: Instant::now() }
    }

    fn elapsed(&self) -> Duration {
        match (self.cpu, cpu()) {
            (Some(start), Some(now)) => now.saturating_sub(start),
            _ => self.wall.elapsed(),
        }
    }
}

/// Nanoseconds on a processor: the first number of the kernel's `schedstat`.
fn cpu() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
