//! The stylesheet, the script and the icon: in the binary, named after their content, so that browsers keep them.

use std::sync::LazyLock;

use axum::{extract::Path, response::IntoResponse, response::Response};
use http::{HeaderName, HeaderValue, header};

use super::answer::Problem;
use crate::fault::{Code, Fault};

/// A file with its path.
struct Asset {
    name: String,
    content_type: &'static str,
    text: &'static str,
}

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| asset("style", "css", "text/css; charset=utf-8", include_str!("../../assets/style.css")));
static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| asset("app", "js", "text/javascript; charset=utf-8", include_str!("../../assets/app.js")));
static ICON: LazyLock<Asset> = LazyLock::new(|| Asset {
    name: "/assets/icon.svg".into(),
    content_type: "image/svg+xml",
    text: include_str!("../../assets/icon.svg"),
});

fn asset(stem: &str, extension: &str, content_type: &'static str, text: &'static str) -> Asset {
    let hash = blake3::hash(text.as_bytes()).to_hex();
    Asset { name: format!("/assets/{stem}-{}.{extension}", &hash[..16]), content_type, text }
}

/// Path of the stylesheet.
pub(super) fn style() -> &'static str {
    &STYLE.name
}

/// Path of the script.
pub(super) fn script() -> &'static str {
    &SCRIPT.name
}

/// Gives a file.
pub(super) async fn get(Path(name): Path<String>) -> Result<Response, Problem> {
    let path = format!("/assets/{name}");
    let found = [&*STYLE, &*SCRIPT, &*ICON].into_iter().find(|it| it.name == path);
    let asset = found.ok_or_else(|| Fault::new(Code::NotFound, "NOT_FOUND", "no such file"))?;
    let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type)),
        (header::CACHE_CONTROL, kept),
        // The frame of the rendered view has no origin, and these are no secret.
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    Ok((headers, asset.text).into_response())
}
