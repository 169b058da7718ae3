//! `pagegate rules`: list, explain, test, begin.

mod new;
mod on_page;
mod trial;

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

use clap::Subcommand;

use super::{Common, FLAGGED};
use crate::{
    detect::{self, About},
    example,
    finding::JunkKind,
    rule::{Rule, RuleSet, nearest},
    verdict::Policy,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
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
        /// Say as well what it did on the pages of this file
        #[arg(long, value_name = "FILE")]
        page: Option<PathBuf>,
    },
    /// Run the examples of rules through the whole engine; of a file alone, also over labelled texts
    Test {
        /// Ids or packs, all rules without any; or one rule file, wherever it stands
        #[arg(value_name = "ID|PACK|FILE.toml")]
        ids: Vec<String>,
        /// Files with labelled rows that the rule file is tried on
        #[arg(long, num_args = 1.., value_name = "LABELLED.jsonl")]
        corpus: Vec<PathBuf>,
    },
    /// Begin a rule: write a file to fill in
    New {
        /// Id of the rule, pack/name
        id: String,
        /// Sort of junk it finds; by default the pack's name, where that is one
        #[arg(long)]
        kind: Option<String>,
    },
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = common.config()?;
    let sources = super::sources(&config);
    let mut out = stdout().lock();
    match &arguments.command {
        Command::List { kind } => list(&mut out, &sources.rules()?, kind.as_deref()),
        Command::Explain { id, page } => {
            let in_force = sources.load()?;
            explain(&mut out, &in_force.rules, id)?;
            if let Some(page) = page {
                on_page::run(&mut out, &in_force, id, page)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Test { ids, corpus } if !corpus.is_empty() || trial::is_file(ids) => {
            trial::run(&mut out, &sources.policy()?, ids, corpus)
        }
        Command::Test { ids, .. } => test(&mut out, &sources.rules()?, &sources.policy()?, ids),
        Command::New { id, kind } => new::run(&mut out, config.rules.directory.as_deref(), id, kind.as_deref()),
    }
}

fn list(out: &mut impl Write, rules: &RuleSet, kind: Option<&str>) -> anyhow::Result<ExitCode> {
    let kind = kind.map(kind_of).transpose()?;
    let wanted = |it: JunkKind| kind.is_none_or(|kind| it == kind);
    for rule in rules.rules().iter().filter(|it| wanted(it.kind)) {
        writeln!(out, "{:44} {:13} {:8} {}", rule.id.as_str(), rule.kind.name(), rule.status.name(), rule.summary)?;
    }
    for about in detect::about().filter(|it| wanted(it.kind)) {
        writeln!(out, "{:44} {:13} {:8} {}", about.id, about.kind.name(), "built in", about.summary)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The kind of this name.
fn kind_of(name: &str) -> anyhow::Result<JunkKind> {
    let kind = JunkKind::ALL.iter().copied().find(|it| it.name() == name);
    kind.ok_or_else(|| {
        let names: Vec<&str> = JunkKind::ALL.iter().map(|it| it.name()).collect();
        anyhow::anyhow!("no kind {name:?}, the kinds are {}", names.join(", "))
    })
}

fn explain(out: &mut impl Write, rules: &RuleSet, id: &str) -> anyhow::Result<()> {
    if let Some(rule) = rules.get(id) {
        explain_rule(out, rule)?;
    } else if let Some(about) = detect::about().find(|it| it.id == id) {
        explain_built_in(out, about)?;
    } else {
        let ids: Vec<&str> =
            rules.rules().iter().map(|it| it.id.as_str()).chain(detect::about().map(|it| it.id)).collect();
        let hint = nearest(id, &ids).map(|it| format!(", did you mean {it}?")).unwrap_or_default();
        anyhow::bail!("no rule {id:?}{hint}");
    }
    Ok(())
}

fn explain_built_in(out: &mut impl Write, about: &About) -> std::io::Result<()> {
    writeln!(
        out,
        "{}\n  {}\n\n{}\n\n  kind  {}\n  found by structure, in code",
        about.id, about.summary, about.why, about.kind
    )
}

fn explain_rule(out: &mut impl Write, rule: &Rule) -> std::io::Result<()> {
    let places: Vec<&str> = rule.places.iter().map(|it| it.name()).collect();
    writeln!(out, "{}\n  {}\n\n{}\n", rule.id.as_str(), rule.summary, rule.why)?;
    writeln!(out, "  kind        {}", rule.kind)?;
    if let Some(widget) = rule.widget {
        writeln!(out, "  widget      {widget}")?;
    }
    writeln!(out, "  where       {}", places.join(", "))?;
    writeln!(out, "  status      {}", rule.status.name())?;
    writeln!(out, "  basis       {}", rule.basis)?;
    writeln!(out, "  confidence  {}", rule.confidence)?;
    if !rule.languages.is_empty() {
        writeln!(out, "  languages   {}", rule.languages.join(", "))?;
    }
    writeln!(out, "  pattern     {}", rule.pattern)?;
    for except in &rule.except {
        writeln!(out, "  except      {except}")?;
    }
    for sign in &rule.signs {
        writeln!(out, "  sign        {:+.2} {}: {}", sign.weight, sign.says, sign.pattern)?;
    }
    writeln!(out, "  keywords    {}", rule.keywords.join(", "))?;
    for (name, examples) in [("Matches:", &rule.matches), ("Does not match:", &rule.no_matches)] {
        writeln!(out, "\n{name}")?;
        for example in examples {
            writeln!(out, "  {}", example.text)?;
        }
    }
    Ok(())
}

fn test(out: &mut impl Write, rules: &RuleSet, policy: &Policy, ids: &[String]) -> anyhow::Result<ExitCode> {
    let wanted = |rule: &&Rule| ids.is_empty() || ids.iter().any(|it| it == rule.id.as_str() || it == rule.id.pack());
    let chosen: Vec<&Rule> = rules.rules().iter().filter(wanted).collect();
    if chosen.is_empty() {
        anyhow::bail!("no rule or pack of these names: {}", ids.join(", "));
    }
    let mut failed = 0;
    for rule in &chosen {
        let problems = example::problems(rule, rules, policy);
        failed += usize::from(!problems.is_empty());
        for problem in problems {
            writeln!(out, "{}: {problem}", rule.id.as_str())?;
        }
    }
    let examples: usize = chosen.iter().map(|it| it.matches.len() + it.no_matches.len()).sum();
    writeln!(out, "{} tested with {examples} examples, {failed} failed", number(chosen.len(), "rule"))?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(FLAGGED) })
}

fn number(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
