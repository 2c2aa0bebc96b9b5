"""The command to type after `inspect`, over the files that are there as far as that can be seen."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from assurance import trust_file
from assurance.errors import AssuranceError
from assurance.fields import Fields
from assurance.predicates import BUNDLE_MANIFEST, RELEASE
from assurance.release_manifest import read_artifacts

if TYPE_CHECKING:
    from assurance.bundle import Line

_TRUST = "trust.json"


def command(path: str, lines: tuple[Line, ...]) -> str:
    """Return `assurance verify` for a sealed bundle, `assurance decide` for a draft.

    Artifacts are looked for by name in the current folder, beside the bundle, in the folder
    above, and in their `dist/`; one that is not there keeps its name, and so does the trust file.
    """
    if lines[-1].statement.predicate_type != BUNDLE_MANIFEST:
        return shlex.join(["assurance", "decide", path])
    folder = Path(path).parent
    places = [Path(), folder, folder / os.pardir]
    words = ["assurance", "verify", path]
    words += [
        _found(name, [*(place / "dist" for place in places), *places]) for name in _names(lines)
    ]
    trusted = _found(_TRUST, places)
    words += ["--trust", trusted]
    if _is_development(trusted):
        words.append("--allow-development")
    return shlex.join(words)


def _names(lines: tuple[Line, ...]) -> list[str]:
    """Return the artifacts' names; a placeholder where the first line names none."""
    first = lines[0].statement
    try:
        if first.predicate_type == RELEASE:
            fields = Fields(first.predicate, where="line 1")
            return [artifact.name for artifact in read_artifacts(fields)] or ["ARTIFACT"]
    except AssuranceError:
        pass
    return ["ARTIFACT"]


def _found(name: str, folders: list[Path]) -> str:
    for folder in folders:
        if (folder / name).is_file():
            return os.path.normpath(folder / name)
    return name


def _is_development(path: str) -> bool:
    try:
        return trust_file.load(path).profile == "development"
    except AssuranceError:
        return False
