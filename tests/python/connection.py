"""Parlor's protocol by hand, from PROTOCOL.md: TLS with a pinned key, length-prefixed frames,
requests with ids. Knows nothing of Parlor's own code."""

import hashlib
import socket
import ssl
import struct
import subprocess
import urllib.parse
import uuid

from parlor.v1 import frame_pb2, session_pb2, sync_pb2

TIMEOUT_S = 20
FRAME_BYTES_MAX = 64 * 1024


class Refused(Exception):
    """The server has answered a request with an error."""

    def __init__(self, error):
        super().__init__(f"{error.reason}: {error.message}")
        self.error = error


class Connection:
    """One connection to parlor://host:port?pin=sha256:HEX, past Hello."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        pin = urllib.parse.parse_qs(parts.query)["pin"][0]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["parlor/1"])
        # The pin below says who it is; names and authorities do not.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        raw = socket.create_connection((parts.hostname, parts.port), TIMEOUT_S)
        self.stream = context.wrap_socket(raw)
        assert self.stream.selected_alpn_protocol() == "parlor/1"
        shown = "sha256:" + hashlib.sha256(public_key(self.stream.getpeercert(True))).hexdigest()
        assert shown == pin, f"another key: {shown}"
        self.pushes = []
        self.last_id = 0
        self.hello = self.ask(
            hello=session_pb2.HelloRequest(
                revision_min=1, revision_max=1, client_name="python", client_version="1"
            )
        )

    def ask(self, **body):
        """Sends a request and waits for its answer; pushes on the way are kept."""
        self.last_id += 1
        frame = frame_pb2.ClientFrame(request_id=self.last_id, **body)
        payload = frame.SerializeToString()
        self.stream.sendall(struct.pack(">I", len(payload)) + payload)
        while True:
            answer = self.frame()
            if answer.request_id == self.last_id:
                break
            assert answer.request_id == 0, f"an answer to nothing: {answer}"
            self.pushes.append(answer)
        kind = answer.WhichOneof("body")
        if kind == "error":
            raise Refused(answer.error)
        return getattr(answer, kind)

    def sync(self, epoch=0, cursors=()):
        """From here on events are pushed: from each cursor (room_id, seq) on."""
        cursors = [sync_pb2.Cursor(room_id=room_id, seq=seq) for room_id, seq in cursors]
        return self.ask(sync=sync_pb2.SyncRequest(epoch=epoch, cursors=cursors))

    def push(self, kind):
        """The next push of this kind; others are stepped past."""
        while True:
            frame = self.pushes.pop(0) if self.pushes else self.frame()
            assert frame.request_id == 0, f"an answer to nothing: {frame}"
            if frame.WhichOneof("body") == kind:
                return getattr(frame, kind)

    def event(self):
        """The next event of a room."""
        return self.push("room_event")

    def message(self):
        """The next message of a room; other events are stepped past."""
        while True:
            event = self.event()
            if event.WhichOneof("kind") == "message":
                return event

    def close(self):
        self.stream.close()

    def cut(self):
        """Ends the connection with a reset, as a bad network would."""
        raw = self.stream.detach()
        with socket.socket(fileno=raw) as plain:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def frame(self):
        (length,) = struct.unpack(">I", self.bytes(4))
        assert length <= FRAME_BYTES_MAX
        return frame_pb2.ServerFrame.FromString(self.bytes(length))

    def bytes(self, length):
        data = b""
        while len(data) < length:
            chunk = self.stream.recv(length - len(data))
            assert chunk, "the connection has ended"
            data += chunk
        return data


def public_key(der):
    """The SubjectPublicKeyInfo of a certificate (RFC 5280, 4.1): the 7th field of its body."""
    body = der_items(der_items(der)[0][1])[0][1]
    fields = der_items(body)
    if fields[0][0] == 0xA0:  # version
        fields = fields[1:]
    return fields[5][2]


def der_items(data):
    """The items of a DER sequence: tag, contents, and the whole."""
    items, at = [], 0
    while at < len(data):
        tag, length, begin = data[at], data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[begin : begin + count], "big")
            begin += count
        items.append((tag, data[begin : begin + length], data[at : begin + length]))
        at = begin + length
    return items


def new_message_id():
    return uuid.uuid4().bytes


def start_daemon(binary, folder):
    """A daemon on a free port with an empty folder; the process and its URL."""
    command = [binary, "--data-dir", folder, "--listen", "127.0.0.1:0", "--registration", "open"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    assert line.startswith("ready parlor://"), line
    return process, line.removeprefix("ready ").strip()
