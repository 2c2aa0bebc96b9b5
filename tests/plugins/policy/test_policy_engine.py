"""The engine: a check that fails, hangs or crashes never reads as a pass, nor hides the others."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance_policy import process, rules, worker
from assurance_policy.engine import RegorusEngine
from assurance_policy.regorus_worker import RegorusWorker

if TYPE_CHECKING:
    from collections.abc import Callable

    from assurance.interfaces import PolicySet, RuleResult

POLICIES = Path(__file__).parents[3] / "policies"
NONE = "findings contains 1 if input.absent"
CRASH = "findings := f(1)\nf(x) := f(x + 1)"
HANG = """findings contains c if {
    some a in numbers.range(1, 100000)
    some b in numbers.range(1, 100000)
    c := a + b
    c < 0
}"""
HOG = "findings := [a | some a in numbers.range(1, 100000000)]"


def _evaluate(
    engine: RegorusEngine, folder: Path, policy_input: bytes = b"{}", seconds: float = 20
) -> dict[str, RuleResult]:
    return dict(engine.evaluate(_unchecked(folder), policy_input, timeout_seconds=seconds))


def _unchecked(folder: Path) -> PolicySet:
    """The policy set without static checks: a bundle's policies come without them too."""
    from assurance_policy import load

    return load.read([folder], []).policy_set()


def test_each_rule_is_answered(engine: RegorusEngine, folder: Callable[..., Path]) -> None:
    """Sets come as lists, and an empty set of findings is a list, not undefined."""
    found = _evaluate(
        engine,
        folder(a__one='findings contains {"status": "FAIL", "message": "no"} if true', a__two=NONE),
    )
    assert [{"status": "FAIL", "message": "no"}] == found["a.one"].findings
    assert [] == found["a.two"].findings
    assert (True, True, None) == (
        found["a.two"].applies,
        found["a.two"].evaluated,
        found["a.two"].error,
    )


@pytest.mark.parametrize("lines", ["sbom", "none"])
def test_asked_at_once_or_one_by_one_the_answers_are_the_same(lines: str) -> None:
    """All queries as one give what each gives by itself, for every built-in check."""
    from assurance_policy import load

    policies = load.read([POLICIES], []).policy_set()
    modules, data = rules.parts(policies)
    queries = rules.queries([check.id for check in policies.checks])
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "odd"}]}
    item = {"line": 1, "predicateType": "https://cyclonedx.org/bom", "predicate": bom}
    evidence = [item] if lines == "sbom" else []
    asked = json.dumps(
        {"now": "2026-09-01T00:00:00Z", "environment": "production", "evidence": evidence}
    ).encode()
    answers = [
        RegorusWorker().ask(modules, data, queries, asked, timeout_seconds=20, together=together)
        for together in (False, True)
    ]
    assert None is answers[0].problem
    assert answers[0] == answers[1]
    assert any("value" in answer for answer in answers[0].values)
    assert any("undefined" in answer for answer in answers[0].values)


def test_undefined_is_none(engine: RegorusEngine, folder: Callable[..., Path]) -> None:
    """A rule that says nothing is None, and so is one that is not there."""
    top = folder(a__one="findings := 1 if input.absent")
    text = (top / "a__one.rego").read_text()
    (top / "a__one.rego").write_text(text.replace("evaluated := true\n", ""))
    found = _evaluate(engine, top)["a.one"]
    assert (None, None, None) == (found.evaluated, found.findings, found.error)


def test_an_error_stays_with_its_check(engine: RegorusEngine, folder: Callable[..., Path]) -> None:
    """A builtin's error is the check's error, with its place; the next check is answered."""
    found = _evaluate(engine, folder(a__one='findings contains to_number("x")', a__two=NONE))
    assert found["a.one"].error is not None
    assert "pack/a__one.rego:15:30: could not parse string as number" in found["a.one"].error
    assert "backtrace" not in found["a.one"].error.lower()
    assert None is found["a.two"].error


@pytest.mark.parametrize("may_fork", [True, False], ids=["forked", "spawned"])
def test_a_crash_costs_the_unanswered(may_fork: bool, folder: Callable[..., Path]) -> None:
    """A worker that dies leaves an error for each check that it had not answered."""
    top = folder(a__one=NONE, a__two=CRASH, b__three=NONE)
    found = _evaluate(RegorusEngine(may_fork=may_fork), top)
    assert None is found["a.one"].error
    for check in ("a.two", "b.three"):
        assert "crashed or reached its memory limit" in (found[check].error or "")


