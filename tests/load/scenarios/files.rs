//! A large file up and down, over a network that cuts the connection again and again, beside a room
//! that talks: how fast, at what cost in memory, and what those who talk feel of it.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::net::ToSocketAddrs as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use harness::{Cut, Proxy};
use parlor_proto::client::{
    Client, Event, FileHasher, FileOf, Options, RoomRef, ServerUrl, SignIn, SyncPlan, Trust,
    new_client_message_id,
};
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::v1::{self, room_event::Kind};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::TEXT_BYTES;
use crate::args::Files;
use crate::clock::Clock;
use crate::report::Figures;
use crate::samples::{Percentile, Samples};
use crate::seed::Seed;
use crate::setting::{Setting, as_f64};

const PASSWORD: &str = "quiet-lantern-73-orbit";
const MIB: u64 = 1024 * 1024;

/// Whoever sends the file, in a thread of their own so that the talk is not kept waiting by us.
struct Transfer {
    url: ServerUrl,
    path: PathBuf,
    size: u64,
    /// Each connection is cut after so many bytes.
    cut_after: usize,
    name: String,
    clock: Clock,
}

/// How long it took.
#[derive(Clone, Copy, Debug)]
struct Took {
    up: Duration,
    down: Duration,
}

/// Two who talk.
struct Talk {
    ann: Client,
    bob: Client,
    room: RoomId,
    clock: Clock,
}

pub(super) async fn run(wish: &Files, setting: &mut Setting) -> Result<Figures> {
    let path = setting.server.own()?.folder().join("content");
    let size = u64::from(wish.mib) * MIB;
    fill(&path, size, setting.seed(1))?;
    let url = setting.server.url().clone();
    let prefix = setting.prefix("files");
    let talk = Talk::begin(&url, &prefix, setting.clock).await?;
    let before = setting.snapshot()?;
    let (stop, stopped) = watch::channel(false);
    let alone = async {
        tokio::time::sleep(Duration::from_secs(wish.seconds.into())).await;
        stop.send_replace(true);
    };
    let (alone, ()) = tokio::join!(talk.go_on(wish.rate, &stopped), alone);
    let alone = alone?;

    let half = (wish.cuts / 2).max(1);
    let cut_after = usize::try_from(size / u64::from(half + 1))?;
    let (clock, name) = (setting.clock, format!("{prefix}-carol"));
    let transfer = Transfer { url, path, size, cut_after, name, clock };
    let (tell, told) = watch::channel(false);
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let took = runtime.block_on(transfer.run());
        tell.send_replace(true);
        took
    });
    let beside = talk.go_on(wish.rate, &told).await?;
    let took = thread.join().map_err(|_| anyhow!("the transfer panicked"))??;

    let mut figures = Figures::default();
    let rate = |time: Duration| as_f64(size / MIB) / time.as_secs_f64();
    figures.add("up", "MiB/s", rate(took.up));
    figures.add("down", "MiB/s", rate(took.down));
    setting.snapshot()?.tell_growth(&before, &mut figures);
    let (alone, beside) = (alone.sorted(), beside.sorted());
    alone.tell("alone", &mut figures);
    beside.tell("beside", &mut figures);
    let ratio = beside.at(Percentile::P99) / alone.at(Percentile::P99);
    figures.add("p99_beside_to_alone", "times", ratio);
    Ok(figures)
}

impl Transfer {
    async fn run(self) -> Result<Took> {
        let server = (self.url.host.as_str(), self.url.port).to_socket_addrs()?;
        let server = server.into_iter().next().context("the server has no address")?;
        let proxy = Proxy::to(server).await;
        let through = ServerUrl { port: proxy.address().port(), ..self.url.clone() };
        let carol = register(&through, &self.name).await?;
        let room = room_of(carol.create_room(&self.name, "").await?)?;
        let mut content = File::open(&self.path)?;
        let (hash, size) = FileHasher::of(&mut content)?;
        ensure!(size == self.size, "the content is not as long as it was made");
        let sha256 = hash.0.to_vec().into();
        let new = v1::BeginUploadRequest { name: "content".to_owned(), size, sha256 };

        let began = self.clock.now();
        proxy.cut(Cut::AfterToServer(self.cut_after));
        let file = carol.upload(new, &mut content, |_| {}).await?;
        proxy.cut(Cut::Never);
        let up = self.clock.now() - began;
        let send = v1::SendRequest {
            room_id: room.0,
            client_message_id: new_client_message_id().0.to_vec().into(),
            file_ids: vec![file.file_id],
            ..Default::default()
        };
        let seq = Seq(carol.send_message(send).await?.seq);
        let began = self.clock.now();
        proxy.cut(Cut::AfterToClient(self.cut_after));
        let from = FileOf { room, seq, file };
        // The SDK compares the SHA-256 of what comes.
        carol.download(&from, (0, FileHasher::default()), &mut io::sink(), |_| {}).await?;
        let down = self.clock.now() - began;
        carol.close().await;
        Ok(Took { up, down })
    }
}

impl Talk {
    async fn begin(url: &ServerUrl, prefix: &str, clock: Clock) -> Result<Self> {
        let ann = register(url, &format!("{prefix}-ann")).await?;
        let bob = register(url, &format!("{prefix}-bob")).await?;
        let room = room_of(ann.create_room(format!("{prefix}-talk"), "").await?)?;
        bob.join_room(RoomRef::Id(room)).await?;
        bob.sync(SyncPlan::default()).await?;
        Ok(Self { ann, bob, room, clock })
    }

    /// So many messages a second until it is over: from when each was sent to when it was heard.
    async fn go_on(&self, rate: u32, over: &watch::Receiver<bool>) -> Result<Samples> {
        let mut samples = Samples::default();
        let mut beat = interval(Duration::from_secs(1) / rate);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Whoever would say so may be gone, which is as good.
        while !*over.borrow() && over.has_changed().is_ok() {
            beat.tick().await;
            let sent = self.clock.now();
            let text = "x".repeat(TEXT_BYTES);
            let sending = self.ann.send(self.room, new_client_message_id(), text);
            let (sending, heard) = tokio::join!(sending, self.hear());
            let seq = sending?.seq;
            let (at, heard) = heard?;
            ensure!(heard == seq, "another message was heard: {heard} instead of {seq}");
            samples.add(at - sent);
        }
        Ok(samples)
    }

    async fn hear(&self) -> Result<(Duration, u64)> {
        loop {
            match self.bob.next_event().await.context("the talk is over")? {
                Event::Room(event) if matches!(event.kind, Some(Kind::Message(_))) => {
                    return Ok((self.clock.now(), event.seq));
                }
                _ => {}
            }
        }
    }
}

async fn register(url: &ServerUrl, name: &str) -> Result<Client> {
    let options = Options::new(url.clone(), Trust::default());
    let (user_name, password) = (name.to_owned(), PASSWORD.to_owned());
    let sign_in = SignIn::Register { user_name, password, invite: String::new() };
    Ok(Client::connect(options, sign_in).await?)
}

fn room_of(state: v1::RoomState) -> Result<RoomId> {
    Ok(RoomId(state.room.context("a room without a description")?.room_id))
}

/// Bytes that no two files have.
fn fill(path: &Path, size: u64, mut seed: Seed) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for _ in 0..size / 8 {
        file.write_all(&seed.next().to_le_bytes())?;
    }
    file.flush()?;
    Ok(())
}
