//! What a `style` attribute does to the text of its element: shows it, hides it, or shows it so that nobody sees it.

/// What becomes of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// It is not shown.
    pub(super) hidden: bool,
    /// It is shown so that nobody sees it. Honest pages do so too, for screen readers and until a script runs: the
    /// text is kept, and looked at for words that are for no reader.
    pub(super) concealed: bool,
}

/// Looks at the declarations of a style.
pub(super) fn look(style: &str) -> Look {
    let mut look = Look::default();
    let mut colour = None;
    let mut background = None;
    let mut plain = String::new();
    for (name, written) in style.split(';').filter_map(|it| it.split_once(':')) {
        let Some(property) = Property::of(name.trim()) else { continue };
        plain.clear();
        plain.extend(plain_chars(written));
        let value = plain.trim_end_matches("!important");
        match property {
            Property::Display => look.hidden |= value.starts_with("none"),
            Property::Visibility => look.hidden |= value.starts_with("hidden"),
            Property::Size => look.concealed |= is_next_to_nothing(value),
            Property::Place => look.concealed |= value.starts_with("-9") && value.len() > 5,
            Property::Clip => look.concealed |= value.starts_with("rect(0"),
            Property::Colour => {
                look.concealed |= value == "transparent";
                colour = Some(written);
            }
            Property::Background => background = Some(written),
        }
    }
    if let (Some(colour), Some(background)) = (colour, background) {
        look.concealed |= is_same(colour, background);
    }
    look
}

/// The properties that decide whether text is seen.
enum Property {
    Display,
    Visibility,
    /// How large it is, or how opaque.
    Size,
    /// Where it stands.
    Place,
    Clip,
    Colour,
    Background,
}

impl Property {
    const LONGEST_NAME: usize = 16;

    /// From a name in letters of any size.
    fn of(name: &str) -> Option<Self> {
        let mut small = [0; Self::LONGEST_NAME];
        let small = small.get_mut(..name.len())?;
        small.copy_from_slice(name.as_bytes());
        small.make_ascii_lowercase();
        Some(match &*small {
            b"display" => Self::Display,
            b"visibility" => Self::Visibility,
            b"font-size" | b"opacity" => Self::Size,
            b"left" | b"right" | b"top" | b"text-indent" | b"margin-left" => Self::Place,
            b"clip" => Self::Clip,
            b"color" => Self::Colour,
            b"background" | b"background-color" => Self::Background,
            _ => return None,
        })
    }
}

/// A value without white space, in small letters; CSS looks at those of ASCII alone.
fn plain_chars(value: &str) -> impl Iterator<Item = char> {
    value.chars().filter(|it| !it.is_whitespace()).map(|it| it.to_ascii_lowercase())
}

/// Whether a size or an opacity is none, or as good as none.
fn is_next_to_nothing(value: &str) -> bool {
    let number = value.trim_matches(|it: char| !it.is_ascii_digit() && it != '.');
    matches!(value, "1px" | "0.1px") || number.parse().is_ok_and(|it: f64| it < 0.05)
}

/// Whether two colours are written alike.
fn is_same(colour: &str, background: &str) -> bool {
    let plain = |it| plain_chars(it).collect::<String>();
    plain(colour).trim_end_matches("!important") == plain(background).trim_end_matches("!important")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_hide_text_or_conceal_it() {
        let of = |style| {
            let Look { hidden, concealed } = look(style);
            (hidden, concealed)
        };
        assert_eq!(of("width: 1px; DISPLAY : None !important"), (true, false));
        assert_eq!(of("visibility:hidden"), (true, false));
        assert_eq!(of("--display-none: display; display: block"), (false, false));
        for concealed in ["font-size: 0", "opacity:.0", "left: -9999px", "clip:rect(0 0 0 0)", "color: transparent"] {
            assert_eq!(of(concealed), (false, true), "{concealed}");
        }
        assert_eq!(of("color: #FFF; background-color:#fff !important"), (false, true));
        assert_eq!(of("color: #FFF; background-color:#000; font-size: 12px; left: -1px"), (false, false));
    }
}
