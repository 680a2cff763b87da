"""WebSocket frames by hand, from RFC 6455: a client that can send what no library would, and
that takes nothing from a server that the RFC forbids. Uses the standard library only."""

import base64
import hashlib
import os
import socket
import struct
import urllib.parse

TIMEOUT_S = 10
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Wrong(Exception):
    """The server did what the RFC forbids."""


def frame(opcode, payload=b"", fin=True, rsv=0, mask=True):
    """One frame as bytes."""
    head = bytes([fin << 7 | rsv << 4 | opcode])
    masked = 0x80 if mask else 0
    if len(payload) < 126:
        head += bytes([masked | len(payload)])
    elif len(payload) < 1 << 16:
        head += struct.pack(">BH", masked | 126, len(payload))
    else:
        head += struct.pack(">BQ", masked | 127, len(payload))
    if not mask:
        return head + payload
    key = os.urandom(4)
    long_key = (key * (len(payload) // 4 + 1))[: len(payload)]
    both = int.from_bytes(payload, "big") ^ int.from_bytes(long_key, "big")
    return head + key + both.to_bytes(len(payload), "big")


def fragments(opcode, parts):
    """A message in as many frames as there are parts."""
    last = len(parts) - 1
    return b"".join(
        frame(opcode if n == 0 else CONTINUATION, part, fin=n == last)
        for n, part in enumerate(parts)
    )


def close(code=None, reason=b""):
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


class Client:
    """One WebSocket, past its handshake."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
        self.socket.sendall(request.encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        lines = head.decode().split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        if " 101 " not in lines[0] or fields.get("sec-websocket-accept") != accept.lower():
            raise Wrong(f"no handshake: {head}")

    def send(self, data, chop=None):
        """All at once, or in pieces of so many bytes."""
        size = chop or max(len(data), 1)
        try:
            for at in range(0, len(data), size):
                self.socket.sendall(data[at : at + size])
        except (BrokenPipeError, ConnectionResetError):
            pass  # What the server has said before it closed is what counts.

    def message(self):
        """The next message, pong or close as (opcode, payload); None at the end."""
        opcode, payload = None, b""
        while True:
            got = self.frame()
            if got is None:
                if opcode is not None:
                    raise Wrong("the stream ends inside a message")
                return None
            fin, kind, data = got
            if kind >= CLOSE:
                if kind == PING:
                    continue
                return kind, data
            if (kind == CONTINUATION) == (opcode is None):
                raise Wrong("fragments out of order")
            opcode = kind if opcode is None else opcode
            payload += data
            if fin:
                if opcode == TEXT:
                    payload.decode()
                return opcode, payload

    def frame(self):
        head = self.take(2)
        if head is None:
            return None
        fin, opcode, length = head[0] >> 7, head[0] & 15, head[1] & 127
        if head[0] & 0x70 or head[1] & 0x80 or opcode in (3, 4, 5, 6, 7) or opcode > PONG:
            raise Wrong(f"reserved bits, a mask or a reserved opcode: {head.hex()}")
        if opcode >= CLOSE and (not fin or length > 125):
            raise Wrong("a control frame that is fragmented or long")
        if length == 126:
            (length,) = struct.unpack(">H", self.take(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self.take(8))
        return fin, opcode, self.take(length)

    def take(self, count):
        while len(self.buffer) < count:
            if not self.more():
                if self.buffer:
                    raise Wrong("the stream ends inside a frame")
                return None
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def more(self):
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:
            return False
        except TimeoutError:
            raise Wrong("nothing came, and the connection stays open") from None
        self.buffer += data
        return bool(data)
