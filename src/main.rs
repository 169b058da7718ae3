//! The `pagegate` program; see [`pagegate::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    pagegate::cli::run()
}
