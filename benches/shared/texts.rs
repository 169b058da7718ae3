//! Articles of about 5 kB in four languages, written for this, each clean and with junk in it.

/// A text with its title.
pub(crate) struct Text {
    /// Language and sort: `de junk`.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) body: String,
}

const CLEAN: &[(&str, &str)] = &[
    ("en", include_str!("texts/en.txt")),
    ("de", include_str!("texts/de.txt")),
    ("ru", include_str!("texts/ru.txt")),
    ("ja", include_str!("texts/ja.txt")),
];

/// Paragraphs that are put between the others, in turn.
const JUNK: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "Read also: Ten bridges you should cross once",
            "We use cookies to give you the best experience. By continuing you accept our cookie policy.",
            "As an AI language model, I cannot verify the figures given above.",
            "Subscribe to our newsletter and never miss a story",
            "Share this article on Facebook",
            "Would you like me to make the text shorter?",
        ],
    ),
    (
        "de",
        &[
            "Lesen Sie auch: Zehn Brücken, über die man einmal gehen sollte",
            "Wir verwenden Cookies, um Ihnen das beste Erlebnis zu bieten.",
            "Als KI-Sprachmodell kann ich die genannten Zahlen nicht überprüfen.",
            "Jetzt Newsletter abonnieren und nichts mehr verpassen",
            "Artikel teilen",
        ],
    ),
    (
        "ru",
        &[
            "Читайте также: десять мостов, по которым стоит пройти",
            "Мы используем файлы cookie, чтобы сделать сайт удобнее.",
            "Как языковая модель, я не могу проверить приведённые цифры.",
            "Подпишитесь на нашу рассылку",
            "Поделиться",
        ],
    ),
    (
        "ja",
        &[
            "関連記事：一度は渡りたい十の橋",
            "当サイトではCookieを使用しています。",
            "AI言語モデルとして、上記の数字を確認することはできません。",
            "メールマガジンに登録する",
            "この記事をシェアする",
        ],
    ),
];

/// All texts: clean ones, then those with junk.
pub(crate) fn all() -> Vec<Text> {
    let clean = CLEAN.iter().map(|(language, text)| plain(language, text));
    let junk = CLEAN.iter().zip(JUNK).map(|((language, text), (_, junk))| mixed(language, text, junk));
    clean.chain(junk).collect()
}

fn plain(language: &str, text: &str) -> Text {
    let (title, body) = text.split_once("\n\n").unwrap_or((text, ""));
    Text { name: format!("{language} clean"), title: title.to_owned(), body: body.to_owned() }
}

fn mixed(language: &str, text: &str, junk: &[&str]) -> Text {
    let clean = plain(language, text);
    let mut paragraphs = Vec::new();
    for (paragraph, junk) in clean.body.split("\n\n").zip(junk.iter().map(Some).chain(std::iter::repeat(None))) {
        paragraphs.push(paragraph);
        paragraphs.extend(junk);
    }
    Text { name: format!("{language} junk"), title: clean.title, body: paragraphs.join("\n\n") }
}
