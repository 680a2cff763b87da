"""What Schemathesis does not know by itself: who asks, and what is counted.

Whatever is asked, even to sign out or to end a session, the next call is somebody's again."""

import atexit
import collections
import json
import os
import pathlib
import subprocess

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData

from excuses import is_excused
from servers import Person

WHO = json.loads(os.environ["PARLOR_FUZZ_WHO"])


class Somebody:
    """The one who asks: signs in anew when a session is over, as somebody else if need be."""

    def __init__(self, authority, name, grant):
        self.authority, self.name, self.grant = authority, name, grant
        self.token, self.times = None, 0

    def present(self):
        if self.token is None:
            self.token = self.begin().token
        return self.token

    def begin(self):
        try:
            return Person.sign_in(self.authority, self.name)
        except RuntimeError:
            # Suspended, or with another password: somebody new takes the place.
            self.times += 1
            self.name = f"{WHO['name']}-{os.getpid()}-{self.times}"
            somebody = Person.register(self.authority, self.name)
            if self.grant:
                subprocess.run([*self.grant, self.name], check=True, capture_output=True)
            return somebody


if WHO["name"]:
    SOMEBODY = Somebody(WHO["authority"], WHO["name"], WHO["grant"])

    @schemathesis.auth(refresh_interval=None)
    class Token:
        def get(self, case, context):
            return SOMEBODY.present()

        def set(self, case, data, context):
            case.headers["Authorization"] = f"Bearer {data}"


schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")

CALLS = collections.Counter()


@schemathesis.hook
def after_call(context, case, response):
    CALLS[f"{case.operation.label} {response.status_code}"] += 1
    sent = response.request.headers.get("Authorization", "")
    if response.status_code == 401 and WHO["name"] and sent == f"Bearer {SOMEBODY.token}":
        SOMEBODY.token = None


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return not (isinstance(failure, RejectedPositiveData) and is_excused(case, response))


@atexit.register
def tell():
    pathlib.Path(WHO["calls"]).write_text(json.dumps(CALLS))
