//! `pagegate train blocks` on a few pages written for it.

use std::{fmt::Write, fs, path::Path, process::Command};

const WORDS: [&str; 8] = ["river", "bridge", "council", "school", "harbour", "market", "station", "library"];

/// A page of a site with a menu, an article and teasers, and the body of that article.
fn page(site: usize) -> (String, String) {
    let word = |at: usize| WORDS[(site * 3 + at) % WORDS.len()];
    let paragraphs: Vec<String> = (0..5)
        .map(|it| {
            format!(
                "The {} of the town was repaired in week {it}, the mayor said, and the {} will be next before the winter comes.",
                word(it),
                word(it + 1)
            )
        })
        .collect();
    let mut html = format!(
        "<body><nav><ul><li><a href=/>Home</a><li><a href=/{}>News</a></ul></nav><main><h1>News of site {site}</h1>",
        word(0)
    );
    for it in &paragraphs {
        let _ = write!(html, "<p>{it}</p>");
    }
    html.push_str("</main><div class=related>");
    for it in 0..6 {
        let _ = write!(html, "<p><a href=/{it}>More about the {} of today</a></p>", word(it));
    }
    html.push_str("</div><footer><p>All rights of this site are reserved by the people who write it, as in every year.</p></footer></body>");
    (html, paragraphs.join("\n"))
}

/// Writes labelled pages of ten sites, and gives the file of their rows.
fn corpus(folder: &Path) -> std::path::PathBuf {
    let mut rows = String::new();
    for site in 0..10 {
        let (html, body) = page(site);
        fs::write(folder.join(format!("{site}.html")), html).expect("written");
        let row = serde_json::json!({
            "id": format!("aed_{site}"), "label": "article", "kind": "page", "html_file": format!("{site}.html"),
            "url": format!("https://site{site}.example/news"), "title": "", "body": body,
        });
        let _ = writeln!(rows, "{row}");
    }
    let path = folder.join("pages.jsonl");
    fs::write(&path, rows).expect("written");
    path
}

fn train(arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_pagegate")).args(["train", "blocks"]).args(arguments).output();
    let output = output.expect("the program runs");
    let text = |it: Vec<u8>| String::from_utf8(it).expect("UTF-8");
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn train_blocks_tells_figures_of_unseen_sites_and_writes_the_same_model_each_time() {
    let folder = tempfile::tempdir().expect("a directory");
    let rows = corpus(folder.path());
    let rows = rows.to_str().expect("UTF-8");
    let mut models = Vec::new();
    for name in ["a.txt", "b.txt"] {
        let model = folder.path().join(name);
        let (is_ok, out, error) = train(&[rows, "--seeds", "1", "--out", model.to_str().expect("UTF-8")]);
        assert!(is_ok, "{error}");
        assert!(out.starts_with("10 pages"), "{out}");
        let crossed = out.lines().find(|it| it.starts_with("cross-validated by site, all seeds")).expect("figures");
        let f1: f64 =
            crossed.split_whitespace().skip_while(|it| *it != "aed").nth(1).expect("F1").parse().expect("a number");
        assert!(f1 > 0.9, "{out}");
        models.push(fs::read_to_string(model).expect("a model"));
    }
    assert!(models[0].starts_with("threshold ") && models[0].contains("\ntree\n"), "{}", models[0]);
    assert_eq!(models[0], models[1]);
}

#[test]
fn train_blocks_without_a_known_body_is_an_error() {
    let folder = tempfile::tempdir().expect("a directory");
    let rows = folder.path().join("none.jsonl");
    fs::write(&rows, "").expect("written");
    let (is_ok, _, error) = train(&[rows.to_str().expect("UTF-8")]);
    assert!(!is_ok && error.contains("no page with a known body"), "{error}");
}
