//! The code against its own account in docs/architecture.md.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The rooms in the order in which they may import.
const ROOMS: &[&str] = &[
    "limits", "page", "finding", "rule", "layout", "detect", "verdict", "engine", "example", "eval", "train", "review",
    "store", "proto", "fault", "gate", "serving", "web", "grpc", "http", "config", "cli",
];
/// Modules that import nothing of the house.
const LEAVES: &[&str] = &["metrics", "shutdown", "telemetry"];
/// Imports against the order, each with its reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("page", "finding", "a reading tells what it could not read as a Failure"),
    (
        "detect",
        "verdict",
        "the list of everything found by structure includes what is found on the body after the cuts",
    ),
];

/// Where paths on the map begin.
const ROOTS: &[&str] = &["src/", "docs/", "tests/", "proto/", "rules/", "scripts/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(root().join("src"))
        .sort_by_file_name()
        .into_iter()
        .map(|it| it.expect("readable").into_path());
    files.filter(|it| it.extension().is_some_and(|it| it == "rs")).collect()
}

/// Room of a file: the first part of its path below src.
fn room(file: &Path) -> String {
    let below = file.strip_prefix(root().join("src")).expect("below src").with_extension("");
    below.components().next().expect("a name").as_os_str().to_string_lossy().into_owned()
}

/// Rooms named after `crate::` in a file, comments and tests left out.
fn imports(text: &str) -> BTreeSet<String> {
    let code: String = text
        .split("#[cfg(test)]")
        .next()
        .unwrap_or("")
        .lines()
        .filter(|it| !it.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(list) => top_level(list),
            None => vec![rest],
        };
        for name in names {
            let name: String = name.trim_start().chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
            rooms.insert(name);
        }
    }
    rooms
}

/// The parts of a braced list, up to its closing brace.
fn top_level(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&list[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

#[test]
fn imports_go_one_way() {
    let place = |room: &str| ROOMS.iter().position(|it| *it == room);
    let mut wrong = Vec::new();
    for file in sources() {
        let own = room(&file);
        if own == "main" || own == "lib" {
            continue;
        }
        for import in imports(&fs::read_to_string(&file).expect("readable")) {
            let backwards = match (place(&own), place(&import)) {
                (Some(own), Some(import)) => import > own,
                (None, Some(_)) => true,
                (_, None) => false,
            };
            let excepted = EXCEPTIONS.iter().any(|(from, to, _)| *from == own && *to == import);
            if backwards && !excepted {
                wrong.push(format!("{}: {own} imports {import}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_on_the_map_and_every_path_on_the_map_exists() {
    let map = fs::read_to_string(root().join("docs/architecture.md")).expect("readable");
    for file in sources() {
        let room = room(&file);
        let known =
            ROOMS.contains(&room.as_str()) || LEAVES.contains(&room.as_str()) || room == "main" || room == "lib";
        assert!(known, "{room} is in no list of this test");
        let named =
            room == "lib" || map.contains(&format!("`src/{room}.rs`")) || map.contains(&format!("`src/{room}/`"));
        assert!(named, "docs/architecture.md does not name src/{room}");
    }
    for path in map
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|it| ROOTS.iter().any(|root| it.starts_with(root)) && !it.contains('<'))
    {
        assert!(root().join(path).exists(), "docs/architecture.md names {path}, which does not exist");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for file in sources() {
        let text = fs::read_to_string(&file).expect("readable");
        assert!(text.starts_with("//! "), "{} does not begin with //!", file.display());
    }
}
