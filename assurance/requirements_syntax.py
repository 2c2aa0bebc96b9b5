"""What of a requirements file may change which packages pip installs, and is no requirement.

Plugins read such files, each for what it looks for; what they may pass over stands here, once.
As pip does it, words of a line are told apart by the shell's rules, and several options may stand
on one line, so that `--pre -r other.txt` installs what the other file names.
"""

from __future__ import annotations

import re
import shlex
from typing import Final

_WITH_VALUE: Final = frozenset(
    ("-i", "-f", "--index-url", "--extra-index-url", "--find-links", "--no-binary",
     "--only-binary", "--trusted-host", "--use-feature")
)  # fmt: skip
_ALONE: Final = frozenset(("--no-index", "--prefer-binary", "--pre", "--require-hashes"))
"""Both say how to fetch, not what."""
_CODING: Final = re.compile(rb"coding[:=]\s*([-\w.]+)")
_UTF8: Final = frozenset((b"utf-8", b"utf8", b"utf_8", b"ascii", b"us-ascii"))


def other_encoding(data: bytes) -> tuple[int, str] | None:
    """Return line and name of a declared encoding in which pip would read other lines; else None.

    In UTF-7, which is plain ASCII to look at, a comment may hold whole requirements.
    """
    for number, line in enumerate(data.split(b"\n", 2)[:2], start=1):
        declared = _CODING.search(line) if line.startswith(b"#") else None
        if declared is not None and declared[1].lower() not in _UTF8:
            return number, declared[1].decode()
    return None


def not_only_fetching(line: str) -> str | None:
    """Return what of a line of options may say what to install; None where nothing does.

    Returns:
        The first such option, without a value after `=`, or a word that is no option's value.

    Raises:
        ValueError: a quote is not closed.
    """
    takes_value = False
    for word in shlex.split(line):
        option, equals, _ = word.partition("=")
        if option in _WITH_VALUE or option in _ALONE:
            takes_value = not equals and option in _WITH_VALUE
        elif word.startswith("-"):
            return option
        elif takes_value:
            takes_value = False
        else:
            return word
    return None