def test_the_memory_limit_holds(folder: Callable[..., Path]) -> None:
    """A policy that wants more memory than it may have ends its worker, not the machine."""
    engine = RegorusEngine(memory_bytes=512 * 1024 * 1024)
    found = _evaluate(engine, folder(a__one=HOG, b__two=NONE))
    assert "memory limit" in (found["a.one"].error or "")
    assert "memory limit" in (found["b.two"].error or "")


def test_the_time_limit_holds(engine: RegorusEngine, folder: Callable[..., Path]) -> None:
    """A policy that does not end is ended; what was answered before counts."""
    top = folder(a__one=NONE, a__two=HANG, b__three=NONE)
    begin = time.monotonic()
    found = _evaluate(engine, top, seconds=3)
    assert 60 > time.monotonic() - begin  # two workers, and room for a busy machine
    assert None is found["a.one"].error
    assert "no answer within 3 s" == found["a.two"].error
    assert "no answer within 3 s" == found["b.three"].error


def test_no_worker_is_left(
    engine: RegorusEngine, folder: Callable[..., Path], children: Callable[[], set[int]]
) -> None:
    """Started, used or closed twice: no child process remains."""
    engine.start()
    engine.start()
    _evaluate(engine, folder(a__one=NONE))
    engine.start()
    assert children()
    engine.close()
    engine.close()
    assert set() == children()


