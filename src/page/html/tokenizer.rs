//! Tokens of HTML with their places, as the WHATWG says (<https://html.spec.whatwg.org/multipage/parsing.html#tokenization>).
//!
//! The standard's automaton goes byte by byte. Here whatever a state waits for is searched with vectors, and what stands
//! in between is handed on as a place in the source: nothing is copied, and nothing is decoded but text. Two rules make
//! that simple: a comment and a declaration end at a `>`, told by what stands before it, and in raw text only its own
//! end tag counts. All is linear: no byte is searched more than a fixed number of times.
//!
//! A line end of `\r` is white space wherever it stands, so it is looked at only where it would come out in text.

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use super::reference;
use crate::page::Span;

/// What is done with the tokens, in the order of the source. Names of tags are in small letters.
pub(super) trait Handler {
    /// Text that stands in the source byte for byte.
    fn text(&mut self, span: Span);

    /// Text that stands for all of `origin`: a character reference, a line end, NUL.
    fn made_text(&mut self, text: &str, origin: Span);

    /// An attribute of the start tag that comes next, unless the source ends before the tag does.
    fn attribute(&mut self, name: Span, value: Span);

    /// A start tag.
    fn start_tag(&mut self, name: &[u8], span: Span, self_closing: bool);

    /// An end tag.
    fn end_tag(&mut self, name: &[u8], span: Span);

    /// A comment, or what is none and read as one.
    fn comment(&mut self, span: Span);

    /// Whether SVG or `MathML` is open: there CDATA is text, and no element holds raw text.
    fn in_foreign(&self) -> bool;
}

/// Hands the tokens of `source` on.
pub(super) fn run(source: &str, handler: &mut impl Handler) {
    let mut it = Tokenizer { source, bytes: source.as_bytes(), at: 0, handler, name: Vec::new(), made: String::new() };
    while it.at < source.len() {
        it.text(Text::Data, source.len());
        it.markup();
    }
}

struct Tokenizer<'s, 'h, H> {
    source: &'s str,
    bytes: &'s [u8],
    /// Bytes read so far.
    at: usize,
    handler: &'h mut H,
    /// Name of a tag written in capitals, in small letters.
    name: Vec<u8>,
    /// Text of a reference.
    made: String,
}

/// What ends a stretch of text, or is replaced in it.
#[derive(Clone, Copy)]
enum Text {
    /// Between tags: markup and references.
    Data,
    /// In `title` and `textarea`: references.
    RcData,
    /// In a script, a style and the like: neither.
    Raw,
    /// In CDATA: neither, and NUL stays.
    Cdata,
}

impl Text {
    fn find(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Data => memchr3(b'<', b'&', b'\r', bytes),
            Self::RcData => memchr3(b'&', b'\r', 0, bytes),
            Self::Raw => memchr2(b'\r', 0, bytes),
            Self::Cdata => memchr(b'\r', bytes),
        }
    }
}

impl<H: Handler> Tokenizer<'_, '_, H> {
    /// Reads text up to `end`, or up to markup before it.
    fn text(&mut self, kind: Text, end: usize) {
        let mut from = self.at;
        while let Some(found) = kind.find(&self.bytes[from..end]) {
            let here = from + found;
            from = match self.bytes[here] {
                b'<' if self.opens_markup(here) => {
                    self.verbatim(here);
                    return;
                }
                b'<' => here + 1,
                b'&' => match reference::read(&self.source[here..end], reference::Place::Text) {
                    Some(found) => {
                        self.made.clear();
                        self.made.extend(found.characters());
                        self.replaced(here, here + found.len)
                    }
                    None => here + 1,
                },
                b'\r' => {
                    self.made.replace_range(.., "\n");
                    let is_pair = self.bytes[here + 1..end].first() == Some(&b'\n');
                    self.replaced(here, here + 1 + usize::from(is_pair))
                }
                _ => {
                    self.made.replace_range(.., "\u{fffd}");
                    self.replaced(here, here + 1)
                }
            };
        }
        self.verbatim(end);
    }

    /// Hands on the text up to `end` as it stands.
    fn verbatim(&mut self, end: usize) {
        if self.at < end {
            self.handler.text(Span::new(self.at, end));
            self.at = end;
        }
    }

    /// Hands on the text up to `start` as it stands, and for what stands up to `end` the text that was made. Gives `end`.
    fn replaced(&mut self, start: usize, end: usize) -> usize {
        self.verbatim(start);
        self.handler.made_text(&self.made, Span::new(start, end));
        self.at = end;
        end
    }

    /// Whether a `<` is more than text.
    fn opens_markup(&self, at: usize) -> bool {
        match self.bytes[at + 1..] {
            [b'/', _, ..] | [b'!' | b'?', ..] => true,
            [first, ..] => first.is_ascii_alphabetic(),
            [] => false,
        }
    }

