//! Files, as people see them.

use super::Look;
use crate::escape::line;
use crate::record::file::{FileOfMessage, FileRecord};

const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];

impl Look {
    pub(super) fn file(&self, record: &FileRecord) -> String {
        match record {
            // Alone on its line, so that a script may take it.
            FileRecord::File { path, .. } => line(path),
            FileRecord::Upload { upload_id, name, size, began_at, .. } => {
                let began = began_at.map_or_else(String::new, |at| self.clock.show(at));
                format!("{upload_id:<6} {} ({}) {began}", line(name), bytes(*size))
            }
            FileRecord::UploadCancelled { upload_id } => format!("{upload_id} cancelled"),
            FileRecord::FileUsage { used_bytes, quota_bytes, file_bytes_max } => {
                let (used, quota) = (bytes(*used_bytes), bytes(*quota_bytes));
                self.dim(&format!("{used} of {quota} used; one file: {}", bytes(*file_bytes_max)))
            }
        }
    }
}

/// What stands behind the text of a message: what a file is called, and how large it is.
pub(super) fn of_message(file: &FileOfMessage) -> String {
    format!(" [{}, {}]", line(&file.name), bytes(file.size))
}

/// As people say it.
pub(crate) fn bytes(bytes: u64) -> String {
    let mut whole = bytes;
    let mut tenths = 0;
    let mut unit = None;
    for next in UNITS {
        if whole < 1024 {
            break;
        }
        tenths = whole % 1024 * 10 / 1024;
        whole /= 1024;
        unit = Some(next);
    }
    match unit {
        None => format!("{whole} B"),
        Some(unit) => format!("{whole}.{tenths} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_do() {
        for (size, said) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1 << 20, "1.0 MiB"),
            ((5 << 30) + (1 << 29), "5.5 GiB"),
            (u64::MAX, "16777215.9 TiB"),
        ] {
            assert_eq!(bytes(size), said);
        }
    }
}
