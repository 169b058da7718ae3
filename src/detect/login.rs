//! A page that is a form for logging in.

use crate::{
    detect::{About, Detector, Findings, PageView},
    finding::{Basis, Confidence, Evidence, Extent, Finding, JunkKind, Place, Target},
    layout::shape,
    limits,
    page::{ItemKind, PageType, Span},
    rule::RuleSet,
};

/// The detector.
pub(super) struct Login;

const ID: &str = "access_wall/password-form";

/// Words in sentences of the main text from which the page says something of its own.
const SENTENCE_WORDS: usize = 10;
/// Links from which the page is a site with a form in a corner.
const LINKS: usize = 25;
/// Fields of a page that are looked at: a form for logging in has few.
const FIELDS: usize = 64;
/// Characters of the longest line that is part of a form when it speaks of the password.
const INSTRUCTION: usize = 60;
/// Beginnings of the words for a password, and of what a form asks of the browser.
const PASSWORD: &[&str] = &[
    "passwor",
    "passwort",
    "kennwort",
    "zugangsdaten",
    "mot de passe",
    "identifiants",
    "contraseña",
    "credencial",
    "senha",
    "palavra-passe",
    "credenziali",
    "wachtwoord",
    "hasł",
    "парол",
    "şifre",
    "lösenord",
    "adgangskode",
    "heslo",
    "přihlašovací",
    "parol",
    "κωδικ",
    "kata sandi",
    "mật khẩu",
    "पासवर्ड",
    "كلمة المرور",
    "كلمة السر",
    "رمز عبور",
    "パスワード",
    "密码",
    "密碼",
    "비밀번호",
    "cookie",
    "javascript",
];
/// How sure a form on a page that says nothing is.
const SURE: f64 = 0.75;

impl Detector for Login {
    fn name(&self) -> &'static str {
        "login"
    }

    fn about(&self) -> &'static [About] {
        &[About {
            id: ID,
            kind: JunkKind::AccessWall,
            summary: "A field for a password on a page that says nothing else",
            why: "The crawler was sent to a form for logging in. Sites show such a form in a corner or behind a button, too, so it \
                  counts only where the whole page has few words, few links and no sentences of its own; what people do not see \
                  does not count.",
        }]
    }

    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, _: &RuleSet) {
        let is_other = matches!(page.layout.page_type, PageType::Product | PageType::Listing | PageType::Live);
        if is_other || !page.is_hollow() || has_content(page) {
            return;
        }
        let Some((span, quote)) = password_field(page) else { return };
        let Ok(confidence) = Confidence::new(SURE) else { return };
        let detail = format!("{} characters of main text", page.layout.main_chars);
        findings.push(Finding {
            rule_id: ID.into(),
            kind: JunkKind::AccessWall,
            confidence,
            basis: Basis::Inferred,
            extent: Extent::Page,
            place: Place::Page,
            widget: None,
            target: Target::Page { source: Some((crate::page::Field::Html, span, quote)) },
            message: "a field for a password on a page that says nothing else".into(),
            evidence: vec![Evidence { name: "nothing_else", delta: 0.0, detail }],
            repair: None,
            preview: false,
        });
    }
}

/// Whether the page has sentences or an index of its own.
fn has_content(page: &PageView<'_>) -> bool {
    let is_text = |it: &usize| page.reading.items[*it].kind != ItemKind::Heading && !is_instruction(page, *it);
    let sentences = page.layout.main().filter(is_text).filter(|it| shape::ends_sentence(page.reading.text_of(*it)));
    let links = page.shown().filter(|it| page.reading.items[*it].link_bytes > 0).count();
    sentences.map(|it| page.reading.words_of(it)).sum::<usize>() >= SENTENCE_WORDS || links >= LINKS
}

/// Whether a line belongs to the form: short, and about the password.
fn is_instruction(page: &PageView<'_>, item: usize) -> bool {
    let text = page.reading.folded_of(item);
    page.reading.chars_of(item) <= INSTRUCTION && PASSWORD.iter().any(|it| text.contains(it))
}

/// The first field for a password that people see, in the first part of the page.
fn password_field(page: &PageView<'_>) -> Option<(Span, String)> {
    let html = page.reading.html.as_ref()?;
    let source = &html.source[..html.source.floor_char_boundary(limits::MARKUP_BYTES)];
    let lower = source.to_ascii_lowercase();
    let hidden = |at: usize| html.outline.elements.iter().any(|it| it.hidden && it.span.range().contains(&at));
    // Each is looked up among all elements, so a page of nothing but fields must not cost their product.
    lower.match_indices("<input").take(FIELDS).find_map(|(at, _)| {
        let end = lower[at..].find('>').map(|it| at + it + 1)?;
        let tag = &lower[at..end];
        let is_password = ["type=\"password\"", "type='password'", "type=password"].iter().any(|it| tag.contains(it));
        (is_password && !hidden(at)).then(|| (Span::new(at, end), source[at..end].to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Content, Page, PageDraft, Scope};

    fn is_found(body: &str) -> bool {
        let body = format!("<html><head><title>Harbour</title></head><body>{body}</body></html>").into_bytes();
        let content = Content::Html { body, title: String::new(), scope: Scope::Page };
        let page = Page::try_new(PageDraft { content: Some(content), ..PageDraft::default() }).expect("valid");
        let reading = crate::page::read(&page);
        let rules = RuleSet::from_files([]).expect("no rules");
        let layout = crate::layout::lay_out(&reading, &rules, &[]);
        let mut findings = Findings::default();
        Login.detect(&mut findings, &PageView { reading: &reading, layout: &layout, candidates: &[] }, &rules);
        !findings.list.is_empty()
    }

    const FORM: &str =
        "<form><label>Name</label><input name=n><label>Password</label><input name=p type=\"password\"></form>";
    const BRIEF: &str =
        "<p>Two people were slightly hurt on Monday when a bus hit a tree in Mill Road, police said.</p>";

    #[test]
    fn password_field_counts_where_the_page_says_nothing_else() {
        assert!(is_found(FORM));
        assert!(is_found(&format!("<h1>Welcome</h1><p>Enter your name and your password.</p>{FORM}")));
        assert!(!is_found(&format!("{BRIEF}{FORM}")));
        assert!(!is_found(&format!("<div hidden>{FORM}</div><h1>Gallery</h1>")));
        assert!(!is_found("<form><input name=q type=search></form>"));
    }
}
