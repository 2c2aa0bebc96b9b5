"""The trust file is read in one way, whichever command asks: bounded, and never waited for."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assurance import trust, trust_file
from assurance.errors import TrustFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

GOOD = Path(__file__).parents[1] / "vectors/trust/good-least.json"


def test_what_it_says(tmp_path: Path) -> None:
    """The value is that of its bytes."""
    data = json.loads(GOOD.read_text())["text"].encode()
    path = tmp_path / "trust.json"
    path.write_bytes(data)
    assert trust.read(data, where="x") == trust_file.load(path)


def test_one_that_is_not_there(tmp_path: Path) -> None:
    """The error says what to do, and is a trust file's."""
    with pytest.raises(TrustFileError, match="the trust file cannot be read: No such") as caught:
        trust_file.load(tmp_path / "trust.json", remedy="fetch it")
    assert "fetch it" == caught.value.remedy


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_file_without_an_end() -> None:
    """No more than the limit is read of it."""
    with pytest.raises(TrustFileError, match="bytes of JSON; the limit is 4,194,304"):
        trust_file.load("/dev/zero")


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "b.intoto.jsonl", "b.intoto.jsonl", "--trust"),
        ("trust", "show", "--trust"),
        ("key", "list", ".", "--trust"),
    ],
    ids=lambda words: "-".join(words[:2]),
)
def test_a_pipe_is_not_waited_for(
    words: tuple[str, ...], tmp_path: Path, forked: Callable[..., CompletedProcess[str]]
) -> None:
    """Nobody writes to it, so it says nothing, and the command ends."""
    os.mkfifo(tmp_path / "trust.json")
    (tmp_path / "b.intoto.jsonl").write_text("{}\n")
    done = forked((*words, "trust.json"), cwd=tmp_path)
    assert 2 == done.returncode
    assert "trust.json" in done.stderr
