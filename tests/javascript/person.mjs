// Somebody who talks JSON by hand: asks, and hears events.
import { randomBytes } from 'node:crypto';
import { soon } from './processes.mjs';

export class Person {
  static async connect(url, headers = {}) {
    const person = new Person();
    const socket = new WebSocket(url, { protocols: ['parlor.v1.json'], headers });
    person.socket = socket;
    person.answers = new Map();
    person.events = [];
    person.lastId = 0;
    person.closed = new Promise((closed) => socket.addEventListener('close', closed));
    socket.onmessage = ({ data }) => person.hear(JSON.parse(data));
    await soon('a connection', new Promise((opened, refused) => {
      socket.onopen = opened;
      socket.onerror = () => refused(new Error('no connection'));
    }));
    await person.ask({ hello: { revisionMin: 1, revisionMax: 1, clientName: 'scenario' } });
    return person;
  }

  hear(frame) {
    if (frame.requestId) this.answers.get(frame.requestId)?.(frame);
    if (frame.roomEvent) this.events.push(frame.roomEvent);
    if (frame.probe) this.say({ keepAlive: {} });
    this.wake?.();
  }

  say(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  async ask(body) {
    const requestId = ++this.lastId;
    const answered = new Promise((done) => this.answers.set(requestId, done));
    this.say({ requestId, ...body });
    const { error, ...answer } = await soon(JSON.stringify(body), answered);
    if (error) throw Object.assign(new Error(`${error.reason}: ${error.message}`), error);
    return answer;
  }

  async send(roomId, text) {
    const clientMessageId = randomBytes(16).toString('base64');
    const { send } = await this.ask({ send: { roomId, clientMessageId, text } });
    return send.seq;
  }

  // The next message that answers this one.
  reply(seq) {
    const find = () => this.events.find((event) => event.message?.replyToSeq === seq);
    const found = (async () => {
      while (!find()) await new Promise((wake) => (this.wake = wake));
      return find();
    })();
    return soon(`a reply to ${seq}`, found);
  }
}
