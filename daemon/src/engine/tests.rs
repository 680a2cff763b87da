//! The loop over a real store: what becomes of a batch that the disk has no room for.

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::frame::FrameDecoder;
use parlor_proto::ids::{ClientMessageId, RequestId, RoomId, Seq, SessionId, UserId};
use parlor_proto::limits::{FRAME_BYTES_MAX, TEXT_BYTES_MAX};
use parlor_proto::name::Name;
use parlor_proto::v1::{self, server_frame::Body};
use prost::Message as _;

use super::*;
use crate::chat::{
    AccountChange, AccountRequest, Change, ConnId, EventKind, Found, MemberChanged, Membership,
    MessageRequest, Origin, PasswordHash, Request, RoomEvent, RoomFacts, RoomRequest, Rules, Said,
    SecretHash, SessionRow, SignIn, Stamp,
};
use crate::hub::losses::{About, Losses, Turn};
use crate::hub::readers;
use crate::hub::searching::Searching;
use crate::hub::{Delivery, Mailboxes, Parcel};

const ANN: UserId = UserId(1);
const LOBBY: RoomId = RoomId(1);
const TOKEN: SecretHash = SecretHash([7; 32]);
const CONN: ConnId = ConnId(256);

/// What a probe needs and little more, in pages: less than one batch of long messages.
const LITTLE: i64 = 100;

/// More than the tests write.
const PLENTY: i64 = 1_000_000;

struct World {
    turning: Loop,
    mailbox: mpsc::Receiver<Parcel>,
    losses: Arc<Losses>,
    sent: u32,
    _folder: tempfile::TempDir,
}

impl World {
    /// Ann is in the lobby and has a connection.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        for change in founding() {
            store.apply(&change).unwrap();
        }
        store.commit().unwrap();
        let clock = Clock::start();
        let rules = Rules { sends: None, sent_kib: None, ..Rules::default() };
        let chat = Chat::new(clock.now(), rules, store.replay().unwrap());
        let (mailboxes, mut ends) = Mailboxes::new(1);
        let (readers, _) = readers::bare(1);
        let losses = Arc::clone(readers.losses());
        let (inbox, arrivals) = Inbox::new(1);
        let settings =
            PasswordSettings { threads: 1, queue_max: 1, memory_kib: 64, passes: 1, lanes: 1 };
        let tally = Arc::<Tally>::default();
        let turning = Loop {
            parts: Parts {
                chat,
                store,
                hub: Hub::new(mailboxes.clone(), readers, Searching::default()),
                clock: clock.clone(),
                index: None,
                files: None,
            },
            arrivals,
            passwords: Passwords::start(&settings, &inbox, &clock, &tally).unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            probe_at: None,
            retention_at: Moment::default(),
            sweep_due: false,
            indexing: None,
            files: Files::start(FileParts::none(), &inbox, &mailboxes, &Arc::default()).unwrap(),
            collect_at: Moment(u64::MAX),
            control_at: Moment(u64::MAX),
            control_seen: None,
            tally,
        };
        let mailbox = ends.remove(0);
        let mut world = Self { turning, mailbox, losses, sent: 0, _folder: folder };
        let resume =
            Request::Account(AccountRequest::Resume { token: TOKEN, sign_in: SignIn::default() });
        world.turn(vec![asked(1, resume)]);
        world
    }

    /// One batch; gives the answers to its requests.
    fn turn(&mut self, inputs: Vec<Input>) -> Vec<Body> {
        self.turning.turn(inputs).unwrap();
        let parcels = std::iter::from_fn(|| self.mailbox.try_recv().ok());
        let answers = parcels.flatten().filter_map(|delivery| {
            let Delivery::Frame { bytes, answers: true, .. } = delivery else { return None };
            let mut decoder = FrameDecoder::new(FRAME_BYTES_MAX);
            decoder.extend(&bytes);
            let frame = decoder.next_frame().unwrap().unwrap();
            v1::ServerFrame::decode(frame).unwrap().body
        });
        answers.collect()
    }

    /// As many long messages.
    fn messages(&mut self, messages: usize) -> Vec<Input> {
        let first = self.sent + 1;
        self.sent += u32::try_from(messages).unwrap();
        let inputs = (first..=self.sent).map(|number| {
            let id = ClientMessageId(u128::from(number).to_be_bytes());
            let text = "x".repeat(TEXT_BYTES_MAX).into();
            asked(
                number,
                Request::Message(MessageRequest::Send {
                    room: LOBBY,
                    id,
                    said: Said { text, ..Said::default() },
                }),
            )
        });
        inputs.collect()
    }

    /// The same in one batch; gives the seqs of those that were remembered.
    fn send(&mut self, messages: usize) -> Vec<u64> {
        let inputs = self.messages(messages);
        let answers = self.turn(inputs);
        assert_eq!(answers.len(), messages, "every request has one answer");
        let seqs = answers.into_iter().filter_map(|answer| {
            if let Body::Send(sent) = answer {
                return Some(sent.seq);
            }
            let Body::Error(error) = answer else { panic!("neither: {answer:?}") };
            assert_eq!(error.reason, Reason::StorageFull.as_str());
            None
        });
        seqs.collect()
    }

    /// Whether what was read for ann in the lobby is withheld.
    fn is_withheld(&self) -> bool {
        self.losses.since(Turn::default(), ANN, &About::Room(LOBBY)).is_some()
    }

    /// The next turn tries a write.
    fn let_probe(&mut self) {
        assert!(self.turning.probe_at.is_some(), "the disk is known to be full");
        self.turning.probe_at = Some(Moment(0));
    }
}

