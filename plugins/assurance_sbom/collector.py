"""The collector `sbom`: one CycloneDX statement a source, and SPDX files as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from assurance import CollectError, Statement
from assurance.predicates import CYCLONEDX, SBOM_DETAIL, SPDX
from assurance_sbom import sources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from assurance.interfaces import CollectContext, SelfTest

_AUTO: Final = "auto"
_PYLOCK_NAME: Final = re.compile(r"pylock\.(?:[^.]+\.)?toml")
"""File names of the specification, "File Name"."""

_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "python": (sources.ENVIRONMENT,),
    "file_hashes": (sources.ENVIRONMENT, sources.ARCHIVE),
    "verify_files": (sources.ENVIRONMENT,),
    "extras": (sources.UV, sources.POETRY),
    "groups": (sources.UV, sources.POETRY),
    "installed": (sources.REQUIREMENTS, *sources.LOCKS),
    "installed_ignore": (sources.REQUIREMENTS, *sources.LOCKS),
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
                "enum": [_AUTO, *sources.ALL],
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
        from assurance_sbom import detail, source_documents

        made = [
            document
            for source, files in _sources(context)
            for document in source_documents.documents(source, files, context)
        ]
        predicates = [(one.predicate_type, one.predicate) for one in made]
        predicates.append((SBOM_DETAIL, detail.write(context, made)))
        return [
            Statement(predicate_type=kind, predicate=predicate, collected_at=context.now)
            for kind, predicate in predicates
        ]

    def self_test(self, context: CollectContext) -> SelfTest:
        """Plant a defect for each source in use, and look through the code `collect` uses."""
        from assurance_sbom import canary

        return canary.look([source for source, _ in _sources(context)], context)


def _sources(context: CollectContext) -> list[tuple[str, tuple[Path, ...]]]:
    """The sources to look at, each with its files."""
    source = context.options.get("source", _AUTO)
    if source == _AUTO:
        chosen = _by_name(context)
    elif source == sources.ENVIRONMENT and context.inputs:
        raise CollectError(
            "the source is an environment, and there are inputs",
            remedy="Take `inputs` out of the settings, or set `source` to what they are.",
        )
    elif source != sources.ENVIRONMENT and not context.inputs:
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
        return [(sources.ENVIRONMENT, ())]
    groups: dict[str, list[Path]] = {}
    for path in context.inputs:
        source = _source_of(path.name)
        if source is None:
            raise CollectError(
                "the name does not say what the file is",
                remedy="Set the option `source`; without it these are known: requirements*.txt, "
                "pylock.toml, uv.lock, poetry.lock, *.whl, *.tar.gz, *.json.",
                where=sources.shown(path, context.root),
            )
        groups.setdefault(source, []).append(path)
    return [(source, tuple(files)) for source, files in sorted(groups.items())]


def _source_of(name: str) -> str | None:
    """What the name of an input says about it."""
    if name == "uv.lock":
        return sources.UV
    if name == "poetry.lock":
        return sources.POETRY
    if _PYLOCK_NAME.fullmatch(name):
        return sources.PYLOCK
    if name.endswith((".whl", ".tar.gz")):
        return sources.ARCHIVE
    if name.endswith(".json"):
        return sources.EXISTING
    return sources.REQUIREMENTS if name.endswith((".txt", ".lock", ".in")) else None
