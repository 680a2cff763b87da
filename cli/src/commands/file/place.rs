//! Where a fetched file goes. Names come from others: nothing of them leads out of the folder,
//! hides, or takes the place of what is there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use parlor_proto::client::FileHasher;
use parlor_proto::limits::FILE_NAME_BYTES_MAX;

use crate::escape::is_hostile;
use crate::failure::{Exit, Failure, Result};

/// The longest name that we make: with what is added while it comes it fits everywhere.
const NAME_BYTES_MAX: usize = 180;

/// What a file is called of whose name nothing is left.
const NAMELESS: &str = "file";

/// Of its SHA-256, so much stands in the name of what has come so far.
const MARK_BYTES: usize = 8;

/// Where it goes, and where it stays until it is whole.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    part: PathBuf,
    replace: bool,
}

/// What has come of a file so far; `file` stands at its end.
pub(super) struct Part {
    pub(super) file: File,
    pub(super) length: u64,
    pub(super) hasher: FileHasher,
}

impl Place {
    /// `output`: a folder, or where exactly; else the current folder.
    pub(super) fn new(
        output: Option<&Path>,
        name: &str,
        sha256: &[u8],
        replace: bool,
    ) -> Result<Self> {
        let path = match output {
            None => PathBuf::from(harmless(name)),
            Some(folder) if folder.is_dir() => folder.join(harmless(name)),
            Some(path) => path.to_owned(),
        };
        let is_there = fs::symlink_metadata(&path).is_ok();
        if is_there && (!replace || path.is_dir()) {
            return Err(taken(&path));
        }
        let last = path.file_name().unwrap_or_default().to_string_lossy();
        let mark = HEXLOWER.encode(sha256.get(..MARK_BYTES).unwrap_or_default());
        let part = path.with_file_name(format!(".{last}.{mark}.part"));
        Ok(Self { path, part, replace })
    }

    /// Goes on with what came before, if it can be that.
    pub(super) fn open(&self, size: u64) -> Result<Part> {
        self.try_open(size).map_err(|error| Failure::file(&self.part, error))
    }

    fn try_open(&self, size: u64) -> io::Result<Part> {
        match fs::symlink_metadata(&self.part) {
            Ok(found) if !found.is_file() => return Err(ErrorKind::AlreadyExists.into()),
            Ok(found) if found.len() > size => fs::remove_file(&self.part)?,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&self.part)?;
        let mut hasher = FileHasher::default();
        let length = read_on(&mut file, &mut hasher)?;
        Ok(Part { file, length, hasher })
    }

    /// It is whole: from now on it has its name.
    pub(super) fn keep(&self, file: &File) -> Result<PathBuf> {
        let kept = file.sync_all().and_then(|()| {
            if self.replace {
                return fs::rename(&self.part, &self.path);
            }
            // Never in the place of something that has come there meanwhile.
            match fs::hard_link(&self.part, &self.path) {
                Ok(()) => fs::remove_file(&self.part),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
                // A file system without links.
                Err(_) if fs::symlink_metadata(&self.path).is_err() => {
                    fs::rename(&self.part, &self.path)
                }
                Err(error) => Err(error),
            }
        });
        match kept {
            Ok(()) => Ok(self.path.clone()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(taken(&self.path)),
            Err(error) => Err(Failure::file(&self.path, error)),
        }
    }

    pub(super) fn discard(&self) {
        // If it cannot be removed, it is wrong again the next time, and that is told again.
        drop(fs::remove_file(&self.part));
    }
}

/// A name without what the protocol forbids in it.
pub(super) fn without_controls(name: &str) -> String {
    let clean: String =
        name.chars().map(|c| if c.is_control() || c == '/' { '_' } else { c }).collect();
    cut(&clean, FILE_NAME_BYTES_MAX).to_owned()
}

/// A name that is one in the folder that it is put in, can be seen, and can be typed.
fn harmless(name: &str) -> String {
    let is_bad = |c: char| is_hostile(c) || matches!(c, '/' | '\\' | ':');
    let clean: String = name.chars().map(|c| if is_bad(c) { '_' } else { c }).collect();
    let clean = clean.trim_start().trim_end_matches(|c: char| c.is_whitespace() || c == '.');
    let shown = match clean.strip_prefix(['.', '-']) {
        Some(rest) => format!("_{rest}"),
        None => clean.to_owned(),
    };
    match cut(&shown, NAME_BYTES_MAX) {
        "" | "_" => NAMELESS.to_owned(),
        name => name.to_owned(),
    }
}

fn cut(text: &str, bytes_max: usize) -> &str {
    let end = (0..=bytes_max.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

fn read_on(file: &mut File, hasher: &mut FileHasher) -> io::Result<u64> {
    use std::io::Read as _;
    let mut buffer = vec![0; 64 * 1024];
    let mut length = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(length),
            read => {
                hasher.update(buffer.get(..read).unwrap_or_default());
                length += read as u64;
            }
        }
    }
}

fn taken(path: &Path) -> Failure {
    let why = format!("{} is there already: take another name, or --force", path.display());
    Failure::new(Exit::Failure, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_its_folder_or_hides_in_it() {
        for (name, expect) in [
            ("notes.txt", "notes.txt"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            ("..", "file"),
            (".", "file"),
            ("", "file"),
            ("/", "file"),
            (".bashrc", "_bashrc"),
            ("-rf", "_rf"),
            ("C:\\autoexec.bat", "C__autoexec.bat"),
            ("a\u{202e}gpj.exe", "a_gpj.exe"),
            ("a\nb\u{1b}[2J", "a_b_[2J"),
            ("trailing. . ", "trailing"),
            ("Gr\u{fc}\u{df}e.txt", "Gr\u{fc}\u{df}e.txt"),
        ] {
            let harmless = harmless(name);
            assert!(!harmless.contains('/') && !harmless.starts_with('.'), "{harmless}");
            assert_eq!(harmless, expect, "{name}");
        }
        assert_eq!(harmless(&"\u{20ac}".repeat(255)).len(), NAME_BYTES_MAX);
    }

    #[test]
    fn what_is_there_stays_and_what_came_before_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let place = |replace| Place::new(Some(folder.path()), "a.txt", &[7; 32], replace);
        fs::write(folder.path().join("a.txt"), "old").unwrap();
        place(false).unwrap_err();
        fs::remove_file(folder.path().join("a.txt")).unwrap();

        let first = place(false).unwrap();
        let part = first.open(5).unwrap();
        assert_eq!(part.length, 0);
        fs::write(&first.part, "hel").unwrap();
        let part = first.open(5).unwrap();
        assert_eq!(part.length, 3);
        // Somebody else was faster.
        fs::write(folder.path().join("a.txt"), "old").unwrap();
        first.keep(&part.file).unwrap_err();
        assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"old");
        let again = place(true).unwrap();
        again.keep(&part.file).unwrap();
        assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"hel");
        assert!(!again.part.exists());
    }

    #[test]
    fn what_is_too_long_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(Some(folder.path()), "a.txt", &[7; 32], false).unwrap();
        fs::write(&place.part, "too long").unwrap();
        assert_eq!(place.open(5).unwrap().length, 0);
    }
}
