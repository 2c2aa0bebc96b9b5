"""Static checks: what is wrong with a policy is told with file, line and column, before it runs."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from assurance.errors import PolicyFileError
from assurance_policy import builtins, checked_policies, load, packs, static_check

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST = 15
"""Line at which the body of a check begins in these tests."""


def _problems(folder: Path) -> list[PolicyFileError]:
    loaded = load.read([folder], [])
    assert [] == loaded.problems
    return static_check.problems(loaded)


@pytest.mark.parametrize(
    ("body", "problem", "place"),
    [
        ("findings := [1,", "expecting `]`", None),
        ("findings contains foo.bar(1)", "unknown function `foo.bar`", "15:19"),
        ("findings contains cuont([])", "did you mean `count`?", "15:19"),
        (
            "findings contains x if { input.previous; x := nothing(1) }",
            "unknown function `nothing`",
            "15:47",
        ),
        ("findings contains http.send({})", "`http.send` is banned: it would ask", "15:19"),
        ("findings contains time.now_ns()", "`time.now_ns` is banned: it reads the", "15:19"),
        ('findings contains rand.intn("a", 3)', "`rand.intn` is banned", "15:19"),
        ('findings contains uuid.rfc4122("a")', "`uuid.rfc4122` is banned", "15:19"),
        ("findings contains opa.runtime()", "`opa.runtime` is banned", "15:19"),
        ("findings contains graph.reachable({}, [])", "`graph.reachable` is banned", "15:19"),
        ('findings contains trace("x")', "`trace` is banned", "15:19"),
        ('findings contains net.lookup_ip_addr("x")', "`net.lookup_ip_addr` is banned", "15:19"),
        ('findings contains io.jwt.decode("x")', "`io.jwt.decode` is banned", "15:19"),
        ("findings contains rego.metadata.rule()", "`rego.metadata.rule` is banned", "15:19"),
        ('findings contains http["send"]({})', "", None),
        ("findings contains x", "`x` is unsafe", "15:19"),
        ("findings contains x if { x := bar }", "`bar` is unsafe", "15:31"),
        ("findings contains x if { y > 1; x := 1 }", "`y` is unsafe", "15:26"),
        ("findings contains x if { not y; x := 1 }", "`y` is unsafe", "15:30"),
        ("findings contains input.evidnce", "did you mean `evidence`?", "15:19"),
        ('findings contains input["evidnce"]', "did you mean `evidence`?", "15:19"),
        ("findings contains data.limits.high", "no data file has the key `limits`", "15:19"),
        (
            "findings contains data.assurance.lib.evidence.sbom",
            "`assurance.lib.evidence` has no rule `sbom`, did you mean `sboms`?",
            "15:19",
        ),
        ("findings contains data.assurance.lib.nothing.x", "there is no package", "15:19"),
        (
            "findings contains data.assurance.lib.shape.txt({}, 1)",
            "unknown function `data.assurance.lib.shape.txt`, did you mean `text`?",
            "15:19",
        ),
        (
            "findings contains data.assurance.lib.shape.text({})",
            "takes 2 arguments, found 1",
            "15:19",
        ),
        ("findings contains data.assurance.lib.evidence.sboms(1)", "is no function", "15:19"),
        ("findings contains f(1, 2)\nf(a) := a", "`f` takes 1 arguments, found 2", "15:19"),
        (
            'findings contains 1 if { input.now with input as {"now": 1} }',
            "`with` is for tests",
            "15:26",
        ),
        ("findings contains 1 if { count := 3; count == 3 }\ninput := 1", "shadow", None),
    ],
)
def test_each_problem_has_its_place(
    body: str, problem: str, place: str | None, folder: Callable[..., Path]
) -> None:
    """The problem is named as it is, at the line and column where it stands."""
    top = folder(a__one=body)
    found = _problems(top)
    assert found, body
    assert any(problem in error.problem for error in found), [str(error) for error in found]
    if place is not None:
        assert f"{top / 'a__one.rego'}:{place}" in {error.where for error in found}


@pytest.mark.parametrize(
    "default",
    [
        "default evaluated := true",
        "default findings := []",
        'default applies := {"reason": "not here"}',
    ],
)
def test_no_default_answers_for_an_undefined_rule(
    default: str, folder: Callable[..., Path]
) -> None:
    """What could not be said is INDETERMINATE; a default would make it a pass."""
    (problem,) = _problems(folder(a__one=f"findings := 1 if input.previous\n{default}"))
    assert f"a default of `{default.split()[1]}` would answer where" in problem.problem
    assert (problem.where or "").endswith("a__one.rego:16:1")


@pytest.mark.parametrize("default", ["default evaluated := false", "default applies := true"])
def test_a_default_that_holds_a_check_to_its_answer_is_taken(
    default: str, folder: Callable[..., Path]
) -> None:
    """Not evaluated is no pass, and a check that applies is judged."""
    assert [] == _problems(folder(a__one=f"findings := 1 if input.previous\n{default}"))


@pytest.mark.parametrize("rule", ["applies", "evaluated", "findings"])
def test_a_check_needs_its_three_rules(rule: str, folder: Callable[..., Path]) -> None:
    """Without one of them the check would never say anything: it is told at the package."""
    top = folder(a__one="findings contains 1 if input.previous")
    file = top / "a__one.rego"
    file.write_text(file.read_text().replace(f"\n{rule} ", f"\nother_{rule} "))
    errors = _problems(top)
    assert [f"the check has no rule `{rule}`"] == [error.problem for error in errors]
    assert f"{file}:9:1" == errors[0].where


@pytest.mark.parametrize(
    "line", ["import future.keywords.in", "import input.release", "import data", "import rego.v2"]
)
def test_other_imports_are_refused(line: str, folder: Callable[..., Path]) -> None:
    """Only `rego.v1` and data: an import must not hide what a rule reads."""
    top = folder(a__one="findings contains 1 if input.previous")
    file = top / "a__one.rego"
    file.write_text(file.read_text().replace("import rego.v1", line))
    assert _problems(top)


@pytest.mark.parametrize(
    "body",
    [
        "findings contains x if some x in input.evidence",
        "findings contains {i: x} if some i, x in input.evidence",
        "findings contains x if x := input.evidence[_].line",
        "findings contains x if { some i; x := input.evidence[i].line }",
        "findings contains x if { walk(input, [_, x]) }",
        "findings contains x if { [x, _] = input.evidence }",
        'findings contains x if { {"a": x} = input.previous }',
        "findings contains 1 if { every k, v in input.release { k != v } }",
        "findings contains 1 if { every v in input.evidence { v.line > 1 } }",
        "findings contains {y | some y in input.evidence}",
        "findings contains {k: v | some k, v in input.release}",
        "findings contains f(1)\nf(x) := y if y := x + 1\nelse := 0",
        "findings contains g(1)\ndefault g(_) := 3\ng(a) := a if a > 5",
        'findings contains 1 if { input.now; `raw "http.send(" # text` != "" } # http.send(1)',
        "findings contains data.assurance.lib.evidence.sboms",
        'findings contains data.assurance.lib["evidence"].sboms[0].line',
        'findings contains h["a"]\nh.a := 1\nh.b := 2',
        "findings contains 1 if p.q[1]\np.q contains 1",
        "findings contains p[1]\np[item.line] := 2 if some item in input.evidence",
        'findings contains "ü" if input.previous',
    ],
)
def test_good_rego_is_taken(body: str, folder: Callable[..., Path]) -> None:
    """What Rego v1 allows is no problem."""
    assert [] == [str(error) for error in _problems(folder(a__one=body))]


def test_names_after_other_letters_are_read_right(folder: Callable[..., Path]) -> None:
    """Offsets in the tree count bytes: letters beyond ASCII before a name do not matter."""
    text = '"äöü€😀" != ""; b2.all_readable\nevery v in input.evidence { v }'
    file = folder(a__one=f"findings contains 1 if {{ {text} }}") / "a__one.rego"
    text = file.read_text().replace("title: a.one", "title: äöü€😀")
    file.write_text(text.replace("rego.v1", "rego.v1\nimport data.assurance.lib.bom as b2"))
    assert [] == [str(error) for error in _problems(file.parent)]


def test_every_problem_is_told(folder: Callable[..., Path]) -> None:
    """One file's problems do not hide another's, and one line's not the next one's."""
    top = folder(
        a__one="findings contains nope(1)\nx := nope2(2)",
        a__two="findings := [",
        a__three="findings contains http.send({})",
    )
    found = [f"{error.where}: {error.problem}" for error in _problems(top)]
    assert 4 == len(found)
    assert sorted(found) == found


def test_the_built_in_policies_have_no_problem() -> None:
    """Our own checks, helpers and tests pass our own checks."""
    loaded = load.read([pack.folder for pack in packs.built_in()], [])
    assert [] == [str(error) for error in [*loaded.problems, *static_check.problems(loaded)]]
    assert loaded.tests


def test_allowed_functions_are_the_engines(folder: Callable[..., Path]) -> None:
    """The list of functions is the engine's own, less the banned ones."""
    from assurance_policy.regorus_worker import RegorusWorker

    worker = RegorusWorker()  # `evaluate` refuses what is banned, `ask` does not look
    module = b"package p\nfound := opa.runtime().builtins"
    answers = worker.ask([("p.rego", module)], [], ["data.p.found"], b"{}", timeout_seconds=20)
    offered = {name for name in answers.values[0]["value"] if not name.startswith("__")}
    # `print` is a statement to the engine, and so in no list of functions.
    assert builtins.ALLOWED == (offered | {"print"}) - set(builtins.BANNED)


