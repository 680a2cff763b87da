"""Two clients in Python register, log in, join, send, receive and resume; what must be
refused is refused. Exits 0 if all of it holds."""

import sys
import tempfile
import time

from parlor.v1 import error_pb2, message_pb2, room_pb2, session_pb2

from connection import Connection, Refused, new_message_id, start_daemon

PASSWORD = "quiet-lantern-73-orbit"

# More than the server takes at once.
MISSED = 30


def register(url, user_name):
    connection = Connection(url)
    request = session_pb2.RegisterRequest(user_name=user_name, password=PASSWORD)
    auth = connection.ask(register=request)
    assert auth.user.user_name == user_name and len(auth.token) == 32
    return connection, auth


def send(connection, room_id, text, message_id=None):
    """Sends a message; if that was too fast, again under the same id when the server says."""
    message_id = message_id or new_message_id()
    request = message_pb2.SendRequest(
        room_id=room_id, client_message_id=message_id, text=text
    )
    while True:
        try:
            return connection.ask(send=request)
        except Refused as refusal:
            error = refusal.error
            if error.reason != "RATE_LIMITED":
                raise
            assert error.retryable and error.retry_after_ms > 0, error
            time.sleep(error.retry_after_ms / 1000)


def refused(reason, ask, **body):
    try:
        answer = ask(**body)
    except Refused as refusal:
        assert refusal.error.reason == reason, refusal
        assert refusal.error.message, "a line for people"
        return refusal.error
    raise AssertionError(f"not refused: {answer}")


def accounts(url):
    ann, auth = register(url, "ann")
    hello = ann.hello
    assert hello.revision == 1 and hello.limits.text_bytes_max == 8192, hello
    assert hello.keep_alive.session_timeout_ms == 45_000, hello
    stranger = Connection(url)
    rooms = room_pb2.ListRoomsRequest()
    error = refused("NOT_SIGNED_IN", stranger.ask, list_rooms=rooms)
    assert error.code == error_pb2.ERROR_CODE_UNAUTHENTICATED
    wrong = session_pb2.LoginRequest(user_name="ann", password="not-the-password-9")
    refused("BAD_CREDENTIALS", stranger.ask, login=wrong)
    right = session_pb2.LoginRequest(user_name="ann", password=PASSWORD)
    other = stranger.ask(login=right)
    assert other.session_id != auth.session_id and other.token != auth.token
    stranger.ask(logout=session_pb2.LogoutRequest())
    late = Connection(url)
    resume = session_pb2.ResumeRequest(token=other.token)
    refused("SESSION_ENDED", late.ask, resume=resume)
    stranger.close()
    late.close()
    return ann, auth


def conversation(url, ann):
    bob, auth = register(url, "bob")
    room = ann.ask(create_room=room_pb2.CreateRoomRequest(name="lobby")).state.room
    refused(
        "NOT_A_MEMBER",
        bob.ask,
        send=message_pb2.SendRequest(
            room_id=room.room_id, client_message_id=new_message_id(), text="boo"
        ),
    )
    joined = bob.ask(join_room=room_pb2.JoinRoomRequest(room_name="lobby")).state
    assert joined.room.member_count == 2, joined
    states = {state.room.room_id: state for state in bob.sync().rooms}
    assert states[room.room_id].head_seq >= joined.join_seq
    ann.sync()
    message_id = new_message_id()
    first = send(ann, room.room_id, "hello from python", message_id)
    again = send(ann, room.room_id, "hello from python", message_id)
    assert not first.duplicate and again.duplicate and again.seq == first.seq
    for connection in (ann, bob):
        event = connection.message()
        assert event.message.text == "hello from python", event
        assert (event.seq, event.actor_name) == (first.seq, "ann"), event
        assert event.message.client_message_id == message_id
    page = bob.ask(history=message_pb2.HistoryRequest(room_id=room.room_id, after_seq=0))
    assert [event.seq for event in page.events] == list(range(1, page.head_seq + 1))
    return room.room_id, bob, auth


def resumption(url, room_id, ann, bob, auth):
    epoch = bob.hello.epoch
    cursor = send(ann, room_id, "before the cut").seq
    while bob.message().seq != cursor:
        pass
    bob.cut()
    missed = [send(ann, room_id, f"missed {n}").seq for n in range(MISSED)]
    back = Connection(url)
    assert back.hello.epoch == epoch
    resumed = back.ask(resume=session_pb2.ResumeRequest(token=auth.token))
    assert resumed.session_id == auth.session_id and not resumed.token
    state = back.sync(epoch, [(room_id, cursor)]).rooms[0]
    assert not state.reset and state.head_seq == missed[-1], state
    live = send(ann, room_id, "live again").seq
    for n, seq in enumerate([*missed, live]):
        event = back.event()
        assert event.seq == seq, f"a hole or a repeat: {event.seq} instead of {seq}"
        expected = "live again" if seq == live else f"missed {n}"
        assert event.message.text == expected
    # A cursor that cannot be continued is answered with a reset, not with a part.
    assert back.sync(epoch, [(room_id, live + 100)]).rooms[0].reset
    assert back.sync(epoch ^ 1, [(room_id, cursor)]).rooms[0].reset
    return back


def farewell(connection):
    """A server that stops says so, and that coming back is worth it."""
    bye = connection.push("go_away")
    assert bye.code == error_pb2.GO_AWAY_CODE_DRAINING and bye.reconnect, bye
    assert 0 < bye.reconnect_min_ms < bye.reconnect_max_ms, bye
    connection.close()


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        daemon, url = start_daemon(binary, folder)
        try:
            ann, _ = accounts(url)
            room_id, bob, auth = conversation(url, ann)
            back = resumption(url, room_id, ann, bob, auth)
            daemon.terminate()
            farewell(ann)
            farewell(back)
            assert daemon.wait(20) == 0, "the daemon did not stop cleanly"
        finally:
            daemon.kill()
            daemon.wait()
    print("a client generated by stock protobuf tools: all of it holds")


main(sys.argv[1])
