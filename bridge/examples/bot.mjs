// A bot for Parlor: joins a room and says "pong" to everybody who says "!ping".
//
//   parlor bot create pingbot                      # prints the token, once
//   export PARLOR_TOKEN=... PARLOR_BRIDGE=wss://chat.example.org/v1/ws
//   node bot.mjs lobby                             # Node 22 or newer, no packages
//
// Copy it and change `answer`. What is said while the bot is away is answered when it is back,
// and nothing is answered twice, however often the bot, the bridge or the server is killed.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const { PARLOR_BRIDGE = 'ws://127.0.0.1:7276/v1/ws', PARLOR_TOKEN } = process.env;
const roomName = process.argv[2] ?? 'lobby';
const CURSOR = 'bot.mjs'; // under this name the server keeps how far the bot has come

const answer = (text) => (text.trim() === '!ping' ? 'pong' : undefined);
class Refused extends Error {} // the server has answered a request with an error

let session; // the token of our session, with which we come back to it
let wait = 500; // before the next try, in milliseconds

// One connection, until it is lost. Rejects with Refused if it makes no sense to come back.
async function visit() {
  const socket = new WebSocket(PARLOR_BRIDGE, 'parlor.v1.json');
  const waiting = new Map(); // request id -> who waits for its answer
  let lastId = 0, events = [], wake = () => {}, goAway, pulse;
  const lost = new Promise((_, reject) => {
    socket.onclose = ({ code, reason }) => {
      clearInterval(pulse);
      reject(Object.assign(new Error(reason || `close code ${code}`), { goAway }));
    };
  });
  const unlessLost = (promise) => Promise.race([promise, lost]);
  const say = (frame) => socket.send(JSON.stringify(frame));
  // Every request has an id and gets exactly one answer. Some are worth repeating, later.
  const ask = async (body) => {
    for (;;) {
      const requestId = ++lastId;
      say({ requestId, ...body });
      const answered = new Promise((resolve) => waiting.set(requestId, resolve));
      const { error, ...frame } = await unlessLost(answered);
      if (!error) return frame;
      if (!error.retryable) throw new Refused(`${error.reason}: ${error.message}`);
      await unlessLost(sleep(error.retryAfterMs ?? 1000));
    }
  };
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data); // fields that are 0, false or empty are left out
    if (frame.requestId) {
      waiting.get(frame.requestId)?.(frame);
      waiting.delete(frame.requestId);
    } else if (frame.roomEvent) wake(events.push(frame.roomEvent));
    else if (frame.probe) say({ keepAlive: {} });
    else if (frame.goAway) goAway = frame.goAway;
  };
  await unlessLost(new Promise((opened) => (socket.onopen = opened)));

  const { hello } = await ask({ hello: { revisionMin: 1, revisionMax: 1, clientName: CURSOR } });
  pulse = setInterval(() => say({ keepAlive: {} }), hello.keepAlive.intervalMs);
  const login = () => ask({ loginWithToken: { apiToken: PARLOR_TOKEN } });
  const { auth } = await (session ? ask({ resume: { token: session } }).catch(login) : login());
  session = auth.token ?? session;

  // Where we were: at the cursor that the server keeps, or, the first time, at the newest event.
  const { state } = (await ask({ joinRoom: { roomName } })).room;
  const { roomId } = state.room;
  const moveTo = (seq) => ask({ setCursor: { name: CURSOR, roomId, seq } });
  const { epoch, cursors = [] } = (await ask({ getCursors: { name: CURSOR } })).getCursors;
  let seq = cursors.find((cursor) => cursor.roomId === roomId)?.seq;
  if (!seq) await moveTo((seq = state.headSeq));
  const { sync } = await ask({ sync: { epoch, cursors: [{ roomId, seq }], roomIds: [roomId] } });
  if (sync.rooms[0].reset) console.error('more was missed than the server sends again');
  console.error(`in ${roomName}, after event ${seq}`);
  wait = 500;

  // Events come in order, each once. The cursor moves when they have been dealt with; if that is
  // lost, they are dealt with again. So the id of an answer follows from what it answers: the
  // server says the same id only once.
  for (;;) {
    await unlessLost(events.length || new Promise((more) => (wake = more)));
    for (const event of events.splice(0)) {
      seq = event.seq;
      const text = event.actorId !== auth.user.userId && answer(event.message?.text ?? '');
      if (!text) continue;
      const id = createHash('sha256').update(`${CURSOR} ${roomId} ${seq}`).digest();
      const clientMessageId = id.subarray(0, 16).toString('base64');
      await ask({ send: { roomId, clientMessageId, text, replyToSeq: seq } });
    }
    await moveTo(seq);
  }
}

for (;; wait = Math.min(2 * wait, 30_000)) {
  const why = await visit().catch((error) => error);
  console.error(why.message);
  if (why instanceof Refused) process.exit(1);
  const { reconnectMinMs: min = wait / 2, reconnectMaxMs: max = wait } = why.goAway ?? {};
  await sleep(min + Math.random() * (max - min));
}
