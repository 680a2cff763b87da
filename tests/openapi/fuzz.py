"""Starts a daemon and a bridge, has them asked whatever the document allows and does not allow,
and looks at them when it is over. Exits 0 if all of it holds."""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import time

from seed import as_toml, furnish
from servers import Person, Servers

HERE = pathlib.Path(__file__).parent
SEED = 7275
CHECKS = "all"

# Unused connections are closed after a minute.
IDLE_S = 90
# What was made meanwhile is kept: accounts, rooms, the pages of a database that grows.
GROWTH_KIB_MAX = 64 * 1024
# First caches are filled, for so much of the time.
WARM_UP = 0.1


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("binaries")
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--seconds", type=int)
    arguments.add_argument("--only", choices=["ann", "bob", "nobody"])
    arguments = arguments.parse_args()
    arguments.folder = arguments.folder.resolve()
    servers = Servers(arguments.binaries, arguments.folder)
    try:
        words = furnish(servers)
        if arguments.seconds:
            good = at_length(servers, arguments, words)
        else:
            good = ask_whatever(servers, arguments.folder, words, "bob")
            check_service(servers)
    finally:
        stopped = servers.stop()
    if stopped != (0, 0):
        print(f"a process did not stop cleanly: {stopped}")
        good = False
    sys.exit(0 if good else 1)


def at_length(servers, arguments, words):
    """The time is shared by three, and nothing is left over."""
    folder, seconds = arguments.folder, arguments.seconds
    print(f"resident at first, KiB: {resident(servers)}", flush=True)
    good = ask_whatever(servers, folder, words, "ann", max(int(seconds * WARM_UP), 1))
    before = resident(servers)
    people = [arguments.only] if arguments.only else ["ann", "bob", "nobody"]
    for name in people:
        each = max(int(seconds * (1 - WARM_UP) / len(people)), 1)
        good &= ask_whatever(servers, folder, words, name, each)
        print(f"resident, KiB: {resident(servers)}", flush=True)
    check_service(servers)
    until = time.monotonic() + IDLE_S
    while (open_ones := connections(servers)) and time.monotonic() < until:
        time.sleep(1)
    after = resident(servers)
    grown = {whose: after[whose] - before[whose] for whose in before}
    print(f"resident before and after, KiB: {before} {after}; grown by {grown}")
    print(f"left open: {open_ones or 'nothing'}")
    return good and not open_ones and max(grown.values()) <= GROWTH_KIB_MAX


def ask_whatever(servers, folder, words, name, seconds=None):
    """One run of Schemathesis as somebody."""
    who = {
        "authority": servers.authority,
        "name": "" if name == "nobody" else name,
        "grant": servers.grant_command if name == "ann" else None,
        "calls": f"{folder}/{name}.calls",
    }
    config = folder / "schemathesis.toml"
    config.write_text((HERE / "schemathesis.toml").read_text() + as_toml(words))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
    command += [f"http://{servers.authority}/v1/openapi.json", "--checks", CHECKS, "--no-color"]
    if seconds:
        command += ["--max-time", str(seconds)]
    else:
        # The edges of all that may be said, the same each time.
        command += ["--phases", "examples,coverage", "--seed", str(SEED)]
        command += ["--generation-deterministic"]
    environment = {
        **os.environ,
        "PARLOR_FUZZ_WHO": json.dumps(who),
        "PYTHONPATH": str(HERE),
        "SCHEMATHESIS_HOOKS": "hooks",
    }
    print(f"\n== as {name}", flush=True)
    run = subprocess.run(command, env=environment, cwd=folder, check=False)
    summary(json.loads(pathlib.Path(who["calls"]).read_text()))
    return run.returncode == 0


def summary(calls):
    statuses, operations, succeeded = collections.Counter(), set(), set()
    for call, times in calls.items():
        operation, _, status = call.rpartition(" ")
        statuses[status] += times
        operations.add(operation)
        if status.startswith("2"):
            succeeded.add(operation)
    told = ", ".join(f"{status}: {times}" for status, times in sorted(statuses.items()))
    print(f"{statuses.total()} calls of {len(operations)} operations, {len(succeeded)} of which "
          f"have succeeded; {told}")  # fmt: skip


def check_service(servers):
    """People still talk."""
    status, _ = Person(servers.authority).call("GET", "/healthz")
    assert status == 200, f"/healthz: {status}"
    ann, bob = (Person.register(servers.authority, name) for name in ("late-ann", "late-bob"))
    room = ann.ask("PUT", "/v1/rooms/by-name/afterwards", {})["room"]["room_id"]
    bob.ask("PUT", f"/v1/rooms/{room}/members/me")
    seq = ann.say(room, "still here?")
    page = bob.ask("GET", f"/v1/rooms/{room}/events?after={seq - 1}")
    assert page["events"][0]["message"]["text"] == "still here?", page


def resident(servers):
    return {whose: getattr(servers, whose).resident_kib() for whose in ("daemon", "bridge")}


def connections(servers):
    """What is open, apart from nothing."""
    watched = [("daemon", "parlord_connections"), ("bridge", "parlor_bridge_visitors")]
    pages = {whose: servers.figures(whose) for whose, _ in watched}
    open_ones = {}
    for whose, begin in watched:
        for figure, value in pages[whose].items():
            if figure.partition("{")[0] == begin and value:
                open_ones[figure] = value
    return open_ones


main()