    /// Reads what a `<` that is more than text begins.
    fn markup(&mut self) {
        let start = self.at;
        match self.bytes[start..] {
            [_, b'/', first, ..] if first.is_ascii_alphabetic() => self.end_tag(start),
            // Nothing comes of "</>".
            [_, b'/', b'>', ..] => self.at = start + 3,
            [_, b'!', ..] => self.declaration(start),
            [_, first, ..] if first.is_ascii_alphabetic() => self.start_tag(start),
            [_, ..] => self.comment(start, after(b'>', self.bytes, start)),
            [] => {}
        }
    }

    /// Reads what begins with `<!`.
    fn declaration(&mut self, start: usize) {
        const CDATA: &[u8] = b"[CDATA[";
        let within = start + 2;
        let rest = &self.bytes[within..];
        if rest.starts_with(b"--") {
            self.comment(start, end_of_comment(self.bytes, within + 2));
        } else if rest.starts_with(CDATA) && self.handler.in_foreign() {
            self.at = within + CDATA.len();
            let rest = &self.bytes[self.at..];
            let end = memchr_iter(b'>', rest).find(|it| rest[..*it].ends_with(b"]]"));
            self.text(Text::Cdata, end.map_or(self.bytes.len(), |it| self.at + it - 2));
            self.at = self.bytes.len().min(self.at + 3);
        } else if starts_with(rest, b"doctype") {
            self.at = after(b'>', self.bytes, within);
        } else {
            self.comment(start, after(b'>', self.bytes, within));
        }
    }

    fn comment(&mut self, start: usize, end: usize) {
        self.handler.comment(Span::new(start, end));
        self.at = end;
    }

    fn start_tag(&mut self, start: usize) {
        let Some(tag) = self.tag(start + 1, true) else { return };
        let span = Span::new(start, self.at);
        let name = in_small_letters(&self.bytes[tag.name.range()], &mut self.name);
        self.handler.start_tag(name, span, tag.self_closing);
        if self.handler.in_foreign() {
            return;
        }
        let rest = self.at;
        let (kind, end) = match name {
            b"title" => (Text::RcData, end_of_raw(self.bytes, rest, b"title")),
            b"textarea" => (Text::RcData, end_of_raw(self.bytes, rest, b"textarea")),
            b"script" => (Text::Raw, end_of_script(self.bytes, rest)),
            b"style" => (Text::Raw, end_of_raw(self.bytes, rest, b"style")),
            b"noscript" => (Text::Raw, end_of_raw(self.bytes, rest, b"noscript")),
            b"iframe" => (Text::Raw, end_of_raw(self.bytes, rest, b"iframe")),
            b"noembed" => (Text::Raw, end_of_raw(self.bytes, rest, b"noembed")),
            b"noframes" => (Text::Raw, end_of_raw(self.bytes, rest, b"noframes")),
            b"xmp" => (Text::Raw, end_of_raw(self.bytes, rest, b"xmp")),
            b"plaintext" => (Text::Raw, self.bytes.len()),
            _ => return,
        };
        self.text(kind, end);
    }

    fn end_tag(&mut self, start: usize) {
        let Some(tag) = self.tag(start + 2, false) else { return };
        let name = in_small_letters(&self.bytes[tag.name.range()], &mut self.name);
        self.handler.end_tag(name, Span::new(start, self.at));
    }

    /// Reads a tag from its name to behind its `>`. There is none where the source ends before.
    fn tag(&mut self, start: usize, is_start: bool) -> Option<Named> {
        let found = self.tag_ended(start, is_start);
        if found.is_none() {
            self.at = self.bytes.len();
        }
        found
    }

    fn tag_ended(&mut self, start: usize, is_start: bool) -> Option<Named> {
        let tag = read_tag(self.bytes, start, |name, value| {
            if is_start {
                self.handler.attribute(name, value);
            }
        })?;
        self.at = tag.end + 1;
        Some(tag)
    }
}

/// A tag that was read.
struct Named {
    name: Span,
    self_closing: bool,
    /// Where its ">" stands.
    end: usize,
}

/// Where a tag ends, given without its first bracket: at its ">". None where the source ends before.
pub(super) fn end_of_tag(tag: &[u8]) -> Option<usize> {
    let name = usize::from(tag.starts_with(b"/"));
    Some(read_tag(tag, name, |_, _| ())?.end)
}

/// The tag whose name is at `start`, and each of its attributes as it is read; none where the source ends before.
#[inline]
fn read_tag(bytes: &[u8], start: usize, mut each: impl FnMut(Span, Span)) -> Option<Named> {
    let mut at = find(bytes, start, |it| is_space(it) || matches!(it, b'/' | b'>'))?;
    let name = Span::new(start, at);
    loop {
        match bytes.get(at)? {
            b'>' => return Some(Named { name, self_closing: false, end: at }),
            b'/' if bytes.get(at + 1) == Some(&b'>') => {
                return Some(Named { name, self_closing: true, end: at + 1 });
            }
            b'/' => at += 1,
            it if is_space(*it) => at += 1,
            _ => {
                let (name, value);
                (name, value, at) = attribute(bytes, at)?;
                each(name, value);
            }
        }
    }
}

