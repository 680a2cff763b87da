//! Searching in very many messages: time from the request to the answer, by kind of query, of
//! somebody in a few rooms and of somebody in all of them.

use std::ops::Range;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::{Bytes, BytesMut};
use parlor_proto::v1::{self, client_frame, server_frame};
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::vocabulary::{KINDS, Vocabulary};
use crate::args::Search;
use crate::crowd::{self, Person};
use crate::link::{Link, Target, refusal};
use crate::report::Figures;
use crate::samples::{Percentile, Samples};
use crate::setting::{Setting, as_f64};

mod vocabulary;

/// People who have said it all, each in rooms of their own.
const PEOPLE: u32 = 20;
const ROOMS_EACH: u32 = 10;

/// Messages in flight of each of them.
const WINDOW: u32 = 64;

/// Between two looks whether the index is filled.
const GLANCE: Duration = Duration::from_millis(200);

const PAGE_ROWS: u32 = 20;

/// In so many messages whatever should be found is.
const SURE_FROM: u32 = 100_000;

/// The word of the last message of each of them.
const LAST: &str = "lastword";

pub(super) async fn run(wish: &Search, setting: &Setting) -> Result<Figures> {
    let prefix = setting.prefix("search");
    let own = |n: u32| n * ROOMS_EACH..(n + 1) * ROOMS_EACH;
    let people = crowd::gather(&setting.target, &prefix, PEOPLE, own).await?;
    let wide = crowd::gather(&setting.target, &format!("{prefix}-all"), 1, |_| []).await?;
    let mut wide = come(&setting.target, wide.first().context("nobody")?).await?;
    enter_all(&mut wide, &prefix, 0..PEOPLE * ROOMS_EACH).await?;

    let mut figures = Figures::default();
    let start = setting.clock.now();
    load(wish, setting, &people).await?;
    let loaded = setting.clock.now();
    wait_for_index(&mut wide).await?;
    let indexed = setting.clock.now();
    let messages = as_f64(wish.messages.into());
    figures.add("loaded_per_second", "1/s", messages / (loaded - start).as_secs_f64());
    figures.add("index_behind_for", "s", (indexed - loaded).as_secs_f64());

    let narrow = come(&setting.target, people.first().context("nobody")?).await?;
    let is_small = wish.messages < SURE_FROM;
    let mut mix = Samples::default();
    for (whose, mut link) in [("10_rooms", narrow), ("200_rooms", wide)] {
        for (part, kind) in (0..).zip(KINDS) {
            let mut words = Vocabulary::new(setting.seed(1_000 + part), &prefix);
            let mut samples = Samples::default();
            for _ in 0..wish.queries {
                let query = (kind.query)(&mut words);
                let asked = setting.clock.now();
                let found = search(&mut link, query, PAGE_ROWS).await?;
                samples.add(setting.clock.now() - asked);
                let is_found = !found.hits.is_empty() || found.partial;
                ensure!(is_found || !kind.finds || is_small, "nothing found: {}", kind.name);
            }
            mix.extend(samples.clone());
            let sorted = samples.sorted();
            for percentile in [Percentile::P50, Percentile::P99] {
                let name = format!("{whose}_{}_{}", kind.name, percentile.name());
                figures.add(&name, "ms", sorted.at(percentile));
            }
        }
    }
    mix.tell("mix", &mut figures);
    Ok(figures)
}

/// A connection that searches and is told nothing else.
async fn come(target: &Target, person: &Person) -> Result<Link> {
    let mut link = Link::open(target).await?;
    link.attach(&person.token).await?;
    Ok(link)
}

async fn enter_all(link: &mut Link, prefix: &str, rooms: Range<u32>) -> Result<()> {
    for room in rooms {
        let room_name = format!("{prefix}-room-{room}");
        let join = v1::JoinRoomRequest { room_id: 0, room_name };
        match link.ask(client_frame::Body::JoinRoom(join)).await? {
            server_frame::Body::Room(_) => {}
            other => return Err(refusal(other)),
        }
    }
    Ok(())
}

async fn load(wish: &Search, setting: &Setting, people: &[Person]) -> Result<()> {
    let mut senders = JoinSet::new();
    for (number, person) in (0..).zip(people) {
        let mut link = come(&setting.target, person).await?;
        let mut words = Vocabulary::new(setting.seed(number), "");
        let first_id = setting.message_ids(u32::try_from(number)?);
        let (rooms, count) = (person.rooms.clone(), wish.messages / PEOPLE);
        senders.spawn_local(async move {
            let (mut asked, mut answered) = (0, 0);
            while answered < count {
                let mut batch = BytesMut::new();
                while asked < count && asked - answered < WINDOW {
                    let room = rooms.get(usize::try_from(words.below(rooms.len()))?);
                    let mut text = words.text();
                    if asked + 1 == count {
                        text = format!("{text} {LAST}");
                    }
                    let send = v1::SendRequest {
                        room_id: *room.context("no room")?,
                        client_message_id: id(first_id + u128::from(asked)),
                        text,
                        ..Default::default()
                    };
                    batch.extend(link.frame(client_frame::Body::Send(send)).1);
                    asked += 1;
                }
                if !batch.is_empty() {
                    link.write(batch.freeze()).await?;
                }
                let mut frame = Some(link.next().await?);
                while let Some(some) = frame {
                    match some.body.context("an empty frame")? {
                        server_frame::Body::Send(_) => answered += 1,
                        server_frame::Body::Probe(_) => {}
                        other => return Err(refusal(other)),
                    }
                    frame = link.next_at_hand()?;
                }
            }
            anyhow::Ok(())
        });
    }
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    Ok(())
}

fn id(number: u128) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

/// Everybody's last message is found, so everything before it is indexed.
async fn wait_for_index(link: &mut Link) -> Result<()> {
    let people = usize::try_from(PEOPLE)?;
    while search(link, LAST.to_owned(), PAGE_ROWS).await?.hits.len() < people {
        sleep(GLANCE).await;
    }
    Ok(())
}

async fn search(link: &mut Link, query: String, page_rows: u32) -> Result<v1::SearchResponse> {
    let search = v1::SearchRequest { query, page_rows, ..Default::default() };
    match link.ask(client_frame::Body::Search(search)).await? {
        server_frame::Body::Search(found) => Ok(found),
        other => Err(refusal(other)),
    }
}
