"""No mutant of the evidence that a check reads ever passes that check.

For every check that ships: each kind of evidence that it reads dropped, doubled with an empty one,
older than its limit, without a time, of the future; each field that its rules speak of removed,
emptied, and of another type. All of it is generated, from tests/vectors/policy/good-input.json and
mutants.json beside it, which every check has to pass. A mutant that passes all the same stands in
mutants.json under `equivalent`, with the reason why that is right; one that no longer does must go.

What is signed for something else, by nobody known, or changed after it was signed never reaches a
policy: tests/stages/test_evidence_mutants.py.

What a check reads: the kinds in its metadata, and of their predicates the fields whose names stand
in its rules or in the helpers that these reach. That is more than it looks at, never less, so a new
rule has its mutants without anybody writing them.
"""

from __future__ import annotations

import copy
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from assurance import timestamps
from assurance.freshness import CLOCK_SKEW
from assurance.judge import judge
from assurance.model import Artifact, Evidence, Release, SignedBy, Status
from assurance.predicates import KINDS
from assurance.value import replace
from assurance_policy import packs
from assurance_policy.engine import RegorusEngine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from assurance.interfaces import PolicySet
    from assurance.model import Check, Finding

VECTORS: Final = Path(__file__).parents[2] / "vectors" / "policy"
EXTRA: Final = json.loads((VECTORS / "mutants.json").read_text(encoding="utf-8"))
"""`evidence` that the good input lacks, `data` that makes every check apply, and `equivalent`."""
GOOD: Final[dict[str, Any]] = json.loads((VECTORS / "good-input.json").read_text(encoding="utf-8"))
GOOD["evidence"] += EXTRA["evidence"]
NAMES: Final = {kind.predicate_type: kind.name for kind in KINDS.values()}
NOW: Final = timestamps.parse(GOOD["now"], what="now")


LIB: Final = "assurance.lib."
_RULE: Final = re.compile(r"^(?P<name>[a-z_][A-Za-z0-9_]*)", re.MULTILINE)
_PACKAGE: Final = re.compile(r"^package (\S+)", re.MULTILINE)
_COMMENT: Final = re.compile(r"^\s*#.*$", re.MULTILINE)
_HELPER: Final = re.compile(r"\b([a-z_]+)\.([a-z_][A-Za-z0-9_]*)")
_WORD: Final = re.compile(r"[a-z_][A-Za-z0-9_]*")
_OTHER: Final[dict[type, tuple[Any, ...]]] = {
    str: ("", 1, {}),
    int: ("1", -1, None),
    bool: ("true", 1, None),
    list: ([], {}, "x"),
    dict: ({}, [], "x"),
    type(None): ("x", 1, {}),
}
"""What takes the place of a value of each type: emptied, and of other types."""


class Mutant(NamedTuple):
    """The good policy input with one thing changed."""

    place: str
    """Kind and path, items of lists as `#`: what the list of equivalents calls it."""
    change: str
    document: dict[str, Any]


def texts(policies: PolicySet) -> dict[str, str]:
    """Return the Rego of each package, without comments."""
    found = {}
    for path, content in policies.files:
        if path.endswith(".rego"):
            text = content.decode()
            package = _PACKAGE.search(text)
            assert package, path
            found[package[1]] = _COMMENT.sub("", text)
    return found


def reached(check: str, packages: Mapping[str, str]) -> str:
    """Return the rules of a check and of every helper that they reach, as one text."""
    rules = {package: _rules(text) for package, text in packages.items() if package.startswith(LIB)}
    whole = [packages[f"assurance.{check}"]]
    seen: set[tuple[str, str]] = set()
    waiting = list(_helpers(whole[0], rules))
    while waiting:
        package, name = waiting.pop()
        if (package, name) in seen:
            continue
        seen.add((package, name))
        text = rules[package][name]
        whole.append(text)
        waiting += _helpers(text, rules)
        waiting += [(package, word) for word in _WORD.findall(text) if word in rules[package]]
    return "\n".join(whole)


