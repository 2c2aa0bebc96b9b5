"""Which lines of options in a requirements file leave the list of packages as it is.

Words are told apart as pip does it: by the shell's rules, and several options may stand on one
line, so that `--pre -r other.txt` installs what the other file names.
"""

from __future__ import annotations

import shlex
from typing import Final

from assurance import CollectError

_WITH_VALUE: Final = frozenset(
    ("-i", "-f", "--index-url", "--extra-index-url", "--find-links", "--no-binary",
     "--only-binary", "--trusted-host", "--use-feature")
)  # fmt: skip
_ALONE: Final = frozenset(("--no-index", "--prefer-binary", "--pre", "--require-hashes"))
"""Both say how to fetch, not what."""


def check(text: str, where: str) -> None:
    """Refuse a line of options that may change which packages are meant.

    Raises:
        CollectError: another file, an editable requirement, or what is not known.
    """
    try:
        words = shlex.split(text)
    except ValueError as err:
        raise CollectError(
            f"the option {text.split(maxsplit=1)[0]!r:.200} has a quote that is not closed",
            remedy="Write the lock again.",
            where=where,
        ) from err
    takes_value = False
    for word in words:
        if word.startswith("-"):
            option, equals, _ = word.partition("=")
            if option not in _WITH_VALUE and option not in _ALONE:
                raise _refused(option, text, where)
            takes_value = not equals and option in _WITH_VALUE
        elif takes_value:
            takes_value = False
        else:
            raise CollectError(
                f"{word[:200]!r} stands after an option that takes no value",
                remedy="Take it out of the lock, or give it a line of its own.",
                where=where,
            )


def _refused(option: str, text: str, where: str) -> CollectError:
    """Say why an option may change the list."""
    if option.startswith(("-e", "--editable")):
        return CollectError(
            "an editable requirement has no version and no hash",
            remedy="Lock the built package, or leave it out if it is the release itself.",
            where=where,
        )
    if option.startswith(("-r", "--requirement", "-c", "--constraint")):
        return CollectError(
            f"nested files are not followed: {text[:200]!r}",
            remedy="Compile everything into one lock, or list both files under `inputs`.",
            where=where,
        )
    return CollectError(
        f"the option {option!r:.200} is not known",
        remedy="Take the line out of the lock.",
        where=where,
    )
