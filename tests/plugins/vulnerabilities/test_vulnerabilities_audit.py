"""pip-audit as the engine: nothing it leaves out goes unnoticed."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Any

import pip_audit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from assurance.errors import CollectError
from assurance_vulnerabilities import audit as audit_module
from assurance_vulnerabilities.audit import audit, merged, pip_audit_version
from assurance_vulnerabilities.package_list import Package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

PACKAGE = Package(name="urllib3", version=Version("1.26.4"), pinned="1.26.4", where="x:1")


def _look_up(real_index: Any, now: datetime) -> Any:
    def look_up(name: str, version: Version) -> Any:
        return real_index.look_up(name, version, now=now, ignore_withdrawn=True).matches

    return look_up


def test_answers(real_index: Any, now: datetime) -> None:
    """Each package comes back with its bugs, one that the data does not know with none."""
    other = Package(name="idna", version=Version("3.10"), pinned="3.10", where="x:2")
    found = audit((PACKAGE, other), _look_up(real_index, now))
    assert () == found["idna", Version("3.10")]
    assert 3 == len(found["urllib3", Version("1.26.4")])
    assert (
        frozenset({"PYSEC-2021-108", "CVE-2021-33503", "GHSA-q2q7-5pp4-w6pg"})
        in (found["urllib3", Version("1.26.4")])
    )


def _replace_audit(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    from pip_audit._audit import Auditor

    monkeypatch.setattr(Auditor, "audit", answer)


def test_packages_that_do_not_come_back(
    monkeypatch: pytest.MonkeyPatch, real_index: Any, now: datetime
) -> None:
    """An audit that ends early is no audit."""
    _replace_audit(monkeypatch, lambda _self, _source: iter(()))
    with pytest.raises(CollectError, match="pip-audit answered about 0 packages of 1"):
        audit((PACKAGE,), _look_up(real_index, now))


def test_results_that_do_not_come_back(
    monkeypatch: pytest.MonkeyPatch, real_index: Any, now: datetime
) -> None:
    """A record that matched and is not among the results is an error that names it."""

    def without_results(_self: object, source: Any) -> Iterator[Any]:
        for dependency in source.collect():
            yield dependency, []

    _replace_audit(monkeypatch, without_results)
    with pytest.raises(CollectError, match=r"lost PYSEC-2021-108, PYSEC-2023-192.* of urllib3"):
        audit((PACKAGE,), _look_up(real_index, now))


def test_packages_that_are_skipped(
    monkeypatch: pytest.MonkeyPatch, real_index: Any, now: datetime
) -> None:
    """What pip-audit passes over is not vulnerability-free."""
    from pip_audit._service.interface import SkippedDependency

    def skipping(_self: object, _source: object) -> Iterator[Any]:
        yield SkippedDependency(name="urllib3", skip_reason="no answer"), []

    _replace_audit(monkeypatch, skipping)
    with pytest.raises(CollectError, match="pip-audit skipped urllib3: no answer"):
        audit((PACKAGE,), _look_up(real_index, now))


def test_a_failure_inside(real_index: Any, now: datetime) -> None:
    """Whatever is raised inside becomes our error; our own passes as it is."""

    def failing(_name: str, _version: Version) -> Any:
        raise ValueError("surprise")

    with pytest.raises(CollectError, match="pip-audit failed with ValueError: surprise"):
        audit((PACKAGE,), failing)

    def refusing(_name: str, _version: Version) -> Any:
        raise CollectError("own words", remedy="none")

    with pytest.raises(CollectError, match=r"^own words$"):
        audit((PACKAGE,), refusing)


def test_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version whose inside nobody has read is refused."""
    assert pip_audit.__version__ == pip_audit_version()
    monkeypatch.setattr(pip_audit, "__version__", "3.0.0")
    with pytest.raises(CollectError, match=r"pip-audit is 3\.0\.0; its inner interface is known"):
        pip_audit_version()


def test_pip_audit_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that lacks it, or has it broken, is said to be that."""
    with monkeypatch.context() as patch:
        audit_module._pip_audit()
        patch.delattr(pip_audit, "_audit")
        patch.setitem(sys.modules, "pip_audit._audit", None)
        with pytest.raises(
            CollectError, match=r"pip-audit does not load: (ModuleNotFound|Import)Error"
        ):
            audit_module._pip_audit()
    monkeypatch.setitem(sys.modules, "pip_audit", None)
    with pytest.raises(CollectError, match="pip-audit is not installed"):
        pip_audit_version()


def test_ipv6_is_what_it_was() -> None:
    """What is said about IPv6 while pip-audit loads is taken back."""
    before = socket.has_ipv6
    audit_module._pip_audit()
    assert before == socket.has_ipv6


def test_merged() -> None:
    """Sets that share an id are one, along chains too."""
    assert (frozenset("abcd"), frozenset("xy")) == merged(
        [{"a", "b"}, {"x"}, {"c", "d"}, {"b", "c"}, {"x", "y"}]
    )


def test_merged_takes_as_long_as_there_are_ids() -> None:
    """A chain of 100,000 ids is one bug before the time is up; comparing each with each is not."""
    links = [{f"ID-{number}", f"ID-{number + 1}"} for number in range(100_000)]
    (bug,) = merged(links[::2] + links[1::2])
    assert 100_001 == len(bug)


@settings(deadline=None)
@given(st.lists(st.sets(st.sampled_from("abcdefghij"), min_size=1), max_size=8))
def test_merged_is_a_partition(sets: list[set[str]]) -> None:
    """No id is lost or in two bugs, each set is inside one bug, and the order does not matter."""
    bugs = merged(sets)
    assert sorted(set().union(*sets)) == sorted(each for bug in bugs for each in bug)
    assert all(sum(ids <= bug for bug in bugs) == 1 for ids in sets)
    assert bugs == merged(reversed(sets))
