//! Damaged encoding on whole pages: what is found, what is repaired, and honest text of many languages.

mod common;

use common::{policy, rules};
use pagegate::{
    engine::{self, CheckResult, Include},
    finding::JunkKind,
    page::{Content, Page, PageDraft},
    verdict::Verdict,
};

const TITLE: &str = "Council agrees to repair the old bridge before winter";
const BODY: &str = "The town council agreed on Tuesday evening to repair the old bridge over the river before the winter. The work will take six \
                    weeks and cost about two million, the mayor said after the meeting, and the road will stay open to buses.";

/// An article with a paragraph in it.
fn check(paragraph: &str) -> CheckResult {
    let content =
        Content::Text { title: TITLE.into(), body: format!("{BODY}\n\n{paragraph}\n\n{BODY} So it was decided.") };
    let page = Page::try_new(PageDraft { content: Some(content), ..PageDraft::default() }).expect("valid");
    engine::check(&page, rules(), policy(), Include::default())
}

/// The repair of the paragraph, if it is damaged by more than a little.
fn repair(paragraph: &str) -> Option<String> {
    let result = check(paragraph);
    let mut found = result.findings.iter().map(|it| &it.judged.finding);
    let damage = found.find(|it| it.kind == JunkKind::Encoding && it.confidence.get() >= 0.6)?;
    Some(damage.repair.clone().unwrap_or_default())
}

/// A text in UTF-8 that was read as windows-1252, with Latin-1 for the bytes that it leaves open.
fn as_latin(text: &str) -> String {
    let (read, _, _) = encoding_rs::WINDOWS_1252.decode(text.as_bytes());
    read.into_owned()
}

#[test]
fn one_damaged_letter_in_a_short_text_is_found_and_repaired() {
    for text in [
        "The café’s “best” dish – a crème brûlée…",
        "Größe und Übermut in der Straße",
        "Не забудьте про мост",
        "Η γέφυρα άνοιξε",
        "الجسر القديم",
        "市议会同意修桥",
        "橋は冬までに直る",
        "다리가 열린다",
        "Việt Nam đất nước",
        "El año pasado",
        "Příliš žluťoučký kůň",
    ] {
        assert_eq!(repair(&as_latin(text)).as_deref(), Some(text));
        assert_eq!(repair(&as_latin(&as_latin(text))).as_deref(), Some(text), "twice");
        assert_eq!(repair(text), None);
    }
}

#[test]
fn capitals_signs_and_names_of_many_languages_are_no_damage() {
    for text in [
        "NÃO HÁ SÃO PAULO SEM AÇÃO, DISSE A IRMÃ… “AMANHÔ",
        "É… É, «CAFÉ» CAFÉ® — É!",
        "HÀ NỘI: ĐÀ NẴNG VÀ CẦN THƠ",
        "ŘEKA A MĚSTO, MUŽ A ŽENA ČTOU",
        "ORĂŞEL, ĂŞTIA, ÎŞI – ţară",
        "СІРІ РІКИ, Січень у Рівному, В\u{a0}Москве",
        "Яandex, KoЯn and iPhone для всех",
        "√π ≈ 1.77, ∆¹ and 3×£20 – 15×…",
        "[ˈkæfeɪ], [ʃʊt], əˈbaʊt",
        "Ærø, Århus, Åse og Øystein",
        "ÖÄÜ! Äääh… ÄÖÜ?",
        "Why?because. What?!",
        "Tom &amp; Jerry once",
        "日本のＡＩと한국의 다리",
    ] {
        assert_eq!(repair(text), None, "{text}");
    }
}

#[test]
fn escapes_and_lost_letters_are_found() {
    assert_eq!(repair("Caf&eacute; &amp;#8217; l\\u00e9ger d&#233;j&agrave;").as_deref(), Some("Café ’ léger déjà"));
    assert_eq!(repair("2 Î&frac14;m").as_deref(), Some("2 μm"));
    assert!(repair("La pr?sidente a d?cid? de r?former l'h?pital").is_some());
    assert!(repair("Slov\u{fffd}nina a \u{10d}e\u{fffd}tina").is_some());
    assert_eq!(repair("He said \u{93}yes\u{94} and didn\u{92}t").as_deref(), Some("He said “yes” and didn’t"));
    assert!(repair("Your раypаl ассоunt").is_none(), "a few words are a note");
}

#[test]
fn damage_in_a_long_text_is_a_note_and_everywhere_holds_the_page() {
    let long = format!("{BODY} ").repeat(40);
    assert_eq!(check(&format!("{long} cafÃ©")).verdict, Verdict::Accept);
    assert_eq!(check(&format!("cafÃ© {BODY} Ã©tÃ© {BODY} dÃ©jÃ ")).verdict, Verdict::Review);
}

#[test]
fn articles_about_encodings_may_show_them() {
    let text = "When UTF-8 is read as windows-1252, an apostrophe becomes â€™ and é becomes Ã©. Readers call it mojibake, and \
                the cure is to declare the charset.";
    assert_eq!(repair(text), None);
}
