"""A client of the log in a process of its own: appends, and says what was acknowledged.

Usage: client.py URL ANCHOR NAME COUNT FAILPOINT. With LOG_PIPELINE=1 each entry is handed in
before the one before it is acknowledged. Prints one line for each acknowledged entry,
`NAME-N INDEX SIZE ROOT`, to the pipe that another process reads: what it says survives it.
FAILPOINT is empty, or `kill:append:POINT`, `kill:opening:POINT`, `stop:append:POINT`: what happens
to this process, once, and whether while it recovers the log or after that; `:2` behind it waits
for the second time that the point is reached.

`client.py --fork FD` imports everything once and forks a client for each request on the socket: a
packet with the arguments and environment as JSON, and two descriptors, its output and errors. The
answer is its process id; an id is answered with its exit code when it has ended.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assurance.tlog import checkpoint, note_key
from assurance_log import database, store
from assurance_log.writer import Writer


def main(words: list[str]) -> None:
    """Append until the count is reached or somebody kills this process."""
    url, anchor, name, count, failpoint = words
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


def fork(channel: socket.socket) -> None:
    """Answer each request until the other end is closed."""
    while True:
        packet, descriptors, _, _ = socket.recv_fds(channel, 1 << 16, 2)
        if not packet:
            return
        request = json.loads(packet)
        if isinstance(request, int):
            _, status = os.waitpid(request, 0)
            channel.send(b"%d" % os.waitstatus_to_exitcode(status))
            continue
        pid = os.fork()
        if not pid:
            be(request, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        channel.send(b"%d" % pid)


def be(request: dict[str, Any], output: int, errors: int) -> NoReturn:
    """Become a client, in a forked child."""
    os.dup2(output, 1)
    os.dup2(errors, 2)
    code = 1
    try:
        os.environ.update(request["env"])
        main(request["words"])
        code = 0
    except BaseException:  # noqa: BLE001 - as the interpreter does it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if sys.argv[1] == "--fork":
    fork(socket.socket(fileno=int(sys.argv[2])))
else:
    main(sys.argv[1:])
