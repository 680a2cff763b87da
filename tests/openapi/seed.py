"""What there is before anything is asked: people, rooms, what was said. And the words by which
it is named, so that what is asked is often about something that is there."""

import json
import uuid

from servers import PASSWORD, Person


def furnish(servers):
    """Ann is an administrator, Bob a member; each has a room, and Cat is in both."""
    ann, bob, cat = (Person.register(servers.authority, name) for name in ("ann", "bob", "cat"))
    servers.grant("ann")
    rooms = [room(ann, "lobby", [bob, cat]), room(bob, "garden", [ann, cat])]
    said = str(uuid.uuid4())
    for room_id in rooms:
        path = f"/v1/rooms/{room_id}/messages/by-client-id/{said}"
        seq = ann.ask("PUT", path, {"text": "good morning @bob"})["seq"]
        for n in range(6):
            bob.say(room_id, f"this is number {n}", thread_seq=seq)
        cat.say(room_id, "an answer", reply_to_seq=seq, format="markdown")
        bob.ask("PUT", f"/v1/rooms/{room_id}/messages/{seq}/reactions/+1")
    _, file = bob.upload(b"what was agreed on monday")
    with_file = bob.say(rooms[0], "the notes", file_ids=[file])
    parts = [one.upload(f"of {one.user_id}, to be continued".encode(), 4)[0] for one in (ann, bob)]
    bots = [made(owner) for owner in (ann, bob)]
    invites = [one.ask("POST", "/v1/invites", {})["invite"]["invite_id"] for one in (ann, bob)]
    hooks = [one.ask("POST", f"/v1/rooms/{at}/webhooks", {"user_name": f"hook-{at}"})
             for one, at in zip((ann, bob), rooms)]  # fmt: skip
    for one in (ann, bob):
        one.ask("PUT", f"/v1/cursors/script/rooms/{rooms[0]}", {"seq": 1})
    return {
        "rooms": rooms,
        "users": [one.user_id for one in (ann, bob, cat)] + [bot["user_id"] for bot in bots],
        "names": ["ann", "bob", "cat", "lobby", "garden"],
        "room-names": ["lobby", "garden", "kitchen"],
        "seqs": [*range(1, 15), with_file],
        "files": [file],
        "uploads": parts,
        "offsets": [0, 4],
        "ranges": ["bytes=0-3", "bytes=5-", "bytes=-4", "bytes=90-"],
        "ids": [said, str(uuid.uuid4())],
        "bots": [bot["user_id"] for bot in bots],
        "api-tokens": [bot["token_id"] for bot in bots],
        "invites": invites,
        "webhooks": [hook["webhook"]["webhook_id"] for hook in hooks],
        "secrets": [hook["path"].rpartition("/")[2] for hook in hooks],
        "cursors": ["script"],
        "reactions": ["+1", "heart"],
        "passwords": [PASSWORD],
        "texts": ["good morning", "@cat see #lobby", "über 🦀", "*so*"],
        "searches": ["morning", '"number 3"', "from:bob in:lobby -answer", "after:2020-01-01"],
        "etags": ['"0"', '"1"'],
    }


def room(owner, name, members):
    made = owner.ask("PUT", f"/v1/rooms/by-name/{name}", {"topic": "all and sundry"})
    room_id = made["room"]["room_id"]
    for member in members:
        member.ask("PUT", f"/v1/rooms/{room_id}/members/me")
    return room_id


def made(owner):
    name = f"bot-of-{owner.user_id}"
    made = owner.ask("POST", "/v1/bots", {"user_name": name, "token_name": "first"})
    return {"user_id": made["bot"]["user_id"], "token_id": made["token"]["token_id"]}


# Which words a parameter takes, and how often: the rest is made up.
PLACES = {
    "path.room": ("rooms", 0.8),
    "path.user": ("users", 0.8),
    "path.seq": ("seqs", 0.8),
    "path.file": ("files", 0.8),
    "path.upload": ("uploads", 0.8),
    "header.upload-offset": ("offsets", 0.7),
    "header.range": ("ranges", 0.5),
    "path.bot": ("bots", 0.8),
    "path.invite": ("invites", 0.5),
    "path.webhook": ("webhooks", 0.5),
    "path.reaction": ("reactions", 0.5),
    "path.id": ("ids", 0.2),
    "query.q": ("searches", 0.5),
    "query.room": ("rooms", 0.5),
    "query.user_name": ("names", 0.5),
    "header.if-match": ("etags", 0.5),
    "body.password": ("passwords", 0.7),
    "body.text": ("texts", 0.5),
    "body.user_name": ("names", 0.2),
    "body.user_id": ("users", 0.8),
    "body.user_ids[*]": ("users", 0.8),
    "body.reply_to_seq": ("seqs", 0.8),
    "body.thread_seq": ("seqs", 0.8),
}


def as_toml(words):
    """The same for Schemathesis."""
    lines = []
    for name, values in words.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values, ensure_ascii=False)}"]
    lines += ["[parameters]"]
    for place, (name, probability) in PLACES.items():
        lines += [f'"{place}" = {{ dictionary = "{name}", probability = {probability} }}']
    return "\n".join(lines) + "\n"
