//! The file-length alarm. It counts lines outside of tests; when it rings, look for the seam.

use crate::tree::{Source, Tree};

const LINES_MAX: usize = 400;

/// Files that are longer today, each with its length. The list may only shrink, and so may
/// its numbers.
pub(crate) const LONGER: &[(&str, usize)] = &[];

/// Files over the limit, and entries of the list that are out of date.
pub(crate) fn faults(tree: &Tree, longer: &[(&str, usize)]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in tree.rust("") {
        let lines = lines(file);
        let allowed = longer.iter().find(|(path, _)| *path == file.path).map(|(_, max)| *max);
        let what = match allowed {
            Some(max) if lines <= LINES_MAX || lines < max => {
                format!("{lines} lines, listed with {max}: mend the list")
            }
            Some(max) if lines > max => format!("{lines} lines, listed with {max}: it has grown"),
            None if lines > LINES_MAX => format!("{lines} lines, more than {LINES_MAX}"),
            Some(_) | None => continue,
        };
        faults.push(file.fault(lines, &what));
    }
    for (path, _) in longer {
        if tree.find(path).is_none() {
            faults.push(format!("{path}: listed as long, but gone: mend the list"));
        }
    }
    faults
}

fn lines(file: &Source) -> usize {
    // Comments count: a file is as long as it looks. Blanking keeps their lines.
    file.code_without_tests().lines().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: usize, longer: &[(&str, usize)], expect: &[&str]) {
        let tree = Tree::of(&[("a.rs", &"f();\n".repeat(lines))]);
        assert_eq!(faults(&tree, longer), expect);
    }

    #[test]
    fn the_alarm_rings_and_the_list_only_shrinks() {
        check(400, &[], &[]);
        check(401, &[], &["a.rs:401: 401 lines, more than 400"]);
        check(450, &[("a.rs", 450)], &[]);
        check(451, &[("a.rs", 450)], &["a.rs:451: 451 lines, listed with 450: it has grown"]);
        check(449, &[("a.rs", 450)], &["a.rs:449: 449 lines, listed with 450: mend the list"]);
        check(1, &[("b.rs", 450)], &["b.rs: listed as long, but gone: mend the list"]);
    }

    #[test]
    fn tests_do_not_count() {
        let text = format!("a\n#[cfg(test)]\nmod tests {{\n{}}}\n", "f();\n".repeat(500));
        assert_eq!(faults(&Tree::of(&[("a.rs", &text)]), &[]), [""; 0]);
    }
}
