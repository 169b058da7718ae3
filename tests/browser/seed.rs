//! Weeks of work for the review pages to show: pages that wait, decisions that were made and taken back, traffic.
//! Everything goes through the store's own door, at moments of the past.

use std::{collections::HashMap, sync::Arc};

use pagegate::{
    engine::{self, Include},
    finding::Effect,
    page::Page,
    proto::{self, page::Content},
    review::{
        ContentHash, Decision, Judgement, Millis, NewAllowance, NewFinding, NewItem, Origin, PageKey, ReviewItemId,
    },
    rule::RuleSet,
    store::{Held, NewDecision, Store, Traffic},
    verdict::{Policy, Verdict, policy::Profile},
};
use prost::Message as _;
use serde::Deserialize;

const MINUTE: Millis = 60 * 1000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;
/// Days of history.
const DAYS: i64 = 45;

/// A page of `pages.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    source: String,
    path: String,
    title: String,
    #[serde(default, rename = "as")]
    shape: Shape,
    language: String,
    #[serde(default)]
    status: i32,
    hours: i64,
    body: String,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    #[default]
    Text,
    Html,
    Frame,
}

#[derive(Deserialize)]
struct Pages {
    page: Vec<Written>,
}

impl Written {
    fn page(&self) -> proto::Page {
        let content = match self.shape {
            Shape::Text => {
                Content::Text(proto::TextContent { title: self.title.clone(), body: self.body.trim().to_owned() })
            }
            Shape::Html => html(&self.body),
            Shape::Frame => html(&framed(&self.title, &self.source, &self.body)),
        };
        let url = if self.source.is_empty() { String::new() } else { format!("https://{}/{}", self.source, self.path) };
        proto::Page {
            page_id: self.path.clone(),
            source: self.source.clone(),
            requested_url: url.clone(),
            url,
            http_status: self.status,
            language: self.language.clone(),
            content: Some(content),
            ..proto::Page::default()
        }
    }
}

fn html(body: &str) -> Content {
    Content::Html(proto::HtmlContent { body: body.trim().as_bytes().to_vec(), ..proto::HtmlContent::default() })
}

/// An article in the furniture of a news site.
fn framed(title: &str, site: &str, main: &str) -> String {
    format!(
        r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | {site}</title>
<meta property="og:title" content="{title}"><link rel="stylesheet" href="/theme.css"></head>
<body class="single">
<header class="site-header"><a href="/">{site}</a><nav aria-label="Sections"><a href="/world">World</a> <a href="/economy">Economy</a> <a href="/health">Health</a></nav></header>
<div class="cookie-banner"><p>We use cookies to make this site better.</p><button>Accept all</button></div>
<main><article class="post"><h1 class="entry-title">{title}</h1>
<p class="byline">By <a href="/author/ruth-okafor">Ruth Okafor</a>, <time datetime="2026-11-25">25 November 2026</time></p>
<div class="entry-content">
{main}
</div>
<nav class="post-navigation"><p>Previous article</p><a href="/a">Harbour to get a second crane</a><p>Next article</p><a href="/b">Sorry, I cannot create a headline for this text</a></nav>
</article></main>
<aside class="related"><h2>Read also</h2><ul><li><a href="/1">Bus lanes for the old town</a></li><li><a href="/2">The last cooper of Sandvik</a></li></ul></aside>
<footer><p>© 2026 {site}. All rights reserved.</p></footer>
</body></html>"#
    )
}

/// A sequence of numbers that look drawn and are the same in each run.
struct Drawn(u64);

impl Drawn {
    /// A number below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        // PCG's multiplier; the upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).expect("small")]
    }
}

/// What happened at some moment of the past.
enum Event {
    /// A page came, known by a number to what decides it.
    Comes(Box<proto::Page>, usize),
    /// It was decided.
    IsDecided(usize),
    /// Time passed.
    Passes,
}

/// What fills a store.
pub(crate) struct Seed {
    store: Arc<dyn Store>,
    rules: RuleSet,
    policy: Policy,
    now: Millis,
    drawn: Drawn,
}

