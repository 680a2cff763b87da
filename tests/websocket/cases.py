"""The cases, numbered as those of the Autobahn test suite for WebSocket servers that they
follow: 1 framing, 2 pings, 3 reserved bits, 4 opcodes, 5 fragmentation, 6 UTF-8, 7 closing,
9 limits, 10 automatic fragmentation. What is sent, and what an echo must say to it."""

from frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close, fragments, frame

PROTOCOL_ERROR, BAD_PAYLOAD = 1002, 1007
BYE = close(1000)

KIB, MIB = 1024, 1024 * 1024


class Case:
    """`sends` goes out as it is, in pieces of `chop` bytes. Then must come, in this order,
    `hears`, a close with one of `codes` (None: an empty one), and the end of the stream."""

    def __init__(self, number, sends, hears, codes=(1000,), chop=None):
        self.number, self.sends, self.hears = number, sends, hears
        self.codes, self.chop = codes, chop


def echoes(number, opcode, payload, sends=None, chop=None):
    return Case(number, (sends or frame(opcode, payload)) + BYE, [(opcode, payload)], chop=chop)


def fails(number, sends, hears=(), codes=(PROTOCOL_ERROR,), chop=None):
    return Case(number, sends, list(hears), codes, chop)


def framing():
    sizes = [0, 125, 126, 127, 128, 65535, 65536]
    for group, opcode in ((1, TEXT), (2, BINARY)):
        for n, size in enumerate(sizes, 1):
            yield echoes(f"1.{group}.{n}", opcode, b"*" * size)
        yield echoes(f"1.{group}.8", opcode, b"*" * 65536, chop=997)


def pings():
    for n, payload in enumerate((b"", b"Hello, world!", b"\x00\xff\xfe\xfd\x00\xff", b"\xfe" * 125)):
        yield Case(f"2.{n + 1}", frame(PING, payload) + BYE, [(PONG, payload)])
    yield fails("2.5", frame(PING, b"\xfe" * 126))
    yield Case("2.6", frame(PING, b"\xfe" * 125) + BYE, [(PONG, b"\xfe" * 125)], chop=1)
    yield Case("2.7", frame(PONG) + BYE, [])
    yield Case("2.8", frame(PONG, b"unasked") + BYE, [])
    yield Case("2.9", frame(PONG, b"unasked") + frame(PING, b"a") + BYE, [(PONG, b"a")])
    ten = [f"payload-{n}".encode() for n in range(10)]
    sends = b"".join(frame(PING, payload) for payload in ten) + BYE
    for number, chop in (("2.10", None), ("2.11", 1)):
        # The latest of several pings is what must be answered (RFC 6455, section 5.5.3).
        yield Case(number, sends, [(PONG, payload) for payload in ten], chop=chop)


def reserved_bits():
    hello = frame(TEXT, b"Hello")
    heard = [(TEXT, b"Hello")]
    yield fails("3.1", frame(TEXT, b"Hello", rsv=1))
    yield fails("3.2", hello + frame(TEXT, b"Hello", rsv=2) + frame(PING), heard)
    yield fails("3.3", hello + frame(TEXT, b"Hello", rsv=3) + frame(PING), heard)
    yield fails("3.4", hello + frame(TEXT, b"Hello", rsv=4) + frame(PING), heard, chop=1)
    yield fails("3.5", frame(BINARY, b"\x00\xff", rsv=5))
    yield fails("3.6", frame(PING, b"Hello", rsv=6))
    yield fails("3.7", frame(CLOSE, b"", rsv=7))
    yield fails("3.masks", frame(TEXT, b"Hello", mask=False))


def opcodes():
    hello, heard = frame(TEXT, b"Hello"), [(TEXT, b"Hello")]
    for group, kinds in ((1, range(3, 8)), (2, range(11, 16))):
        for n, opcode in enumerate(kinds, 1):
            payload = b"" if n in (1, 3) else b"reserved opcode"
            before, hears = (b"", []) if n < 3 else (hello, heard)
            sends = before + frame(opcode, payload) + frame(PING)
            yield fails(f"4.{group}.{n}", sends, hears, chop=1 if n == 5 else None)


