"""Paths that are no plain files: nothing waits for ever, and nothing is passed over."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from .conftest import BUNDLE, WHEEL

VERIFY = [BUNDLE, WHEEL, "--trust", "trust.json"]


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["verify", BUNDLE, "pipe", "--trust", "trust.json"], 1, "pipe is not what was judged"),
        (["verify", "pipe", WHEEL, "--trust", "trust.json"], 1, "the bundle is empty"),
        (["verify", BUNDLE, WHEEL, "--trust", "pipe"], 2, "not JSON"),
        (["verify", *VERIFY, "--receipt", "pipe"], 1, "the receipt"),
        (["verify", *VERIFY, "--accepted", "pipe"], 2, "this is no accepted file"),
        (["verify", BUNDLE, "/dev/zero", "--trust", "trust.json"], 2, "the artifact is a device"),
        (["inspect", "pipe"], 1, "the bundle is empty"),
        (["report", "pipe"], 1, "the bundle is empty"),
        (["trust", "show", "--trust", "pipe"], 2, "not JSON"),
        (["trust", "show", "--trust", "/dev/zero"], 2, "4,194,304"),
        (["trust", "add", "/dev/zero", "--holder", "x", "--role", "vex"], 2, "not one PEM block"),
        (["run", "--config", "pipe"], 2, "pipe"),
    ],
)
def test_nothing_waits_for_a_pipe_or_a_device(
    project: Any, words: list[str], code: int, reason: str
) -> None:
    """A pipe that nobody writes to is empty, a device without an end stops at the limit."""
    os.mkfifo(project.root / "pipe")
    more = ["--allow-development"] if words[0] == "verify" else []
    done = project.run(*words, *more, code=code)
    said = done.stdout + done.stderr
    assert reason in said
    assert "next: " in said


def test_a_pipe_that_somebody_writes_to_is_read(released: Any) -> None:
    """`verify <(fetch …)` and `… | verify /dev/stdin` work, and wait for the writer."""
    command = shutil.which("assurance", path=os.path.dirname(sys.executable))  # noqa: PTH120 - as it stands
    assert command is not None
    words = ["verify", "/dev/stdin", WHEEL, "--trust", "trust.json", "--allow-development"]
    with subprocess.Popen(
        [command, *words], cwd=released.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        data = (released.root / BUNDLE).read_bytes()
        running.stdin.write(data[:1000])
        running.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=0.7)
        running.stdin.write(data[1000:])
        running.stdin.close()
        assert running.stdout.read().startswith(b"VERIFIED")
    assert 0 == running.returncode


def test_trust_is_changed_behind_a_link(project: Any) -> None:
    """The file that the link leads to is the one that other projects read."""
    project.run("key", "generate", "--out", "keys/other.pem", code=0)
    shared = project.root / "shared.json"
    link = project.root / "trust.json"
    link.rename(shared)
    link.symlink_to("shared.json")
    project.run("trust", "add", "keys/other.pub", "--holder", "other", "--role", "vex", code=0)
    assert link.is_symlink()
    assert '"other"' in shared.read_text("utf-8")
