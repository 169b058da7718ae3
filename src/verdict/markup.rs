//! The cleaned page as HTML: the markup of what remains, with no other text, sanitized.
//!
//! Three steps. The source is cut: elements that hold only what was cut go whole, and of the rest every tag stays
//! and only the text of items that remain (`cut_markup`). So the text of the HTML is the cleaned text, whatever
//! stands between: words for browsers without a script, for people who do not see, or hidden ones. `ammonia`
//! sanitizes that, and `tidy` takes out what is empty then.

use std::{collections::HashSet, sync::LazyLock};

use crate::{
    finding::WidgetKind,
    layout::Layout,
    limits,
    page::{
        ItemKind, Reading, Scope, Span,
        html::{
            Action, Element,
            scan::{end_of_tag, name_of, value_of},
        },
    },
};

/// The items that remain as sanitized HTML.
#[must_use]
pub fn html(reading: &Reading<'_>, layout: &Layout, kept: &[usize]) -> String {
    if let Some(html) = reading.html.as_ref().filter(|it| it.outline.is_buildable()) {
        let markup = cut_markup(reading, layout, &html.source, &html.outline.elements, kept);
        if is_cheap(&markup) {
            return tidy(&sanitizer(reading).clean(&markup).to_string());
        }
    }
    paragraphs(reading, kept)
}

/// Markup of others for people to look at: sanitized, and without anything that loads or leads anywhere. None that is
/// too much for a sanitizer.
#[must_use]
pub fn to_look_at(markup: &str) -> Option<String> {
    let mut builder = ammonia::Builder::default();
    builder.rm_tags(["img", "area", "map", "span"]);
    builder.rm_tag_attributes("a", ["href", "hreflang"]);
    for tag in ["blockquote", "q", "del", "ins"] {
        builder.rm_tag_attributes(tag, ["cite"]);
    }
    builder.link_rel(None);
    is_cheap(markup).then(|| builder.clean(markup).to_string())
}

/// What is published: the elements and attributes of texts, without what only styles them. Relative addresses of a
/// whole page are made absolute, because what is published stands elsewhere.
fn sanitizer(reading: &Reading<'_>) -> ammonia::Builder<'static> {
    let mut builder = ammonia::Builder::default();
    builder.rm_tags(["span"]);
    if let Some(base) = base(reading) {
        builder.url_relative(ammonia::UrlRelative::RewriteWithBase(base));
    }
    builder
}

/// The address that relative ones count from; of a fragment, what the caller holds stays as it is.
fn base(reading: &Reading<'_>) -> Option<ammonia::Url> {
    let html = reading.html.as_ref().filter(|it| it.scope == Scope::Page)?;
    let page = ammonia::Url::parse(reading.page.url()).ok()?;
    let stated = html.outline.asides.active.iter().find(|it| it.action == Action::Base);
    let stated = stated.and_then(|it| page.join(html.source.get(it.value.range())?).ok());
    let base = stated.unwrap_or(page);
    matches!(base.scheme(), "http" | "https").then_some(base)
}

/// Whether the sanitizer takes a time in proportion to the markup.
fn is_cheap(markup: &str) -> bool {
    let escaped = memchr::memchr2_iter(b'&', 0xC2, markup.as_bytes()).count();
    markup.len() <= limits::SANITIZED_BYTES && escaped * markup.len() <= limits::SANITIZED_STEPS
}

/// One paragraph for each item: for text, and for markup that a tree builder must not see.
fn paragraphs(reading: &Reading<'_>, kept: &[usize]) -> String {
    let mut html = String::new();
    for item in kept {
        let tag = if reading.items[*item].kind == ItemKind::Heading { "h2" } else { "p" };
        html.push_str(&format!("<{tag}>"));
        push_escaped(&mut html, reading.text_of(*item));
        html.push_str(&format!("</{tag}>\n"));
    }
    html
}

/// Appends a text as HTML writes it between tags. NUL is no character of HTML.
pub fn push_escaped(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '\u{a0}', '\0']) {
        html.push_str(&rest[..at]);
        let c = rest[at..].chars().next();
        html.push_str(match c {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('\u{a0}') => "&nbsp;",
            _ => "",
        });
        rest = &rest[at + c.map_or(0, char::len_utf8)..];
    }
    html.push_str(rest);
}