/// Sites with pages on a usual day, and how many of a thousand are cleaned, held and rejected.
const SITES: &[(&str, u64, [u64; 3])] = &[
    ("harbour-post.example", 620, [110, 9, 14]),
    ("rundblick-nord.example", 410, [60, 6, 8]),
    ("daily-lantern.example", 380, [420, 22, 31]),
    ("el-faro-diario.example", 240, [30, 4, 6]),
    ("minato-shimbun.example", 210, [12, 3, 2]),
    ("le-fanal.example", 180, [44, 5, 9]),
    ("valley-gazette.example", 150, [90, 40, 120]),
    ("akhbar-alsahel.example", 120, [20, 6, 5]),
    ("ponte-vecchia.example", 95, [15, 4, 3]),
    ("mirror-feed.example", 60, [10, 180, 240]),
];

/// Rules that hit, with hits a week in a thousand pages, and how often in a hundred people agree.
const RULES: &[(&str, u64, u64)] = &[
    ("refusal/subjectless-headline-en", 4, 97),
    ("refusal/harmful-content-refusal-en", 3, 95),
    ("llm_residue/lead-in-en", 6, 99),
    ("widget/summary-box-en", 60, 0),
    ("widget/share-label-en", 90, 0),
    ("placeholder/template-tag-title", 2, 92),
    ("refusal/weak-headline-en", 5, 58),
    ("refusal/subjectless-writing-headline-en", 3, 91),
    ("refusal/request-refused-en", 2, 94),
    ("hidden_text/order-to-model-en", 2, 71),
    ("error_page/cannot-find-page-en", 3, 84),
];

/// Titles that hold a page, each as it came on many days.
const TITLES: &[&str] = &[
    "Cannot assist with targeted political persuasion content",
    "Unable to generate a headline from the supplied text",
    "I'm unable to rewrite this article as it contains unverified claims",
    "Sure! Here is a rewritten headline for the article",
    "{{ post.title }}",
    "Title generation blocked due to potentially defamatory claims",
    "I'm sorry, but I can't help with that request",
];

const LINES: &[&str] = &[
    "The council met on Tuesday evening and put off the vote on the new timetable for a week.",
    "A group of residents has collected four thousand signatures against the plan, among them the former mayor.",
    "The harbour authority expects ninety thousand passengers this season, a third more than last year.",
    "“We have waited for this for ten years,” said Marta Lind, who keeps a guest house near the lighthouse.",
    "Engineers found two cracks in the third pillar of the bridge, which stays closed until the spring.",
    "The county pays half of the cost; the rest comes from a fund for coasts that was set up after the flood.",
    "Fishermen fear that the dredging will drive the herring out of the sound for good.",
    "The school will get a second bus, but not before the road past the mill has been widened.",
];

const NOTES: &[&str] = &[
    "",
    "",
    "",
    "",
    "the article is fine",
    "told the desk in Altenhafen",
    "third one from this feed today",
    "headline taken from the wire",
    "a joke column, leave it",
];

impl Seed {
    pub(crate) fn new(store: Arc<dyn Store>, now: Millis) -> Self {
        let rules = RuleSet::embedded().expect("embedded rules are valid");
        let policy = Policy::new(Profile::News, Vec::new()).expect("the policy is valid");
        Self { store, rules, policy, now, drawn: Drawn(7) }
    }

    /// Fills the store: what was decided in the past, what waits now, and what passed.
    pub(crate) async fn fill(&mut self) {
        for day in (1..=DAYS).rev() {
            self.traffic(day).await;
        }
        let mut events = Vec::new();
        for day in 1..=30 {
            for number in 0..5 + self.drawn.below(5) {
                let (page, came, decided) = self.past_page(day, number);
                let place = events.len();
                events.push((came, Event::Comes(Box::new(page), place)));
                events.push((decided, Event::IsDecided(place)));
            }
        }
        let pages: Pages = toml::from_str(include_str!("pages.toml")).expect("pages.toml is valid");
        let waiting = pages.page.iter().map(|it| (it.hours, it.page())).chain([(4, long_page())]);
        let waiting = waiting.map(|(hours, page)| (self.now - hours * HOUR, Event::Comes(Box::new(page), usize::MAX)));
        events.extend(waiting);
        events.extend((0..8 * 24).map(|hours| (self.now - hours * HOUR, Event::Passes)));
        events.sort_by_key(|it| it.0);
        let mut held = HashMap::new();
        for (at, event) in events {
            match event {
                Event::Comes(page, place) => {
                    if let Some(item) = self.hold(*page, at).await {
                        held.insert(place, item);
                    }
                }
                Event::IsDecided(place) => {
                    if let Some((id, rule)) = held.remove(&place) {
                        self.decide(id, &rule, at).await;
                    }
                }
                Event::Passes => {}
            }
            self.store.record_level(at).await.expect("counts");
        }
    }

