// The processes of a scenario. All of them are gone when it ends, however it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const PATIENCE_MS = 20_000;
const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// Rejects if a promise takes longer than anything here does.
export function soon(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it takes too long: ${what}`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Process {
  constructor(program, args, env = {}) {
    this.child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.child);
    this.ended = once(this.child, 'exit').then(([code]) => code);
    this.lines = [];
    this.waiting = [];
    for (const stream of [this.child.stdout, this.child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.hear(line));
    }
  }

  hear(line) {
    this.lines.push(line);
    this.waiting = this.waiting.filter(({ begin, done }) => !line.startsWith(begin) || done(line));
  }

  // What follows in the first line, from now on or before, that begins like this.
  line(begin) {
    const past = this.lines.find((line) => line.startsWith(begin));
    const line = past ?? new Promise((done) => this.waiting.push({ begin, done }));
    return soon(`${this.child.spawnfile} to say ${begin}`, line).then((it) => it.slice(begin.length));
  }

  async kill() {
    this.child.kill('SIGKILL');
    await soon('a process to end', this.ended);
    running.delete(this.child);
  }
}
