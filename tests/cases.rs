//! Pages that filters get wrong: each with what product demands of it.

mod common;

use common::{ARTICLE, check, describe, effects, expect, html, paragraphs, site, text};
use pagegate::{
    finding::{Effect, JunkKind},
    page::{PageDraft, PageType},
    verdict::Verdict,
};

/// A front page with these headlines, each with a teaser.
fn listing(headlines: &[&str]) -> PageDraft {
    let teasers: String = headlines
        .iter()
        .enumerate()
        .map(|(at, it)| format!("<div class=card><h3><a href=/news/{at}>{it}</a></h3><p>Read what happened and what comes next.</p></div>"))
        .collect();
    html(&format!(
        "<html><head><title>News | Island Courier</title></head><body><nav><a href=/>Home</a></nav>\
         <main><h1>Latest news</h1>{teasers}</main><footer>© Island Courier</footer></body></html>"
    ))
}

const HEADLINES: [&str; 7] = [
    "Ferry to run twice a day from May",
    "School roof repaired before the first snow",
    "Harbour master retires after forty years",
    "Cannot assist with targeted political persuasion content",
    "Bakery on Mill Street opens again",
    "Storm closes the bridge for two nights",
    "Choir wins the county prize",
];

#[test]
fn listing_with_one_refusing_teaser_loses_the_teaser() {
    let result = check(listing(&HEADLINES));
    expect(&result, Verdict::AcceptCleaned);
    assert_eq!(result.page_type, PageType::Listing);
    assert_eq!(effects(&result, JunkKind::Refusal), [Effect::Strip], "{}", describe(&result));
    assert!(!result.cleaned.text.contains("Cannot assist"));
    assert!(result.cleaned.text.contains("Choir wins the county prize"));
}

#[test]
fn honest_listing_is_accepted_and_one_expected_to_be_an_article_is_thin() {
    let honest: Vec<&str> = HEADLINES.into_iter().filter(|it| !it.starts_with("Cannot")).collect();
    expect(&check(listing(&honest)), Verdict::Accept);
    let result = check(PageDraft { expected_type: Some(PageType::Article), ..listing(&honest) });
    expect(&result, Verdict::Review);
    assert_eq!(effects(&result, JunkKind::ThinBody), [Effect::Review], "{}", describe(&result));
}

#[test]
fn empty_answer_with_status_404_is_rejected_as_an_error_page() {
    let result = check(PageDraft { http_status: 404, ..html("") });
    expect(&result, Verdict::Reject);
    assert_eq!(effects(&result, JunkKind::ErrorPage), [Effect::Reject], "{}", describe(&result));
}

#[test]
fn two_sentence_brief_is_accepted_with_a_note() {
    let brief = "A fire damaged two sheds on the harbour front on Monday night. Nobody was hurt.";
    for draft in [
        text("Fire damages harbour sheds", brief),
        site("", &format!("<h1>Fire damages harbour sheds</h1><p>{brief}</p>")),
    ] {
        let result = check(draft);
        expect(&result, Verdict::Accept);
        assert_eq!(effects(&result, JunkKind::ThinBody), [Effect::Note], "{}", describe(&result));
    }
}

#[test]
fn article_about_lorem_ipsum_that_quotes_it_is_accepted() {
    let body = "\
Typesetters have filled empty columns with the same broken Latin for centuries. The passage begins “Lorem ipsum dolor sit amet, \
consectetur adipiscing elit, sed do eiusmod tempor” and goes back to a treatise on ethics that Cicero wrote in 45 BC.

Richard McClintock, a Latin scholar in Virginia, traced the words in the nineteen-eighties. He had wondered about “consectetur”, \
looked it up in the cited literature, and found the source within an afternoon. The letters had been scrambled so that nobody would read them.

Designers still like lorem ipsum because its words have the length of ordinary ones. A column of it looks like a column of text, and \
yet nobody complains about the wording when all they are asked to judge is the layout.";
    expect(&check(text("Where lorem ipsum comes from", body)), Verdict::Accept);
    expect(&check(site("", &format!("<h1>Where lorem ipsum comes from</h1>{}", paragraphs(body)))), Verdict::Accept);
}

#[test]
fn article_that_quotes_a_refusal_in_its_title_is_accepted() {
    let title = "Why ChatGPT says 'I'm sorry, but I can't help with that'";
    let body = "\
Ask a chatbot for a recipe and it obliges. Ask it for a forged prescription and it answers: “I'm sorry, but I can't help with that.” \
The sentence has become a byword for the caution of language models, and OpenAI has rewritten the rules behind it several times.

Researchers at two universities sent four thousand questions to ChatGPT and three other systems. One in nine was refused, among them \
questions that any librarian would answer, such as how to dispose of old medicine.

The makers say that refusals have become rarer. A model should explain what it can do instead, a spokeswoman said, and should not \
lecture people who ask in good faith. Users who meet a refusal can rephrase the question.";
    expect(&check(text(title, body)), Verdict::Accept);
}

