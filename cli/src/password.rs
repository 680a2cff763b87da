//! Where a password comes from: stdin, a file, or a prompt without echo; never an argument.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use parlor_proto::limits::PASSWORD_BYTES_MAX;

use crate::config::variable;
use crate::failure::{Failure, Result};
use crate::terminal::{ask, ask_secretly};

const FILE_VARIABLE: &str = "PARLOR_PASSWORD_FILE";

/// What the password is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Purpose {
    /// It exists: asked for once.
    Login,
    /// It is new: asked for twice, since nobody sees what is typed.
    Register,
}

impl Purpose {
    fn command(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Register => "register",
        }
    }
}

/// The password, from the first place that has one. May wait for a person.
pub(crate) fn obtain(from_stdin: bool, purpose: Purpose) -> Result<String> {
    if from_stdin {
        return read("stdin", io::stdin().lock());
    }
    if let Some(path) = variable(FILE_VARIABLE) {
        let path = Path::new(&path);
        let file = File::open(path).map_err(|error| Failure::file(path, error))?;
        return read(&path.display().to_string(), file);
    }
    let password = prompt("password: ", purpose)?;
    if purpose == Purpose::Register && prompt("the same again: ", purpose)? != password {
        return Err(Failure::usage("the two passwords are not the same"));
    }
    Ok(password)
}

/// The old password and a new one: a line each from stdin, else prompts. May wait for a person.
pub(crate) fn obtain_change(from_stdin: bool) -> Result<(String, String)> {
    if from_stdin {
        let mut lines = String::new();
        let limit = 2 * (PASSWORD_BYTES_MAX as u64 + 3);
        let read = io::stdin().lock().take(limit).read_to_string(&mut lines);
        read.map_err(|error| Failure::usage(format!("the passwords from stdin: {error}")))?;
        let two = || Failure::usage("stdin has two lines: the old password and the new one");
        let (old, new) = lines.split_once('\n').ok_or_else(two)?;
        return Ok((read_text(old)?, read_text(new)?));
    }
    let old = prompt("old password: ", Purpose::Login)?;
    let new = prompt("new password: ", Purpose::Register)?;
    if prompt("the same again: ", Purpose::Register)? != new {
        return Err(Failure::usage("the two passwords are not the same"));
    }
    Ok((old, new))
}

fn read_text(line: &str) -> Result<String> {
    read("stdin", line.as_bytes())
}

/// A user's name, where none is known. Waits for a person.
pub(crate) fn obtain_name(purpose: Purpose) -> Result<String> {
    ask("user: ").map_err(|_| {
        Failure::usage("which user? there is no terminal to ask")
            .hint(format!("parlor {} USER", purpose.command()))
    })
}

fn prompt(question: &str, purpose: Purpose) -> Result<String> {
    ask_secretly(question).map_err(|error| {
        if error.kind() == io::ErrorKind::Interrupted {
            return Failure::interrupted();
        }
        Failure::usage("there is no terminal to ask for the password")
            .hint(format!("parlor {} USER --password-stdin < FILE", purpose.command()))
    })
}

/// The API token in a file.
pub(crate) fn read_token(path: &Path) -> Result<String> {
    let file = File::open(path).map_err(|error| Failure::file(path, error))?;
    Ok(read(&path.display().to_string(), file)?.trim().to_owned())
}

/// All of it, without one line feed at its end.
fn read(source: &str, from: impl Read) -> Result<String> {
    // A carriage return, a line feed, and one more to see that it is too long.
    let limit = PASSWORD_BYTES_MAX as u64 + 3;
    let mut text = String::new();
    from.take(limit)
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("the password from {source}: {error}")))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() {
        return Err(Failure::usage(format!("no password came from {source}")));
    }
    if text.len() > PASSWORD_BYTES_MAX {
        let why = format!("the password is longer than {PASSWORD_BYTES_MAX} bytes");
        return Err(Failure::usage(why));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expect: Result<&str, &str>) {
        let got = read("stdin", bytes).map_err(|failure| failure.sentence);
        match (&got, expect) {
            (Ok(password), Ok(expect)) => assert_eq!(password, expect),
            (Err(sentence), Err(why)) => assert!(sentence.contains(why), "{sentence}"),
            _ => panic!("{got:?} is not {expect:?}"),
        }
    }

    #[test]
    fn one_line_feed_is_not_part_of_a_password() {
        check(b"correct horse\n", Ok("correct horse"));
        check(b"correct horse\r\n", Ok("correct horse"));
        check(b" correct horse \n\n", Ok(" correct horse \n"));
        check(b"correct horse", Ok("correct horse"));
        let longest = "x".repeat(PASSWORD_BYTES_MAX);
        check(format!("{longest}\r\n").as_bytes(), Ok(&longest));
    }

    #[test]
    fn what_is_no_password_is_refused_before_anybody_is_asked() {
        check(b"", Err("no password came"));
        check(b"\n", Err("no password came"));
        check(b"\xff\xfe", Err("stdin"));
        check(&b"x".repeat(PASSWORD_BYTES_MAX + 1), Err("longer than"));
        check(&b"x".repeat(1 << 20), Err("longer than"));
    }
}
