//! The language of scripts: `ann say #1 hello`, `bob cut`, `+45s`. Says what a line asks for;
//! what comes of it is the world's.

use std::time::Duration;

use parlor_proto::ids::{ClientMessageId, Epoch, RoomId, Seq};
use parlor_proto::name::Name;

use self::message::about_message;
use self::reading::about_reading;
use super::World;
use crate::chat::*;

mod account;
mod admin;
mod files;
mod message;
mod reading;
mod rooms;
mod webhooks;

impl World {
    /// One line of a script.
    pub(crate) fn act(&mut self, line: &str) {
        if let Some(pause) = line.strip_prefix('+') {
            return self.wait(duration(pause));
        }
        match line {
            "restart" => return self.restart(),
            "disk full" => {
                self.disk_full = true;
                return;
            }
            "disk free" => {
                self.disk_full = false;
                return self.step(Input::Storage { full: false });
            }
            "age" => return self.age(),
            "collect" => return self.collect(),
            "hush" => return drop(self.take_transcript()),
            "tell counts" => {
                self.tells_counts = true;
                return;
            }
            _ => {}
        }
        let (who, wish) = line.split_once(' ').expect("WHO VERB ...");
        if who == "machine" {
            return self.control(wish);
        }
        let (verb, rest) = wish.split_once(' ').unwrap_or((wish, ""));
        match verb {
            "cut" | "close" => self.close(who, verb),
            "beat" => {
                let conn = self.conn(who);
                self.heard.insert(conn, self.now.moment);
            }
            "idle" | "active" => {
                let conn = self.conn(who);
                self.heard.insert(conn, self.now.moment);
                self.step(Input::Activity { conn, active: verb == "active" });
            }
            _ => {
                let request = self.request(who, verb, rest);
                let conn = self.conn(who);
                self.heard.insert(conn, self.now.moment);
                self.ask(conn, request);
            }
        }
    }

    fn request(&mut self, who: &str, verb: &str, rest: &str) -> Request {
        if let Some(request) = self.admin_request(who, verb, rest) {
            return Request::Admin(request);
        }
        let words: Vec<&str> = rest.split_whitespace().collect();
        if let Some(request) = self.webhook_request(verb, &words) {
            return Request::Webhook(request);
        }
        let word = |i: usize| words.get(i).copied().unwrap_or_default();
        if let Some(request) = self.about_files(verb, &words) {
            return request;
        }
        if let Some(request) = self.account_request(who, verb, &words) {
            return Request::Account(request);
        }
        match verb {
            "sync" => Request::Sync(sync(&words)),
            "join" => {
                Request::Room(RoomRequest::Join { room: RoomRef::Name(Name::parse(rest).unwrap()) })
            }
            "leave" => Request::Room(RoomRequest::Leave { room: room(word(0)) }),
            "who" => Request::Room(RoomRequest::ListMembers {
                room: room(word(0)),
                after: "".into(),
                rows: 100,
            }),
            "say" => {
                let (place, text) = rest.split_once(' ').unwrap();
                self.serial += 1;
                let others = place.strip_prefix('@').map(|names| self.people(names));
                let (id, text) = match text.strip_prefix("id:") {
                    Some(text) => {
                        let (id, text) = text.split_once(' ').unwrap();
                        (id.parse::<u128>().unwrap(), text)
                    }
                    None => (u128::from(self.serial) << 64, text),
                };
                let id = ClientMessageId(id.to_be_bytes());
                let said = Said { text: text.into(), ..Said::default() };
                Request::Message(match others {
                    Some(others) => MessageRequest::SendDirect { others, id, said },
                    None => MessageRequest::Send { room: room(place), id, said },
                })
            }
            "read" => Request::Message(MessageRequest::History {
                room: room(word(0)),
                anchor: Anchor::Before(None),
                rows: 10,
            }),
            _ => about_message(verb, &words)
                .or_else(|| about_reading(verb, &words))
                .unwrap_or_else(|| Request::Room(self.room_request(verb, rest))),
        }
    }
}

fn query(words: &[&str]) -> Query {
    let mut query = Query::default();
    for word in words {
        if let Some(name) = word.strip_prefix("from:") {
            query.author = Some(Name::parse(name).unwrap());
        } else if let Some(name) = word.strip_prefix("in:@") {
            query.rooms.push(Where::With(Name::parse(name).unwrap()));
        } else if let Some(name) = word.strip_prefix("in:") {
            query.rooms.push(Where::Group(Name::parse(name).unwrap()));
        } else {
            query.terms.push(Term { text: (*word).into(), wanted: true });
        }
    }
    query
}

pub(super) fn user_part(who: &str) -> &str {
    who.split('/').next().unwrap_or_default()
}

fn sync(words: &[&str]) -> Sync {
    let mut sync = Sync { epoch: Epoch(7), ..Sync::default() };
    for word in words {
        if let Some(epoch) = word.strip_prefix("epoch:") {
            sync.epoch = Epoch(epoch.parse().unwrap());
        } else if *word == "presence" {
            sync.presence = true;
        } else if let Some(only) = word.strip_prefix("only:") {
            sync.rooms.push(room(only));
        } else {
            let (place, seq) = word.split_once(':').unwrap();
            sync.cursors.push((room(place), Seq(seq.parse().unwrap())));
        }
    }
    sync
}

fn room(word: &str) -> RoomId {
    RoomId(word.strip_prefix('#').unwrap_or(word).parse().unwrap())
}

pub(super) fn secret(text: &str) -> SecretHash {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
    SecretHash(bytes)
}

fn duration(text: &str) -> Duration {
    match text.strip_suffix("ms") {
        Some(millis) => Duration::from_millis(millis.parse().unwrap()),
        None => Duration::from_secs(text.strip_suffix('s').unwrap().parse().unwrap()),
    }
}
