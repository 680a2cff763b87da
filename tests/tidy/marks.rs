//! Marks that code may not carry: unfinished work, silenced tests, stray output, and files
//! that do not say what they are.

use crate::rust;
use crate::tree::Tree;

const UNFINISHED_MACROS: &[&str] = &["todo", "unimplemented", "dbg"];
const SILENCING_ATTRIBUTES: &[&str] = &["ignore", "should_panic"];
/// Put together, so that this file does not carry them itself.
const UNFINISHED_NOTES: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("HA", "CK")];
const PRINT_MACROS: &[&str] = &["print", "println", "eprint", "eprintln"];

/// The one file of the client that writes to the terminal.
const PRINTER: &str = "cli/src/out.rs";

/// Unfinished work and tests that do not run.
pub(crate) fn unfinished(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for file in tree.rust("") {
        let code = file.code();
        let words = rust::words(&code);
        for window in words.windows(3) {
            let [(line, first), (_, second), (_, third)] = window else { continue };
            if UNFINISHED_MACROS.contains(first) && *second == "!" {
                faults.push(file.fault(*line, &format!("`{first}!`")));
            }
            if *first == "#" && *second == "[" && SILENCING_ATTRIBUTES.contains(third) {
                faults.push(file.fault(*line, &format!("`#[{third}]`")));
            }
        }
        for (line, text) in file.text.lines().enumerate() {
            let mut words = text.split(|c: char| !rust::is_word(c));
            if let Some(note) = words.find(|word| UNFINISHED_NOTES.contains(word)) {
                faults.push(file.fault(line + 1, &format!("`{note}`")));
            }
        }
    }
    faults
}

/// Files that do not open with a sentence about themselves.
pub(crate) fn heads(tree: &Tree) -> Vec<String> {
    let silent = tree.rust("").filter(|file| {
        let head = file.text.lines().next().unwrap_or_default();
        head.strip_prefix("//! ").is_none_or(|sentence| matches!(sentence, "" | "Stub."))
    });
    silent.map(|file| file.fault(1, "does not open with `//!` and what it is")).collect()
}

/// Output of the client from anywhere but its printer.
pub(crate) fn prints(tree: &Tree) -> Vec<String> {
    let mut faults = Vec::new();
    for file in tree.rust("cli/src/").filter(|file| file.path != PRINTER && !file.is_test()) {
        let code = file.code_without_tests();
        let words = rust::words(&code);
        for window in words.windows(5) {
            let [(line, first), (_, second), .., (_, fifth)] = window else { continue };
            let prints = PRINT_MACROS.contains(first) && *second == "!";
            // Asking what a stream is connected to writes nothing.
            let writes =
                matches!(*first, "stdout" | "stderr") && *second == "(" && *fifth != "is_terminal";
            if prints || writes {
                faults.push(file.fault(*line, &format!("`{first}` outside of {PRINTER}")));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Tree) -> Vec<String>, path: &str, text: &str, expect: &[&str]) {
        assert_eq!(rule(&Tree::of(&[(path, text)])), expect, "{text}");
    }

    #[test]
    fn unfinished_work_is_seen() {
        check(unfinished, "a.rs", "fn f() {\n todo!();\n}", &["a.rs:2: `todo!`"]);
        check(unfinished, "a.rs", "#[ignore]\nfn f() {}", &["a.rs:1: `#[ignore]`"]);
        check(
            unfinished,
            "a.rs",
            "#[should_panic(expected = \"x\")]",
            &["a.rs:1: `#[should_panic]`"],
        );
        let note = concat!("// FIX", "ME: later");
        check(unfinished, "a.rs", note, &[concat!("a.rs:1: `FIX", "ME`")]);
        check(unfinished, "a.rs", "let ignore = \"todo!()\"; // ignored", &[]);
    }

    #[test]
    fn a_file_without_a_head_is_seen() {
        check(heads, "a.rs", "//! What it is.\nuse b;", &[]);
        let expect = ["a.rs:1: does not open with `//!` and what it is"];
        for text in ["", "use b;", "//!\n//! Late.", "//! Stub."] {
            check(heads, "a.rs", text, &expect);
        }
    }

    #[test]
    fn stray_output_is_seen() {
        let expect = ["cli/src/a.rs:1: `println` outside of cli/src/out.rs"];
        check(prints, "cli/src/a.rs", "println!(\"{x}\");", &expect);
        let expect = ["cli/src/a.rs:1: `stdout` outside of cli/src/out.rs"];
        check(prints, "cli/src/a.rs", "io::stdout().write_all(b\"\")?;", &expect);
        check(prints, "cli/src/a.rs", "io::stdout().is_terminal();", &[]);
        check(prints, "cli/src/out.rs", "println!();", &[]);
    }
}
