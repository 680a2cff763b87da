//! Whoever sends the file and fetches it again: in a thread of their own that runs when nobody else
//! does, as if on another machine, over a network that cuts.

use std::net::ToSocketAddrs as _;
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use futures_util::future::{Either, select};
use harness::{Cut, Proxy};
use parlor_proto::client::{
    Client, FileHasher, FileOf, Options, ServerUrl, SignIn, Trust, new_client_message_id,
};
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::v1;
use thread_priority::unix::{
    NormalThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};

use super::gate::{Content, Gate, Sink};
use super::rest::Caller;
use crate::seed::Seed;

const PASSWORD: &str = "quiet-lantern-73-orbit";

/// What the file is called.
const NAME: &str = "content";

/// Which way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Way {
    Up,
    Down,
}

/// Somebody with a file, in a thread of their own, which ends when this is dropped.
pub(super) struct Transfer {
    pub(super) gate: Gate,
    ways: Sender<Way>,
    gone: Receiver<Result<()>>,
}

struct Guest {
    proxy: Proxy,
    client: Client,
    /// By REST files are moved by hand.
    caller: Option<Caller>,
    room: RoomId,
    content: Content,
    sha256: Vec<u8>,
    /// Where connections are cut, each counted from its own beginning.
    cuts: Vec<usize>,
    /// The file in a message, once it is sent.
    sent: Option<FileOf>,
}

impl Transfer {
    /// Somebody comes in at this address, behind a network that cuts so often each way.
    pub(super) fn begin(
        url: ServerUrl,
        name: String,
        content: Content,
        (cuts, seed): (u32, Seed),
    ) -> Result<Self> {
        let cuts = places(cuts, content.size(), seed)?;
        let gate = Gate::default();
        let ((ways, wanted), (tell, gone), passing) = (channel(), channel(), gate.clone());
        thread::Builder::new().name("guest".into()).spawn(move || {
            let done = stay(&tell, &wanted, (url, name, content, cuts), &passing);
            // Whoever does not listen any more does not want to know.
            done.or_else(|error| tell.send(Err(error))).ok();
        })?;
        gone.recv()??;
        Ok(Self { gate, ways, gone })
    }

    /// As fast as the gate lets it through.
    pub(super) fn go(&self, way: Way) -> Result<()> {
        Ok(self.ways.send(way)?)
    }

    /// Whether the file has come.
    pub(super) fn is_over(&self) -> Result<bool> {
        match self.gone.try_recv() {
            Ok(gone) => gone.map(|()| true),
            Err(TryRecvError::Empty) => Ok(false),
            Err(TryRecvError::Disconnected) => bail!("the transfer fell over"),
        }
    }
}

/// Tells that somebody has come, and that each way is over.
fn stay(
    tell: &Sender<Result<()>>,
    wanted: &Receiver<Way>,
    (url, name, content, cuts): (ServerUrl, String, Content, Vec<usize>),
    gate: &Gate,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut guest = runtime.block_on(Guest::come(&url, &name, content, cuts))?;
    step_aside()?;
    tell.send(Ok(()))?;
    for way in wanted {
        runtime.block_on(guest.go(way, gate))?;
        tell.send(Ok(()))?;
    }
    Ok(())
}

/// On another machine this would cost those who are measured nothing. With a nice value it would
/// keep a core for milliseconds from whoever wakes up.
fn step_aside() -> Result<()> {
    let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    let lowest = thread_priority::ThreadPriority::Min;
    let set = set_thread_priority_and_policy(thread_native_id(), lowest, policy);
    set.map_err(|error| anyhow!("stepping aside: {error:?}"))
}

impl Guest {
    async fn come(
        url: &ServerUrl,
        name: &str,
        mut content: Content,
        cuts: Vec<usize>,
    ) -> Result<Self> {
        let server = (url.host.as_str(), url.port).to_socket_addrs()?.next();
        let proxy = Proxy::to(server.context("the server has no address")?).await;
        let through = ServerUrl { port: proxy.address().port(), ..url.clone() };
        let (authority, is_rest) = (through.authority(), through.transport.is_http());
        let options = Options::new(through, Trust::default());
        let (user_name, password) = (name.to_owned(), PASSWORD.to_owned());
        let sign_in = SignIn::Register { user_name, password, invite: String::new() };
        let client = Client::connect(options, sign_in).await?;
        let token = client.account().context("nobody is signed in")?.token;
        let caller = is_rest.then(|| Caller::new(authority, token.expose()));
        let state = client.create_room(name, "").await?;
        let room = RoomId(state.room.context("a room without a description")?.room_id);
        let (hash, size) = FileHasher::of(&mut content)?;
        ensure!(size == content.size(), "the content is not as long as it was made");
        let sha256 = hash.0.to_vec();
        Ok(Self { proxy, client, caller, room, content, sha256, cuts, sent: None })
    }

    async fn go(&mut self, way: Way, gate: &Gate) -> Result<()> {
        let Self { proxy, client, caller, room, content, sha256, cuts, sent } = self;
        let cut = |&bytes: &usize| match way {
            Way::Up => Cut::AfterToServer(bytes),
            Way::Down => Cut::AfterToClient(bytes),
        };
        let cutting = proxy.cut_each(cuts.iter().map(cut));
        let going = async {
            match way {
                Way::Up => {
                    let (size, mut from) = (content.size(), content.through(gate));
                    let file = if let Some(caller) = caller {
                        caller.upload((NAME, sha256), &mut from).await?
                    } else {
                        let (name, sha256) = (NAME.to_owned(), sha256.clone().into());
                        let new = v1::BeginUploadRequest { name, size, sha256 };
                        client.upload(new, &mut from, |_| {}).await?
                    };
                    *sent = Some(send(client, *room, file).await?);
                }
                Way::Down => {
                    let from = sent.as_ref().context("nothing was sent")?;
                    let begun = (0, FileHasher::default());
                    // Both compare the SHA-256 of what comes.
                    if let Some(caller) = caller {
                        caller.download(from, gate).await?;
                    } else {
                        client.download(from, begun, &mut Sink(gate.clone()), |_| {}).await?;
                    }
                }
            }
            Ok(())
        };
        match select(pin!(cutting), pin!(going)).await {
            Either::Left(((), going)) => going.await,
            Either::Right((done, _)) => {
                let () = done?;
                bail!("it was over before every cut was made")
            }
        }
    }
}

async fn send(client: &Client, room: RoomId, file: v1::FileInfo) -> Result<FileOf> {
    let send = v1::SendRequest {
        room_id: room.0,
        client_message_id: new_client_message_id().0.to_vec().into(),
        file_ids: vec![file.file_id],
        ..Default::default()
    };
    let seq = Seq(client.send_message(send).await?.seq);
    Ok(FileOf { room, seq, file })
}

/// As many random places in a content as there are cuts, as the lengths between them.
fn places(cuts: u32, size: u64, mut seed: Seed) -> Result<Vec<usize>> {
    let mut places: Vec<u64> = (0..cuts).map(|_| seed.below(size)).collect();
    places.sort_unstable();
    let mut last = 0;
    let lengths = places.into_iter().map(|place| place - std::mem::replace(&mut last, place));
    lengths.map(|length| Ok(usize::try_from(length)?)).collect()
}
