"""The collector `sbom`: one CycloneDX statement a source, and SPDX files as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from assurance import CollectError, Statement
from assurance.predicates import CYCLONEDX, SBOM_DETAIL, SPDX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from assurance.interfaces import CollectContext, SelfTest
    from assurance_sbom.detail import Made
    from assurance_sbom.inventory import Inventory

ENVIRONMENT: Final = "environment"
REQUIREMENTS: Final = "requirements"
PYLOCK: Final = "pylock"
UV: Final = "uv"
POETRY: Final = "poetry"
ARCHIVE: Final = "archive"
EXISTING: Final = "cyclonedx"
_AUTO: Final = "auto"
_LOCKS: Final = (PYLOCK, UV, POETRY)
_PYLOCK_NAME: Final = re.compile(r"pylock\.(?:[^.]+\.)?toml")
"""File names of the specification, "File Name"."""

_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "python": (ENVIRONMENT,),
    "file_hashes": (ENVIRONMENT, ARCHIVE),
    "verify_files": (ENVIRONMENT,),
    "extras": (UV, POETRY),
    "groups": (UV, POETRY),
    "installed": (REQUIREMENTS, *_LOCKS),
    "installed_ignore": (REQUIREMENTS, *_LOCKS),
}
"""Options that say something about these sources only."""


class SbomCollector:
    """Says what a release is made of, as CycloneDX, and as SPDX where that is given."""

    name: str = "sbom"
    predicate_types: tuple[str, ...] = (CYCLONEDX, SPDX, SBOM_DETAIL)
    options_schema: Mapping[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "source": {
                "description": "What the inputs are, or environment. auto: by the inputs' names "
                "(requirements*.txt, pylock.toml, uv.lock, poetry.lock, *.whl and *.tar.gz, "
                "*.json for CycloneDX and SPDX); without inputs environment.",
                "enum": [_AUTO, ENVIRONMENT, REQUIREMENTS, *_LOCKS, ARCHIVE, EXISTING],
                "default": _AUTO,
            },
            "spec_version": {
                "description": "CycloneDX version of the SBOM that is made; an existing file "
                "stays as it is.",
                "enum": ["1.6", "1.7"],
                "default": "1.6",
            },
            "extras": {
                "description": "uv and poetry: extras of the project that are released with it.",
                "type": "array",
                "items": {"type": "string", "minLength": 1},
            },
            "groups": {
                "description": "uv and poetry: dependency groups that are released with it.",
                "type": "array",
                "items": {"type": "string", "minLength": 1},
            },
            "python": {
                "description": "environment: an interpreter, a virtual environment or a "
                "site-packages folder, relative to the project. Default: the running one.",
                "type": "string",
                "minLength": 1,
            },
            "file_hashes": {
                "description": "environment and archive: list every file with its hash.",
                "type": "boolean",
                "default": False,
            },
            "verify_files": {
                "description": "environment: list every installed file, and hash it again.",
                "type": "boolean",
                "default": False,
            },
            "installed": {
                "description": "Locks: compare them with this interpreter, virtual environment "
                "or site-packages folder.",
                "type": "string",
                "minLength": 1,
            },
            "installed_ignore": {
                "description": "Packages that may be installed there without being locked.",
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "default": ["pip", "setuptools", "wheel"],
            },
        },
    }

    def collect(self, context: CollectContext) -> list[Statement]:
        """Return one statement for each SBOM, and one of what follows from all of them.

        Raises:
            CollectError: see the sources: `environment`, `requirements_inventory`,
                `lock_inventory`, `archive_inventory`, `existing_file`.
        """
        from assurance_sbom import detail

        made = [
            document
            for source, files in _sources(context)
            for document in documents(source, files, context)
        ]
        predicates = [(one.predicate_type, one.predicate) for one in made]
        predicates.append((SBOM_DETAIL, detail.write(context, made, ENVIRONMENT)))
        return [
            Statement(predicate_type=kind, predicate=predicate, collected_at=context.now)
            for kind, predicate in predicates
        ]

    def self_test(self, context: CollectContext) -> SelfTest:
        """Plant a defect for each source in use, and look through the code `collect` uses."""
        from assurance_sbom import canary

        return canary.look([source for source, _ in _sources(context)], context)


def documents(source: str, files: tuple[Path, ...], context: CollectContext) -> list[Made]:
    """Return the SBOMs of one source.

    Raises:
        CollectError: the source cannot be looked at.
    """
    from assurance_sbom import document

    version = context.options.get("spec_version", document.SPEC_VERSIONS[0])
    if source == EXISTING:
        from assurance_sbom import existing_file

        return [
            one
            for path in files
            for one in existing_file.read(
                path,
                context.release,
                where=_shown(path, context.root),
                spec_version=version,
            )
        ]
    from assurance_sbom.detail import Made

    found = []
    for inputs, inventory in _inventories(source, files, context):
        predicate, content = document.write(
            inventory, context.release, context.now, spec_version=version
        )
        place = _shown(inputs[0], context.root) if len(inputs) == 1 else None
        found.append(Made(CYCLONEDX, predicate, content, source, place, inventory))
    return found


def _inventories(
    source: str, files: tuple[Path, ...], context: CollectContext
) -> Iterator[tuple[tuple[Path, ...], Inventory]]:
    """What one source lists: requirements and archives together, any other lock by itself."""
    if source == REQUIREMENTS:
        from assurance_sbom import requirements_inventory

        yield files, requirements_inventory.inventory(context, files)
    elif source == ARCHIVE:
        from assurance_sbom import archive_inventory

        yield files, archive_inventory.inventory(context, files)
    elif source in _LOCKS:
        from assurance_sbom import lock_inventory

        for path in files:
            where = _shown(path, context.root)
            yield (path,), lock_inventory.inventory(context, source, path, where=where)
    else:
        from assurance_sbom import environment

        yield (
            (),
            environment.inventory(
                context,
                python=context.options.get("python"),
                file_hashes=context.options.get("file_hashes", False),
                verify_files=context.options.get("verify_files", False),
            ),
        )


def _sources(context: CollectContext) -> list[tuple[str, tuple[Path, ...]]]:
    """The sources to look at, each with its files."""
    source = context.options.get("source", _AUTO)
    if source == _AUTO:
        chosen = _by_name(context)
    elif source == ENVIRONMENT and context.inputs:
        raise CollectError(
            "the source is an environment, and there are inputs",
            remedy="Take `inputs` out of the settings, or set `source` to what they are.",
        )
    elif source != ENVIRONMENT and not context.inputs:
        raise CollectError(
            f"the source is {source}, and there is no input",
            remedy="Name the files under `inputs` in the settings.",
            missing=True,
        )
    else:
        chosen = [(source, context.inputs)]
    used = {name for name, _ in chosen}
    for option, meant in _OPTIONS.items():
        if option in context.options and not used.intersection(meant):
            raise CollectError(
                f"the option {option} is for the source {' or '.join(meant)} only",
                remedy=f"Take the option out, or set `source` to {meant[0]}.",
            )
    return chosen


def _by_name(context: CollectContext) -> list[tuple[str, tuple[Path, ...]]]:
    """Sources by the names of the inputs; the environment where there is none."""
    if not context.inputs:
        return [(ENVIRONMENT, ())]
    groups: dict[str, list[Path]] = {}
    for path in context.inputs:
        source = _source_of(path.name)
        if source is None:
            raise CollectError(
                "the name does not say what the file is",
                remedy="Set the option `source`; without it these are known: requirements*.txt, "
                "pylock.toml, uv.lock, poetry.lock, *.whl, *.tar.gz, *.json.",
                where=_shown(path, context.root),
            )
        groups.setdefault(source, []).append(path)
    return [(source, tuple(files)) for source, files in sorted(groups.items())]


def _source_of(name: str) -> str | None:
    """What the name of an input says about it."""
    if name == "uv.lock":
        return UV
    if name == "poetry.lock":
        return POETRY
    if _PYLOCK_NAME.fullmatch(name):
        return PYLOCK
    if name.endswith((".whl", ".tar.gz")):
        return ARCHIVE
    if name.endswith(".json"):
        return EXISTING
    return REQUIREMENTS if name.endswith((".txt", ".lock", ".in")) else None


def _shown(path: Path, root: Path) -> str:
    """The path as the user knows it: relative to the project."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
