//! What is heard of files, and what is done about contents.

use parlor_proto::ids::FileHash;

use crate::chat::*;

pub(super) fn answer(answer: FileAnswer) -> String {
    match answer {
        FileAnswer::Begun { upload, received } => format!("upload {upload} from {received}"),
        FileAnswer::There(facts) => format!("is there: {}", file(&facts)),
        FileAnswer::Progress { upload, received } => format!("upload {upload} has {received}"),
        FileAnswer::Finished(facts) => file(&facts),
        FileAnswer::Uploads { uploads, used, .. } => {
            let uploads = uploads.iter().map(|one| format!(" {}:{}", one.upload, one.new.name));
            format!("uploads{}, {used} used", uploads.collect::<String>())
        }
        FileAnswer::Piece(data) => format!("{} bytes", data.len()),
    }
}

pub(super) fn files(message: &Message) -> String {
    message.files.iter().map(|facts| format!(" [{}]", file(facts))).collect()
}

fn file(facts: &FileFacts) -> String {
    format!("f{} {} {} {}", facts.file, facts.name, facts.size, facts.media_type)
}

/// What is asked of those who look after contents.
pub(crate) fn work(work: &FileWork) -> String {
    match work {
        FileWork::Write { to, offset, data, .. } => {
            format!("write {} at {offset}: {} bytes", to.upload, data.len())
        }
        FileWork::Ask { of, begins: true, .. } => format!("go on with {}", of.upload),
        FileWork::Ask { of, .. } => format!("tell of {}", of.upload),
        FileWork::Check { of, .. } => format!("check {}", of.upload),
        FileWork::Discard(of) => format!("discard {}", of.upload),
        FileWork::Sift(hash) => format!("sift {}", of(*hash)),
    }
}

pub(crate) fn read(piece: &PieceOfFile) -> String {
    format!("read {} from {}, {}", of(piece.hash), piece.part.offset, piece.part.length)
}

fn of(FileHash([first, ..]): FileHash) -> String {
    format!("{first:02x}")
}
