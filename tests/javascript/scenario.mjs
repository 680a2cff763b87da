// The example bot answers everything once, whoever is killed; pages from elsewhere stay out.
// scenario.mjs BINARIES SCRATCH
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Person } from './person.mjs';
import { Process, soon } from './processes.mjs';

const [binaries, scratch] = process.argv.slice(2);
const BOT = fileURLToPath(new URL('../../bridge/examples/bot.mjs', import.meta.url));
const PAGE = 'https://chat.example.org';
const SOCKET = join(scratch, 'bridge.sock');

async function startDaemon() {
  const places = ['--data-dir', join(scratch, 'data'), '--bridge-listen', `unix:${SOCKET}`];
  const daemon = new Process(join(binaries, 'parlord'), [
    ...places, '--listen', '127.0.0.1:0', '--registration', 'open',
  ]);
  await daemon.line('ready unix:');
  return daemon;
}

async function startBridge(port = 0) {
  const places = ['--upstream', `unix:${SOCKET}`, '--listen', `127.0.0.1:${port}`];
  const bridge = new Process(join(binaries, 'parlor-bridge'), [...places, '--origin', PAGE]);
  bridge.url = await bridge.line('ready ');
  return bridge;
}

async function startBot(url, token) {
  const env = { PARLOR_BRIDGE: url, PARLOR_TOKEN: token };
  const bot = new Process(process.execPath, [BOT, 'lobby'], env);
  await bot.line('in lobby');
  return bot;
}

async function origins(url) {
  (await Person.connect(url, { origin: PAGE })).socket.close();
  (await Person.connect(url)).socket.close();
  for (const origin of ['https://evil.example', 'null', `${PAGE}.evil.example`]) {
    await assert.rejects(Person.connect(url, { origin }), /no connection/, origin);
  }
}

async function mistakes(url) {
  const clumsy = await Person.connect(url);
  await assert.rejects(clumsy.ask({ history: { rom_id: '1' } }), { reason: 'BAD_FIELD' });
  await assert.rejects(clumsy.ask({ dance: {} }), { reason: 'UNKNOWN_REQUEST' });
  await assert.rejects(clumsy.ask({ listRooms: {} }), { reason: 'NOT_SIGNED_IN' });
  clumsy.socket.send('{"keepAlive": {');
  const { code, reason } = await soon('a close', clumsy.closed);
  assert.equal(code, 1007);
  assert.match(reason, /^not JSON: .*line 1, column 15$/);
}

async function main() {
  let daemon = await startDaemon();
  const bridge = await startBridge();
  let other = await startBridge();
  await origins(bridge.url);
  await mistakes(bridge.url);

  let ann = await Person.connect(bridge.url);
  const password = 'quiet-lantern-73-orbit';
  const { auth } = await ann.ask({ register: { userName: 'ann', password } });
  const { room } = await ann.ask({ createRoom: { name: 'lobby' } });
  const { roomId } = room.state.room;
  await ann.ask({ sync: {} });
  const { secret } = (await ann.ask({ createBot: { userName: 'pingbot' } })).apiToken;
  const asked = [];
  const ping = async () => asked.push(await ann.send(roomId, '!ping'));
  const pong = async () => {
    for (const seq of asked) assert.equal((await ann.reply(seq)).message.text, 'pong');
  };

  let bot = await startBot(other.url, secret);
  await ann.send(roomId, 'nobody answers this');
  await ping();
  await pong();

  // What is said while its bridge is dead, and then while it is dead itself, is answered.
  const port = new URL(other.url).port;
  await other.kill();
  for (let n = 0; n < 3; n++) await ping();
  other = await startBridge(port);
  await pong();
  await bot.kill();
  for (let n = 0; n < 3; n++) await ping();
  bot = await startBot(other.url, secret);
  await pong();

  // The daemon is killed: both come back to it, by the token of their session.
  await daemon.kill();
  daemon = await startDaemon();
  await soon('the end of a connection', ann.closed);
  ann = await Person.connect(bridge.url);
  await ann.ask({ resume: { token: auth.token } });
  await ann.ask({ sync: { cursors: [{ roomId }] } });
  await ping();
  await ann.reply(asked.at(-1));

  const { history } = await ann.ask({ history: { roomId, afterSeq: '0' } });
  const replies = history.events.map((event) => event.message?.replyToSeq).filter(Boolean);
  assert.deepEqual(replies, asked, 'each is answered once, in order');

  const stranger = new Process(process.execPath, [BOT, 'lobby'], {
    PARLOR_BRIDGE: other.url, PARLOR_TOKEN: 'no-such-token',
  });
  assert.equal(await soon('a bot that gives up', stranger.ended), 1);
  for (const it of [bot, bridge, other, daemon]) await it.kill();
  console.log(`the bot has answered ${asked.length} of ${asked.length}`);
}

await main();
process.exit(0);
