"""CISA's catalogue of known exploited vulnerabilities, as its JSON feed has it."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assurance import strict_json, timestamps
from assurance.errors import AssuranceError, CollectError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from assurance_vulnerabilities.osv import Advisory

_MAX_BYTES: Final = 64 * 1024**2
_MAX_DEPTH: Final = 8
_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One version of the catalogue."""

    version: str
    released: datetime
    sha256: str
    """Of the file, hex."""
    count: int
    """Entries, as the catalogue itself says."""
    cves: frozenset[str]

    def names(self, advisories: Iterable[Advisory]) -> frozenset[str]:
        """Return every id, in upper case, under which `advisories` know one of the entries.

        Aliases are followed both ways and however far, whichever versions a record is about, and
        withdrawn ones too: what a bug is called does not depend on what it affects.
        """
        called: defaultdict[str, set[str]] = defaultdict(set)
        for advisory in advisories:
            identity = advisory.id.upper()
            for alias in advisory.aliases:
                called[identity].add(alias.upper())
                called[alias.upper()].add(identity)
        found = set(self.cves)
        waiting = list(found)
        while waiting:
            more = called.get(waiting.pop(), set()) - found
            found |= more
            waiting += more
        return frozenset(found)


def read(path: Path) -> Catalogue:
    """Read the catalogue at `path`, at most 64 MiB.

    Raises:
        CollectError: it is not there, cut, empty, or holds another number of entries than it says.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        document = strict_json.loads(
            data, what=path.name, max_bytes=_MAX_BYTES, max_depth=_MAX_DEPTH
        )
    except OSError as err:
        raise _broken(f"cannot be read: {err.strerror or err}", path) from err
    except AssuranceError as err:
        raise _broken(f"is not readable: {err.problem}", path) from err
    if not isinstance(document, dict):
        raise _broken("is not a JSON object", path)
    version, released = document.get("catalogVersion"), document.get("dateReleased")
    if not isinstance(version, str) or not isinstance(released, str):
        raise _broken("has no `catalogVersion` or no `dateReleased`", path)
    try:
        moment = timestamps.parse(released, what="`dateReleased`")
    except AssuranceError as err:
        raise _broken(f"has a date that is none: {err.problem}", path) from err
    entries = document.get("vulnerabilities")
    if not isinstance(entries, list) or not entries:
        raise _broken("lists no vulnerabilities", path)
    if document.get("count") != len(entries):
        raise _broken(
            f"says `count` {document.get('count')!r:.20} and lists {len(entries):,}", path
        )
    cves: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        cve = entry.get("cveID") if isinstance(entry, dict) else None
        if not isinstance(cve, str) or not _CVE.fullmatch(cve):
            raise _broken(f"has no CVE id in entry {number:,}", path)
        cves.add(cve)
    return Catalogue(
        version=version,
        released=moment,
        sha256=hashlib.sha256(data).hexdigest(),
        count=len(entries),
        cves=frozenset(cves),
    )


def _broken(problem: str, path: Path) -> CollectError:
    return CollectError(
        f"the catalogue of known exploited vulnerabilities {problem}",
        remedy="Fetch CISA's JSON feed again, or leave the option `kev` out.",
        where=str(path),
    )
