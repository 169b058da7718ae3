//! `pagegate rules new`: a rule file to fill in.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context, bail};

use super::kind_of;
use crate::{
    finding::{JunkKind, WidgetKind},
    rule::RuleId,
};

/// Writes the file, where none stands yet.
pub(super) fn run(
    out: &mut impl Write,
    directory: Option<&Path>,
    id: &str,
    kind: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let Some(rule_id) = RuleId::parse(id) else {
        bail!("{id:?} is no rule id: a pack and a name of small letters, digits and hyphens, pack/name");
    };
    let pack = rule_id.pack();
    let name = &id[pack.len() + 1..];
    if name == "slots" || name.starts_with("slots-") {
        bail!("{id:?} is the name of a file with slots, no rule: choose another");
    }
    let kind = kind_of(kind.unwrap_or(pack)).context("say the kind of the rule with --kind")?;
    let folder = directory.unwrap_or(Path::new("rules")).join(pack);
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let path = folder.join(format!("{name}.toml"));
    let mut file = match File::create_new(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} exists already and is left as it is: choose another name", path.display())
        }
        Err(error) => return Err(error).with_context(|| format!("create {}", path.display())),
    };
    file.write_all(template(kind).as_bytes()).with_context(|| format!("write {}", path.display()))?;
    let path = path.display();
    writeln!(out, "wrote {path}\nFill in what is empty, then run: pagegate rules test {path} --corpus LABELLED.jsonl")?;
    Ok(ExitCode::SUCCESS)
}

/// A rule without words. What is empty is refused until it is filled in.
fn template(kind: JunkKind) -> String {
    let widget = if kind == JunkKind::Widget {
        let kinds: Vec<&str> = WidgetKind::ALL.iter().map(|it| it.name()).collect();
        format!("widget     = \"other\"         # which furniture: {}\n", kinds.join(", "))
    } else {
        String::new()
    };
    format!(
        r#"# Fill in summary, keywords, pattern, why and the six examples. Until then the file is refused, and
# `pagegate rules test` says what is missing. Lines with # before a key are optional.
summary    = ""              # one line that names the junk: "A headline that is a refusal without a subject"
kind       = "{kind}"
{widget}where      = ["title"]       # one or more of title, heading, body, link, furniture, url, header, meta, hidden, markup
basis      = "inferred"      # "observed" for a marker that has no honest use, "inferred" for wording or shape
confidence = 0.85            # 0 to 1, before evidence; below 0.6 it is only a note
# languages = ["en"]         # what it is written in; it runs on every page
# text     = "exact"         # for TK, NaN and the like; else text is folded: lower case, plain quotes and dashes
keywords   = []              # folded words of which at least one stands in every match, the rarer the better;
                             # a space before or behind one: a word begins or ends there (" ai " is not in "main")
pattern    = ''''''          # a regular expression on folded text; a space is any white space, word ends are checked
# except   = ['''…''']       # what makes a match honest; each must be needed by a no-match example
# when     = {{ body_chars_below = 500 }} # also item_chars_below, status = ["404"], first_or_last_item = true
why        = """
"""                          # why it is junk, and why honest text with the same words is not hit

# What else in the same text makes a match more or less likely, each once. With signs, confidence starts low, and a match
# counts from 0.5 on. Optional.
# [[sign]]
# says    = "speaks of what was asked for"
# weight  = 0.2                # -0.5 to 0.5
# pattern = '''as you asked'''

# At least three texts that must match, at the first place of `where`, or at `place = "…"`.
[[match]]
text = ""
[[match]]
text = ""
[[match]]
text = ""

# At least three honest texts that must not, and at least one of them with a keyword.
[[no-match]]
text = ""
[[no-match]]
text = ""
[[no-match]]
text = ""
"#
    )
}