#[test]
fn cloudflare_challenge_with_status_403_is_rejected() {
    let page = "<!DOCTYPE html><html lang=en-US><head><title>Just a moment...</title><meta name=robots content=noindex,nofollow></head>\
                <body><div class=main-wrapper role=main><div class=main-content><noscript><div class=h2><span id=challenge-error-text>\
                Enable JavaScript and cookies to continue</span></div></noscript></div></div><script>(function(){window._cf_chl_opt={\
                cvId:'3',cType:'managed',cRay:'8a1b2c3d4e5f6071'};var a=document.createElement('script');\
                a.src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1?ray=8a1b2c3d4e5f6071';\
                document.getElementsByTagName('head')[0].appendChild(a);}());</script></body></html>";
    let result = check(PageDraft { http_status: 403, ..html(page) });
    expect(&result, Verdict::Reject);
    assert!(effects(&result, JunkKind::Challenge).contains(&Effect::Reject), "{}", describe(&result));
}

#[test]
fn good_article_with_one_refusing_sentence_in_the_middle_is_held_for_review() {
    let refusal = "I'm sorry, but I can't assist with rewriting this part of the article.";
    let paragraphs: Vec<&str> = ARTICLE.split("\n\n").collect();
    let inside = format!("{} {refusal} {}", paragraphs[1], paragraphs[2]);
    let alone = format!("{}\n\n{refusal}\n\n{}", paragraphs[..2].join("\n\n"), paragraphs[2..].join("\n\n"));
    for body in [paragraphs.join("\n\n").replace(paragraphs[1], &inside), alone] {
        let result = check(text("Ferry to run twice a day", &body));
        expect(&result, Verdict::Review);
        assert!(effects(&result, JunkKind::Refusal).contains(&Effect::Review), "{}", describe(&result));
    }
}

#[test]
fn turkish_refusal_as_title_over_a_german_body_is_held_for_review() {
    let body = "\
Der Gemeinderat hat am Dienstagabend beschlossen, die alte Brücke über den Fluss noch vor dem Winter zu sanieren. Die Arbeiten \
dauern sechs Wochen und kosten rund zwei Millionen Euro, sagte die Bürgermeisterin nach der Sitzung.

Die Händler auf beiden Ufern hatten die Sanierung seit dem Hochwasser im März gefordert, bei dem ein Pfeiler beschädigt worden war. \
Ein Gutachten sieht keine Gefahr für Autos, rät aber von schweren Lastwagen ab.

Während der Bauzeit bleibt eine Spur für Busse frei. Fußgänger können den Steg am Wehr benutzen, der dafür beleuchtet wird.";
    let result = check(text("Üzgünüm, ancak bu isteğe yardımcı olamam", body));
    expect(&result, Verdict::Review);
    assert_eq!(effects(&result, JunkKind::Refusal), [Effect::Review], "{}", describe(&result));
}

#[test]
fn song_text_with_refrains_is_accepted_untouched() {
    let song = "\
The tide goes out at half past two
And takes the paper boats
I count the lights along the quay
And button up my coat

Oh, row me home, row me home
The harbour bell is ringing
Oh, row me home, row me home
And never mind the singing

My brother mends the herring nets
My sister minds the stall
The winter's coming up the stairs
And down the empty hall

Oh, row me home, row me home
The harbour bell is ringing
Oh, row me home, row me home
And never mind the singing";
    let as_html: String = song.split("\n\n").map(|it| format!("<p>{}</p>", it.replace('\n', "<br>\n"))).collect();
    for draft in [text("Row Me Home", song), site("", &format!("<h1>Row Me Home</h1>{as_html}"))] {
        let result = check(draft);
        expect(&result, Verdict::Accept);
        assert_eq!(result.cleaned.text.matches("harbour bell").count(), 2);
    }
}

#[test]
fn code_tutorial_with_a_template_in_code_is_accepted() {
    let body = "\
<h1>Your first template</h1>\
<p>A template mixes plain text with slots. The engine looks for two opening braces, reads a name, and puts the value in its place, so \
that <code>{{title}}</code> becomes the title of the page you render.</p>\
<p>Save the following lines as <code>page.html</code> and start the program. Every slot must have a value, or the engine stops with an \
error that names the slot and the line in which it stands.</p>\
<pre><code>&lt;h1&gt;{{title}}&lt;/h1&gt;\n&lt;p&gt;{{ body }}&lt;/p&gt;\n{% if user %}Hello {{ user.name }}{% endif %}</code></pre>\
<p>The engine escapes what it puts in. To pass markup through, mark the value as safe in the program that calls it, never in the template \
itself, where the next author will not see it.</p>";
    expect(&check(site("<title>Your first template</title>", body)), Verdict::Accept);
}

