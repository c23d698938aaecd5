//! What holds for single files: how long, how large, and what must not stand in them.

use super::{File, Finding};

const LINES_MAX: usize = 500;
const LINES_WARN: usize = 350;
const BYTES_MAX: usize = 512 * 1024;

/// Written in halves, so that this file does not find itself.
const LEFTOVERS: [&str; 3] = [concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")];

/// Files too large or too long, and lines that are not finished or not clean.
pub fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        if file.bytes.len() > BYTES_MAX {
            let what = format!(
                "{} bytes, at most {BYTES_MAX}: generate it, fetch it or leave it out",
                file.bytes.len()
            );
            findings.push(Finding::new(&file.path, 1, what));
        }
        let Some(text) = file.text() else { continue };
        let lines = text.lines().count();
        if is_rust(file) && lines > LINES_MAX {
            let what = format!("{lines} lines, at most {LINES_MAX}: split it by what its parts are about");
            findings.push(Finding::new(&file.path, lines, what));
        }
        findings.extend(check_lines(&file.path, text));
    }
    findings
}

/// Rust files on their way to being too long.
pub fn long_files(files: &[File]) -> Vec<Finding> {
    let lines = |file: &File| file.text().map_or(0, |text| text.lines().count());
    let long = files.iter().filter(|file| is_rust(file)).map(|file| (file, lines(file)));
    long.filter(|(_, lines)| (LINES_WARN + 1..=LINES_MAX).contains(lines))
        .map(|(file, lines)| {
            Finding::new(&file.path, lines, format!("{lines} lines; {LINES_MAX} is the limit"))
        })
        .collect()
}

fn is_rust(file: &File) -> bool {
    file.path.ends_with(".rs")
}

fn check_lines(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, number) in text.split('\n').zip(1..) {
        if line.contains('\t') {
            findings.push(Finding::new(path, number, "a tab: indent with spaces, or write `\\t`"));
        }
        if line.ends_with(|c: char| c.is_whitespace()) {
            findings.push(Finding::new(path, number, "white space at the end of the line: remove it"));
        }
        for leftover in LEFTOVERS.iter().filter(|leftover| line.contains(**leftover)) {
            findings.push(Finding::new(
                path,
                number,
                format!("`{leftover}`: finish it, or open an issue instead"),
            ));
        }
    }
    findings
}
