"""Where an installed distribution came from, if not from an index: PEP 610 `direct_url.json`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from assurance import AssuranceError, CollectError, strict_json
from assurance_sbom.distributions import read_file
from assurance_sbom.record_file import ALGORITHMS
from assurance_sbom.schema_check import is_iri_reference

if TYPE_CHECKING:
    from pathlib import Path

_MAX_BYTES: Final = 1024 * 1024
_USER: Final = re.compile(r"(?<=://)[^/@]*@")
_INDEX: Final = "https://files.pythonhosted.org/"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:", re.ASCII)
_HASH: Final = re.compile(r"[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A direct reference: version control, an archive, or a local folder."""

    url: str | None
    """Without credentials; None for local paths, which say nothing to others."""
    is_local: bool
    qualifiers: tuple[tuple[str, str], ...] = ()
    """Of the purl: `vcs_url` or `download_url`."""
    hashes: tuple[tuple[str, str], ...] = ()
    """(CycloneDX algorithm, hex) of the archive."""


def read(folder: Path) -> Origin | None:
    """Return the origin of the distribution in `folder`; None when it came from an index.

    Raises:
        CollectError: `direct_url.json` is there and is not what PEP 610 says.
    """
    path = folder / "direct_url.json"
    data = read_file(path, _MAX_BYTES)
    if data is None:
        return None
    try:
        value = strict_json.loads(data, what="direct_url.json", max_bytes=_MAX_BYTES)
    except AssuranceError as err:
        raise _broken(err.problem, path) from err
    url = value.get("url") if isinstance(value, dict) else None
    if not is_url(url):
        raise _broken("its `url` is no URL", path)
    if url.startswith("file:"):
        return Origin(url=None, is_local=True, hashes=_hashes(value))
    vcs = value.get("vcs_info")
    if isinstance(vcs, dict):
        kind, commit = vcs.get("vcs"), vcs.get("commit_id")
        if not isinstance(kind, str) or not isinstance(commit, str):
            raise _broken("`vcs_info` has no `vcs` or no `commit_id`", path)
        return of_commit(kind, url, commit)
    return of_archive(url, _hashes(value))


def is_url(text: object) -> TypeGuard[str]:
    """Return whether `text` is an absolute URL that a document may carry."""
    return isinstance(text, str) and bool(_SCHEME.match(text)) and is_iri_reference(text)


def of_commit(kind: str, url: str, commit: str) -> Origin:
    """Return the origin of what was taken from version control; `url` passed `is_url`."""
    url = _USER.sub("", url)
    return Origin(url=url, is_local=False, qualifiers=(("vcs_url", f"{kind}+{url}@{commit}"),))


def of_archive(url: str, hashes: tuple[tuple[str, str], ...] = ()) -> Origin:
    """Return the origin of what was taken from an archive; `url` passed `is_url`."""
    url = _USER.sub("", url)
    qualifiers = () if url.startswith(_INDEX) else (("download_url", url),)
    return Origin(url=url, is_local=False, qualifiers=qualifiers, hashes=hashes)


def _hashes(value: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The archive's hashes; algorithms that CycloneDX or we do not take are left out."""
    archive = value.get("archive_info")
    if not isinstance(archive, dict):
        return ()
    listed = archive.get("hashes")
    found = dict(listed) if isinstance(listed, dict) else {}
    single = archive.get("hash")
    if isinstance(single, str):
        name, _, content = single.partition("=")
        found.setdefault(name, content)
    return tuple(
        sorted(
            (ALGORITHMS[name], content)
            for name, content in found.items()
            if name in ALGORITHMS and isinstance(content, str) and _HASH.fullmatch(content)
        )
    )


def _broken(problem: str, path: Path) -> CollectError:
    return CollectError(
        f"direct_url.json does not follow PEP 610: {problem}",
        remedy="Reinstall the package (pip install --force-reinstall).",
        where=str(path),
    )
