//! Progress of a long `check`, on standard error where that is a terminal.

use std::{
    io::{self, IsTerminal, stderr},
    path::{Path, PathBuf},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::input;

/// Files from which on a run is long enough to watch.
const MANY: u64 = 20;

/// A bar that counts files, with the pages and their rate beside it; or nothing.
pub(super) struct Progress {
    bar: ProgressBar,
    file: PathBuf,
    pages: u64,
}

impl Progress {
    /// No bar.
    pub(super) fn hidden() -> Self {
        Self::with(ProgressBar::hidden())
    }

    fn with(bar: ProgressBar) -> Self {
        Self { bar, file: PathBuf::new(), pages: 0 }
    }

    /// A bar if somebody watches and there are many files.
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        if !stderr().is_terminal() {
            return Self::hidden();
        }
        let files = input::count(paths);
        if files < MANY {
            return Self::hidden();
        }
        let bar = ProgressBar::new(files);
        let template = "{wide_bar} {pos} of {len} files, {msg}, {eta} left";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self::with(bar)
    }

    /// A page of a file was checked.
    pub(super) fn page(&mut self, file: &Path) {
        if self.bar.is_hidden() {
            return;
        }
        self.pages += 1;
        let seconds = self.bar.elapsed().as_secs().max(1);
        self.bar.set_message(format!("pages: {}, {}/s", self.pages, self.pages / seconds));
        if self.file != file {
            file.clone_into(&mut self.file);
            self.bar.inc(1);
        }
    }

    /// Writes with the bar out of the way.
    pub(super) fn aside(&self, write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        self.bar.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
