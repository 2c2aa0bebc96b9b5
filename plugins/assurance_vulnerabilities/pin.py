"""The pin beside an export of advisories: which bytes they are, and where they are from.

`assurance vulnerabilities update` writes it; where one stands beside the data, the collector takes
no other data. A file `<name>.pin.json` is one JSON object with exactly the fields of `Pin`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from assurance import strict_json, timestamps
from assurance.errors import AssuranceError, CollectError
from assurance.fields import Fields
from assurance.value import Value

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_MAX_BYTES: Final = 64 * 1024
_KEYS: Final = ("url", "sha256", "bytes", "records", "lastUpdate", "fetchedAt")


class Pin(Value):
    """What one export is."""

    url: str
    """Where it was fetched from."""
    sha256: str
    """Over the file, hex."""
    size: int
    """Bytes."""
    records: int
    last_update: datetime
    """Newest `modified` of its records about PyPI."""
    fetched_at: datetime


def path_of(data: Path) -> Path:
    """Return where the pin of the export at `data` stands."""
    return data.with_name(f"{data.name}.pin.json")


def write(pin: Pin) -> bytes:
    """Return the pin's file."""
    value = {
        "url": pin.url,
        "sha256": pin.sha256,
        "bytes": pin.size,
        "records": pin.records,
        "lastUpdate": timestamps.format_utc(pin.last_update),
        "fetchedAt": timestamps.format_utc(pin.fetched_at),
    }
    return json.dumps(value, indent=2).encode() + b"\n"


def read(data: Path) -> Pin | None:
    """Return the pin of the export at `data`, None where there is none.

    Raises:
        CollectError: it is there and cannot be read.
    """
    path = path_of(data)
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        document = strict_json.loads(content, what=path.name, max_bytes=_MAX_BYTES, max_depth=4)
        fields = Fields(document, where=str(path), key="pin")
        fields.closed(*_KEYS)
        return Pin(
            url=fields.text("url"),
            sha256=fields.sha256("sha256"),
            size=fields.whole("bytes", least=1),
            records=fields.whole("records", least=1),
            last_update=fields.time("lastUpdate"),
            fetched_at=fields.time("fetchedAt"),
        )
    except FileNotFoundError:
        return None
    except OSError as err:
        raise _broken(f"cannot be read: {err.strerror or err}", path) from err
    except AssuranceError as err:
        raise _broken(f"is not readable: {err.problem}", path) from err


def check(data: Path, sha256: str) -> None:
    """Compare the digest of the export at `data` with its pin, if it has one.

    Raises:
        CollectError: they differ, or the pin cannot be read.
    """
    pin = read(data)
    if pin is not None and pin.sha256 != sha256:
        raise CollectError(
            f"the advisory data is not what was pinned: found sha256:{sha256}, expected"
            f" sha256:{pin.sha256}",
            remedy="fetch it again: assurance vulnerabilities update",
            where=str(data),
        )


def _broken(problem: str, path: Path) -> CollectError:
    return CollectError(
        f"the pin of the advisory data {problem}",
        remedy="write it again: assurance vulnerabilities update",
        where=str(path),
    )
