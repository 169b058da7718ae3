//! The pages that are measured.

use std::{
    env, fs,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::Context;
use pagegate::{page::charset, proto::page::Content};

#[path = "../../examples/load/pages.rs"]
mod generated;

/// Number of pages that are made where none are at hand.
const MADE: usize = 64;

/// HTML pages, decoded.
pub(crate) struct Corpus {
    /// What they are, for the report.
    pub(crate) name: String,
    pub(crate) pages: Vec<HtmlPage>,
}

pub(crate) struct HtmlPage {
    pub(crate) id: String,
    pub(crate) html: String,
}

#[derive(serde::Deserialize)]
struct Row {
    id: String,
    html_file: PathBuf,
}

impl Corpus {
    /// The pages of a JSONL file as named, else those of the labelled data, else pages made here.
    pub(crate) fn load(named: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(named) = named {
            return Self::read(named);
        }
        let data = env::var_os("PAGEGATE_DATA").map_or_else(beside, PathBuf::from);
        let file = data.join("pages").join("bench.jsonl");
        if file.is_file() { Self::read(&file) } else { Ok(Self::made()) }
    }

    /// The pages of a JSONL file with `id` and `html_file`, a path from the file's folder on, plain or gzip.
    fn read(file: &Path) -> anyhow::Result<Self> {
        let rows = fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
        let folder = file.parent().unwrap_or(Path::new("."));
        let mut pages = Vec::new();
        for line in rows.lines() {
            let row: Row = serde_json::from_str(line).with_context(|| format!("{}: {line}", file.display()))?;
            let html = folder.join(row.html_file);
            let bytes = bytes(&html).with_context(|| format!("read {}", html.display()))?;
            pages.push(HtmlPage { id: row.id, html: charset::decode(&bytes, "").0.into_owned() });
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self { name: format!("{} pages of {name}", pages.len()), pages })
    }

    fn made() -> Self {
        let requests = generated::Pages::new();
        let mut pages = Vec::new();
        for number in (0..).take(MADE * 8) {
            let (request, _) = requests.nth(number);
            let Some(page) = request.page else { continue };
            if let Some(Content::Html(html)) = page.content {
                let html = String::from_utf8_lossy(&html.body).into_owned();
                pages.push(HtmlPage { id: page.page_id, html });
            }
            if pages.len() == MADE {
                break;
            }
        }
        Self { name: format!("{} pages made here (no labelled data at hand)", pages.len()), pages }
    }

    /// Bytes of all pages.
    pub(crate) fn bytes(&self) -> usize {
        self.pages.iter().map(|it| it.html.len()).sum()
    }

    /// The pages whose length is nearest to `bytes`.
    pub(crate) fn nearest(&self, bytes: usize, count: usize) -> Vec<&HtmlPage> {
        let mut pages: Vec<&HtmlPage> = self.pages.iter().collect();
        pages.sort_by_key(|it| it.html.len().abs_diff(bytes));
        pages.truncate(count);
        pages
    }
}

/// Where labelled data is looked for.
fn beside() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data")
}

fn bytes(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = fs::read(file)?;
    if file.extension().is_some_and(|it| it == "gz") {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
        bytes = plain;
    }
    Ok(bytes)
}
