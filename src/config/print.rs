//! The configuration as a TOML file: the effective one, and the default one with its documentation.

use super::{Config, Loaded, Origin, key::KEYS};

/// What `[[source]]` is for, with an example that holds as it stands.
const SOURCES: &str = "\
# Rows of the policy for one source; they stand before the table's own.
# [[source]]
# name = \"example.com\"
# [[source.row]]
# id = \"example-has-short-briefs\"
# kind = [\"thin_body\"]
# effect = \"note\"
";

/// The effective configuration, with a comment where each value came from.
#[must_use]
pub fn effective(loaded: &Loaded) -> String {
    let mut text = sections(|key| match (key.shown)(&loaded.config) {
        Some(value) => format!("{} = {value} # {}\n", key.name, loaded.origin(&key.path())),
        None => format!("# {} has no value # {}\n", key.name, Origin::Default),
    });
    if let Some((sources, origin)) = &loaded.sources {
        let table = toml::Table::from_iter([("source".to_owned(), sources.clone())]);
        text.push_str(&format!("\n# source: {origin}\n{table}"));
    }
    text
}

/// The default configuration, each key with what it is for.
#[must_use]
pub fn default_file() -> String {
    let config = Config::default();
    let text = sections(|key| {
        let line = match (key.shown)(&config) {
            Some(value) => format!("{} = {value}", key.name),
            None => format!("# {} = {:?}", key.name, key.example),
        };
        format!("# {}\n# {}\n{line}\n", key.doc, key.variable())
    });
    format!("{text}\n{SOURCES}")
}

fn sections(write: impl Fn(&super::key::Key) -> String) -> String {
    let mut text = String::new();
    let mut section = "";
    for key in KEYS {
        if key.section != section {
            section = key.section;
            text.push_str(&format!("{}[{section}]\n", if text.is_empty() { "" } else { "\n" }));
        }
        text.push_str(&write(key));
    }
    text
}