    /// A page of some past day, when it came and when it was decided.
    fn past_page(&mut self, day: i64, number: u64) -> (proto::Page, Millis, Millis) {
        let (source, ..) = *self.drawn.one(SITES);
        let path = format!("archive/{day}/{number}");
        let first = usize::try_from(self.drawn.below(LINES.len() as u64)).expect("small");
        let lines: Vec<&str> = LINES.iter().cycle().skip(first).take(5).copied().collect();
        let body = format!("{}\n\nFrom our archive, page {path}.", lines.join("\n\n"));
        // Samples among them: one that was accepted, one that was rejected.
        let (title, body) = match self.drawn.below(9) {
            0 => ("Council puts off the vote on the timetable", body),
            1 => (TITLES[0], String::new()),
            _ => (*self.drawn.one(TITLES), body),
        };
        let written = Written {
            source: source.into(),
            path,
            title: title.into(),
            shape: Shape::Text,
            language: "en".into(),
            status: 0,
            hours: 0,
            body,
        };
        // Between seven in the morning and ten in the evening, as people work.
        let midnight = (self.now - day * DAY) / DAY * DAY;
        let came = midnight + 7 * HOUR + Millis::try_from(self.drawn.below(12 * 60)).expect("small") * MINUTE;
        let decided = came + Millis::try_from(3 + self.drawn.below(170)).expect("small") * MINUTE;
        (written.page(), came, decided.min(self.now - MINUTE))
    }

    /// Decides a page as one of three people does, who are not always of the rule's opinion.
    async fn decide(&mut self, id: ReviewItemId, rule: &str, at: Millis) {
        let agreed = RULES.iter().find(|it| it.0 == rule).map_or(90, |it| it.2);
        let right = self.drawn.below(100) < agreed;
        let decision = match (right != rule.is_empty(), self.drawn.below(4)) {
            (false, _) => Decision::Publish,
            (true, 0) => Decision::PublishCleaned,
            (true, _) => Decision::Discard,
        };
        let is_allowed = !right && !rule.is_empty() && self.drawn.below(6) == 0;
        let allowances = if is_allowed { vec![NewAllowance { finding_index: 0, text_only: true }] } else { Vec::new() };
        let decided = NewDecision {
            review_item_id: id,
            etag: None,
            decision,
            judgements: if rule.is_empty() { Vec::new() } else { vec![Judgement { finding_index: 0, right }] },
            allowances,
            note: (*self.drawn.one(NOTES)).to_owned(),
            reviewer: (*self.drawn.one(&["Ann", "Ann", "Ben", "Ben", "Chidi"])).to_owned(),
            request_id: String::new(),
        };
        let record = self.store.decide(decided.clone(), at).await.expect("decides");
        // Now and then somebody errs, sees it, and decides again.
        if self.drawn.below(25) == 0 {
            self.store.undo(record.id, &decided.reviewer, "wrong key", at + 4000).await.expect("takes back");
            let again = NewDecision { allowances: Vec::new(), ..decided };
            self.store.decide(again, at + 20_000).await.expect("decides");
        }
    }

    async fn traffic(&mut self, day: i64) {
        let at = self.now - day * DAY;
        // Sundays are quiet.
        let share = if (at / DAY + 4) % 7 == 0 { 45 } else { 85 + self.drawn.below(30) };
        let mut traffic = Traffic::default();
        for (source, pages, [cleaned, held, rejected]) in SITES {
            let pages = pages * share / 100;
            // One feed went bad three weeks ago, and was mended after four days.
            let bad = u64::from(*source == "daily-lantern.example" && (17..21).contains(&day)) * 5 + 1;
            let part = |of: u64| pages * of / 1000;
            let (cleaned, held, rejected) = (part(*cleaned), part(held * bad), part(rejected * bad));
            let accepted = pages.saturating_sub(cleaned + held + rejected);
            for (verdict, count) in [
                (Verdict::Accept, accepted),
                (Verdict::AcceptCleaned, cleaned),
                (Verdict::Review, held),
                (Verdict::Reject, rejected),
            ] {
                traffic.verdicts.push(((*source).to_owned(), verdict, count));
            }
            for (rule, hits, _) in RULES {
                let hits = pages * hits * bad / 2000 + self.drawn.below(2);
                if hits > 0 {
                    traffic.hits.push(((*rule).to_owned(), (*source).to_owned(), hits));
                }
            }
        }
        self.store.record_traffic(traffic, at).await.expect("counts");
    }

