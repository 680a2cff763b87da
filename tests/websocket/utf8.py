"""Group 6: text is UTF-8, and what is not ends the connection with 1007. The sequences are
those of Markus Kuhn's decoder stress test and the limits of RFC 3629."""

from cases import BAD_PAYLOAD, BYE, Case, echoes, fails
from frames import CONTINUATION, PING, PONG, TEXT, close, fragments, frame

KOSME = "κόσμε".encode()
HELLO = "Hello-µ@ßöäüàá-UTF-8!!".encode()

VALID = [
    KOSME,
    *[chr(code).encode() for code in (0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF)],
    *[chr(code).encode() for code in (0xD7FF, 0xE000, 0xFFFD, 0xFFFE, 0xFDD0, 0xFDEF)],
    # The last two of each plane are no characters, and yet well formed.
    *[chr(plane << 16 | low).encode() for plane in range(1, 17) for low in (0xFFFE, 0xFFFF)],
]

INVALID = [
    b"\xf8\x88\x80\x80\x80",  # five and six bytes
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xf7\xbf\xbf\xbf",
    b"\xfb\xbf\xbf\xbf\xbf",
    b"\xf4\x90\x80\x80",  # beyond U+10FFFF
    *[b"\x80", b"\xbf", b"\x80\xbf", b"\x80\xbf\x80", b"\x80\xbf\x80\xbf"],  # stray continuations
    bytes(range(0x80, 0xC0)),
    b" ".join(bytes([lead]) for lead in range(0xC0, 0xE0)) + b" ",  # lonely starts
    b" ".join(bytes([lead]) for lead in range(0xE0, 0xF0)) + b" ",
    b" ".join(bytes([lead]) for lead in range(0xF0, 0xF8)) + b" ",
    *[b"\xc0", b"\xe0\x80", b"\xf0\x80\x80", b"\xdf", b"\xef\xbf", b"\xf7\xbf\xbf"],  # cut short
    *[b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"],
    *[b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf"],  # longer than need be
    *[b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xc0\x80", b"\xe0\x80\x80"],
    *[b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xbf\xbf"],  # surrogates
    b"\xed\xa0\x80\xed\xb0\x80",
    KOSME + b"\xed\xa0\x80edited",
]


def text():
    yield echoes("6.1.1", TEXT, b"")
    yield echoes("6.1.2", TEXT, b"", fragments(TEXT, [b"", b"", b""]))
    yield echoes("6.1.3", TEXT, b"middle", fragments(TEXT, [b"", b"middle", b""]))
    yield echoes("6.2.1", TEXT, HELLO)
    yield echoes("6.2.2", TEXT, HELLO, fragments(TEXT, [HELLO[:12], HELLO[12:]]))
    bytewise = [HELLO[at : at + 1] for at in range(len(HELLO))]
    yield echoes("6.2.3", TEXT, HELLO, fragments(TEXT, bytewise))
    yield echoes("6.2.4", TEXT, KOSME, fragments(TEXT, [KOSME[at : at + 1] for at in range(11)]))
    for n, good in enumerate(VALID, 1):
        yield echoes(f"6.valid.{n}", TEXT, good)
        halves = [b"a" + good[: len(good) // 2], good[len(good) // 2 :] + b"b"]
        between = frame(TEXT, halves[0], fin=False) + frame(PING) + frame(CONTINUATION, halves[1])
        hears = [(PONG, b""), (TEXT, b"".join(halves))]
        yield Case(f"6.valid.{n}.halves", between + BYE, hears)
    for n, bad in enumerate(INVALID, 1):
        yield fails(f"6.invalid.{n}", frame(TEXT, bad), codes=(BAD_PAYLOAD,))
        split = fragments(TEXT, [b"a" + bad[:1], bad[1:], b"b"])
        yield fails(f"6.invalid.{n}.parts", split, codes=(BAD_PAYLOAD,))
        reason = close(1000, bad[:100])
        yield fails(f"6.invalid.{n}.close", reason, codes=(1002, BAD_PAYLOAD))
