//! The corner cases of the standard, and soup of them against html5gum.

use std::convert::Infallible;

use html5gum::{Emitter, Error, State, naive_next_state};
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

/// What came of a source. Text that follows text is one.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Text(String),
    Start { name: String, attributes: Vec<(String, String, Span)>, self_closing: bool, span: Span },
    End { name: String, span: Span },
    Comment(Span),
}

/// Keeps tokens. SVG is open from its start tag to its end tag.
#[derive(Default)]
struct Tokens<'a> {
    source: &'a str,
    all: Vec<Token>,
    attributes: Vec<(String, String, Span)>,
    in_svg: bool,
    /// Texts as they were handed on, with their places.
    pieces: Vec<(String, Span)>,
}

impl Tokens<'_> {
    fn push_text(&mut self, text: &str) {
        match self.all.last_mut() {
            Some(Token::Text(before)) => before.push_str(text),
            _ => self.all.push(Token::Text(text.to_owned())),
        }
    }
}

impl Handler for Tokens<'_> {
    fn text(&mut self, span: Span) {
        let text = &self.source[span.range()];
        self.pieces.push((text.to_owned(), span));
        self.push_text(text);
    }

    fn made_text(&mut self, text: &str, origin: Span) {
        self.pieces.push((text.to_owned(), origin));
        self.push_text(text);
    }

    fn attribute(&mut self, name: Span, value: Span) {
        let name = self.source[name.range()].to_ascii_lowercase().replace('\0', "\u{fffd}");
        let mut decoded = String::new();
        reference::decode(&self.source[value.range()], &mut decoded);
        let span = if decoded.is_empty() { Span::default() } else { value };
        self.attributes.push((name, decoded, span));
    }

    fn start_tag(&mut self, name: &[u8], span: Span, self_closing: bool) {
        self.in_svg = self.in_svg || name == b"svg";
        let name = String::from_utf8_lossy(name).replace('\0', "\u{fffd}");
        let attributes = std::mem::take(&mut self.attributes);
        self.all.push(Token::Start { name, attributes, self_closing, span });
    }

    fn end_tag(&mut self, name: &[u8], span: Span) {
        self.in_svg = self.in_svg && name != b"svg";
        self.all.push(Token::End { name: String::from_utf8_lossy(name).replace('\0', "\u{fffd}"), span });
    }

    fn comment(&mut self, span: Span) {
        self.all.push(Token::Comment(span));
    }

    fn in_foreign(&self) -> bool {
        self.in_svg
    }
}

fn read(source: &str) -> Tokens<'_> {
    let mut tokens = Tokens { source, ..Tokens::default() };
    run(source, &mut tokens);
    tokens
}

/// Keeps the tokens of html5gum in the same form.
#[derive(Default)]
struct Peer<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    /// Text since the last token; it comes in pieces that cut characters.
    text: Vec<u8>,
    in_svg: bool,
    position: usize,
    tag_start: usize,
    comment_start: usize,
    is_end: bool,
    name: Vec<u8>,
    last_start_tag: Vec<u8>,
    self_closing: bool,
    attributes: Vec<(Vec<u8>, Vec<u8>, Span)>,
    value_start: usize,
}

impl Peer<'_> {
    fn push(&mut self, token: Token) {
        self.flush();
        self.tokens.push(token);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.tokens.push(Token::Text(string(&self.text)));
            self.text.clear();
        }
    }
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("nothing cuts a character")
}

impl Emitter for Peer<'_> {
    type Token = Infallible;

    fn set_last_start_tag(&mut self, _: Option<&[u8]>) {}

    fn emit_eof(&mut self) {
        self.flush();
    }

    fn emit_error(&mut self, _: Error) {}

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn emit_string(&mut self, text: &[u8]) {
        self.text.extend(text);
    }

    fn init_start_tag(&mut self) {
        self.name.clear();
        self.attributes.clear();
        self.is_end = false;
        self.self_closing = false;
    }

    fn init_end_tag(&mut self) {
        self.init_start_tag();
        self.is_end = true;
    }

    fn init_comment(&mut self) {
        self.comment_start = self.tag_start;
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let span = Span::new(self.tag_start, self.position);
        let name = string(&self.name);
        if self.is_end {
            self.in_svg = self.in_svg && name != "svg";
            self.push(Token::End { name, span });
            return None;
        }
        self.in_svg = self.in_svg || name == "svg";
        let attributes =
            self.attributes.iter().map(|(name, value, span)| (string(name), string(value), *span)).collect();
        self.push(Token::Start { name, attributes, self_closing: self.self_closing, span });
        self.last_start_tag.clone_from(&self.name);
        match self.name.as_slice() {
            _ if self.in_svg => None,
            // html5gum calls it "noframe".
            b"noframes" => Some(State::RawText),
            b"noframe" => None,
            name => naive_next_state(name),
        }
    }

    fn emit_current_comment(&mut self) {
        self.push(Token::Comment(Span::new(self.comment_start, self.position)));
    }

    fn emit_current_doctype(&mut self) {}

    fn set_self_closing(&mut self) {
        self.self_closing = true;
    }

    fn set_force_quirks(&mut self) {}

    fn push_tag_name(&mut self, name: &[u8]) {
        self.name.extend(name);
    }

    fn push_comment(&mut self, _: &[u8]) {}

    fn push_doctype_name(&mut self, _: &[u8]) {}

    fn init_doctype(&mut self) {}

    fn init_attribute(&mut self) {
        self.attributes.push(Default::default());
    }

    fn init_attribute_value(&mut self) {
        self.value_start = self.position;
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        self.attributes.last_mut().expect("begun").0.extend(name);
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        if let Some((_, decoded, span)) = self.attributes.last_mut().filter(|_| !value.is_empty()) {
            decoded.extend(value);
            // The line feed behind a carriage return is passed over when the next byte is read.
            let is_pair = self.source.as_bytes()[self.position - 1..].starts_with(b"\r\n");
            *span = Span::new(self.value_start, self.position + usize::from(is_pair));
        }
    }

    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn start_open_tag(&mut self) {
        self.tag_start = self.position - 1;
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end && !self.last_start_tag.is_empty() && self.last_start_tag == self.name
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.in_svg
    }

    fn move_position(&mut self, offset: isize) {
        self.position = self.position.wrapping_add_signed(offset);
    }
}