/// The markup of the innermost element that holds all that remains: its tags, less those of elements that hold
/// none of it, and the text that remains.
fn cut_markup(reading: &Reading<'_>, layout: &Layout, source: &str, elements: &[Element], kept: &[usize]) -> String {
    let holds = held(reading, elements, kept.iter().copied());
    let Some(range) = range(reading, elements, kept, &holds) else { return String::new() };
    let mut html = String::new();
    let mut at = range.start;
    let mut removed = removed(reading, layout, elements, &holds, range).into_iter().peekable();
    let mut push_tags = |html: &mut String, from: u32, to: u32| {
        let mut from = from;
        while let Some(cut) = removed.next_if(|it| it.start < to) {
            if cut.start > from {
                tags(html, &source[from as usize..cut.start as usize]);
            }
            from = from.max(cut.end);
        }
        if from < to {
            tags(html, &source[from as usize..to as usize]);
        }
    };
    for Stretch { place, is_spaced, made } in texts(reading, source, kept) {
        if place.start < at || place.end > range.end {
            continue;
        }
        let before = html.len();
        push_tags(&mut html, at, place.start);
        if is_spaced && !html[before..].contains(|it: char| it.is_ascii_whitespace()) {
            html.push(' ');
        }
        push_escaped(&mut html, made.map_or(&source[place.range()], |it| &reading.text[it.range()]));
        at = place.end;
    }
    push_tags(&mut html, at, range.end);
    html
}

/// The innermost element that holds all that remains, or from the first element with some of it to the last.
fn range(reading: &Reading<'_>, elements: &[Element], kept: &[usize], holds: &[usize]) -> Option<Span> {
    let (first, last) = (*kept.first()?, *kept.last()?);
    if let Some(root) = (0..elements.len()).rev().find(|it| holds[*it] == kept.len()) {
        return Some(elements[root].span);
    }
    let place = |item: usize| match reading.items[item].element {
        Some(element) => elements[element as usize].span,
        None => reading.source_span(item, reading.whole(item)).1,
    };
    Some(place(first).join(place(last)))
}

/// A stretch of the source that is text of an item.
struct Stretch {
    place: Span,
    /// Whether white space stands before it in its item.
    is_spaced: bool,
    /// Its text, where that is made from it, as from a reference, and does not stand there as it is.
    made: Option<Span>,
}

/// The stretches of the source that are text of items that remain.
fn texts(reading: &Reading<'_>, source: &str, kept: &[usize]) -> Vec<Stretch> {
    let mut texts: Vec<Stretch> = Vec::new();
    for item in kept {
        let mut is_spaced = false;
        for (derived, origin) in reading.source_map.origins(reading.items[*item].text) {
            let text = &reading.text[derived.range()];
            let is_space = text == " " && origin.len() != 1;
            // No text that is made begins with "&" and is as long as what it is made of.
            let is_made =
                text.len() != origin.len() || source[origin.range()].starts_with('&') != text.starts_with('&');
            match texts.last_mut() {
                _ if is_space => is_spaced = true,
                Some(last) if last.place.end == origin.start && !is_spaced && !is_made && last.made.is_none() => {
                    last.place = last.place.join(origin);
                }
                _ => {
                    let is_spaced = std::mem::take(&mut is_spaced);
                    texts.push(Stretch { place: origin, is_spaced, made: is_made.then_some(derived) });
                }
            }
        }
    }
    texts
}

/// Number of the given items in each element.
fn held(reading: &Reading<'_>, elements: &[Element], items: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut held = vec![0; elements.len()];
    for element in items.filter_map(|it| reading.items[it].element) {
        held[element as usize] += 1;
    }
    for element in (0..elements.len()).rev() {
        if let Some(parent) = elements[element].parent {
            held[parent as usize] += held[element];
        }
    }
    held
}

