"""Names of Python packages: PEP 503 normal form and package URLs of the type `pypi`."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_RUNS: Final = re.compile(r"[-_.]+")
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_QUOTED: Final = ":/"
"""What stays unquoted beside the unreserved characters, as the reference library has it."""


def is_name(name: str) -> bool:
    """Return whether `name` is a valid distribution name (PEP 508, "Names")."""
    return _NAME.fullmatch(name) is not None


def canonical(name: str) -> str:
    """Return the normal form of a distribution's name or extra (PEP 503)."""
    return _RUNS.sub("-", name).lower()


def pypi(name: str, version: str, *, qualifiers: tuple[tuple[str, str], ...] = ()) -> str:
    """Return the package URL of a version on the package index.

    The name is in PEP 503 normal form. That is stricter than the purl type `pypi`, which
    leaves dots alone: a lock file writes `ruamel-yaml` where the metadata says `ruamel.yaml`,
    and the two must name one package or evidence about it cannot be joined.

    Args:
        name: Distribution name, in any spelling.
        version: As the source writes it.
        qualifiers: (key, value) pairs such as `vcs_url`.
    """
    url = f"pkg:pypi/{canonical(name)}@{quote(version, safe=_QUOTED)}"
    if qualifiers:
        url += "?" + "&".join(
            f"{key}={quote(value, safe=_QUOTED)}" for key, value in sorted(qualifiers)
        )
    return url


def of_release(name: str, version: str) -> str:
    """Return the package URL of a release: `pypi`, or `generic` where the name cannot be."""
    if is_name(name):
        return pypi(name, version)
    return f"pkg:generic/{quote(name, safe='')}@{quote(version, safe=_QUOTED)}"
