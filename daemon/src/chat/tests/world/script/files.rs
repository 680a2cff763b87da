//! What scripts ask about files: `ann upload a.txt 100 aa` (the last word begins its hash),
//! `ann write 1 0 10`, `ann finish 1`, `ann post #1 f1 look`, `ann get #1 4 f1`.

use bytes::Bytes;
use parlor_proto::ids::{ClientMessageId, FileHash, FileId, Seq, UploadId};

use super::{World, room};
use crate::chat::*;

impl World {
    pub(super) fn about_files(&mut self, verb: &str, words: &[&str]) -> Option<Request> {
        let upload = |word: &str| UploadId(word.parse().unwrap());
        Some(Request::File(match (verb, words) {
            ("upload", [name, size, hash]) => FileRequest::Begin(NewFile {
                name: (*name).into(),
                size: size.parse().unwrap(),
                hash: hash_of(hash),
            }),
            ("write", [id, offset, length]) => FileRequest::Write {
                upload: upload(id),
                offset: offset.parse().unwrap(),
                data: Bytes::from(vec![0; length.parse().unwrap()]),
            },
            ("far", [id]) => FileRequest::Ask { upload: upload(id) },
            ("finish", [id]) => FileRequest::Finish { upload: upload(id) },
            ("cancel", [id]) => FileRequest::Cancel { upload: upload(id) },
            ("uploads", []) => FileRequest::ListUploads,
            ("get", [place, seq, id]) => FileRequest::Read {
                room: room(place),
                seq: Seq(seq.parse().unwrap()),
                file: file(id),
                part: Part { offset: 0, length: 1024 },
            },
            ("post", [place, ids, text @ ..]) => {
                self.serial += 1;
                let files = ids.split(',').map(file).collect();
                let id = ClientMessageId((u128::from(self.serial) << 64).to_be_bytes());
                let said = Said { text: text.join(" ").into(), files, ..Said::default() };
                let others = place.strip_prefix('@').map(|names| self.people(names));
                return Some(Request::Message(match others {
                    Some(others) => MessageRequest::SendDirect { others, id, said },
                    None => MessageRequest::Send { room: room(place), id, said },
                }));
            }
            _ => return None,
        }))
    }
}

fn hash_of(word: &str) -> FileHash {
    let mut hash = [0; 32];
    hash[0] = u8::from_str_radix(word, 16).unwrap();
    FileHash(hash)
}

fn file(word: &str) -> FileId {
    FileId(word.strip_prefix('f').unwrap().parse().unwrap())
}
