//! Bytes → UTF-8: byte order mark, declared content type, `meta` element, detection, in that order.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

use crate::limits;

/// What an HTML body was decoded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset {
    /// WHATWG name.
    pub name: &'static str,
    /// Number of U+FFFD that decoding put in.
    pub replacements: u32,
    /// Bytes of a byte order mark that were taken off.
    pub bom: u32,
}

/// Bytes in which a `meta` charset must stand (WHATWG, prescan a byte stream).
const PRESCAN_BYTES: usize = 1024;
/// Bytes that detection looks at.
const DETECTION_BYTES: usize = 64 << 10;

/// Decodes a body. With more than [`limits::REPLACEMENTS`] replacement characters it is no text, and is cut there.
#[must_use]
pub fn decode<'a>(body: &'a [u8], content_type: &str) -> (Cow<'a, str>, Charset) {
    let (marked, bom) = Encoding::for_bom(body).map_or((None, 0), |(encoding, bom)| (Some(encoding), bom));
    let body = &body[bom..];
    let bom = super::span::offset(bom);
    let utf8 = std::str::from_utf8(body).ok();
    let stated = marked.or_else(|| declared(content_type)).or_else(|| believed(body, utf8.is_some()));
    let encoding = match utf8 {
        Some(_) => stated.unwrap_or(UTF_8),
        None => stated.unwrap_or_else(|| detect(body)),
    };
    let as_it_is = |it: &&str| encoding == UTF_8 || encoding.is_ascii_compatible() && it.is_ascii();
    if let Some(text) = utf8.filter(as_it_is) {
        return (Cow::Borrowed(text), Charset { name: encoding.name(), replacements: 0, bom });
    }
    let (text, malformed) = decode_as(encoding, body);
    let replacements = if malformed { count_replacements(&text) } else { 0 };
    let text = if replacements as usize > limits::REPLACEMENTS { cut(&text).to_owned() } else { text };
    (Cow::Owned(text), Charset { name: encoding.name(), replacements, bom })
}

/// Decodes all of a body, and tells whether some of it could not be. Room is made for a page that is mostly markup, and
/// for the longest text that can come of the rest only where that does not do: three times the bytes in most charsets.
fn decode_as(encoding: &'static Encoding, body: &[u8]) -> (String, bool) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(body.len() + body.len() / 8);
    let (mut at, mut malformed) = (0, false);
    loop {
        let (result, read, replaced) = decoder.decode_to_string(&body[at..], &mut text, true);
        at += read;
        malformed |= replaced;
        match result {
            CoderResult::InputEmpty => return (text, malformed),
            CoderResult::OutputFull => {
                let rest = body.len() - at;
                text.reserve_exact(decoder.max_utf8_buffer_length(rest).unwrap_or(3 * rest));
            }
        }
    }
}

/// The text up to the limit of replacement characters: three bytes each, they make three of one.
fn cut(text: &str) -> &str {
    let end = text.match_indices('\u{fffd}').nth(limits::REPLACEMENTS).map_or(text.len(), |it| it.0);
    &text[..end]
}

fn count_replacements(text: &str) -> u32 {
    super::span::offset(text.matches('\u{fffd}').count())
}

/// Charset of a media type: `text/html; charset=windows-1251`.
fn declared(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let value = &content_type[lower.find("charset=")? + "charset=".len()..];
    let label = value.split(';').next()?.trim().trim_matches(['"', '\'']);
    Encoding::for_label(label.as_bytes())
}

/// Charset of a `meta` element, unless the bytes are UTF-8 beyond doubt: crawlers store pages as UTF-8 and
/// leave the element as it was, and text in another charset is hardly ever valid UTF-8.
fn believed(body: &[u8], is_utf8: bool) -> Option<&'static Encoding> {
    let encoding = prescan(body)?;
    Some(if is_utf8 && !body.is_ascii() && encoding.is_ascii_compatible() { UTF_8 } else { encoding })
}

/// Charset of a `meta` element near the start. A `meta` can't be read in UTF-16, so that means UTF-8.
fn prescan(body: &[u8]) -> Option<&'static Encoding> {
    let head = &body[..body.len().min(PRESCAN_BYTES)];
    let head: String = head.iter().map(|it| char::from(*it).to_ascii_lowercase()).collect();
    let mut rest = head.as_str();
    while let Some(at) = rest.find("<meta") {
        let tag = &rest[at..];
        let end = tag.find('>').unwrap_or(tag.len());
        if let Some(encoding) = meta_charset(&tag[..end]) {
            return Some(match encoding {
                it if it == UTF_16BE || it == UTF_16LE => UTF_8,
                it if it == X_USER_DEFINED => WINDOWS_1252,
                it => it,
            });
        }
        rest = &tag[end..];
    }
    None
}

fn meta_charset(tag: &str) -> Option<&'static Encoding> {
    let value = tag[tag.find("charset")? + "charset".len()..].trim_start().strip_prefix('=')?;
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let label = value.split(['"', '\'', ';', ' ', '/', '>']).next()?;
    Encoding::for_label(label.trim().as_bytes())
}

/// Charset of bytes that are not UTF-8.
fn detect(body: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let head = &body[..body.len().min(DETECTION_BYTES)];
    detector.feed(head, head.len() == body.len());
    detector.guess(None, Utf8Detection::Allow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(body: &[u8], content_type: &str) -> &'static str {
        decode(body, content_type).1.name
    }

    #[test]
    fn charset_comes_from_bom_then_content_type_then_meta_then_detection() {
        let meta = b"<meta charset=windows-1251>\xcf\xf0\xe8";
        assert_eq!(name(b"\xef\xbb\xbfx", "text/html; charset=koi8-r"), "UTF-8");
        assert_eq!(name(meta, "text/html; charset=\"KOI8-R\""), "KOI8-R");
        assert_eq!(name(meta, "text/html"), "windows-1251");
        assert_eq!(name(b"<meta http-equiv=Content-Type content='text/html; charset=shift_jis'>", ""), "Shift_JIS");
        assert_eq!(name("schön".as_bytes(), ""), "UTF-8");
        assert_eq!(name("<meta charset=gb2312>新闻".as_bytes(), ""), "UTF-8");
        assert_eq!(name("<meta charset=gb2312>新闻".as_bytes(), "text/html; charset=gb2312"), "GBK");
        assert_eq!(name(b"caf\xe9 cr\xe8me br\xfbl\xe9e", ""), "windows-1252");
    }

    #[test]
    fn charset_counts_what_could_not_be_decoded() {
        let (text, charset) = decode(b"a\xff\xfeb", "text/html; charset=utf-8");
        assert_eq!(text, "a\u{fffd}\u{fffd}b");
        assert_eq!(charset.replacements, 2);
    }

    #[test]
    fn charset_cuts_what_is_no_text() {
        let body = vec![0xff; limits::REPLACEMENTS + 2];
        let (text, charset) = decode(&body, "text/html; charset=utf-8");
        assert_eq!(text.chars().count(), limits::REPLACEMENTS);
        assert_eq!(charset.replacements as usize, limits::REPLACEMENTS + 2);
    }

    #[test]
    fn charset_takes_a_bom_off() {
        let (text, charset) = decode(b"\xff\xfea\0b\0", "");
        assert_eq!((text.as_ref(), charset.name, charset.bom), ("ab", "UTF-16LE", 2));
    }
}
