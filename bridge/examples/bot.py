#!/usr/bin/env python3
"""A bot: answers `!ping` in the rooms it is told, and misses none while it is away.

    parlor bot create pinger > token
    pip install protobuf grpcio-tools
    python -m grpc_tools.protoc -I proto/schema --python_out=. proto/schema/parlor/v1/*.proto
    PARLOR_URL='parlor://HOST?pin=sha256:…' PARLOR_TOKEN=$(cat token) ./bot.py lobby
"""

import hashlib, os, socket, ssl, struct, sys, time, urllib.parse, uuid
from parlor.v1 import frame_pb2, message_pb2, room_pb2, session_pb2, sync_pb2

CURSOR = "pinger"  # the server keeps under this name how far the bot has come
QUIET_S = 15  # say something at least this often, or the session ends


class Link:
    """A connection: frames with their length in front; a request has an id, a push has none."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        pin = urllib.parse.parse_qs(parts.query).get("pin", [""])[0]
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["parlor/1"])
        if pin:  # the key says who it is, whatever name stands in the certificate
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        raw = socket.create_connection((parts.hostname, parts.port or 7275), QUIET_S)
        self.stream = context.wrap_socket(raw, server_hostname=parts.hostname)
        key = hashlib.sha256(public_key(self.stream.getpeercert(True))).hexdigest()
        if pin not in ("", "sha256:" + key):
            sys.exit(f"the server shows another key: sha256:{key}")
        self.pushes, self.last_id = [], 0

    def write(self, request_id=0, **body):
        frame = frame_pb2.ClientFrame(request_id=request_id, **body).SerializeToString()
        self.stream.sendall(struct.pack(">I", len(frame)) + frame)

    def ask(self, **body):
        self.last_id += 1
        self.write(self.last_id, **body)
        while (frame := self.frame()).request_id != self.last_id:
            self.pushes.append(frame)
        if frame.error.retryable:  # too fast, or the disk is full: the same again, later
            time.sleep(max(frame.error.retry_after_ms, 100) / 1000)
            return self.ask(**body)
        if frame.error.reason:
            sys.exit(f"{frame.error.reason}: {frame.error.message}")
        return getattr(frame, frame.WhichOneof("body"))

    def frame(self):
        frame = frame_pb2.ServerFrame.FromString(self.read(*struct.unpack(">I", self.read(4))))
        if frame.HasField("probe"):
            self.write(keep_alive=session_pb2.KeepAlive())
        return frame

    def read(self, length):
        data = b""
        while len(data) < length:
            try:
                data += self.stream.recv(length - len(data)) or sys.exit("the connection has ended")
            except TimeoutError:
                self.write(keep_alive=session_pb2.KeepAlive())
        return data

def public_key(der):
    """What a pin is the hash of: the seventh field of the body of a certificate."""
    for field in (0, 0, 6):
        end = 0
        for _ in range(field + 1):
            start, head, size = end, end + 2, der[end + 1]
            if size > 127:
                head, size = head + size - 128, int.from_bytes(der[head : head + size - 128], "big")
            end = head + size
        whole, der = der[start:end], der[head:end]
    return whole


link = Link(os.environ["PARLOR_URL"])
hello = link.ask(hello=session_pb2.HelloRequest(revision_min=1, revision_max=1, client_name="bot"))
link.ask(login_with_token=session_pb2.LoginWithTokenRequest(api_token=os.environ["PARLOR_TOKEN"]))
wishes = [room_pb2.JoinRoomRequest(room_name=name) for name in sys.argv[1:]]
states = [link.ask(join_room=wish).state for wish in wishes]
seqs = {state.room.room_id: state.join_seq for state in states}
kept = link.ask(get_cursors=sync_pb2.GetCursorsRequest(name=CURSOR)).cursors
seqs |= {cursor.room_id: cursor.seq for cursor in kept}
cursors = [sync_pb2.Cursor(room_id=room_id, seq=seq) for room_id, seq in seqs.items()]
link.ask(sync=sync_pb2.SyncRequest(epoch=hello.epoch, cursors=cursors))
print("ready", flush=True)
while True:
    event = (link.pushes.pop(0) if link.pushes else link.frame()).room_event
    where = {"room_id": event.room_id}
    if event.message.text == "!ping":
        # The same answer has the same id, so that it is said once, however often it is sent.
        said = uuid.uuid5(uuid.NAMESPACE_OID, f"{event.room_id}/{event.seq}").bytes
        pong = {"text": f"pong, {event.actor_name}", "reply_to_seq": event.seq}
        link.ask(send=message_pb2.SendRequest(**where, client_message_id=said, **pong))
    if event.seq:
        link.ask(set_cursor=sync_pb2.SetCursorRequest(**where, name=CURSOR, seq=event.seq))