/// Name and value of the attribute at `start`, and where it ends; none where the source ends before.
fn attribute(bytes: &[u8], start: usize) -> Option<(Span, Span, usize)> {
    // The first byte is of the name even if it is "=".
    let end = find(bytes, start + 1, |it| is_space(it) || matches!(it, b'=' | b'>' | b'/'))?;
    let name = Span::new(start, end);
    let at = find(bytes, end, |it| !is_space(it))?;
    if bytes[at] != b'=' {
        return Some((name, Span::new(at, at), at));
    }
    let at = find(bytes, at + 1, |it| !is_space(it))?;
    Some(match bytes[at] {
        b'>' => (name, Span::new(at, at), at),
        quote @ (b'"' | b'\'') => {
            let end = at + 1 + memchr(quote, &bytes[at + 1..])?;
            (name, Span::new(at + 1, end), end + 1)
        }
        _ => {
            let end = find(bytes, at, |it| is_space(it) || it == b'>')?;
            (name, Span::new(at, end), end)
        }
    })
}

/// Where the first byte at or behind `from` is that is looked for.
fn find(bytes: &[u8], from: usize, is: impl Fn(u8) -> bool) -> Option<usize> {
    bytes[from..].iter().position(|it| is(*it)).map(|it| from + it)
}

/// Behind the first such byte, or the end.
fn after(byte: u8, bytes: &[u8], from: usize) -> usize {
    memchr(byte, &bytes[from..]).map_or(bytes.len(), |it| from + it + 1)
}

/// Where the comment ends whose text begins at `start`.
fn end_of_comment(bytes: &[u8], start: usize) -> usize {
    let text = &bytes[start..];
    // "<!-->" and "<!--->" are whole comments.
    let ends = |at: &usize| match &text[..*at] {
        [] | [b'-'] => true,
        before => before.ends_with(b"--") || before.ends_with(b"--!"),
    };
    memchr_iter(b'>', text).find(ends).map_or(bytes.len(), |it| start + it + 1)
}

/// Where the text ends that only an end tag of this name ends.
fn end_of_raw(bytes: &[u8], start: usize, name: &[u8]) -> usize {
    let ends = |at: &usize| is_tag(&bytes[start + at + 1..], b"/", name);
    memchr_iter(b'<', &bytes[start..]).find(ends).map_or(bytes.len(), |it| start + it)
}

/// Where a script ends. After `<!--` a second `<script>` hides an end tag, until `-->` or an end tag of its own.
fn end_of_script(bytes: &[u8], start: usize) -> usize {
    /// Whether in `<!--`, and in the second script.
    enum State {
        Plain,
        Escaped,
        DoubleEscaped,
    }
    let mut state = State::Plain;
    let mut at = start;
    // Where the dashes of "-->" may begin.
    let mut dashes = start;
    loop {
        let rest = &bytes[at..];
        let found = match state {
            State::Plain => memchr(b'<', rest),
            State::Escaped | State::DoubleEscaped => memchr2(b'<', b'>', rest),
        };
        let Some(found) = found else { return bytes.len() };
        let here = at + found;
        let next = &bytes[here + 1..];
        at = here + 1;
        let is_open = bytes[here] == b'<';
        match state {
            State::Plain | State::Escaped if is_open && is_tag(next, b"/", b"script") => return here,
            State::Plain if next.starts_with(b"!--") => {
                state = State::Escaped;
                dashes = here + 2;
                at = here + 4;
            }
            State::Escaped if is_open && is_tag(next, b"", b"script") => state = State::DoubleEscaped,
            State::DoubleEscaped if is_open && is_tag(next, b"/", b"script") => state = State::Escaped,
            State::Escaped | State::DoubleEscaped if !is_open && bytes[dashes..here].ends_with(b"--") => {
                state = State::Plain;
            }
            _ => {}
        }
    }
}

/// Whether what stands behind a `<` is a tag of this name, which must be followed by what ends a name.
fn is_tag(rest: &[u8], slash: &[u8], name: &[u8]) -> bool {
    let Some(rest) = rest.strip_prefix(slash) else { return false };
    starts_with(rest, name) && rest.get(name.len()).is_some_and(|it| is_space(*it) || matches!(it, b'/' | b'>'))
}

/// Whether bytes start with a word, in letters of any size.
fn starts_with(bytes: &[u8], word: &[u8]) -> bool {
    bytes.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word))
}

/// What stands between attributes.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'\x0c')
}

fn in_small_letters<'n>(name: &'n [u8], buffer: &'n mut Vec<u8>) -> &'n [u8] {
    if !name.iter().any(u8::is_ascii_uppercase) {
        return name;
    }
    buffer.clear();
    buffer.extend(name.iter().map(u8::to_ascii_lowercase));
    buffer
}

#[cfg(test)]
mod tests;
