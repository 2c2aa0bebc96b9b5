"""The collector `sbom`: one CycloneDX statement a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance import CollectError, Statement
from assurance.predicates import CYCLONEDX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from assurance.interfaces import CollectContext, SelfTest

ENVIRONMENT: Final = "environment"
REQUIREMENTS: Final = "requirements"
EXISTING: Final = "cyclonedx"
_AUTO: Final = "auto"


class SbomCollector:
    """Says what a release is made of, as CycloneDX."""

    name: str = "sbom"
    predicate_types: tuple[str, ...] = (CYCLONEDX,)
    options_schema: Mapping[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "source": {
                "description": "Where the inventory comes from. auto: by the inputs' names "
                "(.json is cyclonedx, .txt is requirements); without inputs environment.",
                "enum": [_AUTO, ENVIRONMENT, REQUIREMENTS, EXISTING],
                "default": _AUTO,
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
    from assurance_sbom import document

    if source == EXISTING:
        from assurance_sbom import cyclonedx_file

        return [
            cyclonedx_file.read(path, context.release, where=_shown(path, context.root))
            for path in files
        ]
    if source == REQUIREMENTS:
        from assurance_sbom import lock

        found = lock.inventory(context, files)
    else:
        from assurance_sbom import environment

        found = environment.inventory(
            context,
            python=context.options.get("python"),
            file_hashes=context.options.get("file_hashes", False),
        )
    return [document.write(found, context.release, context.now)]


def _sources(context: CollectContext) -> list[tuple[str, tuple[Path, ...]]]:
    """The sources to look at, each with its files."""
    source = context.options.get("source", _AUTO)
    environment_options = sorted({"python", "file_hashes"} & set(context.options))
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
    if environment_options and ENVIRONMENT not in [name for name, _ in chosen]:
        raise CollectError(
            f"the option {environment_options[0]} is for the source environment only",
            remedy="Take the option out, or set `source` to environment.",
        )
    return chosen


def _by_name(context: CollectContext) -> list[tuple[str, tuple[Path, ...]]]:
    """Sources by the names of the inputs; the environment where there is none."""
    if not context.inputs:
        return [(ENVIRONMENT, ())]
    groups: dict[str, list[Path]] = {}
    for path in context.inputs:
        if path.suffix == ".json":
            groups.setdefault(EXISTING, []).append(path)
        elif path.suffix in (".txt", ".lock", ".in") and path.name != "uv.lock":
            groups.setdefault(REQUIREMENTS, []).append(path)
        else:
            raise CollectError(
                "the name does not say what the file is",
                remedy="Set the option `source` to requirements or cyclonedx.",
                where=_shown(path, context.root),
            )
    return [(source, tuple(files)) for source, files in sorted(groups.items())]


def _shown(path: Path, root: Path) -> str:
    """The path as the user knows it: relative to the project."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