/// Spans of the source to leave out with their tags, in order: elements with items of which none remains. A figure
/// in the text stays without its caption, which is no part of the text.
fn removed(reading: &Reading<'_>, layout: &Layout, elements: &[Element], holds: &[usize], range: Span) -> Vec<Span> {
    let items = held(reading, elements, 0..reading.items.len());
    let captions = held(reading, elements, (0..reading.items.len()).filter(|it| is_caption(reading, layout, *it)));
    let is_cut = |it: &usize| items[*it] > 0 && holds[*it] == 0 && captions[*it] < items[*it];
    let cut = (0..elements.len()).filter(is_cut).map(|it| elements[it].span);
    let mut removed: Vec<Span> = cut.filter(|it| range.covers(*it)).collect();
    removed.sort_unstable();
    removed
}

fn is_caption(reading: &Reading<'_>, layout: &Layout, item: usize) -> bool {
    let block = layout.items[item].block.map(|it| layout.blocks[it].widget);
    reading.items[item].kind == ItemKind::Caption || block == Some(WidgetKind::Caption)
}

/// Elements whose content is no text of the page.
const SKIPPED: &[&str] = &[
    "script", "style", "noscript", "iframe", "svg", "video", "audio", "object", "select", "datalist", "textarea",
    "template", "title", "noembed", "noframes",
];

/// Elements that cut the text and are none that is published: blocks all the same.
const BLOCKS: &[&str] = &[
    "address", "article", "aside", "button", "dialog", "dir", "fieldset", "footer", "form", "header", "label",
    "legend", "main", "menu", "nav", "search", "section",
];

/// The elements that are published. Tags of all others are left out here, with their text kept: the sanitizer drops some
/// of those whole, as `<pi>`, which it takes for a part of a formula that stands outside one.
static PUBLISHED: LazyLock<HashSet<&str>> = LazyLock::new(|| ammonia::Builder::default().clone_tags());

/// Appends the tags and the white space of a stretch of markup, and no other text.
fn tags(html: &mut String, markup: &str) {
    let mut rest = markup;
    while let Some(at) = rest.find(|it: char| it == '<' || it.is_ascii_whitespace()) {
        rest = &rest[at..];
        let Some(tag) = rest.strip_prefix('<') else {
            html.push_str(&rest[..1]);
            rest = &rest[1..];
            continue;
        };
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |it| &comment[it + 3..]);
            continue;
        }
        let end = end_of_tag(tag);
        let (tag, after) = (&tag[..end], tag[end..].strip_prefix('>').unwrap_or(""));
        rest = after;
        let name = name_of(tag);
        if SKIPPED.contains(&name.as_str()) && !tag.starts_with('/') {
            rest = if tag.ends_with('/') && name == "svg" { after } else { after_end_tag(after, &name) };
        } else {
            push_tag(html, tag, &name);
        }
    }
}

/// What follows the end tag of this name.
fn after_end_tag<'a>(markup: &'a str, name: &str) -> &'a str {
    let bytes = markup.as_bytes();
    for at in memchr::memchr_iter(b'<', bytes) {
        let is_end = bytes.get(at + 1) == Some(&b'/')
            && markup.get(at + 2..at + 2 + name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name));
        if is_end {
            return markup[at..].find('>').map_or("", |it| &markup[at + it + 1..]);
        }
    }
    ""
}

fn push_tag(html: &mut String, tag: &str, name: &str) {
    match name {
        "" => {}
        "img" | "amp-img" if tag.starts_with('/') => {}
        "img" | "amp-img" => push_image(html, &tag[name.len()..]),
        _ if BLOCKS.contains(&name) || name.contains('-') => {
            html.push_str(if tag.starts_with('/') { "</div>" } else { "<div>" });
        }
        // Text in these is no markup; what is written is, with the text escaped.
        "xmp" | "plaintext" | "listing" => html.push_str(if tag.starts_with('/') { "</pre>" } else { "<pre>" }),
        _ if PUBLISHED.contains(name) => {
            html.push('<');
            html.push_str(tag);
            html.push('>');
        }
        _ => {}
    }
}

/// Where pages that load images late keep the true address.
const LATE_SOURCES: &[&str] = &["data-src", "data-original", "data-lazy-src", "data-lazy", "data-hi-res-src"];