def test_with_another_thread_the_worker_is_spawned(
    engine: RegorusEngine, folder: Callable[..., Path]
) -> None:
    """Forking a process with threads may copy a lock that nobody opens again."""
    from assurance_policy import process

    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert not process._single_threaded()
        assert None is _evaluate(engine, folder(a__one=NONE))["a.one"].error
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("may_fork", [True, False], ids=["forked", "spawned"])
def test_no_socket_is_opened(
    may_fork: bool, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is reached over pipes: a socketpair is a socket."""

    def refuse(*_: object, **__: object) -> Any:
        raise AssertionError("a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "socketpair", refuse)
    found = _evaluate(RegorusEngine(may_fork=may_fork), folder(a__one=NONE))
    assert None is found["a.one"].error


def test_the_worker_writes_nothing_to_our_streams(
    engine: RegorusEngine, folder: Callable[..., Path], capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever a policy prints, stdout and stderr stay ours."""
    _evaluate(engine, folder(a__one='findings contains 1 if { print("hello"); input.absent }'))
    assert ("", "") == capfd.readouterr()


def test_a_module_that_does_not_load_is_every_checks_error(
    engine: RegorusEngine, folder: Callable[..., Path]
) -> None:
    """A bundle may hold policies that this engine cannot read: that is no pass for any check."""
    found = _evaluate(engine, folder(a__one="findings := [", a__two=NONE))
    assert all(result.error for result in found.values())
    assert "pack/a__one.rego:" in (found["a.two"].error or "")


@pytest.mark.parametrize(
    "data",
    [
        {"queries_as_one": {"queries_as_one": {"1": True}}},
        {"assurance": {"a": {"one": {"evaluated": True}}}},
    ],
    ids=["answers", "rules"],
)
def test_data_does_not_answer_for_a_rule_that_is_undefined(
    data: dict[str, Any], engine: RegorusEngine, folder: Callable[..., Path]
) -> None:
    """A bundle's data comes without static checks: where rules stand, it is every check's error."""
    top = folder(a__one=NONE)
    module = top / "a__one.rego"
    module.write_text(module.read_text().replace("evaluated := true", "evaluated if input.absent"))
    policies = _unchecked(top)
    assert None is engine.evaluate(policies, b"{}", timeout_seconds=20)["a.one"].evaluated
    files = (*policies.files, ("data/1.json", json.dumps(data).encode()))
    found = engine.evaluate(replace(policies, files=files), b"{}", timeout_seconds=20)["a.one"]
    assert f"policy data has the key `{min(data)}`, where rules stand" in (found.error or "")


def test_input_that_is_no_json_is_an_error(
    engine: RegorusEngine, folder: Callable[..., Path]
) -> None:
    """Without its input no check says anything."""
    assert _evaluate(engine, folder(a__one=NONE), b"{")["a.one"].error


def test_a_large_input_goes_through(engine: RegorusEngine, folder: Callable[..., Path]) -> None:
    """More than a pipe holds, in both directions."""
    body = 'findings contains {"n": item} if some item in input.evidence'
    names = ",".join(f'"{number:08}"' for number in range(200_000))
    found = _evaluate(engine, folder(a__one=body), f'{{"evidence":[{names}]}}'.encode())
    assert found["a.one"].error is None
    assert 200_000 == len(found["a.one"].findings)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"", 0),
        (b"\0\0", 0),
        (b"\0\0\0\0\0\0\0\2{}", 0),
        (b"\0\0\0\0\0\0\0\2{}" * 3, 0),
        (b"\0\0\0\0\0\0\0\2[]" * 4, 0),
        (b"\xff" * 40, 0),
        (b'\0\0\0\0\0\0\0\x0e{"value":true}' * 3 + b'\0\0\0\0\0\0\0\x0a{"done":3}', 1),
        (b'\0\0\0\0\0\0\0\x0e{"value":true}' * 3 + b'\0\0\0\0\0\0\0\x0a{"done":2}', 0),
        (b'\0\0\0\0\0\0\0\x0e{"value":true}' * 3 + b'\0\0\0\0\0\0\0\x0a{"done":3}x', 0),
        (b'\0\0\0\0\0\0\0\x0e{"value":true}' * 2 + b'\0\0\0\0\0\0\0\x0a{"done":2}', 0),
    ],
)
def test_only_a_complete_answer_counts(
    answer: bytes, status: int, folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cut or odd answer, or one from a worker that failed at its end, is an error."""

    def impostor(_: object) -> None:
        worker._read_question(worker._read_policies())
        os.write(1, answer)
        os._exit(status)

    # pytest's own workers have threads, and then the engine would spawn the real worker.
    monkeypatch.setattr(process, "_single_threaded", lambda: True)
    monkeypatch.setattr(worker, "main", impostor)
    assert _evaluate(RegorusEngine(), folder(a__one=NONE))["a.one"].error


def test_what_verify_loads_is_little() -> None:
    """The engine's module brings neither regorus nor YAML into the process that decides."""
    import subprocess

    code = (
        "import sys, assurance_policy.engine; print([m for m in "
        "('regorus', 'yaml', 'pluggy', 'subprocess', 'tarfile') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert "[]\n" == said.stdout


def test_the_version_is_the_distributions(engine: RegorusEngine) -> None:
    """The verdict names the engine as the package index does."""
    from importlib.metadata import version

    assert version("gordon-to-regorus") == engine.version


@pytest.mark.parametrize(
    "call",
    [
        "http.send({})",
        "time.now_ns()",
        'io.jwt.decode("x")',
        "http.send ({})",
        'http["send"]({})',
        'http[ "send" ]({})',
        "http[`send`]({})",
        'http["\\u0073end"]({})',
        'io["jwt"]["decode"]("x")',
        "time.now_ns # at what time?\n()",
        'time[ # which?\n"now_ns" # this\n]()',
    ],
)
def test_a_bundles_policies_cannot_call_what_is_banned(
    call: str, engine: RegorusEngine, folder: Callable[..., Path]
) -> None:
    """A bundle's policies come without static checks: a banned call is every check's error."""
    found = _evaluate(engine, folder(a__one=f"findings contains {call}", a__two=NONE))
    assert "is banned" in (found["a.one"].error or "")
    assert "pack/a__one.rego:15: " in (found["a.two"].error or "")


def test_words_in_texts_and_comments_are_no_calls(
    engine: RegorusEngine, folder: Callable[..., Path]
) -> None:
    """A policy may warn its readers of `http.send(` without being refused for it."""
    body = (
        'findings contains 1 if { input.previous == "http.send(" } # time.now_ns()\n'
        'findings contains input["http.send("] if input["trace"] in ["http", "send"] # ("send")'
    )
    assert None is _evaluate(engine, folder(a__one=body))["a.one"].error


def test_policies_can_be_sent_ahead(folder: Callable[..., Path]) -> None:
    """The same policies answer; others than those sent ahead are asked in a worker of their own."""
    engine = RegorusEngine()
    ahead = _unchecked(folder(a__one=NONE))
    other = replace(ahead, files=(*ahead.files, ("data/1.json", b'{"more": 1}')))
    for asked in (ahead, other):
        engine.expect(ahead, timeout_seconds=30)
        answers = engine.evaluate(asked, b"{}", timeout_seconds=30)
        assert {check.id for check in asked.checks} == set(answers)
        assert {None} == {answer.error for answer in answers.values()}
        assert {True} == {answer.evaluated for answer in answers.values()}
    engine.expect(ahead, timeout_seconds=30)
    engine.close()


def test_large_policies_can_be_sent_ahead(folder: Callable[..., Path]) -> None:
    """What does not fit into the pipe at once waits for the question."""
    engine = RegorusEngine()
    large = _unchecked(folder(a__one=NONE + "\n" + ("# " + "y" * 80 + "\n") * 10_000))
    engine.expect(large, timeout_seconds=30)
    assert engine.evaluate(large, b"{}", timeout_seconds=30)["a.one"].evaluated is True


def test_policies_sent_ahead_that_do_not_load(folder: Callable[..., Path]) -> None:
    """Each check says so when it is asked, and nothing before."""
    engine = RegorusEngine()
    good = _unchecked(folder(a__one=NONE))
    broken = replace(
        good,
        files=tuple(
            (path, content + b"\nx := {" if path.endswith(".rego") else content)
            for path, content in good.files
        ),
    )
    engine.expect(broken, timeout_seconds=30)
    assert engine.evaluate(broken, b"{}", timeout_seconds=30)["a.one"].error


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have workers forked: pytest's own workers have threads, and then they would be spawned."""
    monkeypatch.setattr(process, "_single_threaded", lambda: True)


SAYS = 'findings contains {"status": "FAIL", "message": input.word} if input.word'


@pytest.mark.usefixtures("forks")
def test_policies_that_are_kept_answer_each_time(folder: Callable[..., Path]) -> None:
    """Each evaluation about its own input and data, and other policies about theirs."""
    engine = RegorusEngine()
    kept = _unchecked(folder(a__one=SAYS, a__two="findings contains 1 if data.more"))
    more = replace(kept, files=(*kept.files, ("data/1.json", b'{"more": 1}')))
    other = _unchecked(folder(a__one=NONE))
    engine.keep(kept)
    for policies, word, one, two in (
        (kept, '"first"', ["first"], []),
        (kept, "false", [], []),
        (more, '"again"', ["again"], [1]),
        (kept, '"last"', ["last"], []),
        (other, '"other"', [], []),
    ):
        engine.expect(policies, timeout_seconds=30)
        found = engine.evaluate(policies, b'{"word": %b}' % word.encode(), timeout_seconds=30)
        assert {None} == {answer.error for answer in found.values()}
        assert one == [item["message"] for item in found["a.one"].findings]
        assert two == found["a.two"].findings


@pytest.mark.usefixtures("forks")
def test_policies_that_are_kept_are_not_parsed_again(folder: Callable[..., Path]) -> None:
    """The answer comes from what was parsed: here, of others under the same name."""
    engine = RegorusEngine()
    asked, parsed = (_unchecked(folder(a__one=body)) for body in (NONE, SAYS))
    made = worker.parsed(rules.parts(parsed).modules)
    assert made is not None
    engine._worker._ready = made._replace(modules=rules.parts(asked).modules)
    found = engine.evaluate(asked, b'{"word": "kept"}', timeout_seconds=30)
    assert ["kept"] == [item["message"] for item in found["a.one"].findings]


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("may_fork", [True, False])
def test_a_crash_ends_one_evaluation_of_kept_policies(
    may_fork: bool, folder: Callable[..., Path]
) -> None:
    """The next one has a worker of its own, forked or not."""
    engine = RegorusEngine(may_fork=may_fork)
    kept = _unchecked(
        folder(a__one="findings := f(1)\nf(x) := f(x + 1) if input.crash", b__two=NONE)
    )
    engine.keep(kept)
    assert engine.evaluate(kept, b'{"crash": true}', timeout_seconds=30)["a.one"].error
    assert None is engine.evaluate(kept, b"{}", timeout_seconds=30)["b.two"].error


@pytest.mark.usefixtures("forks")
def test_policies_that_do_not_parse_or_may_not_run_are_not_kept(
    folder: Callable[..., Path],
) -> None:
    """Each check says why, as without keeping them."""
    for body, why in (
        ("x := {", "pack/a__one.rego:"),
        ("findings contains http.send({})", "banned"),
    ):
        engine = RegorusEngine()
        odd = _unchecked(folder(a__one=body))
        engine.keep(odd)
        assert engine._worker._ready is None
        assert why in (engine.evaluate(odd, b"{}", timeout_seconds=30)["a.one"].error or "")
