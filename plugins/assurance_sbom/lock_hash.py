"""One hash of a lock file, in the form `sha256:hex`, as pip, uv and poetry write it."""

from __future__ import annotations

import re
from typing import Final

from assurance import CollectError

_LENGTHS: Final = {"sha256": 64, "sha384": 96, "sha512": 128}
_HEX: Final = re.compile(r"[0-9a-fA-F]+", re.ASCII)


def read(value: str, where: str) -> tuple[str, str]:
    """Return (algorithm, lowercase hex).

    Raises:
        CollectError: another algorithm, or no such number of hex digits.
    """
    algorithm, colon, digest = value.partition(":")
    length = _LENGTHS.get(algorithm)
    if not colon or length is None:
        raise CollectError(
            f"the hash {value[:200]!r} is not sha256, sha384 or sha512 in the form name:hex",
            remedy="Write the lock again with sha256 hashes.",
            where=where,
        )
    if len(digest) != length or not _HEX.fullmatch(digest):
        raise CollectError(
            f"the {algorithm} hash {digest[:200]!r} is not {length} hex digits",
            remedy="The lock was cut or changed: write it again.",
            where=where,
        )
    return algorithm, digest.lower()
