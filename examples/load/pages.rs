//! The pages that are sent: generated, the same in every run, no text of anybody's.

use pagegate::proto::{CheckPageRequest, HtmlContent, Page, TextContent, page::Content};

/// Number of different pages; enough that no cache of a processor holds them all.
const PAGES: usize = 64;
/// Length of a text page.
const TEXT_BYTES: usize = 5_000;
/// Lengths of the HTML pages, in turn.
const HTML_BYTES: [usize; 5] = [50_000, 75_000, 100_000, 125_000, 150_000];
const WORDS: &[&str] = &[
    "river", "council", "morning", "price", "harbour", "school", "report", "winter", "engine", "village", "garden",
    "market", "bridge", "doctor", "letter", "season", "music", "valley", "train", "window", "opened", "carried",
    "measured", "followed", "crossed", "reached", "counted", "painted", "the", "a", "of", "and", "near", "under",
    "across", "before", "after", "with", "without", "between", "slow", "bright", "narrow", "early", "local", "quiet",
];

/// Requests to send, half of them text, half HTML.
pub(crate) struct Pages(Vec<CheckPageRequest>);

impl Pages {
    pub(crate) fn new() -> Self {
        let mut words = Words(0x9e37_79b9_7f4a_7c15);
        let page = |number: usize| {
            let content = if Self::is_html(number) {
                words.html_page(HTML_BYTES[number / 2 % HTML_BYTES.len()])
            } else {
                words.text_page()
            };
            let page = Page { page_id: format!("load-{number}"), content: Some(content), ..Page::default() };
            CheckPageRequest { page: Some(page), ..CheckPageRequest::default() }
        };
        Self((0..PAGES).map(page).collect())
    }

    /// Whether the page with this number is HTML: every second one is.
    fn is_html(number: usize) -> bool {
        !number.is_multiple_of(2)
    }

    /// The page of the call with this number, and whether it is HTML. Pages are drawn, not taken in turn: what
    /// arrives in a fixed rhythm meets a queue in a fixed rhythm, and one sort of page always finds the free place.
    pub(crate) fn nth(&self, number: usize) -> (CheckPageRequest, bool) {
        let drawn = usize::try_from(scattered(number) >> 33).expect("31 bits") % self.0.len();
        (self.0[drawn].clone(), Self::is_html(drawn))
    }
}

/// Steps of xorshift64: spreads numbers well enough for words and jitter, and is the same everywhere.
pub(crate) fn scatter(mut seed: u64) -> u64 {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^ (seed << 17)
}

/// A number without a rhythm for each number.
fn scattered(number: usize) -> u64 {
    let seed = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    scatter(scatter(scatter(seed)))
}

struct Words(u64);

impl Words {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = scatter(self.0);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }

    fn sentence(&mut self) -> String {
        let words: Vec<&str> = (0..8 + self.below(14)).map(|_| self.word()).collect();
        format!("The {}. ", words.join(" "))
    }

    fn paragraph(&mut self) -> String {
        (0..3 + self.below(4)).map(|_| self.sentence()).collect()
    }

    fn title(&mut self) -> String {
        format!("{} {} {} {} {}", self.word(), self.word(), self.word(), self.word(), self.below(1000))
    }

    fn text_page(&mut self) -> Content {
        let title = self.title();
        let mut body = String::new();
        while body.len() < TEXT_BYTES {
            body += &self.paragraph();
            body += "\n\n";
        }
        Content::Text(TextContent { title, body })
    }

    /// A page as sites build them: a third article, the rest navigation, scripts and teasers.
    fn html_page(&mut self, bytes: usize) -> Content {
        let title = self.title();
        let mut body =
            format!("<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title></head><body>");
        body += &format!("<nav class=menu><ul>{}</ul></nav><main><article><h1>{title}</h1>", self.links(40));
        while body.len() < bytes / 3 {
            body += &format!("<p class=\"text\">{}</p>\n", self.paragraph());
        }
        body += "</article></main><aside class=related><h2>More</h2><ul>";
        while body.len() < bytes * 2 / 3 {
            body += &self.links(10);
        }
        body += "</ul></aside><script>";
        while body.len() < bytes {
            body += &format!("window.{}_{} = {};\n", self.word(), self.below(1000), self.below(100_000));
        }
        body += "</script></body></html>";
        Content::Html(HtmlContent { body: body.into(), ..HtmlContent::default() })
    }

    fn links(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| format!("<li><a href=\"/{}/{}\">{}</a></li>\n", self.word(), self.below(100_000), self.title()))
            .collect()
    }
}