/// An image, with its true address where a script would have put it in. One of a single pixel counts visits.
fn push_image(html: &mut String, attributes: &str) {
    let is_pixel = |name| value_of(attributes, name).is_some_and(|it| matches!(it, "0" | "1" | "1px"));
    if is_pixel("width") || is_pixel("height") {
        return;
    }
    html.push_str("<img");
    let source = value_of(attributes, "src").unwrap_or("");
    let late = LATE_SOURCES.iter().find_map(|it| value_of(attributes, it)).filter(|it| !it.contains('"'));
    if let Some(late) = late.filter(|_| source.is_empty() || source.starts_with("data:")) {
        // Of two attributes with one name the first counts.
        html.push_str(&format!(" src=\"{late}\""));
    }
    html.push_str(attributes);
    html.push('>');
}

/// An element that is open while tidying.
struct Open {
    /// Where its start tag stands in what is written.
    at: usize,
    has_content: bool,
    is_pre: bool,
}

/// Takes out elements without text or images, and makes white space outside `pre` short. The markup is as the
/// sanitizer writes it: "<" and ">" are those of tags, and every element is closed.
fn tidy(html: &str) -> String {
    let mut tidied = String::with_capacity(html.len());
    let mut open = vec![Open { at: 0, has_content: false, is_pre: false }];
    let mut rest = html;
    while !rest.is_empty() {
        let at = rest.find('<').unwrap_or(rest.len());
        push_text(&mut tidied, &rest[..at], &mut open);
        let end = rest[at..].find('>').map_or(rest.len(), |it| at + it + 1);
        let tag = &rest[at..end];
        rest = &rest[end..];
        let name = name_of(tag.trim_start_matches('<').trim_end_matches('>'));
        match name.as_str() {
            "" => {}
            "img" | "hr" => {
                tidied.push_str(tag);
                open.iter_mut().rev().take(1).for_each(|it| it.has_content = true);
            }
            "br" | "wbr" | "col" => tidied.push_str(tag),
            _ if !tag.starts_with("</") => {
                let is_pre = name == "pre" || open.last().is_some_and(|it| it.is_pre);
                open.push(Open { at: tidied.len(), has_content: false, is_pre });
                tidied.push_str(tag);
            }
            _ => end_element(&mut tidied, tag, &name, &mut open),
        }
    }
    tidied.trim().to_owned()
}

fn end_element(tidied: &mut String, tag: &str, name: &str, open: &mut Vec<Open>) {
    let Some(it) = (open.len() > 1).then(|| open.pop()).flatten() else { return };
    if it.has_content || matches!(name, "td" | "th") {
        tidied.push_str(tag);
    } else {
        // What was empty may have parted two words.
        let inside = tidied[it.at..].split_once('>').map_or("", |it| it.1);
        let parted = inside.contains(|it: char| it.is_ascii_whitespace()) || inside.contains("<br>") || is_block(name);
        tidied.truncate(it.at);
        if parted && !tidied.ends_with(|it: char| it.is_ascii_whitespace()) {
            tidied.push(' ');
        }
    }
    if let Some(outer) = open.last_mut() {
        outer.has_content |= it.has_content;
    }
}

/// Elements that part the text before them from that after them.
fn is_block(name: &str) -> bool {
    matches!(name, "div" | "p" | "ul" | "ol" | "dl" | "table" | "blockquote" | "pre" | "figure")
}