struct Forward<'p, 'a>(&'p mut Peer<'a>);

impl html5gum::ForwardingEmitter for Forward<'_, '_> {
    type Token = Infallible;

    fn inner(&mut self) -> &mut impl Emitter<Token = Infallible> {
        &mut *self.0
    }
}

fn read_by_html5gum(source: &str) -> Vec<Token> {
    let mut peer = Peer { source, ..Peer::default() };
    let Ok(()) = html5gum::Tokenizer::new_with_emitter(source, Forward(&mut peer)).finish();
    peer.tokens
}

fn agree(source: &str) {
    let ours = read(source);
    assert_eq!(ours.all, read_by_html5gum(source), "{source:?}");
    let mut end = 0;
    for (text, span) in ours.pieces {
        assert!(end <= span.start && span.range().end <= source.len(), "{text:?} of {source:?} stands at {span:?}");
        end = span.end;
    }
}

/// What soup is made of.
const PIECES: &[&str] = &[
    "<",
    "</",
    ">",
    "/>",
    "<!",
    "<?",
    "</>",
    "</ ",
    "<!--",
    "-->",
    "--!>",
    "-",
    "--",
    "!",
    "<!doctype",
    "<!DOCTYPE html>",
    "<![CDATA[",
    "[CDATA[",
    "]]>",
    "]",
    "<script>",
    "<SCRIPT",
    "</script>",
    "</Script",
    "<style>",
    "</style ",
    "<title>",
    "</title>",
    "</titles>",
    "<textarea ",
    "</textarea/",
    "<noscript>",
    "</noscript>",
    "<noframes>",
    "</noframes>",
    "<xmp>",
    "</xmp>",
    "<plaintext>",
    "<svg>",
    "</svg>",
    "<svg/>",
    "<p ",
    "<P>",
    "</p>",
    "<a href=",
    "<b-c\0D",
    " id='",
    " class=\"",
    " onclick",
    "=",
    "'",
    "\"",
    "`",
    "/",
    " ",
    "\n",
    "\t",
    "\x0c",
    "\r",
    "\r\n",
    "\0",
    "a",
    "Z",
    "é",
    "日",
    "&",
    "&amp;",
    "&amp",
    "&AMP",
    "&not",
    "it;",
    "in;",
    "&notin;",
    "&nbsp",
    "&acE;",
    "&CounterClockwiseContourIntegral;",
    "&copy=",
    "&x",
    "&#",
    "&#x",
    "&#X",
    "41",
    "fF",
    ";",
    "&#128;",
    "&#x9F",
    "&#0;",
    "&#13;",
    "&#xD800;",
    "&#x110000;",
    "&#99999999999;",
];

proptest! {
    #[test]
    fn tokenizer_gives_what_html5gum_gives(pieces in vec(select(PIECES), 0..40)) {
        agree(&pieces.concat());
    }
}

fn start(name: &str, self_closing: bool, span: (usize, usize)) -> Token {
    Token::Start { name: name.into(), attributes: Vec::new(), self_closing, span: Span::new(span.0, span.1) }
}

fn end(name: &str, span: (usize, usize)) -> Token {
    Token::End { name: name.into(), span: Span::new(span.0, span.1) }
}

fn text(text: &str) -> Token {
    Token::Text(text.into())
}

fn comment(start: usize, end: usize) -> Token {
    Token::Comment(Span::new(start, end))
}

fn check(cases: &[(&str, &[Token])]) {
    for (source, expect) in cases {
        assert_eq!(read(source).all, *expect, "{source:?}");
        agree(source);
    }
}