def fragmentation():
    parts = [b"fragment1", b"fragment2"]
    whole = b"".join(parts)
    first, last = frame(TEXT, parts[0], fin=False), frame(CONTINUATION, parts[1])
    ping = frame(PING, b"ping payload")
    stray = frame(CONTINUATION, b"non-continuation payload")
    open_stray = frame(CONTINUATION, b"non-continuation payload", fin=False)
    yield fails("5.1", frame(PING, parts[0], fin=False) + frame(CONTINUATION, parts[1]))
    yield fails("5.2", frame(PONG, parts[0], fin=False) + frame(CONTINUATION, parts[1]))
    for n, chop in enumerate((None, 1, 3), 3):
        yield echoes(f"5.{n}", TEXT, whole, first + last, chop=chop)
    for n, chop in enumerate((None, 1, 3), 6):
        hears = [(PONG, b"ping payload"), (TEXT, whole)]
        yield Case(f"5.{n}", first + ping + last + BYE, hears, chop=chop)
    for n, (odd, chop) in enumerate(((stray, None), (stray, 1), (stray, 3)), 9):
        yield fails(f"5.{n}", odd + frame(TEXT, b"Hello, world!"), chop=chop)
    for n, (odd, chop) in enumerate(((open_stray, None), (open_stray, 1), (open_stray, 3)), 12):
        yield fails(f"5.{n}", odd + frame(TEXT, b"Hello, world!"), chop=chop)
    yield fails("5.15", first + last + open_stray + frame(TEXT, b"x"), [(TEXT, whole)])
    yield fails("5.16", (open_stray + first + last) * 2)
    yield fails("5.17", (stray + first + last) * 2)
    yield fails("5.18", first + frame(TEXT, parts[1]))
    five = [f"fragment{n}".encode() for n in range(1, 6)]
    pieces = [frame(TEXT if n == 0 else CONTINUATION, five[n], fin=n == 4) for n in range(5)]
    sends = pieces[0] + pieces[1] + ping + pieces[2] + pieces[3] + ping + pieces[4] + BYE
    hears = [(PONG, b"ping payload")] * 2 + [(TEXT, b"".join(five))]
    for number, chop in (("5.19", None), ("5.20", 1)):
        yield Case(number, sends, hears, chop=chop)


def closing():
    yield Case("7.1.1", frame(TEXT, b"Hello") + BYE, [(TEXT, b"Hello")])
    yield Case("7.1.2", BYE + BYE, [])
    yield Case("7.1.3", BYE + frame(PING), [])
    yield Case("7.1.4", BYE + frame(TEXT, b"Hello"), [])
    first, last = frame(TEXT, b"fragment1", fin=False), frame(CONTINUATION, b"fragment2")
    yield Case("7.1.5", first + BYE + last, [])
    long = b"BAsd7&jh23" * 26 * KIB
    sends = frame(TEXT, long) + frame(TEXT, b"Hello") + BYE + frame(PING)
    yield Case("7.1.6", sends, [(TEXT, long), (TEXT, b"Hello")])
    yield Case("7.3.1", close(), [], codes=(None, 1000))
    yield fails("7.3.2", frame(CLOSE, b"a"))
    yield Case("7.3.3", BYE, [])
    yield Case("7.3.4", close(1000, b"Hello World!"), [])
    yield Case("7.3.5", close(1000, b"*" * 123), [])
    yield fails("7.3.6", close(1000, b"*" * 124))
    yield fails("7.5.1", close(1000, b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80x"), codes=(1002, 1007))
    valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
    for n, code in enumerate(valid, 1):
        yield Case(f"7.7.{n}", close(code), [], codes=(code, 1000))
    for n, code in enumerate((0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999), 1):
        yield fails(f"7.9.{n}", close(code))
    for n, code in enumerate((5000, 65535), 1):
        yield Case(f"7.13.{n}", close(code), [], codes=(code, 1000, PROTOCOL_ERROR))


def limits(size_max):
    sizes = [64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB]
    for group, opcode in ((1, TEXT), (2, BINARY)):
        for n, size in enumerate(sizes, 1):
            if size <= size_max:
                yield echoes(f"9.{group}.{n}", opcode, b"\x42" * size)
    whole = b"\x42" * min(4 * MIB, size_max)
    for group, opcode in ((3, TEXT), (4, BINARY)):
        for n, size in enumerate((64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB), 1):
            if len(whole) // size <= 1 << 12 or size_max > 4 * MIB:
                parts = [whole[at : at + size] for at in range(0, len(whole), size)]
                yield echoes(f"9.{group}.{n}", opcode, whole, fragments(opcode, parts))
    million = b"\x42" * MIB
    for group, opcode in ((5, TEXT), (6, BINARY)):
        for n, chop in enumerate((64, 128, 256, 512, KIB, 2 * KIB), 1):
            if chop >= 512 or size_max > 4 * MIB:
                yield echoes(f"9.{group}.{n}", opcode, million, chop=chop)
    for group, opcode in ((7, TEXT), (8, BINARY)):
        for n, size in enumerate((0, 16, 64, 256, KIB, 4 * KIB), 1):
            count = 1000 if size_max > 4 * MIB else 200
            yield Case(
                f"9.{group}.{n}",
                frame(opcode, b"\x42" * size) * count + BYE,
                [(opcode, b"\x42" * size)] * count,
            )


def fragmented_by_the_sender():
    whole = b"*" * 65536
    parts = [whole[at : at + 1300] for at in range(0, len(whole), 1300)]
    yield echoes("10.1.1", TEXT, whole, fragments(TEXT, parts))
