//! Pages from files, directories, JSONL and standard input.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;

use crate::{
    limits,
    page::{Content, PageDraft, Scope},
    proto,
};

/// One page of the input, or why it is none.
pub(super) struct Input {
    /// File, and for JSONL the line.
    pub(super) name: String,
    pub(super) page: anyhow::Result<PageDraft>,
    pub(super) place: Place,
}

/// Where a page of the input stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// The file, or - for standard input.
    pub(super) path: PathBuf,
    /// Line of JSONL, from 1.
    pub(super) line: Option<usize>,
    /// Byte of the file at which the page's content starts, where it stands there byte for byte.
    pub(super) offset: Option<usize>,
}

/// What a file holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Html,
    Text,
    JsonLines,
}

/// Endings of files that are taken from a directory.
const ENDINGS: &[(&str, Format)] = &[
    ("html", Format::Html),
    ("htm", Format::Html),
    ("xhtml", Format::Html),
    ("txt", Format::Text),
    ("md", Format::Text),
    ("jsonl", Format::JsonLines),
    ("ndjson", Format::JsonLines),
];

impl Place {
    fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }
}

/// Calls `take` with each page of the paths, in order, until it fails.
pub(super) fn each(paths: &[PathBuf], mut take: impl FnMut(Input) -> anyhow::Result<()>) -> anyhow::Result<()> {
    for path in paths {
        if path.as_os_str() == "-" {
            stream(path, Box::new(io::stdin().lock()), None, &mut take)?;
            continue;
        }
        if !path.is_dir() {
            file(path, &mut take)?;
            continue;
        }
        for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
            let entry = entry.with_context(|| format!("read directory {}", path.display()))?;
            if is_page(&entry) {
                file(entry.path(), &mut take)?;
            }
        }
    }
    Ok(())
}

/// Number of files of the paths.
pub(super) fn count(paths: &[PathBuf]) -> u64 {
    let below = |path: &PathBuf| walkdir::WalkDir::new(path).into_iter().flatten().filter(is_page).count() as u64;
    paths.iter().map(|it| if it.is_dir() { below(it) } else { 1 }).sum()
}

fn is_page(entry: &walkdir::DirEntry) -> bool {
    entry.file_type().is_file() && format_of(entry.path()).is_some()
}

fn file(path: &Path, take: &mut impl FnMut(Input) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let name = path.display().to_string();
    let file = match File::open(path).with_context(|| format!("open {name}")) {
        Ok(file) => file,
        Err(error) => return take(Input { name, page: Err(error), place: Place::of(path) }),
    };
    let reader: Box<dyn Read> = if is_zipped(path) { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    stream(path, reader, format_of(path), take)
}

fn is_zipped(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "gz")
}

/// Format by the name's ending, `.gz` aside.
fn format_of(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = name.rsplit_once('.')?.1;
    ENDINGS.iter().find(|(it, _)| *it == ending).map(|(_, format)| *format)
}

fn stream(
    path: &Path,
    reader: Box<dyn Read + '_>,
    format: Option<Format>,
    take: &mut impl FnMut(Input) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let name = path.display().to_string();
    let place = Place::of(path);
    let mut reader = BufReader::new(reader);
    let start = match reader.fill_buf().with_context(|| format!("read {name}")) {
        Ok(start) => start,
        Err(error) => return take(Input { name, page: Err(error), place }),
    };
    match format.unwrap_or_else(|| sniff(start)) {
        Format::JsonLines => json_lines(&place, reader, take),
        format => {
            let page = whole(&mut reader, format).with_context(|| format!("read {name}"));
            let offset = page.as_ref().ok().and_then(|(_, offset)| *offset).filter(|_| !is_zipped(path));
            let id = crate::page::span::prefix(&name, limits::ID_BYTES).to_owned();
            let page = page.map(|(content, _)| PageDraft { id, content: Some(content), ..PageDraft::default() });
            take(Input { name, page, place: Place { offset, ..place } })
        }
    }
}

/// Format by the first bytes.
fn sniff(start: &[u8]) -> Format {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    match start.iter().find(|it| !it.is_ascii_whitespace()) {
        Some(b'<') => Format::Html,
        Some(b'{') => Format::JsonLines,
        _ => Format::Text,
    }
}

/// The content, and the byte at which it starts if it is what was read, byte for byte.
///
/// One byte more than a page may have is read, so that a longer one is refused and not cut.
fn whole(reader: &mut impl Read, format: Format) -> anyhow::Result<(Content, Option<usize>)> {
    let mut bytes = Vec::new();
    reader.take(limits::PAGE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if format == Format::Html {
        return Ok((Content::Html { body: bytes, title: String::new(), scope: Scope::Page }, Some(0)));
    }
    let (text, charset) = crate::page::charset::decode(&bytes, "");
    let mark = charset.bom as usize;
    let offset = (text.as_bytes() == &bytes[mark..]).then_some(mark);
    Ok((Content::Text { title: String::new(), body: text.into_owned() }, offset))
}

fn json_lines(
    file: &Place,
    mut reader: impl BufRead,
    take: &mut impl FnMut(Input) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let name = format!("{}:{number}", file.path.display());
        let place = Place { line: Some(number), ..file.clone() };
        match next_line(&mut reader, &mut line).with_context(|| format!("read {name}")) {
            Ok(true) if line.iter().all(u8::is_ascii_whitespace) => {}
            Ok(true) => {
                let page = json_page(&line);
                take(Input { name, page, place })?;
            }
            Ok(false) => break,
            Err(error) => return take(Input { name, page: Err(error), place }),
        }
    }
    Ok(())
}

/// Reads a line within its bound; false at the end.
pub(super) fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> anyhow::Result<bool> {
    let limit = limits::JSONL_LINE_BYTES;
    let read = reader.take(limit as u64 + 1).read_until(b'\n', line)?;
    if line.len() > limit {
        bail!("a line has more than {limit} bytes");
    }
    Ok(read > 0)
}

/// A page in few words, as crawlers write them. Other keys are the crawler's own.
#[derive(Deserialize)]
struct PlainPage {
    #[serde(default)]
    id: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    title: String,
    body: Option<String>,
    html: Option<String>,
}

/// A page message in proto3 JSON, or a plain page.
fn json_page(line: &[u8]) -> anyhow::Result<PageDraft> {
    let value: serde_json::Value = serde_json::from_slice(line).context("no JSON")?;
    let is_message = ["html", "text", "items"].iter().any(|it| value.get(it).is_some_and(serde_json::Value::is_object));
    if is_message {
        let message: proto::Page = serde_json::from_value(value).context("no page in proto3 JSON")?;
        return Ok(proto::draft(message));
    }
    let page: PlainPage = serde_json::from_value(value).context("no page: {id, url, title, body or html}")?;
    let content = match (page.html, page.body) {
        (Some(html), _) => Content::Html { body: html.into_bytes(), title: page.title, scope: Scope::Page },
        (None, body) => Content::Text { title: page.title, body: body.unwrap_or_default() },
    };
    Ok(PageDraft { id: page.id, url: page.url, source: page.source, content: Some(content), ..PageDraft::default() })
}
