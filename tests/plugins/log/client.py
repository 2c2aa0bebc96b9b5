"""A client of the log in a process of its own: appends, and says what was acknowledged.

Usage: client.py URL ANCHOR NAME COUNT FAILPOINT. With LOG_PIPELINE=1 each entry is handed in
before the one before it is acknowledged. Prints one line for each acknowledged entry,
`NAME-N INDEX SIZE ROOT`, to the pipe that another process reads: what it says survives it.
FAILPOINT is empty, or `kill:append:POINT`, `kill:opening:POINT`, `stop:append:POINT`: what happens
to this process, once, and whether while it recovers the log or after that; `:2` behind it waits
for the second time that the point is reached.
"""

from __future__ import annotations

import base64
import os
import signal
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.tlog import checkpoint, note_key
from assurance_log import database, store
from assurance_log.writer import Writer


def main() -> None:
    """Append until the count is reached or somebody kills this process."""
    url, anchor, name, count, failpoint = sys.argv[1:]
    action, when, at, which = (
        *failpoint.split(":"),
        *["", "", "", "1"][failpoint.count(":") + 1 :],
    )
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    key = note_key.from_public(
        "log.example/releases", note_key.ED25519, private.public_key().public_bytes_raw()
    )
    opened = False
    times = 0

    def reached(point: str) -> None:
        nonlocal times
        if point != at or opened is not (when == "append"):
            return
        times += 1
        if times == int(which):
            os.kill(os.getpid(), signal.SIGKILL if action == "kill" else signal.SIGSTOP)

    vars(database)["BUSY_SECONDS"] = float(os.environ.get("LOG_BUSY_SECONDS", "30"))
    writer = Writer(
        store.connect(store.at(url, Path())),
        private.sign,
        key,
        clock=lambda: 0,
        anchor_path=Path(anchor),
        failpoint=reached,
    )
    opened = True
    print("ready", flush=True)
    batches = (([f"{name}-{number}".encode()], ()) for number in range(int(count)))
    if os.environ.get("LOG_PIPELINE"):
        answers = writer.append_each(batches)
    else:
        answers = (writer.append(entries) for entries, _ in batches)
    for number, done in enumerate(answers):
        head = checkpoint.read(done.checkpoint.text)
        root = base64.b64encode(head.root).decode()
        print(f"{name}-{number} {done.indexes[0]} {done.size} {root}", flush=True)


main()
