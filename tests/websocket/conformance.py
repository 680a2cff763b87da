"""Runs every case against an echo, several at a time, and says which of them do not hold.

conformance.py ECHO [--full]: starts the echo, which says where it listens."""

import concurrent.futures
import itertools
import struct
import subprocess
import sys
import time

import cases
import utf8
from frames import CLOSE, Client, Wrong

AT_ONCE = 4


def check(url, case):
    """What is wrong, or nothing."""
    client = Client(url)
    try:
        client.send(case.sends, case.chop)
        for n, expected in enumerate(case.hears):
            heard = client.message()
            if heard != expected:
                return f"message {n}: {show(heard)} instead of {show(expected)}"
        heard = client.message()
        if heard is None or heard[0] != CLOSE:
            return f"no close: {show(heard)}"
        payload = heard[1]
        code = struct.unpack(">H", payload[:2])[0] if payload else None
        payload[2:].decode()
        if code not in case.codes:
            return f"closed with {code}, not one of {case.codes}: {payload[2:]}"
        if code not in (None, 1000) and case.codes != (code, 1000):
            client.send(cases.close(code))
        # The server ends the stream, and says nothing more before.
        heard = client.message()
        return heard and f"after the close: {show(heard)}"
    except (Wrong, UnicodeDecodeError) as wrong:
        return str(wrong)
    finally:
        client.socket.close()


def show(message):
    if message is None:
        return "the end"
    opcode, payload = message
    return f"opcode {opcode}, {len(payload)} bytes, {payload[:20]}"


def main(echo, size_max):
    process = subprocess.Popen([echo], stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line.startswith("ready ws://"), line
        url = line.removeprefix("ready ").strip()
        groups = [cases.framing(), cases.pings(), cases.reserved_bits(), cases.opcodes()]
        groups += [cases.fragmentation(), utf8.text(), cases.closing(), cases.limits(size_max)]
        every = itertools.chain(*groups, cases.fragmented_by_the_sender())
        began, failed, passed = time.monotonic(), 0, 0
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            run = lambda case: (case.number, check(url, case))
            for number, wrong in pool.map(run, every):
                passed += not wrong
                if wrong:
                    failed += 1
                    print(f"{number}: {wrong}")
        print(f"{passed} passed, {failed} failed")
        print(f"in {time.monotonic() - began:.1f} s", file=sys.stderr)
        assert process.poll() is None, "the echo has died"
        return failed
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], (16 if "--full" in sys.argv else 1) * cases.MIB) > 0)
