//! `pagegate rules`: list, explain, test.

use std::{path::PathBuf, process::ExitCode};

use anstream::println;
use clap::Subcommand;

use crate::{
    detect::{self, About},
    example,
    finding::JunkKind,
    rule::{Rule, RuleSet, nearest},
    verdict::{Policy, policy::Profile},
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Directory with rules that add to those in the binary, or replace them by id
    #[arg(long, global = true, value_name = "DIR")]
    rules: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// List the rules and what is found by structure
    List {
        /// Only this kind
        #[arg(long)]
        kind: Option<String>,
    },
    /// Say what a rule looks for, why, and show its examples
    Explain {
        /// Id of the rule, pack/name
        id: String,
    },
    /// Run the examples of rules through the whole engine
    Test {
        /// Ids or packs; all rules without any
        ids: Vec<String>,
    },
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let rules = match &arguments.rules {
        Some(directory) => RuleSet::with_directory(directory)?,
        None => RuleSet::embedded()?,
    };
    match &arguments.command {
        Command::List { kind } => list(&rules, kind.as_deref()),
        Command::Explain { id } => explain(&rules, id),
        Command::Test { ids } => test(&rules, ids),
    }
}

fn list(rules: &RuleSet, kind: Option<&str>) -> anyhow::Result<ExitCode> {
    if let Some(kind) = kind.filter(|it| !JunkKind::ALL.iter().any(|known| known.name() == *it)) {
        let names: Vec<&str> = JunkKind::ALL.iter().map(|it| it.name()).collect();
        anyhow::bail!("no kind {kind:?}, the kinds are {}", names.join(", "));
    }
    let wanted = |it: JunkKind| kind.is_none_or(|kind| it.name() == kind);
    for rule in rules.rules().iter().filter(|it| wanted(it.kind)) {
        println!("{:44} {:13} {:8} {}", rule.id.as_str(), rule.kind.name(), rule.status.name(), rule.summary);
    }
    for about in detect::about().filter(|it| wanted(it.kind)) {
        println!("{:44} {:13} {:8} {}", about.id, about.kind.name(), "built in", about.summary);
    }
    Ok(ExitCode::SUCCESS)
}

fn explain(rules: &RuleSet, id: &str) -> anyhow::Result<ExitCode> {
    if let Some(rule) = rules.get(id) {
        explain_rule(rule);
    } else if let Some(about) = detect::about().find(|it| it.id == id) {
        explain_built_in(about);
    } else {
        let ids: Vec<&str> = rules.rules().iter().map(|it| it.id.as_str()).chain(detect::about().map(|it| it.id)).collect();
        let hint = nearest(id, &ids).map(|it| format!(", did you mean {it}?")).unwrap_or_default();
        anyhow::bail!("no rule {id:?}{hint}");
    }
    Ok(ExitCode::SUCCESS)
}

fn explain_built_in(about: &About) {
    println!("{}\n  {}\n\n{}\n\n  kind  {}\n  found by structure, in code", about.id, about.summary, about.why, about.kind);
}

fn explain_rule(rule: &Rule) {
    let places: Vec<&str> = rule.places.iter().map(|it| it.name()).collect();
    println!("{}\n  {}\n\n{}\n", rule.id.as_str(), rule.summary, rule.why);
    println!("  kind        {}", rule.kind);
    if let Some(widget) = rule.widget {
        println!("  widget      {widget}");
    }
    println!("  where       {}", places.join(", "));
    println!("  status      {}", rule.status.name());
    println!("  basis       {}", rule.basis);
    println!("  confidence  {}", rule.confidence);
    if !rule.languages.is_empty() {
        println!("  languages   {}", rule.languages.join(", "));
    }
    println!("  pattern     {}", rule.pattern);
    for except in &rule.except {
        println!("  except      {except}");
    }
    println!("  keywords    {}", rule.keywords.join(", "));
    for (name, examples) in [("Matches:", &rule.matches), ("Does not match:", &rule.no_matches)] {
        println!("\n{name}");
        for example in examples {
            println!("  {}", example.text);
        }
    }
}

fn test(rules: &RuleSet, ids: &[String]) -> anyhow::Result<ExitCode> {
    let policy = Policy::new(Profile::News, Vec::new())?;
    let wanted = |rule: &&Rule| ids.is_empty() || ids.iter().any(|it| it == rule.id.as_str() || it == rule.id.pack());
    let chosen: Vec<&Rule> = rules.rules().iter().filter(wanted).collect();
    if chosen.is_empty() {
        anyhow::bail!("no rule or pack of these names: {}", ids.join(", "));
    }
    let mut failed = 0;
    for rule in &chosen {
        let problems = example::problems(rule, rules, &policy);
        failed += usize::from(!problems.is_empty());
        for problem in problems {
            println!("{}: {problem}", rule.id.as_str());
        }
    }
    let examples: usize = chosen.iter().map(|it| it.matches.len() + it.no_matches.len()).sum();
    println!("{} rules, {examples} examples, {failed} rules failed", chosen.len());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
