"""`assurance policy check` and `policy test`, as a person or a pipeline calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NONE = "findings contains 1 if input.previous"
HEAD = "package assurance.a.one_test\n\nimport rego.v1\n\nimport data.assurance.a.one\n\n"


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assurance", "policy", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, text=True)


def _document(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_the_built_in_policies_pass() -> None:
    """Without folders our own packs are looked at, and all is well."""
    checked, tested = _run("check"), _run("test")
    assert (0, 0) == (checked.returncode, tested.returncode)
    assert "17 checks, no problem" in checked.stdout
    assert " passed, 0 failed" in tested.stdout


def test_check_lists_every_problem(folder: Callable[..., Path]) -> None:
    """Each with file, line and column, as text and as JSON; exit 1."""
    top = folder(a__one="findings contains nope(1)", a__two="findings contains http.send({})")
    done = _run("check", top)
    assert 1 == done.returncode
    assert f"{top / 'a__one.rego'}:15:19: unknown function `nope`" in done.stdout
    assert f"{top / 'a__two.rego'}:15:19: `http.send` is banned" in done.stdout
    errors = _document(_run("check", top, "-o", "json"))["errors"]
    assert [f"{top / name}.rego:15:19" for name in ("a__one", "a__two")] == [
        error["where"] for error in errors
    ]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("test_it if 1 == 2", "it is not true"),
        ("test_it := false", "it is not true"),
        ("test_it := 1", "it is not true"),
        ('test_it if to_number("x")', "could not parse string as number"),
    ],
)
def test_a_test_that_is_not_true_fails(rule: str, reason: str, folder: Callable[..., Path]) -> None:
    """Undefined, false, another value or an error: exit 1, with the test's place."""
    top = folder(a__one=NONE)
    (top / "one_test.rego").write_text(f"{HEAD}test_good if one.applies\n{rule}\n")
    done = _run("test", top)
    assert 1 == done.returncode
    assert f"{top / 'one_test.rego'}:8: test_it: " in done.stdout
    assert reason in done.stdout


def test_no_test_is_no_success(folder: Callable[..., Path]) -> None:
    """A folder of checks without tests of its own is exit 1."""
    done = _run("test", folder(a__one=NONE))
    assert 1 == done.returncode
    assert "no test found" in done.stdout


def test_a_folder_that_is_not_there_is_usage(tmp_path: Path) -> None:
    """A path that does not exist is exit 2."""
    done = _run("check", tmp_path / "absent")
    assert 2 == done.returncode
    assert "no such folder" in done.stderr


def test_tests_see_the_data(folder: Callable[..., Path]) -> None:
    """A test reads the same data files as its check."""
    top = folder(a__one="findings contains 1 if data.limits.high > 0")
    (top / "data.json").write_text('{"limits": {"high": 3}}')
    (top / "one_test.rego").write_text(f"{HEAD}test_it if count(one.findings) == 1\n")
    assert 0 == _run("test", top).returncode
