"""Runs the Autobahn test suite against the echo, without its cases about compression, which the
bridge does not offer. autobahn.py PYTHON SCRATCH ECHO: the suite wants a Python 2.7, and lies
in SCRATCH/autobahn."""

import collections
import json
import pathlib
import subprocess
import sys

GOOD = {"OK", "INFORMATIONAL"}

START = """
import site, sys
site.addsitedir(sys.argv.pop(1))
from autobahntestsuite.wstest import run
run()
"""


def main(python, scratch, echo):
    process = subprocess.Popen([echo], stdout=subprocess.PIPE, text=True)
    try:
        url = process.stdout.readline().removeprefix("ready ").strip()
        reports = scratch / "reports"
        spec = {
            "outdir": str(reports),
            "servers": [{"agent": "parlor", "url": url}],
            "cases": ["*"],
            "exclude-cases": ["12.*", "13.*"],
            "exclude-agent-cases": {},
        }
        (scratch / "spec.json").write_text(json.dumps(spec))
        suite = [str(scratch / "autobahn"), "-m", "fuzzingclient", "-s", str(scratch / "spec.json")]
        subprocess.run([python, "-c", START, *suite], check=True, stdout=subprocess.DEVNULL)
        results = json.loads((reports / "index.json").read_text())["parlor"]
    finally:
        process.kill()
        process.wait()
    failed = 0
    for number, result in results.items():
        if not {result["behavior"], result["behaviorClose"]} <= GOOD:
            # NON-STRICT is allowed by the RFC, and told.
            failed += result["behavior"] != "NON-STRICT" or result["behaviorClose"] not in GOOD
            print(number, result["behavior"], result["behaviorClose"], result["remoteCloseCode"])
    print(dict(collections.Counter(result["behavior"] for result in results.values())))
    print(f"{len(results) - failed} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]) > 0)
