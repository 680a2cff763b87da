"""A daemon and a bridge of their own, and people who have something to say."""

import hashlib
import http.client
import json
import pathlib
import socket
import subprocess
import urllib.parse
import uuid

PASSWORD = "quiet-lantern-73-orbit"
TIMEOUT_S = 30

# No limits on how often: it is not them that are looked at.
UNHURRIED = [
    *("connect_per_second", "login_per_minute", "rooms_per_minute", "joins_per_minute"),
    *("invitations_per_minute", "room_changes_per_second", "lists_per_second"),
    *("syncs_per_second", "account_changes_per_minute", "register_per_hour"),
    *("register_per_ten_minutes", "requests_per_second", "pages_per_second"),
]
OTHERS_UNHURRIED = [
    *("send.per_second", "send.kib_per_second", "send.marks_per_second"),
    *("send.changes_per_second", "search.per_minute", "invites.per_minute"),
    *("bots.per_minute", "webhooks.per_minute", "files.per_minute"),
    *("files.upload_kib_per_second", "files.download_kib_per_second"),
]


class Process:
    """A process of ours, from its first `ready` on."""

    def __init__(self, command, log):
        self.log = pathlib.Path(log)
        with open(log, "wb") as errors:
            self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        line = self.child.stdout.readline().decode()
        if not line.startswith("ready "):
            self.child.kill()
            raise SystemExit(f"{command[0]} does not serve: {self.log.read_text()}")
        self.url = line.removeprefix("ready ").strip()

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def stop(self):
        self.child.terminate()
        try:
            return self.child.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()


class Servers:
    """Both, in a folder."""

    def __init__(self, binaries, folder):
        self.folder = pathlib.Path(folder).resolve()
        daemon = f"{binaries}/parlord"
        self.data = self.folder / "data"
        off = [f"limits.{key}" for key in UNHURRIED] + OTHERS_UNHURRIED
        config = [f'{key} = "off"' for key in off]
        config += ["limits.connections_per_address = 4096", "limits.users = 1000000"]
        config += [f'metrics.listen = "unix:{self.folder}/daemon.metrics"']
        (self.folder / "parlord.toml").write_text("\n".join(config))
        self.daemon = Process(
            [
                *(daemon, "--config", f"{self.folder}/parlord.toml"),
                *("--data-dir", str(self.data), "--listen", "127.0.0.1:0"),
                *("--registration", "open"),
            ],
            self.folder / "daemon.log",
        )
        self.bridge = Process(
            [
                *(f"{binaries}/parlor-bridge", "--upstream", self.daemon.url),
                *("--listen", "127.0.0.1:0", "--state-dir", f"{self.folder}/state"),
                *("--metrics-listen", f"unix:{self.folder}/bridge.metrics"),
                *("--clients-per-address-max", "4096"),
            ],
            self.folder / "bridge.log",
        )
        self.grant_command = [daemon, "admin", "grant", "--data-dir", str(self.data)]
        self.authority = urllib.parse.urlsplit(self.bridge.url).netloc

    def grant(self, name):
        """Makes somebody an administrator."""
        subprocess.run([*self.grant_command, name], check=True, capture_output=True)

    def figures(self, whose):
        """The page of figures of `daemon` or `bridge`, by name and labels."""
        page = {}
        for line in over_unix(f"{self.folder}/{whose}.metrics", "/metrics").splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                page[name] = float(value)
        return page

    def stop(self):
        return self.bridge.stop(), self.daemon.stop()


class Person:
    """Somebody with a token, or nobody."""

    def __init__(self, authority, token=None):
        self.authority = authority
        self.token = token

    @classmethod
    def register(cls, authority, name):
        account = {"user_name": name, "password": PASSWORD}
        return cls(authority).begin("/v1/accounts", account)

    @classmethod
    def sign_in(cls, authority, name):
        return cls(authority).begin("/v1/sessions", {"user_name": name, "password": PASSWORD})

    def begin(self, path, who):
        told = self.ask("POST", path, who)
        self.token, self.user_id = told["token"], told["user"]["user_id"]
        return self

    def ask(self, method, path, body=None):
        """What is answered; refused: raises what is told instead."""
        status, told = self.call(method, path, body)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {told}")
        return told

    def call(self, method, path, body=None, more=None):
        """Status and answer; a body is JSON unless it is bytes."""
        connection = http.client.HTTPConnection(self.authority, timeout=TIMEOUT_S)
        try:
            headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
            headers |= more or {}
            if body is not None and not isinstance(body, bytes):
                headers["content-type"] = "application/json"
                body = json.dumps(body)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            is_json = "json" in (answer.headers["content-type"] or "")
            return answer.status, json.loads(text) if is_json else None
        finally:
            connection.close()

    def upload(self, content, sent=None):
        """Begins to send a file; the upload, and the file if all of it is sent."""
        digest = hashlib.sha256(content).hexdigest()
        new = {"name": "notes.txt", "size": len(content), "sha256": digest}
        upload = self.ask("POST", "/v1/uploads", new)["upload_id"]
        part = {"content-type": "application/offset+octet-stream", "upload-offset": "0"}
        status, told = self.call("PATCH", f"/v1/uploads/{upload}", content[:sent], part)
        assert status in (200, 204), told
        return upload, told and told["file"]["file_id"]

    def say(self, room, text, **more):
        path = f"/v1/rooms/{room}/messages/by-client-id/{uuid.uuid4()}"
        return self.ask("PUT", path, {"text": text, **more})["seq"]


def over_unix(path, target):
    connection = http.client.HTTPConnection("localhost", timeout=TIMEOUT_S)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.settimeout(TIMEOUT_S)
    connection.sock.connect(path)
    try:
        connection.request("GET", target)
        return connection.getresponse().read().decode()
    finally:
        connection.close()