def _rules(text: str) -> dict[str, str]:
    """Return the text of each rule of a module, all rules of one name together."""
    starts = [match for match in _RULE.finditer(text) if match["name"] not in {"package", "import"}]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    found: dict[str, str] = {}
    name = ""
    for match, end in zip(starts, ends, strict=True):
        name = name if match["name"] == "else" else match["name"]
        found[name] = found.get(name, "") + text[match.start() : end]
    return found


def _helpers(text: str, rules: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for helper, name in _HELPER.findall(text):
        package = f"{LIB}{helper}"
        if name in rules.get(package, {}):
            yield package, name


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each part of `value`; of lists, the first item stands for the rest."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value))[:1]:
            yield (*path, key)
            yield from _paths(value[key], (*path, key))


def _place(kind: str, path: tuple[Any, ...]) -> str:
    """Return what people call a path."""
    return "/".join([kind, *("#" if isinstance(step, int) else step for step in path)])


def of_check(
    check: Check, good: dict[str, Any], text: str, kinds: Mapping[str, str]
) -> list[Mutant]:
    """Return every mutant of what `check` reads in `good`.

    Args:
        check: Its metadata.
        good: A policy input that it passes.
        text: Its rules and those that they reach.
        kinds: Predicate type to the name that people use.
    """
    read = {*check.requires, *check.reads}
    found: list[Mutant] = []
    for at, item in enumerate(good["evidence"]):
        kind = kinds.get(item["predicate_type"], item["predicate_type"])
        if item["predicate_type"] in read:
            found += _dropped(good, at, kind)
            found += _parts(good, ("evidence", at), item, kind, text)
    if "input.release" in text:
        found += _parts(good, (), {"release": good["release"]}, "input", text)
    for key in ("sign_offs", "previous"):
        if key in text:
            found += _parts(good, (), {key: good[key]}, "input", text)
    return found


def _dropped(good: dict[str, Any], at: int, kind: str) -> Iterator[Mutant]:
    gone = copy.deepcopy(good)
    del gone["evidence"][at]
    yield Mutant(kind, "dropped", gone)
    # All of a kind counts: a good one does not hide one that cannot be read.
    for where in (0, len(good["evidence"])):
        second = copy.deepcopy(good)
        second["evidence"].insert(where, good["evidence"][at] | {"predicate": {}, "line": 99})
        yield Mutant(kind, f"a second one without content, at {where}", second)


def _parts(
    good: dict[str, Any], top: tuple[Any, ...], whole: dict[str, Any], kind: str, text: str
) -> Iterator[Mutant]:
    """Yield the mutants of each part of `whole`, which stands at `top`, that `text` speaks of."""
    for path in _paths(whole):
        if path[0] not in {"predicate", "subject", "release", "sign_offs", "previous"}:
            continue
        # Every key on the way: `name` of a tool is not read because that of a component is.
        if not all(_speaks_of(text, step) for step in path if isinstance(step, str)):
            continue
        shown = _place(kind, path[1:] if path[0] == "predicate" else path)
        old = _at(whole, path)
        changes = [("removed", ...), ("null", None)]
        changes += [(f"made {value!r}", value) for value in _OTHER[type(old)]]
        for change, value in changes:
            if value is ... or value != old or type(value) is not type(old):
                yield Mutant(shown, change, _with(good, (*top, *path), value))


def _speaks_of(text: str, key: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", text) is not None


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _with(good: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made: dict[str, Any] = _spine(good, path)
    parent = _at(made, path[:-1])
    if value is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return made


def _spine(value: Any, path: tuple[Any, ...]) -> Any:
    """Return a copy of `value` that shares everything but what is on the way to `path`."""
    if not path:
        return value
    made = copy.copy(value)
    if len(path) > 1:
        made[path[0]] = _spine(value[path[0]], path[1:])
    return made


class Gate:
    """The judge stage over the built-in policies, one check at a time."""

    def __init__(self, policies: PolicySet, engine: Any) -> None:
        """Judge with these policies, which `engine` has compiled."""
        self.policies = policies
        self.texts = texts(policies)
        self._engine = engine
        self._alone = {check.id: replace(policies, checks=(check,)) for check in policies.checks}

    def judge(
        self, check: Check, document: dict[str, Any], *, environment: str = "production"
    ) -> tuple[Finding, ...]:
        """Return the findings of one check about a policy input."""
        self._engine.document = document | {"environment": environment}
        return judge(
            release=RELEASE
            if environment == "production"
            else replace(RELEASE, environment=environment),
            evidence=[_evidence(item) for item in document["evidence"]],
            collectors=(),
            settings_digest=document["settings_digest"],
            policies=self._alone[check.id],
            engine=self._engine,
            now=NOW,
        )

    def passes(self, check: Check, document: dict[str, Any]) -> bool:
        """Say whether the check passes: one finding, PASS."""
        return [Status.PASS] == [found.status for found in self.judge(check, document)]

    def mutants(self, check: Check) -> list[Mutant]:
        """Return all mutants of what a check reads."""
        return of_check(check, GOOD, reached(check.id, self.texts), NAMES)


RELEASE: Final = Release(
    name=GOOD["release"]["name"],
    version=GOOD["release"]["version"],
    revision=GOOD["release"]["revision"],
    artifacts=tuple(Artifact(**artifact) for artifact in GOOD["release"]["artifacts"]),
    environment="production",
    resource_uri="pkg:pypi/inkwell@0.3.0",
)
SIGNER: Final = SignedBy(key="5" * 64, holder="ci", roles=("collector",))


def _evidence(item: dict[str, Any]) -> Evidence:
    """Return what the judge stage itself looks at: kind, line and age."""
    moment = item["as_of"]
    return Evidence(
        line=item["line"],
        digest="0" * 64,
        predicate_type=item["predicate_type"],
        predicate={},
        subjects=(),
        signers=(SIGNER,),
        collected_at=None,
        as_of=None if moment is None else timestamps.parse(moment, what="as-of"),
        proven_at=None,
        payload_sha256="0" * 64,
    )


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory, in_process: Any) -> Gate:
    """Return the gate, with policy data under which every check applies."""
    data = tmp_path_factory.mktemp("data") / "demands.json"
    data.write_text(json.dumps(EXTRA["data"]))
    policies = RegorusEngine().load([pack.folder for pack in packs.built_in()], [data])
    return Gate(policies, in_process(policies))


def test_every_check_has_good_evidence(gate: Gate) -> None:
    """It passes, and every kind that it reads is among the good evidence, or it has no mutants."""
    given = {item["predicate_type"] for item in GOOD["evidence"]}
    assert [] == [check.id for check in gate.policies.checks if not gate.passes(check, GOOD)]
    assert [] == [
        (check.id, kind)
        for check in gate.policies.checks
        for kind in check.requires
        if kind not in given
    ]
    for check in gate.policies.checks:
        assert given & {*check.requires, *check.reads}, f"{check.id} has no evidence in {VECTORS}"
        assert 10 < len(gate.mutants(check)), check.id


def test_no_mutant_passes(gate: Gate) -> None:
    """Dropped, doubled, emptied, retyped: not one, but for those that are listed with a reason."""
    passed, used, count = [], set(), 0
    for check in gate.policies.checks:
        reasons = EXTRA["equivalent"].get(check.id, {})
        for mutant in gate.mutants(check):
            count += 1
            if not gate.passes(check, mutant.document):
                continue
            reason = _reason(mutant.place, reasons)
            if reason is None:
                passed.append(f"{check.id}: {mutant.place} {mutant.change}")
            used.add((check.id, reason))
    assert [] == passed
    listed = {(name, key) for name, keys in EXTRA["equivalent"].items() for key in keys}
    assert set() == listed - used, "listed as equivalent, and no mutant that passes needs it"
    assert 2_000 < count


def _reason(place: str, reasons: Mapping[str, str]) -> str | None:
    """Return the entry that a place falls under: itself, or `above/*`."""
    words = place.split("/")
    keys = [place, *("/".join([*words[:size], "*"]) for size in range(len(words) - 1, 0, -1))]
    return next((key for key in keys if key in reasons), None)


def _aged(kind: str, moment: Any, age: int | None) -> dict[str, Any]:
    shown = None if moment is None else timestamps.format_utc(moment)
    return GOOD | {
        "evidence": [
            item | {"as_of": shown, "age_seconds": age} if item["predicate_type"] == kind else item
            for item in GOOD["evidence"]
        ]
    }


def _of_age(kind: str, seconds: int) -> dict[str, Any]:
    return _aged(kind, NOW - timedelta(seconds=seconds), seconds)


def test_nothing_beyond_its_age_passes(gate: Gate) -> None:
    """At the limit is fresh; a second more, no time, and the future are not, for each kind read."""
    given = {item["predicate_type"] for item in GOOD["evidence"]}
    ahead = int(CLOCK_SKEW.total_seconds()) + 1
    limited = set()
    for check in gate.policies.checks:
        for kind in sorted({*check.requires, *check.reads} & given):
            where = f"{check.id}: {NAMES[kind]}"
            limits = dict(check.max_age)
            if limits:
                limits["prod"] = min(limits.values())
            for environment, limit in limits.items():
                limited.add((environment, kind))
                fresh = gate.judge(check, _of_age(kind, limit), environment=environment)
                assert [Status.PASS] == [found.status for found in fresh], where
                stale = gate.judge(check, _of_age(kind, limit + 1), environment=environment)
                assert Status.STALE in {found.status for found in stale}, where
                assert f"is too old for {environment}" in " ".join(it.message for it in stale)
            timeless = gate.judge(check, _aged(kind, None, None))
            assert Status.STALE in {found.status for found in timeless}, where
            future = gate.judge(check, _of_age(kind, -ahead))
            assert Status.INDETERMINATE in {found.status for found in future}, where
    for environment in ("production", "staging"):
        assert set() == given - {kind for name, kind in limited if name == environment}


def test_every_kind_has_a_limit_of_age(gate: Gate) -> None:
    """Whatever a collector or a person can attest ages, in production and in staging."""
    ageless = {"freeze", "policy-set", "waiver", "sign-off", "readiness", "vsa", "manifest"}
    for environment in ("production", "staging"):
        limited = {
            kind
            for check in gate.policies.checks
            if environment in dict(check.max_age)
            for kind in (*check.requires, *check.reads)
        }
        assert set() == {
            kind.name
            for kind in KINDS.values()
            if kind.predicate_type not in limited and kind.name not in ageless
        }


def test_every_kind_is_known_to_the_checks_of_all_evidence(gate: Gate) -> None:
    """Signed in its role and about this release it passes; in another role it fails."""
    checks = {check.id: check for check in gate.policies.checks}
    for kind in KINDS.values():
        if kind.name == "release":
            continue  # there is one already, and a second one is refused
        for role, expected in ((kind.roles[0], Status.PASS), ("nothing-at-all", Status.FAIL)):
            item = GOOD["evidence"][0] | {
                "line": 99,
                "predicate_type": kind.predicate_type,
                "predicate": {"area": "qa", "project": GOOD["release"]["name"]},
                "signer": {"key": "9", "holder": "x", "roles": [role.replace(":", ":qa")]},
            }
            document = GOOD | {"evidence": [*GOOD["evidence"], item]}
            found = gate.judge(checks["release.signatures"], document)
            assert {expected} == {it.status for it in found}, kind.name
            assert gate.passes(checks["release.freshness"], document), kind.name


def test_what_a_check_reads_is_found_in_the_helpers_too(gate: Gate) -> None:
    """A rule of a helper that a check reaches counts, one that it does not reach does not."""
    text = reached("sbom.supplier", gate.texts)
    assert "packages_of(components)" in text
    assert "justifications" not in text
    assert "justifications" in reached("vulnerabilities.vex", gate.texts)