#[test]
fn cookie_banner_inside_an_article_is_cut_and_an_article_on_cookies_is_not() {
    let banner = "We use cookies to improve your experience on our website. You can change your choice at any time in the settings.";
    let paragraphs: Vec<&str> = ARTICLE.split("\n\n").collect();
    let body = format!("{}\n\n{banner}\n\n{}", paragraphs[..2].join("\n\n"), paragraphs[2..].join("\n\n"));
    let result = check(text("Ferry to run twice a day", &body));
    expect(&result, Verdict::AcceptCleaned);
    assert_eq!(result.cleaned.text, ARTICLE.trim_end());
    let law = "Sites that use cookies must ask their visitors first, the court ruled on Thursday. The case goes back to a complaint of 2019.";
    expect(&check(text("Court rules on cookies", &format!("{law}\n\n{ARTICLE}"))), Verdict::Accept);
}

#[test]
fn document_title_of_a_template_over_an_honest_headline_is_a_note() {
    let main = format!("<h1>Ferry to run twice a day from May</h1>{}", paragraphs(ARTICLE));
    let result = check(site("<title>Untitled</title>", &main));
    expect(&result, Verdict::Accept);
    assert_eq!(result.cleaned.title, "Ferry to run twice a day from May");
    expect(&check(text("Untitled", ARTICLE)), Verdict::Review);
}

#[test]
fn japanese_brief_beside_a_cookie_banner_is_accepted() {
    let brief = "<p>7日午前6時半ごろ、町の北にあるリンゴ畑で、体長約1メートルのクマ1頭を農家の男性が見つけ、110番通報した。けが人はいない。</p>\
                 <p>町によると、収穫間近の実がおよそ40個食べられていた。近くの小学校では児童が教員に付き添われて下校した。</p>";
    let page = format!(
        "<!doctype html><html lang=ja><head><title>リンゴ畑にクマ</title></head><body><nav><a href=/>トップ</a></nav><main><article>\
         <h1>リンゴ畑にクマ、児童は集団下校</h1>{brief}</article></main><footer>© 北の新聞</footer>\
         <div class=cookie-bar><p>当サイトではクッキーを使用しています。</p><button>同意する</button></div></body></html>"
    );
    let result = check(html(&page));
    assert!(result.verdict < Verdict::Review, "{}", describe(&result));
    let wall = page.replace(brief, "");
    assert!(check(html(&wall)).verdict >= Verdict::Review);
}

#[test]
fn recipe_at_an_article_with_topics_in_its_class_is_its_main_text() {
    let recipe = "<p>Serves six, and takes an hour and a half.</p><h2>You need</h2><ul><li>a kilo of aubergines</li><li>three cups of rice</li>\
                  <li>one chicken in eight pieces</li></ul><h2>How</h2><ol><li>Boil the chicken for forty minutes and keep the broth.</li>\
                  <li>Fry the aubergines until brown.</li><li>Layer it all in the pot and pour the hot broth over it.</li></ol>";
    for class in ["post tag-b72d", "post-41 post type-post hentry category-kitchen tag-rice"] {
        let result = check(html(&format!(
            "<!doctype html><html lang=en><head><title>Upside-down rice | Kitchen</title></head><body class=post-template>\
             <nav><a href=/>Home</a></nav><main><article class='{class}'><h1>Upside-down rice</h1><div class=content>{recipe}</div></article>\
             </main><footer>© Kitchen</footer></body></html>"
        )));
        assert!(result.cleaned.text.contains("aubergines until brown"), "{class}: {}", describe(&result));
    }
}

#[test]
fn page_of_an_article_that_has_a_byline_and_a_caption_for_its_text_is_held_for_review() {
    let page = |main: &str| {
        site(
            "<title>Soy prices fall at the market</title><meta property=og:type content=article>\
             <meta property=article:published_time content=2026-03-02T10:00:00Z>",
            &format!(
                "<h1>Soy prices fall at the market</h1><p>Text: Ujjain office</p><p>The market hall on Monday. Photo: file</p>{main}"
            ),
        )
    };
    let result = check(page(""));
    assert_eq!(result.verdict, Verdict::Review, "{}", describe(&result));
    let brief = check(page("<p>Soy was sold for 180 rupees less on Monday than a week before.</p>"));
    assert!(brief.verdict < Verdict::Review, "{}", describe(&brief));
}
