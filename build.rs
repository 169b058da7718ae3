//! Compiles `proto/` and embeds `rules/`.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use prost::Message as _;
use walkdir::WalkDir;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    compile_protos(&out)?;
    embed_rules(&out)?;
    Ok(())
}

fn compile_protos(out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let files = files_below("proto", "proto")?;
    let descriptors = protox::compile(&files, ["proto"])?;
    let bytes = descriptors.encode_to_vec();
    fs::write(out.join("descriptors.bin"), &bytes)?;
    tonic_prost_build::configure()
        .build_client(true)
        .build_transport(true)
        .extern_path(".google.protobuf.Timestamp", "::pbjson_types::Timestamp")
        .btree_map(".")
        .compile_fds(descriptors)?;
    pbjson_build::Builder::new()
        .register_descriptors(&bytes)?
        .btree_map(["."])
        .emit_fields()
        .build(&[".pagegate.v1"])?;
    Ok(())
}

/// Emits `(path below rules/, text)` of every rule and slot file, sorted by path.
fn embed_rules(out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    let root = env::current_dir()?;
    let mut table = String::from("&[\n");
    for file in files_below("rules", "toml")? {
        let name = file.strip_prefix("rules")?.with_extension("");
        let name = name.to_string_lossy().replace('\\', "/");
        let path = root.join(&file).to_string_lossy().into_owned();
        writeln!(table, "    ({name:?}, include_str!({path:?})),")?;
    }
    table.push_str("]\n");
    fs::write(out.join("rules.rs"), table)?;
    Ok(())
}

fn files_below(dir: &str, extension: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(dir).sort_by_file_name() {
        let entry = entry?;
        if entry.path().extension().is_some_and(|it| it == extension) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}
