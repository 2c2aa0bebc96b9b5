"""The collector `sbom`: one CycloneDX statement a source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from assurance import CollectError, Statement
from assurance.predicates import CYCLONEDX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from assurance.interfaces import CollectContext, SelfTest
    from assurance_sbom.inventory import Inventory

ENVIRONMENT: Final = "environment"
REQUIREMENTS: Final = "requirements"
PYLOCK: Final = "pylock"
UV: Final = "uv"
POETRY: Final = "poetry"
EXISTING: Final = "cyclonedx"
_AUTO: Final = "auto"
_LOCKS: Final = (PYLOCK, UV, POETRY)
_PYLOCK_NAME: Final = re.compile(r"pylock\.(?:[^.]+\.)?toml")
"""File names of the specification, "File Name"."""

_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "python": (ENVIRONMENT,),
    "file_hashes": (ENVIRONMENT,),
    "extras": (UV, POETRY),
    "groups": (UV, POETRY),
}
"""Options that say something about these sources only."""


class SbomCollector:
    """Says what a release is made of, as CycloneDX."""

    name: str = "sbom"
    predicate_types: tuple[str, ...] = (CYCLONEDX,)
    options_schema: Mapping[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "source": {
                "description": "What the inputs are, or environment. auto: by the inputs' names "
                "(requirements*.txt, pylock.toml, uv.lock, poetry.lock, *.json for CycloneDX); "
                "without inputs environment.",
                "enum": [_AUTO, ENVIRONMENT, REQUIREMENTS, *_LOCKS, EXISTING],
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
                "description": "environment: list every installed file with its hash.",
                "type": "boolean",
                "default": False,
            },
        },
    }

    def collect(self, context: CollectContext) -> list[Statement]:
        """Return one statement for the environment or the locks, one for each existing file.

        Raises:
            CollectError: see the sources `environment`, `lock` and `cyclonedx_file`.
        """
        statements = []
        for source, files in _sources(context):
            statements += [
                Statement(predicate_type=CYCLONEDX, predicate=predicate, collected_at=context.now)
                for predicate in predicates(source, files, context)
            ]
        return statements

    def self_test(self, context: CollectContext) -> SelfTest:
        """Plant a defect for each source in use, and look through the code `collect` uses."""
        from assurance_sbom import canary

        return canary.look([source for source, _ in _sources(context)], context)


def predicates(source: str, files: tuple[Path, ...], context: CollectContext) -> list[bytes]:
    """Return the documents of one source.

    Raises:
        CollectError: the source cannot be looked at.
    """
    if source == EXISTING:
        from assurance_sbom import cyclonedx_file

        return [
            cyclonedx_file.read(path, context.release, where=_shown(path, context.root))
            for path in files
        ]
    from assurance_sbom import document

    return [
        document.write(
            found,
            context.release,
            context.now,
            spec_version=context.options.get("spec_version", document.SPEC_VERSIONS[0]),
        )
        for found in _inventories(source, files, context)
    ]


def _inventories(
    source: str, files: tuple[Path, ...], context: CollectContext
) -> Iterator[Inventory]:
    """What one source lists: requirements files together, any other lock by itself."""
    if source == REQUIREMENTS:
        from assurance_sbom import lock

        yield lock.inventory(context, files)
    elif source in _LOCKS:
        from assurance_sbom import lock_inventory

        for path in files:
            yield lock_inventory.inventory(context, source, path, where=_shown(path, context.root))
    else:
        from assurance_sbom import environment

        yield environment.inventory(
            context,
            python=context.options.get("python"),
            file_hashes=context.options.get("file_hashes", False),
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
                "pylock.toml, uv.lock, poetry.lock, *.json.",
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
    if name.endswith(".json"):
        return EXISTING
    return REQUIREMENTS if name.endswith((".txt", ".lock", ".in")) else None


def _shown(path: Path, root: Path) -> str:
    """The path as the user knows it: relative to the project."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
