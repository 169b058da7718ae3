//! Text and ready items → items.
//!
//! Each line is an item, unless the lines of a block are hard-wrapped: then the block is one. Blank
//! lines are a fact about an item, never a condition for one.

use super::{
    ContentItem, Field, ItemKind, Meta, Page, Reading,
    reading::{Builder, Known},
};

/// Columns within which a hard-wrapped line ends.
const WRAPPED_COLUMNS: std::ops::RangeInclusive<usize> = 60..=80;
/// Lines from which a block can be hard-wrapped: two long lines may be two paragraphs.
const WRAPPED_LINES: usize = 3;

/// Reads a text with its title.
#[must_use]
pub(super) fn read<'p>(page: &'p Page, title: &'p str, body: &'p str) -> Reading<'p> {
    let (builder, meta) = built(page, title, body, None);
    builder.build(page, None, meta)
}

/// The same of a text some of which was read before; with the items that were, each with that item of the earlier
/// reading.
#[must_use]
pub(super) fn read_again<'p>(
    page: &'p Page,
    title: &str,
    body: &str,
    known: Known<'_>,
) -> (Reading<'p>, Vec<(usize, usize)>) {
    let (builder, meta) = built(page, title, body, Some(known));
    builder.build_again(page, None, meta)
}

fn built<'r>(page: &Page, title: &str, body: &str, known: Option<Known<'r>>) -> (Builder<'r>, Meta) {
    let mut builder = Builder::again(known);
    builder.reserve(title.len() + body.len() + 2);
    builder.push(title, 0);
    builder.finish_item(ItemKind::Title, Field::TextTitle);
    let mut fenced = false;
    for block in blocks(body) {
        let wrapped = !fenced && is_hard_wrapped(&block);
        let mut gap = true;
        for line in block.lines() {
            let fence = is_fence(line.text);
            let kind = if fenced || fence { ItemKind::Code } else { kind_of(line.text) };
            fenced ^= fence;
            if wrapped {
                push_line(&mut builder, &line);
                continue;
            }
            let gap = std::mem::take(&mut gap);
            if let Some(item) = builder.copy_item(line.text, line.at, kind, Field::TextBody) {
                item.gap_before = gap;
                continue;
            }
            push_line(&mut builder, &line);
            finish(&mut builder, kind, gap);
        }
        if wrapped {
            finish(&mut builder, ItemKind::Paragraph, gap);
        }
    }
    (builder, Meta { language: page.language().to_owned(), ..Meta::default() })
}

/// Reads ready items.
#[must_use]
pub(super) fn read_items<'p>(page: &'p Page, items: &'p [ContentItem]) -> Reading<'p> {
    let mut builder = Builder::default();
    for (index, item) in items.iter().enumerate() {
        builder.push(&item.text, 0);
        let href_start = builder.hrefs.len();
        let bytes = builder.len();
        let field = Field::Item(super::span::offset(index));
        let Some(it) = builder.finish_item(item.kind, field) else { continue };
        if item.kind == ItemKind::Link || !item.url.is_empty() {
            it.link_bytes = super::span::offset(bytes);
        }
        it.href = super::Span::new(href_start, href_start + item.url.len());
        builder.hrefs.push_str(&item.url);
    }
    builder.build(page, None, Meta { language: page.language().to_owned(), ..Meta::default() })
}

/// Lines between blank lines, with their line ends.
struct Block<'a> {
    text: &'a str,
    at: usize,
}

struct Line<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Block<'a> {
    fn lines(&self) -> impl Iterator<Item = Line<'a>> {
        let mut at = self.at;
        lines(self.text).map(move |text| {
            at += text.len();
            Line { text, at: at - text.len() }
        })
    }
}

/// Lines with their line ends: [`str::split_inclusive`] at the speed of `memchr`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let len = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |it| it + 1);
        let line;
        (line, rest) = rest.split_at(len);
        Some(line).filter(|it| !it.is_empty())
    })
}

fn blocks(body: &str) -> impl Iterator<Item = Block<'_>> {
    let mut lines = lines(body);
    let mut end = 0;
    std::iter::from_fn(move || {
        let mut start = None;
        for line in lines.by_ref() {
            let at = end;
            end += line.len();
            let is_blank = line.trim_start().is_empty();
            match start {
                None if is_blank => {}
                None => start = Some(at),
                Some(start) if is_blank => return Some(Block { text: &body[start..at], at: start }),
                Some(_) => {}
            }
        }
        start.map(|start| Block { text: &body[start..], at: start })
    })
}