def test_fuzzed_modules_raise_only_our_error(folder: Callable[..., Path], tmp_path: Path) -> None:
    """Whatever a module holds, it loads or is refused, and nothing else happens."""
    chance = random.Random(5)
    pieces = [b"{", b"}", b"[", b"(", b")", b'"', b"`", b"#", b"\\", b"\n", b" if ", b" with "]
    pieces += [b":=", b"input", b"data.", b"http.send(", b"\xc3\xa4", b"\xff", b"\0", b"9e999"]
    folder()
    for file in sorted((packs.folder() / "security").glob("*_data.rego")):
        whole = file.read_bytes()
        for _ in range(20):
            changed = bytearray(whole)
            for _cut in range(chance.randrange(1, 5)):
                at = chance.randrange(len(changed))
                changed[at : at + chance.randrange(6)] = chance.choice(pieces)
            (tmp_path / "pack" / "a.rego").write_bytes(bytes(changed))
            try:
                checked_policies.load_policy_set([tmp_path / "pack"], [])
            except PolicyFileError:
                continue


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_deep_nesting_is_refused(brackets: str, folder: Callable[..., Path]) -> None:
    """The engine's parser takes twice the time a level: it is not asked about deep ones."""
    top = folder(a__one=f"findings := {brackets[0] * 17}1{brackets[1] * 17}")
    problems = load.read([top], []).problems
    assert ["brackets are nested deeper than 16 levels"] == [error.problem for error in problems]
    text = '"[[[[[[[[[[[[[[[[[[[[[[" != `{{{{{{{{{{{{{{{{{{{{{{` # [[[[[[[[[[[[[[[[[[[[[[[['
    assert [] == _problems(folder(a__one=f"findings contains 1 if {text}"))


def test_a_parser_that_dies_costs_one_module(folder: Callable[..., Path]) -> None:
    """Parentheses without end crash the parser's process; the other modules are checked."""
    top = folder(a__one=f"findings := {'(' * 200_000}", a__two="findings contains nope(1)")
    found = [error.problem for error in _problems(top)]
    assert any("unknown function `nope`" in problem for problem in found)
    assert 2 == len(found)
