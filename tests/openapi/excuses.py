"""Refusals of what the document allows, where it cannot say why. Each names what is refused and is
held against the request, so that another refusal of the same call is still a finding."""

import json
import re
import urllib.parse

INVISIBLE = r"cannot be seen|control characters|begins or ends with a space|mixes scripts"


def from_a_server(case, problem):
    """Only a server knows which tokens it has given."""
    given = ("page_token", "last-event-id", "last_event_id")
    return problem.get("field") in given or problem["detail"].startswith("page_token ")


def too_many_bytes(case, problem):
    """JSON Schema counts characters, the limits are bytes."""
    is_long = re.search(r"at most \d+( bytes)?: \d+$|bytes", problem["detail"])
    return is_long and any(len(text) < len(text.encode()) for text in texts(case))


def invisible(case, problem):
    """Which characters show nothing, and which scripts go together, is Unicode's."""
    return re.search(INVISIBLE, problem["detail"])


def password(case, problem):
    """Eight bytes may be two characters, and easily guessed is what a list says."""
    body = case.body if isinstance(case.body, dict) else {}
    told = body.get("new_password") or body.get("password") or ""
    is_short = problem["reason"] == "BAD_PASSWORD" and len(told.encode()) < 8
    return is_short or problem["reason"] == "WEAK_PASSWORD"


def empty(case, problem):
    """A message has text or files."""
    said = case.body.get("text") if isinstance(case.body, dict) else case.body
    return problem["reason"] == "TEXT_EMPTY" and not said


def past(case, problem):
    """The document has no clock."""
    return re.search("is past$|has passed$|is before 1970", problem["detail"])


def either_or(case, problem):
    """Parameters exclude one another."""
    return problem["detail"] == "give one of before, after and around"


def no_change(case, problem):
    """A change says something, and null says nothing."""
    return problem["detail"] == "name, topic and rules are missing"


def number(case, problem):
    """To JSON Schema 70.0 is an integer."""
    return "floating point" in problem["detail"]


def link(case, problem):
    """A value of an answer, put where it does not belong."""
    return problem.get("field") == "path" and case.meta.phase.name.value == "stateful"


def url(case, problem):
    """Whether a webhook can deliver to a place is found out by looking."""
    return problem.get("field") == "url"


def content(case, problem):
    """How large a file may be is the operator's, and which hash it has is found out at its end."""
    return problem["reason"] in ("FILE_TOO_LARGE", "WRONG_HASH")


def too_long(case, problem):
    """How long an upload was said to be is known to the server alone."""
    return problem["detail"].startswith("the upload was said to have ")


def query(case, problem):
    """What a search means has a grammar of its own."""
    return problem["reason"] == "BAD_QUERY"


EXCUSES = [
    *(from_a_server, too_many_bytes, invisible, password, empty, past, either_or, no_change),
    *(number, link, url, content, too_long, query),
]


def is_excused(case, response):
    """Whether the document could not have said it."""
    if response.status_code not in (400, 413):
        return False
    problem = json.loads(response.content)
    return any(excuse(case, problem) for excuse in EXCUSES)


def texts(case):
    """Every text of a request."""
    waiting = [case.body, *(dict(part or {}) for part in (case.query, case.headers))]
    waiting += [urllib.parse.unquote(str(part)) for part in (case.path_parameters or {}).values()]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, (list, tuple)):
            waiting += one