fn is_hard_wrapped(block: &Block<'_>) -> bool {
    let lines = block.lines().count();
    if lines < WRAPPED_LINES {
        return false;
    }
    let wrapped = block.lines().take(lines - 1).filter(|it| {
        let line = it.text.trim_end();
        // A character has one to four bytes.
        (*WRAPPED_COLUMNS.start()..=WRAPPED_COLUMNS.end() * 4).contains(&line.len())
            && WRAPPED_COLUMNS.contains(&line.chars().count())
            && !ends_sentence(line)
            && kind_of(line) == ItemKind::Paragraph
    });
    wrapped.count() * 2 > lines - 1
}

fn ends_sentence(line: &str) -> bool {
    line.ends_with(['.', '!', '?', ':', '。', '！', '？', '…'])
}

/// A line that opens or closes a fenced code block.
fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

fn kind_of(line: &str) -> ItemKind {
    let indented = line.starts_with("    ") || line.starts_with('\t');
    let line = line.trim();
    if let Some(rest) = line.strip_prefix('#') {
        let rest = rest.trim_start_matches('#');
        if rest.starts_with(' ') && !indented {
            return ItemKind::Heading;
        }
    }
    if line.starts_with("> ") {
        return ItemKind::Quote;
    }
    if is_bullet(line) { ItemKind::ListItem } else { ItemKind::Paragraph }
}

fn is_bullet(line: &str) -> bool {
    let mut chars = line.chars();
    match chars.next() {
        Some('•' | '◦' | '▪' | '‣' | '·') => true,
        Some('-' | '*' | '+') => chars.next() == Some(' '),
        Some(c) if c.is_ascii_digit() => {
            let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
            line.len() - rest.len() <= 3 && (rest.starts_with(". ") || rest.starts_with(") "))
        }
        _ => false,
    }
}

/// Pushes a line; what stands between backticks is inline code.
fn push_line(builder: &mut Builder<'_>, line: &Line<'_>) {
    let mut at = line.at;
    if memchr::memchr(b'`', line.text.as_bytes()).is_none() {
        builder.push(line.text, line.at);
        return;
    }
    for (index, piece) in line.text.split('`').enumerate() {
        if index > 0 {
            builder.push("`", at - 1);
        }
        let start = builder.position();
        builder.push(piece, at);
        let closed = at + piece.len() < line.at + line.text.len();
        if index % 2 == 1 && closed {
            builder.code_from(start);
        }
        at += piece.len() + 1;
    }
}

fn finish(builder: &mut Builder<'_>, kind: ItemKind, gap: bool) {
    if let Some(item) = builder.finish_item(kind, Field::TextBody) {
        item.gap_before = gap;
    }
}

#[cfg(test)]
mod tests {
    use crate::page::{Content, Page, PageDraft, Span, read};

    fn items(body: &str) -> Vec<String> {
        let content = Content::Text { title: String::new(), body: body.into() };
        let draft = PageDraft { content: Some(content), ..PageDraft::default() };
        let page = Page::try_new(draft).expect("valid");
        let reading = read(&page);
        for index in 0..reading.items.len() {
            let (_, span) = reading.source_span(index, reading.whole(index));
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(words(&body[span.range()]), words(reading.text_of(index)));
        }
        (0..reading.items.len()).map(|it| reading.text_of(it).to_owned()).collect()
    }

    #[test]
    fn text_makes_each_line_an_item_and_one_space_of_white_space() {
        assert_eq!(items("One  two\tthree \r\n\r\n four\nfive"), ["One two three", "four", "five"]);
    }

    #[test]
    fn text_joins_hard_wrapped_lines() {
        let wrapped = "The committee met on Tuesday to discuss the budget for the coming\n\
                       year and the many small questions that had been left open since the\n\
                       summer, among them the roof of the old library and its heating.\n";
        assert_eq!(items(wrapped).len(), 1);
        let verse = "The committee met on Tuesday,\nwithout a word it went away,\nthe roof still leaks.\n";
        assert_eq!(items(verse).len(), 3);
    }

    #[test]
    fn text_knows_fences_and_inline_code() {
        let content = Content::Text { title: String::new(), body: "Use `{{x}}` here.\n```\n{{y}}\n```\nEnd".into() };
        let draft = PageDraft { content: Some(content), ..PageDraft::default() };
        let page = Page::try_new(draft).expect("valid");
        let reading = read(&page);
        let at = reading.text.find("{{x}}").expect("there");
        assert!(reading.in_code(Span::new(at, at + 5)));
        assert!(!reading.in_code(Span::new(0, 3)));
        assert_eq!(reading.items[2].kind, super::ItemKind::Code);
        assert_eq!(reading.items[4].kind, super::ItemKind::Paragraph);
    }
}