    /// Puts a page into the queue as the gate does, at a moment of the past. Gives its id and its first rule.
    async fn hold(&self, sent: proto::Page, came: Millis) -> Option<(ReviewItemId, String)> {
        let page = Page::try_new(proto::draft(sent)).expect("a valid page");
        let include = Include { items: true, cleaned_html: true };
        let result = engine::check(&page, &self.rules, &self.policy, include);
        let id = ReviewItemId::new(came);
        let strong = result.findings.iter().enumerate().filter(|(_, it)| it.judged.effect > Effect::Note);
        let findings: Vec<NewFinding> = strong
            .map(|(index, it)| NewFinding {
                index: u32::try_from(index).expect("few"),
                rule_id: it.judged.finding.rule_id.to_string(),
                kind: it.judged.finding.kind,
                place: it.judged.finding.place,
                effect: it.judged.effect,
                confidence: it.judged.finding.confidence.get(),
                quote: it.quote.clone(),
            })
            .collect();
        let rule = findings.first().map(|it| it.rule_id.clone()).unwrap_or_default();
        let verdict = result.verdict;
        let title = match page.content() {
            pagegate::page::Content::Text { title, .. } => title.clone(),
            _ => String::new(),
        };
        let title = [title, findings.first().map(|it| it.quote.clone()).unwrap_or_default()];
        let item = NewItem {
            id,
            key: PageKey {
                source: page.source().to_owned(),
                page_id: page.id().to_owned(),
                content_hash: ContentHash(page.content().fingerprint()),
            },
            origin: match verdict {
                Verdict::Review => Origin::Held,
                Verdict::Reject => Origin::SampledReject,
                Verdict::Accept | Verdict::AcceptCleaned => Origin::SampledAccept,
            },
            verdict,
            url: page.url().to_owned(),
            title: title.into_iter().find(|it| !it.is_empty()).unwrap_or_default(),
            language: page.language().to_owned(),
            findings,
            page: proto::page(&page, None).encode_to_vec(),
            ruleset_revision: result.ruleset_revision.clone(),
            policy_revision: result.policy_revision.clone(),
            result: proto::CheckResult { review_item: id.to_string(), ..proto::result(&page, result) }.encode_to_vec(),
        };
        match self.store.hold(item, came).await.expect("holds") {
            Held::Queued(id) => Some((id, rule)),
            Held::AlreadyQueued(_) | Held::Decided(_) => None,
        }
    }
}

/// 300 kB of text with a slip in its middle.
fn long_page() -> proto::Page {
    let chapter = LINES.join(" ");
    let paragraphs: Vec<String> = (1..=360)
        .map(|it| match it {
            180 => "As an AI language model, I cannot continue the story beyond this point.".to_owned(),
            it => format!("{it}. {chapter}"),
        })
        .collect();
    let written = Written {
        source: "valley-gazette.example".into(),
        path: "serial/the-keeper-of-the-north-light".into(),
        title: "The keeper of the north light: the whole serial in one piece".into(),
        shape: Shape::Text,
        language: "en".into(),
        status: 0,
        hours: 0,
        body: paragraphs.join("\n\n"),
    };
    written.page()
}

/// A page of a feed that brings the same refusal three hundred times.
pub(crate) fn mirrored(number: usize) -> proto::Page {
    let written = Written {
        source: "mirror-feed.example".into(),
        path: format!("feed/{number}"),
        title: "Unable to generate a headline from the supplied text".into(),
        shape: Shape::Text,
        language: "en".into(),
        status: 200,
        hours: 0,
        body: format!(
            "{}\n\n{}\n\nItem {number} of the feed.",
            LINES[number % LINES.len()],
            LINES[(number / 8) % LINES.len()]
        ),
    };
    written.page()
}
