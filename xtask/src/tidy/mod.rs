//! Checks of our own that no compiler, formatter or linter makes. A remark that a reviewer made twice belongs here.

mod conformance;
mod edges;
mod migrations;
mod start;
mod test_binaries;
mod text;

use std::{fmt, fs};

use crate::{
    Failure,
    repository::{Repository, file_failure},
};

/// Something to mend: where it is, what is wrong, and how to put it right.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// A file under version control: its path from the root, and what is in it.
struct File {
    path: String,
    bytes: Vec<u8>,
}

impl File {
    /// The content as text; none for a binary file.
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok().filter(|text| !text.contains('\0'))
    }
}

/// Prints every finding and fails when there is one; long files that are not yet too long are only printed.
pub fn run(repository: &Repository) -> Result<(), Failure> {
    let files = load(repository)?;
    for warning in text::long_files(&files) {
        println!("warning: {warning}");
    }
    let mut findings = text::check(&files);
    findings.extend(edges::check(&repository.metadata, &files));
    findings.extend(test_binaries::check(&repository.metadata));
    findings.extend(conformance::check(&files));
    findings.extend(migrations::check(&files));
    findings.extend(start::check(&repository.metadata));
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(Failure::Refused(format!("tidy found {count} things to mend"))),
    }
}

fn load(repository: &Repository) -> Result<Vec<File>, Failure> {
    let read = |path: String| {
        let full = repository.root.join(&path);
        match fs::read(&full) {
            Ok(bytes) => Ok(File { path, bytes }),
            Err(source) => Err(file_failure(&full, source)),
        }
    };
    repository.tracked_files()?.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests;
