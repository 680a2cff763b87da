"""The example bot of the bridge's folder, run against a daemon: it answers, and goes on where it was
killed, with no answer left out and none said twice."""

import os
import subprocess
import sys
import tempfile

from parlor.v1 import admin_pb2, message_pb2, room_pb2, session_pb2

from connection import Connection, new_message_id, start_daemon

BOT = os.path.join(os.path.dirname(__file__), "../../bridge/examples/bot.py")
PASSWORD = "quiet-lantern-73-orbit"


def start_bot(url, token):
    environment = {**os.environ, "PARLOR_URL": url, "PARLOR_TOKEN": token}
    command = [sys.executable, BOT, "lobby"]
    bot = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert bot.stdout.readline() == "ready\n", "the bot did not start"
    return bot


def say(connection, room_id, text):
    request = message_pb2.SendRequest(
        room_id=room_id, client_message_id=new_message_id(), text=text
    )
    return connection.ask(send=request).seq


def answers(connection, pings):
    """The answers to these, in order, and nothing else of the bot's."""
    while pings:
        event = connection.message()
        if event.actor_name == "pinger":
            assert event.message.text == "pong, ann", event
            assert event.message.reply_to_seq == pings.pop(0), event


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        daemon, url = start_daemon(binary, folder)
        bot = None
        try:
            ann = Connection(url)
            ann.ask(register=session_pb2.RegisterRequest(user_name="ann", password=PASSWORD))
            room = ann.ask(create_room=room_pb2.CreateRoomRequest(name="lobby")).state.room
            create = admin_pb2.CreateBotRequest(user_name="pinger", token_name="test")
            token = ann.ask(create_bot=create).secret
            ann.sync()
            bot = start_bot(url, token)
            say(ann, room.room_id, "hello")
            answers(ann, [say(ann, room.room_id, "!ping") for _ in range(3)])
            for _ in range(2):
                bot.kill()
                bot.wait()
                missed = [say(ann, room.room_id, "!ping") for _ in range(2)]
                bot = start_bot(url, token)
                answers(ann, [*missed, say(ann, room.room_id, "!ping")])
        finally:
            if bot:
                bot.kill()
                bot.wait()
            daemon.kill()
            daemon.wait()
    print("the example bot answers, and goes on where it was killed")


main(sys.argv[1])
