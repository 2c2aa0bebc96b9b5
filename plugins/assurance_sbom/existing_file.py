"""Takes an existing SBOM, CycloneDX or SPDX: attested as it is, byte for byte.

Of SPDX a CycloneDX document is derived beside it, with the SPDX document's own time, so that the
same policies judge both formats. It names the SPDX file by its SHA-256.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from assurance.predicates import CYCLONEDX, SPDX
from assurance_sbom import cyclonedx_file, document, spdx_file, spdx_inventory
from assurance_sbom.detail import Made

if TYPE_CHECKING:
    from pathlib import Path

    from assurance.model import Release


def read(path: Path, release: Release, *, where: str, spec_version: str) -> list[Made]:
    """Return the SBOM in a file; for SPDX also what is derived from it.

    Args:
        path: JSON file of at most 32 MiB and 64 levels.
        release: What it must be about, as far as it says.
        where: The path for messages.
        spec_version: CycloneDX version of a derived document.

    Raises:
        CollectError: see `cyclonedx_file`, `spdx_file` and `spdx_inventory`.
    """
    data, content = cyclonedx_file.load(path, where=where)
    if not spdx_file.is_spdx(content):
        cyclonedx_file.check(content, release, where=where)
        return [Made(CYCLONEDX, data, content, "cyclonedx", where)]
    found = spdx_file.read(content, where=where)
    listed = spdx_inventory.inventory(found, hashlib.sha256(data).hexdigest(), where=where)
    predicate, derived = document.write(listed, None, found.created, spec_version=spec_version)
    cyclonedx_file.check_release(derived, release, where)
    return [
        Made(SPDX, data, content, "spdx", where),
        Made(CYCLONEDX, predicate, derived, "spdx", where),
    ]
