//! Labelled rows from files, and the HTML beside them.

use std::{
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

use anyhow::Context;
use flate2::read::MultiGzDecoder;

use super::input;
use crate::{
    eval::{
        case::{Case, Content, Seen},
        parallel, row,
    },
    limits,
    page::Page,
    rule::RuleSet,
    verdict::Policy,
};

/// A case with the folder that its files stand in.
pub(super) struct Labelled {
    pub(super) case: Case,
    folder: PathBuf,
}

/// Labelled rows, and what was wrong with others.
#[derive(Default)]
pub(super) struct Corpus {
    pub(super) cases: Vec<Labelled>,
    pub(super) problems: Vec<String>,
}

impl Corpus {
    /// Reads all rows of the files. A line that is none is a problem, and the rest is read.
    pub(super) fn read(paths: &[PathBuf]) -> Self {
        let mut corpus = Self::default();
        for path in paths {
            if let Err(error) = corpus.read_file(path) {
                corpus.problems.push(format!("{error:#}"));
            }
        }
        corpus
    }

    fn read_file(&mut self, path: &Path) -> anyhow::Result<()> {
        let name = path.display();
        let mut reader = BufReader::new(open(path)?);
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        // Runs are compared from whatever folder they were started in.
        let short = path.file_name().map_or_else(|| name.to_string(), |it| it.to_string_lossy().into_owned());
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if !input::next_line(&mut reader, &mut line).with_context(|| format!("read {name}:{number}"))? {
                break;
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match row::parse(&line, &format!("{short}:{number}")) {
                Ok(case) => self.cases.push(Labelled { case, folder: folder.clone() }),
                Err(error) => self.problems.push(format!("{name}:{number}: {error}")),
            }
        }
        Ok(())
    }

    /// Checks all cases on all cores, in order. A case that makes no page is a problem.
    pub(super) fn check(&mut self, rules: &RuleSet, policy: &Policy) -> Vec<Seen> {
        let done = parallel::map(&self.cases, |it| it.check(rules, policy).with_context(|| it.case.at.clone()));
        let mut seen = Vec::with_capacity(done.len());
        for it in done {
            match it {
                Ok(it) => seen.push(it),
                Err(error) => self.problems.push(format!("{error:#}")),
            }
        }
        seen
    }
}

impl Labelled {
    /// The page it is checked as.
    pub(super) fn page(&self) -> anyhow::Result<Page> {
        let html = match &self.case.content {
            Content::Page { file, .. } => Some(html(&self.folder.join(file))?),
            Content::Text(_) => None,
        };
        Ok(self.case.page(html)?)
    }

    fn check(&self, rules: &RuleSet, policy: &Policy) -> anyhow::Result<Seen> {
        Ok(self.case.check(&self.page()?, rules, policy))
    }
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    let file = File::open(path).with_context(|| format!("open {}", path.display()))?;
    let is_gzip = path.extension().is_some_and(|it| it == "gz");
    Ok(if is_gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// One byte more than a page may have is read, so that a longer one is refused and not cut.
fn html(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = limits::PAGE_BYTES as u64 + 1;
    open(path)?.take(limit).read_to_end(&mut bytes).with_context(|| format!("read {}", path.display()))?;
    Ok(bytes)
}
