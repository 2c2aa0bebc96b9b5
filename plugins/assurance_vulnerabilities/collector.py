"""The collector `vulnerabilities`: from inputs and options to one statement.

In order: what the inputs list, the advisory data, the catalogue of known exploited
vulnerabilities, the audit with its canaries, the predicate. Each step either says everything or
raises `CollectError`; there is no evidence about a part of the packages.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from assurance import strict_json
from assurance.errors import CollectError, UsageError
from assurance.model import Statement
from assurance.predicates import VULNERABILITIES
from assurance_vulnerabilities import (
    advisory_files,
    canary,
    cyclonedx_file,
    http_client,
    installed,
    kev,
    osv_service,
    pin,
    requirements_file,
)
from assurance_vulnerabilities.advisory_index import index
from assurance_vulnerabilities.audit import pip_audit_version
from assurance_vulnerabilities.evidence import predicate
from assurance_vulnerabilities.package_list import unique
from assurance_vulnerabilities.scan import scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from assurance.interfaces import CollectContext, SelfTest
    from assurance_vulnerabilities.advisory_index import AdvisoryIndex
    from assurance_vulnerabilities.package_list import Package, PackageList

_MAX_INPUT: Final = 64 * 1024**2
_NAMED: Final = 5
"""So many skipped packages are named in the message; the number of all is said."""


class VulnerabilitiesCollector:
    """Compares the packages of a release with OSV's advisories: a local copy, or a service's."""

    name: str = "vulnerabilities"
    predicate_types: tuple[str, ...] = (VULNERABILITIES,)
    options_schema: Mapping[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "advisories": {"type": "string", "minLength": 1},
            "advisories_url": {"type": "string", "minLength": 1},
            "allow_empty": {"type": "boolean"},
            "environment": {"type": "string", "minLength": 1},
            "ignore_withdrawn": {"type": "boolean"},
            "kev": {"type": "string", "minLength": 1},
            "service": {"type": "string", "minLength": 1},
        },
    }

    def __init__(self) -> None:
        """Start without data."""
        self._read: tuple[Path, AdvisoryIndex] | None = None

    def self_test(self, context: CollectContext) -> SelfTest | None:
        """Audit the canaries alone, against the data of this run."""
        with _no_garbage_collection():
            if _asks_service(context):
                data = _from_service(context, ())
            else:
                path = _path(context, "advisories")
                data = _advisories(path, "the canaries")
                self._read = path, data
            return scan(
                (), data, now=context.now, ignore_withdrawn=_ignore_withdrawn(context)
            ).self_test

    def collect(self, context: CollectContext) -> tuple[Statement, ...]:
        """Return one statement about all packages that the inputs list.

        Raises:
            CollectError: see docs/plugins/vulnerabilities.md, "When there is no evidence".
        """
        with _no_garbage_collection():
            return self._collect(context)

    def _collect(self, context: CollectContext) -> tuple[Statement, ...]:
        lists = _lists(context)
        packages = unique(lists)
        _check_complete(lists, allow_empty=bool(context.options.get("allow_empty", False)))
        data = self._data(context, packages)
        catalogue = kev.read(_path(context, "kev")) if "kev" in context.options else None
        version = pip_audit_version()
        result = scan(packages, data, now=context.now, ignore_withdrawn=_ignore_withdrawn(context))
        if not result.self_test.found:
            raise CollectError(
                f"the audit cannot be trusted: it {result.self_test.message}",
                remedy="Run again; if it stays, report it to this project.",
            )
        content = strict_json.dumps(
            predicate(
                result,
                data,
                lists=lists,
                catalogue=catalogue,
                pip_audit=version,
                now=context.now,
                ignore_withdrawn=_ignore_withdrawn(context),
            )
        )
        (context.workdir / "vulnerabilities.json").write_bytes(content)
        return (
            Statement(predicate_type=VULNERABILITIES, predicate=content, collected_at=context.now),
        )

    def _data(self, context: CollectContext, packages: Sequence[Package]) -> AdvisoryIndex:
        if _asks_service(context):
            return _from_service(context, packages)
        path = _path(context, "advisories")
        # What the self-test just read is used once, so that the data is not read twice a run.
        known, self._read = self._read, None
        if known is not None and known[0] == path:
            return known[1]
        return _advisories(path, f"{len(packages):,} packages")


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Keep Python from looking for cycles among the records.

    Hundreds of thousands of objects are made and all of them stay: to look through them time and
    again takes longer than to compare.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _asks_service(context: CollectContext) -> bool:
    """Return which of the two sources the options name.

    Raises:
        CollectError: neither or both, or an option that a service cannot do.
    """
    named = [option for option in ("advisories", "service") if option in context.options]
    if len(named) != 1:
        raise CollectError(
            "there is no advisory data: neither `advisories` nor `service` is set"
            if not named
            else "both `advisories` and `service` are set, and one result cannot be from two",
            remedy="set one of them in [collect.NAME.options]: `advisories` is OSV's export of PyPI"
            " (all.zip), `service` the URL of a service with OSV's API",
        )
    if named == ["advisories"]:
        return False
    if not _ignore_withdrawn(context):
        raise CollectError(
            "`ignore_withdrawn = false` cannot be had from a service, which does not list what"
            " is withdrawn",
            remedy="use an export: the option `advisories`",
        )
    return True


def _from_service(context: CollectContext, packages: Sequence[Package]) -> AdvisoryIndex:
    url = str(context.options["service"])
    try:
        server = http_client.base(url, where="service")
    except UsageError as err:
        raise CollectError(
            f"the advisory service cannot be asked: {err.problem}", remedy=err.remedy
        ) from err
    answer = osv_service.ask(
        server,
        (package.name for package in packages),
        well_known=canary.well_known(),
        now=context.now,
    )
    (context.workdir / osv_service.ARCHIVE).write_bytes(answer.archive)
    return answer.index


def _path(context: CollectContext, option: str) -> Path:
    return context.root / str(context.options[option])


def _ignore_withdrawn(context: CollectContext) -> bool:
    return bool(context.options.get("ignore_withdrawn", True))


def _advisories(path: Path, what: str) -> AdvisoryIndex:
    if not path.exists():
        raise CollectError(
            f"there is no advisory data to compare {what} with",
            remedy="Fetch OSV's export of PyPI (all.zip): assurance vulnerabilities update",
            where=str(path),
        )
    files = advisory_files.read(path)
    pin.check(path, files.sha256)
    return index(files)


def _lists(context: CollectContext) -> tuple[PackageList, ...]:
    lists = [_input(path, context.root) for path in context.inputs]
    if "environment" in context.options:
        lists.append(installed.read(_path(context, "environment"), release=context.release.name))
    if not lists:
        raise CollectError(
            "nothing says which packages the release consists of",
            remedy="Name a hashed requirements file or a CycloneDX file under `inputs`, or set the"
            " option `environment`.",
            missing=True,
        )
    return tuple(lists)


def _input(path: Path, root: Path) -> PackageList:
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_INPUT + 1)
    except OSError as err:
        raise CollectError(
            f"the input cannot be read: {err.strerror or err}",
            remedy="Make the file readable, or change `inputs`.",
            where=str(path),
        ) from err
    if len(data) > _MAX_INPUT:
        raise CollectError(
            f"the input is larger than {_MAX_INPUT:,} bytes",
            remedy="Name the requirements file or CycloneDX file itself.",
            where=str(path),
        )
    if path.suffix.lower() == ".json":
        return cyclonedx_file.read(data, name=name)
    return requirements_file.read(data, name=name)


def _check_complete(lists: tuple[PackageList, ...], *, allow_empty: bool) -> None:
    skipped = [item for listed in lists for item in listed.skipped]
    if skipped:
        total = len(skipped) + sum(len(listed.packages) for listed in lists)
        shown = "; ".join(f"{item.name} {item.reason} ({item.where})" for item in skipped[:_NAMED])
        more = f"; and {len(skipped) - _NAMED:,} more" if len(skipped) > _NAMED else ""
        raise CollectError(
            f"{len(skipped):,} of {total:,} packages cannot be looked up: {shown}{more}",
            remedy="Pin every package with `==` and its hashes, from PyPI; look after what is not"
            " from PyPI by a collector of its own.",
        )
    for listed in lists:
        if not listed.packages and not allow_empty:
            raise CollectError(
                "the input lists no package, so there is nothing to compare",
                remedy="Write the input again; if the release really depends on nothing, set the"
                " option `allow_empty = true`.",
                where=listed.source,
            )
