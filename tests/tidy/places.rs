//! Names of files, and places that exist on one machine only.

use crate::tree::Tree;

/// If you cannot name it, you do not understand it yet.
const EMPTY_NAMES: &[&str] =
    &["base", "common", "helper", "helpers", "manager", "misc", "mod", "shared", "util", "utils"];

/// Folders that a file of this repository may lie in, at the top.
const FOLDERS: &[&str] = &[".cargo", ".ci", ".github", "bridge", "cli", "daemon", "proto", "tests"];

/// Beginnings of paths that a clean machine does not have; put together, so that this file
/// does not name them itself.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/fa", "rm/"),
    concat!("/Us", "ers/"),
    concat!("C:", "\\Users"),
];

/// Places on one machine in any file.
pub(crate) fn machine_paths(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for file in tree.all() {
        for (line, text) in file.text.lines().enumerate() {
            for place in MACHINE_PATHS {
                // A longer path or an address may have such a part in its middle.
                let at_start = |at: usize| {
                    !text[..at].ends_with(|c: char| c.is_alphanumeric() || "._-/~".contains(c))
                };
                if text.match_indices(place).any(|(at, _)| at_start(at)) {
                    faults.push(file.fault(line + 1, &format!("a place on one machine: {place}")));
                }
            }
        }
    }
    faults
}

/// Names that say nothing, and folders that nobody asked for.
pub(crate) fn names(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for file in tree.all() {
        let stem = file.path.rsplit('/').next().and_then(|name| name.split('.').next());
        if file.path.ends_with(".rs") && stem.is_some_and(|stem| EMPTY_NAMES.contains(&stem)) {
            faults.push(file.fault(1, "a name that says nothing"));
        }
        if let Some((folder, _)) = file.path.split_once('/')
            && !FOLDERS.contains(&folder)
        {
            faults.push(file.fault(1, &format!("`{folder}` is no folder of the top level")));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Tree) -> Vec<String>, path: &str, text: &str, expect: &[&str]) {
        assert_eq!(rule(&Tree::of(&[(path, text)])), expect, "{path} {text}");
    }

    #[test]
    fn a_place_on_one_machine_is_seen() {
        let text = concat!("see /wo", "rk/here");
        let expect = [concat!("README.md:1: a place on one machine: /wo", "rk/")];
        check(machine_paths, "README.md", text, &expect);
        check(machine_paths, "README.md", concat!("a/ho", "me/page, /var/lib"), &[]);
    }

    #[test]
    fn names_that_say_nothing_are_seen() {
        check(names, "cli/src/util.rs", "", &["cli/src/util.rs:1: a name that says nothing"]);
        check(names, "cli/src/out.rs", "", &[]);
        check(names, "libs/a.rs", "", &["libs/a.rs:1: `libs` is no folder of the top level"]);
    }
}