fn asked(id: u32, request: Request) -> Input {
    Input::Asked { conn: CONN, id: RequestId(id), request, found: Found::Nothing }
}

fn founding() -> Vec<Change> {
    let name = |text| Name::parse(text).unwrap();
    let event = |seq, kind| {
        let (actor, actor_name) = (ANN, name("ann"));
        let (seq, at) = (Seq(seq), Stamp(1));
        let event = RoomEvent { room: LOBBY, seq, at, actor, actor_name, nth: 0, kind };
        Change::Event(Arc::new(event))
    };
    let facts = RoomFacts::group(LOBBY, name("lobby"), "".into(), (ANN, Stamp(1)));
    let came = MemberChanged::plain(ANN, name("ann"), Membership::Joined);
    vec![
        Change::Account(AccountChange::UserAdded {
            user: ANN,
            name: name("ann"),
            password: PasswordHash("none".into()),
            at: Stamp(1),
            invite: None,
        }),
        Change::Account(AccountChange::SessionStarted(SessionRow {
            session: SessionId(1),
            user: ANN,
            token: TOKEN,
            device: "".into(),
            timeout: Duration::from_secs(45),
            started: Stamp(1),
            origin: Origin::default(),
            api_token: None,
            device_id: None,
        })),
        event(1, EventKind::RoomChanged(facts)),
        event(2, EventKind::MemberChanged(came)),
    ]
}

#[test]
fn a_batch_that_does_not_fit_has_not_happened_and_all_of_it_is_told_so() {
    let mut world = World::new();
    assert_eq!(world.send(2), [3, 4]);
    world.turning.parts.store.leave_pages(LITTLE);
    assert_eq!(world.send(BATCH_INPUTS_MAX), [0_u64; 0]);
    assert_eq!(world.send(1), [0_u64; 0], "nothing is tried before the probe");

    world.turning.parts.store.leave_pages(PLENTY);
    world.let_probe();
    assert_eq!(world.send(2), [5, 6], "no seq is lost with the batch");
    assert_eq!(world.turning.probe_at, None);
}

#[test]
fn room_for_the_probe_and_not_for_the_batch_is_a_full_disk_again() {
    let mut world = World::new();
    world.turning.parts.store.leave_pages(0);
    while !world.send(1).is_empty() {}
    let head = world.turning.parts.store.replay().unwrap().rooms[0].head;

    for _ in 0..3 {
        world.turning.parts.store.leave_pages(LITTLE);
        world.let_probe();
        assert_eq!(world.send(BATCH_INPUTS_MAX), [0_u64; 0]);
    }
    world.turning.parts.store.leave_pages(PLENTY);
    world.let_probe();
    assert_eq!(world.send(1), [head.0 + 1]);
}

#[test]
fn what_was_read_is_withheld_from_who_has_gone_and_not_from_who_could_not_go() {
    let mut world = World::new();
    let leave = || asked(9, Request::Room(RoomRequest::Leave { room: LOBBY }));
    world.turning.parts.store.leave_pages(LITTLE);
    let mut batch = world.messages(BATCH_INPUTS_MAX - 1);
    batch.push(leave());
    world.turn(batch);
    assert!(!world.is_withheld());

    world.turning.parts.store.leave_pages(PLENTY);
    world.let_probe();
    world.turn(vec![leave()]);
    assert!(world.is_withheld());
}

#[test]
fn nothing_is_looked_up_in_a_room_that_one_is_not_in() {
    let mut world = World::new();
    assert_eq!(world.send(1), [3]);
    let delete = MessageRequest::Delete { room: LOBBY, target: Seq(3) };
    let found = |world: &World| {
        let Parts { chat, store, clock, .. } = &world.turning.parts;
        let asked = asked(9, Request::Message(delete.clone()));
        let Ok(Input::Asked { found, .. }) = look_up(store, chat, clock.now(), asked) else {
            panic!("a request stays one")
        };
        found
    };
    assert!(matches!(found(&world), Found::Message(_)));
    world.turn(vec![asked(2, Request::Room(RoomRequest::Leave { room: LOBBY }))]);
    assert!(matches!(found(&world), Found::Nothing));
}