fn push_text(tidied: &mut String, text: &str, open: &mut [Open]) {
    let Some(inner) = open.last_mut() else { return };
    inner.has_content |= !text.trim_ascii().is_empty();
    if inner.is_pre {
        tidied.push_str(text);
        return;
    }
    let mut rest = text;
    while let Some(at) = rest.find(|it: char| it.is_ascii_whitespace()) {
        tidied.push_str(&rest[..at]);
        let after = rest[at..].trim_ascii_start();
        let run = &rest[at..rest.len() - after.len()];
        if !tidied.ends_with(['\n', ' ']) || tidied.ends_with(' ') && run.contains('\n') {
            tidied.push(if run.contains('\n') { '\n' } else { ' ' });
        }
        rest = after;
    }
    tidied.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{self, CheckResult, Include},
        finding::Effect,
        page::{Content, Page, PageDraft},
        rule::RuleSet,
        verdict::{Policy, policy::Profile},
    };

    const FIRST: &str =
        "The town council agreed on Tuesday evening to repair the old bridge over the river before the winter comes.";
    const SECOND: &str = "The work will take six weeks and cost about two million, the mayor said after the meeting, and it will stay open.";

    fn check(html: &str, title: &str, scope: Scope) -> CheckResult {
        let content = Content::Html { body: html.as_bytes().to_vec(), title: title.to_owned(), scope };
        let url = "https://news.example.com/town/bridge".to_owned();
        let page = Page::try_new(PageDraft { content: Some(content), url, ..PageDraft::default() }).expect("valid");
        let rules = RuleSet::from_files([]).expect("no rules");
        let policy = Policy::new(Profile::News, Vec::new()).expect("valid");
        engine::check(&page, &rules, &policy, Include { cleaned_html: true, ..Include::default() })
    }

    /// The cleaned HTML of a page with some markup between two paragraphs. Sent back as a fragment it loses nothing,
    /// and its text is the cleaned text.
    #[track_caller]
    fn between(markup: &str) -> String {
        let page = format!(
            "<body><nav><a href=/>Home</a></nav><article><h1>Bridge</h1><p>{FIRST}</p>{markup}<p>{SECOND}</p></article>"
        );
        let first = check(&page, "", Scope::Page);
        let html = first.cleaned.html.expect("asked for");
        let again = check(&html, &first.cleaned.title, Scope::Fragment);
        assert!(again.findings.iter().all(|it| it.judged.effect != Effect::Strip), "{html}");
        assert_eq!(again.cleaned.text, first.cleaned.text, "{html}");
        let start = html.find("comes.</p>").expect("the first paragraph") + "comes.</p>".len();
        let end = html.find("<p>The work").unwrap_or_else(|| panic!("no second paragraph: {html}"));
        html[start..end].trim().to_owned()
    }

    #[test]
    fn markup_of_the_text_stays_and_what_styles_it_goes() {
        for (markup, cleaned) in [
            (
                "<p class=x style='color:red'>It <b>will</b> <span class=y>be</span> fine, they say.</p>",
                "<p>It <b>will</b> be fine, they say.</p>",
            ),
            ("<ul><li>one thing to do</ul>", "<ul><li>one thing to do</li></ul>"),
            ("<p>First line of it<br>second line.</p>", "<p>First line of it<br> second line.</p>"),
            ("<pre>a  b\n  c</pre>", "<pre>a  b\n  c</pre>"),
            (
                "<p>See <a href='/map?a=1&amp;b=2'>the map</a> of it all.</p>",
                "<p>See <a href=\"https://news.example.com/map?a=1&amp;b=2\" rel=\"noopener noreferrer\">the map</a> of it all.</p>",
            ),
        ] {
            assert_eq!(between(markup), cleaned, "{markup}");
        }
    }

    #[test]
    fn what_is_no_text_of_the_page_is_no_text_of_its_html() {
        for markup in [
            "<noscript><p>Please turn it on</p><img src=/pixel.gif></noscript>",
            "<video src=/v.mp4>Your browser cannot play this.</video>",
            "<iframe src=https://video.example.org/1>frame</iframe>",
            "<p hidden>Only for some</p>",
            "<svg><title>Arrow</title><text>drawn</text></svg>",
            "<!-- note > here --><script>if (a < b) { write('<p>x</p>') }</script>",
            "<img src=/count.gif width=1 height=1>",
            "<div class=ad><div> </div><span></span></div>",
        ] {
            assert_eq!(between(markup), "", "{markup}");
        }
        let words = between(
            "<p>Before <span style='display:none'>hidden words</span>and <i title='a > b'>after</i> it all.</p>",
        );
        assert_eq!(words, "<p>Before and <i title=\"a &gt; b\">after</i> it all.</p>");
    }

    #[test]
    fn words_that_look_like_markup_stay_words() {
        let written = between("<p>If a<3 and 4 < b&amp;c and AT&T &nope; &ngE; they say &lt;so&gt;.</p>");
        assert_eq!(written, "<p>If a&lt;3 and 4 &lt; b&amp;c and AT&amp;T &amp;nope; ≧̸ they say &lt;so&gt;.</p>");
        let raw = between("<xmp>The <b>tag</b> is written &lt;b&gt; here, they say.</xmp>");
        assert_eq!(raw, "<pre>The &lt;b&gt;tag&lt;/b&gt; is written &amp;lt;b&amp;gt; here, they say.</pre>");
        let result = check(&format!("<p>{FIRST}</p><p>{SECOND}</p><title>The <b>title</p>"), "Bridge", Scope::Fragment);
        let html = result.cleaned.html.expect("asked for");
        let again = check(&html, "Bridge", Scope::Fragment);
        assert_eq!(again.cleaned.text, result.cleaned.text, "{html}");
    }

    #[test]
    fn words_in_elements_of_formulas_and_drawings_stay() {
        for name in ["pi", "cn", "set", "text", "tspan", "mi", "math", "math><mi", "nobody-knows><this"] {
            let written = between(&format!("<p>The sum is <{name}>nearly four</> of them, they say.</p>"));
            assert!(written.contains("nearly four"), "{name}: {written}");
        }
    }

    #[test]
    fn what_follows_a_reference_is_no_part_of_it() {
        assert_eq!(between("<p>Bread&amp butter, they say</p>"), "<p>Bread&amp; butter, they say</p>");
        assert_eq!(between("<p>Bread&amp<!-- and -->; butter, they say</p>"), "<p>Bread&amp;; butter, they say</p>");
    }

    #[test]
    fn a_tag_with_a_quotation_mark_in_a_bare_value_leaves_no_text() {
        assert_eq!(between("<p sty<a href=le=\"<p>The bridge is old.</p>"), "<p>The bridge is old.</p>");
    }

    #[test]
    fn words_that_markup_parts_stay_parted() {
        assert_eq!(
            between("<p>One&#32;two<span> </span>three, as they say.</p>"),
            "<p>One two three, as they say.</p>"
        );
        let custom = between("<my-text>A line of the text of it.</my-text><my-text>And another line.</my-text>");
        assert_eq!(custom, "<div>A line of the text of it.</div><div>And another line.</div>");
    }

    #[test]
    fn table_that_says_the_same_in_many_rows_stays_whole() {
        let row = |sum: &str| {
            let cells = [sum, "for 36 months each", "with 2 percent"].map(|it| format!("<td><p>{it}</p></td>"));
            format!("<tr>{}</tr>", cells.concat())
        };
        let table = |first, second| format!("<table><tbody>{}{}</tbody></table>", row(first), row(second));
        let (above, below) = (table("five", "ten"), table("two", "six"));
        let result = check(&format!("<p>{FIRST}</p>{above}<p>{SECOND}</p>{below}"), "Bridge", Scope::Fragment);
        assert_eq!(result.cleaned.removals, []);
        assert_eq!(result.cleaned.html.expect("asked for").matches("36 months").count(), 4);
        assert_eq!(result.cleaned.text.matches("five\tfor 36 months each\twith 2 percent\nten\t").count(), 1);
    }

    #[test]
    fn figure_keeps_its_image_and_late_images_their_address() {
        let figure = between(
            "<figure><img src=/bridge.jpg alt='The bridge'><figcaption>The bridge. Photo: AFP</figcaption></figure>",
        );
        assert!(figure.contains("<img src=\"https://news.example.com/bridge.jpg\" alt=\"The bridge\">"), "{figure}");
        let late = between("<p><img src='data:image/gif;base64,R0' data-src='/late.jpg'></p>");
        assert_eq!(late, "<p><img src=\"https://news.example.com/late.jpg\"></p>");
    }

    #[test]
    fn fragment_keeps_its_relative_addresses_and_lists_what_acted() {
        let html = format!("<p>{FIRST} <a href=/x onclick='go()'>More</a> of it.</p><p>{SECOND}</p>");
        let result = check(&html, "Bridge", Scope::Fragment);
        let cleaned = result.cleaned.html.expect("asked for");
        assert!(cleaned.contains("<a href=\"/x\" rel=\"noopener noreferrer\">More</a>"), "{cleaned}");
        let [removal] = result.cleaned.removals[..] else { panic!("{:?}", result.cleaned.removals) };
        assert_eq!(removal.item, None);
        assert_eq!(&*result.findings[removal.finding].judged.finding.rule_id, "unsafe_markup/handler");
        assert_eq!(&html[result.removal_sources[0].1.range()], "<a href=/x onclick='go()'>");
    }
}
