//! What an answer gives away by its bytes and by its time: a name that nobody has beside a wrong
//! password, and a room that one may not see beside one that is not there. Each pair is asked in
//! turn on one connection; of its answers the bytes must be the same, and what is told is how far
//! apart the medians of their times are.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use parlor_proto::codes::Reason;
use parlor_proto::frame::encode_frame;
use parlor_proto::v1::{self, client_frame, server_frame};
use prost::Message as _;

use crate::args::Timing;
use crate::clock;
use crate::crowd;
use crate::link::{Link, Target, refusal};
use crate::report::Figures;
use crate::setting::Setting;

/// Of each question, before anything counts.
const WARM_UP: u32 = 20;

/// Who has not signed in is sent away after a while.
const LOGINS_PER_CONNECTION: u32 = 50;

/// After more wrong passwords for one name nobody looks at the next.
const LOGINS_PER_NAME: u32 = 4;

/// The same for both of a pair, so that their answers can be the same.
const REQUEST_ID: u32 = 1_000;

const PASSWORD: &str = "eight loud herons over a fast canal";

/// What somebody may ask about a room by its id.
const QUESTIONS: [(&str, Question); 4] = [
    ("join", |room_id| {
        client_frame::Body::JoinRoom(v1::JoinRoomRequest { room_id, ..Default::default() })
    }),
    ("history", |room_id| {
        client_frame::Body::History(v1::HistoryRequest { room_id, ..Default::default() })
    }),
    ("send", |room_id| {
        client_frame::Body::Send(v1::SendRequest {
            room_id,
            client_message_id: Bytes::from_static(&[7; 16]),
            text: "seven quiet herons".into(),
            ..Default::default()
        })
    }),
    ("list_members", |room_id| {
        client_frame::Body::ListMembers(v1::ListMembersRequest { room_id, ..Default::default() })
    }),
];

type Question = fn(u64) -> client_frame::Body;

/// Two questions that nobody shall be able to tell apart by their answers.
struct Pair<Q> {
    name: &'static str,
    reason: Reason,
    /// How often each was asked, the warm-up included.
    asked: u32,
    sides: [Side<Q>; 2],
}

struct Side<Q> {
    /// Asks for the n-th time.
    question: Q,
    times: Vec<Duration>,
}

pub(super) async fn run(wish: &Timing, setting: &mut Setting) -> Result<Figures> {
    if wish.costly {
        setting.server.own()?.restart_with_costly_passwords()?;
    }
    // Nobody has guessed at these names before, whichever server it is.
    let prefix = format!("timing-{:x}", clock::fresh_number()?);
    let count = (WARM_UP + wish.tries).div_ceil(LOGINS_PER_NAME).max(2);
    let people = crowd::gather(&setting.target, &prefix, count, |_| []).await?;
    let [owner, stranger, ..] = &people[..] else { unreachable!("two at least") };
    let mut link = Link::open(&setting.target).await?;
    link.attach(&owner.token).await?;
    let hidden = hide(&mut link, format!("{prefix}-hidden")).await?;
    // As many bytes long as the other.
    let missing = hidden ^ 0x20;

    let mut figures = Figures::default();
    // The names of the crowd, and others that are as long.
    let ask = |mark| {
        let prefix = prefix.clone();
        move |round| login(format!("{prefix}{mark}{}", round / LOGINS_PER_NAME))
    };
    let mut pair = Pair::new("login", Reason::BadCredentials, [ask('_'), ask('-')]);
    while pair.asked < WARM_UP + wish.tries {
        let mut link = strange(&setting.target).await?;
        let most = (pair.asked + LOGINS_PER_CONNECTION).min(WARM_UP + wish.tries);
        pair.ask(&mut link, setting, most).await?;
    }
    pair.tell(["nobody", "wrong"], &mut figures);

    let mut link = Link::open(&setting.target).await?;
    link.attach(&stranger.token).await?;
    for (name, question) in QUESTIONS {
        let mut pair = Pair::new(
            name,
            Reason::RoomNotFound,
            [hidden, missing].map(|room| move |_| question(room)),
        );
        pair.ask(&mut link, setting, WARM_UP + wish.tries).await?;
        pair.tell(["hidden", "missing"], &mut figures);
    }
    Ok(figures)
}

impl<Q: Fn(u32) -> client_frame::Body> Pair<Q> {
    fn new(name: &'static str, reason: Reason, questions: [Q; 2]) -> Self {
        let sides = questions.map(|question| Side { question, times: Vec::new() });
        Self { name, reason, asked: 0, sides }
    }

    /// Now the one first, now the other.
    async fn ask(&mut self, link: &mut Link, setting: &Setting, times: u32) -> Result<()> {
        while self.asked < times {
            let round = self.asked;
            let [left, right] = &mut self.sides;
            let (left, right) = if round.is_multiple_of(2) { (left, right) } else { (right, left) };
            let first = left.ask(link, setting, round).await?;
            let second = right.ask(link, setting, round).await?;
            self.asked += 1;
            let [one, other] = [&first, &second].map(|bytes| v1::ServerFrame::decode(&**bytes));
            let (one, other) = (one?, other?);
            ensure!(first == second, "{}: answers differ: {one:?}, {other:?}", self.name);
            match one.body.context("an empty answer")? {
                server_frame::Body::Error(error) if error.reason == self.reason.as_str() => {}
                other => return Err(refusal(other)).context(self.name),
            }
        }
        Ok(())
    }

    fn tell(self, names: [&str; 2], figures: &mut Figures) {
        let [first, second] = self.sides.map(|side| median(side.times));
        for (name, median) in names.iter().zip([first, second]) {
            figures.add(&format!("{}_{name}_p50", self.name), "us", median);
        }
        let apart = (first / second - 1.0).abs() * 100.0;
        figures.add(&format!("{}_apart", self.name), "%", apart);
    }
}

impl<Q: Fn(u32) -> client_frame::Body> Side<Q> {
    async fn ask(&mut self, link: &mut Link, setting: &Setting, round: u32) -> Result<Bytes> {
        let body = Some((self.question)(round));
        let frame = encode_frame(&v1::ClientFrame { request_id: REQUEST_ID, body });
        let asked = setting.clock.now();
        let answer = link.ask_for_bytes(frame).await?;
        let time = setting.clock.now() - asked;
        if round >= WARM_UP {
            self.times.push(time);
        }
        Ok(answer)
    }
}

/// In microseconds, and not in whole ones.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0.0, |time| time.as_secs_f64() * 1e6)
}

/// Somebody who has not signed in.
async fn strange(target: &Target) -> Result<Link> {
    let mut link = Link::open(target).await?;
    link.hello().await?;
    Ok(link)
}

/// A room that only its owner sees.
async fn hide(link: &mut Link, name: String) -> Result<u64> {
    let rules = v1::RoomRules { visibility: v1::Visibility::Private.into(), ..Default::default() };
    let create = v1::CreateRoomRequest { name, topic: String::new(), rules: Some(rules) };
    match link.ask(client_frame::Body::CreateRoom(create)).await? {
        server_frame::Body::Room(room) => {
            Ok(room.state.and_then(|state| state.room).context("no room")?.room_id)
        }
        other => Err(refusal(other)),
    }
}

fn login(user_name: String) -> client_frame::Body {
    let password = PASSWORD.into();
    client_frame::Body::Login(v1::LoginRequest { user_name, password, ..Default::default() })
}
