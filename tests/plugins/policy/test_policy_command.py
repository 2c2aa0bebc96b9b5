"""`assurance policy check` and `policy test`, as a person or a pipeline calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
NONE = "findings contains 1 if input.previous"
HEAD = "package assurance.a.one_test\n\nimport rego.v1\n\nimport data.assurance.a.one\n\n"


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "assurance", "policy", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, text=True)


def _document(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_the_built_in_policies_pass() -> None:
    """Without folders our own packs are looked at, and all is well."""
    packs = (item for item in (ROOT / "policies").iterdir() if item.name != "lib")
    modules = [file for pack in packs for file in pack.glob("*.rego")]
    checks = sum(not file.name.endswith("_test.rego") for file in modules)
    assert checks
    checked, tested = _run("check"), _run("test")
    assert (0, 0) == (checked.returncode, tested.returncode)
    assert f"{checks} checks, no problem" in checked.stdout
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


def _covered(folder: Callable[..., Path]) -> Path:
    """A check with a rule whose head, and one whose else, no test reaches."""
    body = (
        'findings contains {"status": "FAIL", "message": "no"} if {\n\tinput.previous\n}\n\n'
        'kind := "a" if {\n\tinput.previous\n} else := "b" if {\n\tinput.now\n}\n'
    )
    top = folder(a__one=body)
    test = f"{HEAD}test_it if {{\n\tcount(one.findings) == 0\n\tnot one.kind\n}}\n"
    (top / "one_test.rego").write_text(test)
    return top


def test_coverage_names_what_no_test_evaluates(folder: Callable[..., Path]) -> None:
    """Each rule with its line, its lines, and how many rules are covered; exit 0 by itself."""
    top = _covered(folder)
    done = _run("test", top, "--coverage")
    assert 0 == done.returncode, done.stderr
    assert f"{top / 'a__one.rego'}:15: `findings`: never evaluated: line 15\n" in done.stdout
    assert f"{top / 'a__one.rego'}:19: `kind`: never evaluated: line 19\n" in done.stdout
    assert "coverage 50.0 %: 2 of 4 rules" in done.stdout
    found = _document(_run("test", top, "--coverage", "-o", "json"))["coverage"]
    assert (4, 2, 50.0) == (found["rules"], found["covered"], found["percent"])
    assert [15] == next(it["lines"] for it in found["never"] if it["rule"] == "findings")


def test_a_threshold_that_is_not_met_is_exit_1(folder: Callable[..., Path]) -> None:
    """At the threshold is enough; it measures without `--coverage`; other figures are usage."""
    top = _covered(folder)
    assert 0 == _run("test", top, "--threshold", "50").returncode
    below = _run("test", top, "--threshold", "51")
    assert 1 == below.returncode
    assert "needs 51 %" in below.stdout
    for odd in ("101", "-1", "1_0", "x"):
        assert 2 == _run("test", top, "--threshold", odd).returncode


def test_every_rule_that_ships_is_covered() -> None:
    """Every rule of every pack, helpers included, is evaluated in full by some test of it."""
    done = _run("test", "--threshold", "100")
    assert 0 == done.returncode, done.stdout
    assert "coverage 100.0 %" in done.stdout


def test_what_policies_print_is_shown_on_stderr(folder: Callable[..., Path]) -> None:
    """With file and line, escaped, and not in the result."""
    top = folder(
        a__one='findings contains 1 if { print("seen", input.previous, "\\u001b[31m"); false }'
    )
    (top / "one_test.rego").write_text(
        f'{HEAD}test_it if count(one.findings) == 0 with input as {{"previous": 5}}\n'
    )
    done = _run("test", top)
    assert 0 == done.returncode, done.stderr
    assert f"{top / 'a__one.rego'}:15: seen 5 " in done.stderr
    assert "\x1b" not in done.stderr
    assert "seen" not in done.stdout