#[test]
fn tokenizer_ends_comments_as_the_standard_says() {
    check(&[
        ("<!---->x", &[comment(0, 7), text("x")]),
        ("<!-->x", &[comment(0, 5), text("x")]),
        ("<!--->x", &[comment(0, 6), text("x")]),
        ("<!--a--!>x", &[comment(0, 9), text("x")]),
        ("<!--a-- >-->x", &[comment(0, 12), text("x")]),
        ("<!--<!-->x", &[comment(0, 9), text("x")]),
        ("<!--a--!-->x", &[comment(0, 11), text("x")]),
        ("<!--a", &[comment(0, 5)]),
        ("<!a>x", &[comment(0, 4), text("x")]),
        ("<?a?>x", &[comment(0, 5), text("x")]),
        ("</ a>x", &[comment(0, 5), text("x")]),
        ("<![CDATA[a]]>x", &[comment(0, 13), text("x")]),
        ("<!doctype a \">\">x", &[text("\">x")]),
    ]);
}

#[test]
fn tokenizer_keeps_as_text_what_is_no_tag() {
    check(&[
        ("a < b <3 <", &[text("a < b <3 <")]),
        ("a</>b</", &[text("ab</")]),
        ("a<b", &[text("a")]),
        ("a<b c='>", &[text("a")]),
        ("<svg><![CDATA[<a>]]]>x", &[start("svg", false, (0, 5)), text("<a>]x")]),
    ]);
}

#[test]
fn tokenizer_ends_raw_text_at_its_own_end_tag() {
    check(&[
        (
            "<title>a<b></titles>&lt;</TITLE >",
            &[start("title", false, (0, 7)), text("a<b></titles><"), end("title", (24, 33))],
        ),
        ("<style>&lt;</style", &[start("style", false, (0, 7)), text("&lt;</style")]),
        ("<xmp></xmp/><p>", &[start("xmp", false, (0, 5)), end("xmp", (5, 12)), start("p", false, (12, 15))]),
        ("<plaintext></plaintext>", &[start("plaintext", false, (0, 11)), text("</plaintext>")]),
        (
            "<svg/><title><p>",
            &[start("svg", true, (0, 6)), start("title", false, (6, 13)), start("p", false, (13, 16))],
        ),
    ]);
}

#[test]
fn tokenizer_hides_the_end_of_a_script_in_a_script_in_a_comment() {
    for (script, behind) in [
        ("<script>a</script>", "x"),
        ("<script><!--</script>", "x"),
        ("<script><!--<script></script></script>", "x"),
        ("<script><!--<script>--></script>", "x"),
        ("<script><!--><script></script>", "x"),
        ("<script><!--<scripts></script>", "x"),
        ("<script><!--<script></script>x", ""),
        ("<script><!--<SCRIPT/</script>x", ""),
    ] {
        let source = format!("{script}{behind}");
        let tokens = read(&source).all;
        assert_eq!(tokens.len(), if behind.is_empty() { 2 } else { 4 }, "{source}: {tokens:?}");
        agree(&source);
    }
    agree("<script></script>");
}

#[test]
fn tokenizer_reads_attributes_with_their_places() {
    let attribute = |name: &str, value: &str, start, end| (name.into(), value.into(), Span::new(start, end));
    let check_tag = |source: &str, attributes: &[(String, String, Span)]| {
        let span = Span::new(0, source.len());
        check(&[(
            source,
            &[Token::Start { name: "a".into(), attributes: attributes.into(), self_closing: false, span }],
        )]);
    };
    let attributes = [
        attribute("b", "", 0, 0),
        attribute("c", "d", 9, 10),
        attribute("e", "f g", 14, 17),
        attribute("h", "&&copy=1", 21, 33),
        attribute("i", "j<", 38, 42),
    ];
    check_tag("<a b c = d e='f g'h=\"&amp;&copy=1\"/i =j&lt>", &attributes);
    let attributes = [attribute("=q", "", 0, 0), attribute("k", "\n\u{fffd}", 9, 12), attribute("k", "/", 16, 17)];
    check_tag("<a =q k='\r\n\0' K=/>", &attributes);
}

#[test]
fn tokenizer_knows_every_name_of_a_character() {
    let names = web_atoms::NAMED_ENTITIES.keys().filter(|it| !it.is_empty());
    for name in names {
        agree(&format!("&{name} &{name}; &{name}x<a b='&{name}' c='&{name}=' d=&{name}x>"));
    }
}

#[test]
fn tokenizer_says_where_references_and_line_ends_stand() {
    let source = "a&lt;&ltb&#x26;&nope;\r\n\r&amp<title>\0";
    let pieces: Vec<_> = read(source).pieces.into_iter().map(|(text, span)| (text, span.start, span.end)).collect();
    let expect = [
        ("a", 0, 1),
        ("<", 1, 5),
        ("<", 5, 8),
        ("b", 8, 9),
        ("&", 9, 15),
        ("&nope;", 15, 21),
        ("\n", 21, 23),
        ("\n", 23, 24),
        ("&", 24, 28),
        ("\u{fffd}", 35, 36),
    ];
    assert_eq!(pieces, expect.map(|(text, start, end)| (text.to_owned(), start, end)));
}
