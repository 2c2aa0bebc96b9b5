"""What a suite says of itself in its attributes, against the cases that it holds.

Dialects count differently, and all of these were seen in real reports:

- Surefire, Jest, Go, PHPUnit: `tests` is every case below the suite.
- Node's reporter: `tests` is what stands directly below, suites included.
- pytest: `tests` counts phases, so a passing test whose teardown fails counts twice, and
  one whose call and teardown both fail counts once with two `testcase` elements. The
  report holds an error then, so it is no pass whatever the figures are. With
  pytest-rerunfailures each failed try is a `testcase` that says nothing, and `tests` counts the
  test once: the elements too many are tries (`Suite.are_tries`).
- GoogleTest: disabled tests are in `tests` and `disabled`, not in `skipped`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assurance.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Mapping

_COUNT: Final = re.compile(r"[0-9]{1,9}")
_BAD: Final = ("failures", "errors")
_SKIPPED: Final = ("skipped", "skip")


@dataclass(slots=True, kw_only=True)
class Suite:
    """One open `testsuite` or `testsuites` element, counted while its cases go by."""

    label: str
    declared: Mapping[str, int]
    direct: int = 0
    """Cases and suites directly below."""
    suites: int = 0
    """Suites directly below."""
    cases: int = 0
    """Cases anywhere below."""
    skipped: int = 0
    bad: int = 0
    flaky: int = 0

    def are_tries(self, elements: int, names: int) -> bool:
        """Return whether elements of one name directly below are tries of one test.

        Args:
            elements: Cases directly below.
            names: Different names among them.
        """
        return not self.suites and names == self.declared.get("tests") != elements

    def add(self, inner: Suite) -> None:
        """Count a suite that closed directly below this one."""
        self.direct += 1
        self.suites += 1
        self.cases += inner.cases
        self.skipped += inner.skipped
        self.bad += inner.bad
        self.flaky += inner.flaky

    def disagreements(self) -> tuple[str, ...]:
        """Return one sentence for each total that the cases do not bear out."""
        found = []
        tests = self.declared.get("tests")
        if tests is not None and tests not in {self.cases, self.direct, self.direct - self.suites}:
            found.append(f"{self.label} says tests={tests} and holds {self.cases}")
        bad = sum(self.declared.get(name, 0) for name in _BAD)
        if bad and not self.bad:
            found.append(f"{self.label} says {bad} failures and errors and holds none")
        skipped = next((self.declared[name] for name in _SKIPPED if name in self.declared), None)
        if skipped is not None:
            skipped += self.declared.get("disabled", 0)
            if skipped > self.skipped or (not self.suites and skipped < self.skipped):
                found.append(f"{self.label} says skipped={skipped} and holds {self.skipped}")
        flaky = self.declared.get("flakes", 0)
        if flaky > self.flaky and not self.bad:
            found.append(f"{self.label} says flakes={flaky} and holds {self.flaky}")
        return tuple(found)


def declared(attributes: Mapping[str, str], *, where: str) -> dict[str, int]:
    """Return the totals among a suite's attributes.

    Raises:
        CollectError: one of them is no whole number.
    """
    found = {}
    for name in ("tests", *_BAD, *_SKIPPED, "disabled", "flakes"):
        text = attributes.get(name)
        if text is None:
            continue
        if not _COUNT.fullmatch(text):
            raise CollectError(
                f"the total `{name}` must be a whole number, found {text!r:.40}",
                remedy="let the test runner write the report again",
                where=where,
            )
        found[name] = int(text)
    return found
