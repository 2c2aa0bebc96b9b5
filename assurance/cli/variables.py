"""The `ASSURANCE_*` variables there are; others are most likely typing errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

KNOWN: Final = {
    "ASSURANCE_ASCII": "1: symbols in ASCII",
    "ASSURANCE_CONFIG": "the settings file",
    "ASSURANCE_ENV": "the environment that the release is for; only a stricter one",
    "ASSURANCE_KEY_PASSPHRASE": "passphrase of an encrypted key",
    "ASSURANCE_KEY_PASSPHRASE_FILE": "file with the passphrase",
    "ASSURANCE_LOG_PASSWORD": "password of the role that writes or reads a log in PostgreSQL",
    "ASSURANCE_LOG_PASSWORD_FILE": "file with that password",
    "ASSURANCE_OUT": "the folder for results",
    "ASSURANCE_OUTPUT": "text or json",
    "ASSURANCE_TRUST": "the trust file, where the settings name none",
}
"""Name and meaning. None of them can weaken a gate."""


def unknown(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return a warning for each `ASSURANCE_*` variable that nobody reads."""
    found = []
    for name in sorted(environ):
        if not name.startswith("ASSURANCE_") or name in KNOWN:
            continue
        from difflib import get_close_matches

        close = get_close_matches(name, KNOWN, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        found.append(f"the variable {name} means nothing{hint}")
    return tuple(found)
