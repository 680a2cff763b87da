//! The repository, read into memory. A rule sees files as text with a path; where the text
//! came from it does not know, so that a rule can be shown a broken file.

use std::fs;
use std::path::Path;

use crate::rust;

/// Folders that hold what is made, not what is written.
const MADE: &[&str] = &["target", "__pycache__", "venv", "node_modules"];

/// Hidden names that are the project's own.
const HIDDEN: &[&str] = &[".cargo", ".ci", ".github", ".gitignore"];

const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// One file of text.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the top of the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// All files of text.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    sources: Vec<Source>,
}

impl Tree {
    /// The repository as it stands.
    pub(crate) fn read() -> Self {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut tree = Self::default();
        tree.add(top, top);
        tree.sources.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(tree.sources.len() > 20, "found no repository at {}", top.display());
        tree
    }

    /// A repository made up for a test.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let source = |(path, text): &(&str, &str)| Source {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        Self { sources: files.iter().map(source).collect() }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter()
    }

    /// The Rust files under a folder; an empty one means everywhere.
    pub(crate) fn rust(&self, under: &str) -> impl Iterator<Item = &Source> {
        let under = under.to_owned();
        self.all().filter(move |file| file.path.starts_with(&under) && file.path.ends_with(".rs"))
    }

    pub(crate) fn find(&self, path: &str) -> Option<&Source> {
        self.all().find(|file| file.path == path)
    }

    fn add(&mut self, top: &Path, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let is_hidden = name.starts_with('.') && !HIDDEN.contains(&name.as_str());
            if is_hidden || MADE.contains(&name.as_str()) {
                continue;
            }
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                self.add(top, &entry.path());
            } else if kind.is_file() && entry.metadata().unwrap().len() <= FILE_BYTES_MAX {
                let Ok(text) = fs::read_to_string(entry.path()) else { continue };
                let path = entry.path().strip_prefix(top).unwrap().display().to_string();
                self.sources.push(Source { path, text });
            }
        }
    }
}

impl Source {
    /// The code alone: comments and the insides of strings are blanks, lines stay where they
    /// were.
    pub(crate) fn code(&self) -> String {
        rust::code(&self.text)
    }

    /// [`Self::code`] without the modules that are compiled for tests only.
    pub(crate) fn code_without_tests(&self) -> String {
        rust::without_tests(&self.code())
    }

    /// Whether the whole file is compiled for tests only.
    pub(crate) fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.ends_with("/tests.rs")
            || self.path.contains("/tests/")
            || self.path.contains("/benches/")
    }

    /// `path:line: what`, counted from 1.
    pub(crate) fn fault(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}
