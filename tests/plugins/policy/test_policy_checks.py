"""The built-in checks over one good release, and over the same release with something wrong."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assurance.value import replace
from assurance_policy import packs
from assurance_policy.engine import RegorusEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assurance.interfaces import PolicySet, RuleResult

GOOD = json.loads(
    (Path(__file__).parents[2] / "vectors/policy/good-input.json").read_text(encoding="utf-8")
)
ODD: tuple[Any, ...] = (None, [], {}, "x", -1)

REASONED = {
    "1/*": "the release manifest's content is compared by the core, field by field",
    "2/specVersion": "the SBOM's schema is the collector's business",
    "2/version": "the document's own version says nothing of the release",
    "2/metadata/timestamp": "the core reads the age from it: none is STALE",
    "2/metadata/component/name": "whose SBOM it is, the subjects say, by digest",
    "2/metadata/component/version": "the same",
    "2/metadata/component/type": "the same",
    "2/components/#/type": "anything that is no file, data or cryptographic asset is a package",
    "2/components/#/licenses/#/acknowledgement": "who says so is not asked",
    "2/components/#/name": "any text is a name",
    "2/components/#/version": "any text is a version",
    "2/components/#/supplier/name": "any text is a name",
    "2/components/#/licenses/#/expression": "any text: the collector reads SPDX expressions",
    "2/compositions": "it only excuses what the graph lacks, and this graph is whole",
    "2/compositions/*": "the same",
    "2/dependencies/#/dependsOn": "absent or empty is how CycloneDX says `none`",
    "2/dependencies/#/dependsOn/#": "a shorter list is a list",
    "2/metadata/lifecycles/#/phase": "any text is a phase",
    "2/metadata/tools/components/#/type": "any tool is a tool",
    "2/metadata/tools/components/#/version": "the name counts",
    "3/scanner/uri": "which scanner it was, is for people",
    "3/scanner/version": "the same",
    "3/scanner/db/name": "the digest says which data",
    "3/metadata/scanStartedOn": "its end counts",
    "3/https://w3id.org/release-assurance/vulns-detail/v1/kev/catalogVersion": "its date counts",
    "4/configuration/#/name": "the digest says which file",
    "4/configuration/#/mediaType": "the same",
    "4/passedTests/#": "any text is a name",
    "5/durationSeconds": "how long it took, is for people",
    "5/started": "the same",
    "5/ended": "the same",
    "5/files/#/name": "any text is a name",
    "5/skippedTests/#": "their number counts",
    "5/coverage/files/#/name": "the digest says which file",
    "5/coverage/files/#/format": "how it was written, is for people",
    "5/coverage/files/#/tool": "the same",
    "5/coverage/files/#/measured": "the core judges the statement's age, which it makes older",
    "5/coverage/branches": "null says that nobody measured them, and only a minimum asks",
    "5/staticAnalysis/files/#/name": "the digest says which file",
    "5/staticAnalysis/runs/#/file": "the same",
    "5/staticAnalysis/runs/#/tool": "any text is a name",
    "5/staticAnalysis/runs/#/version": "which version it was, is for people",
    "5/staticAnalysis/runs/#/ended": "the core judges the statement's age, which it makes older",
    "5/staticAnalysis/severities/medium": "only what is severe is counted again",
    "5/staticAnalysis/severities/low": "the same",
    "6/documents/#/source": "where an SBOM is from, is for people",
    "6/documents/#/input": "the same",
    "6/documents/#/format": "the schema has one only",
    "6/documents/#/formatVersion": "the SBOM says it itself",
    "6/documents/#/sha256": "policies see no bytes; serial number and size bind it",
    "6/documents/#/unreachable": "null is how a graph that is not known is said",
    "6/documents/#/id": "null is how CycloneDX says `none`, and this SBOM has none",
    "6/licences": "an expression that is not there is for review",
    "6/archives/#/name": "the digest says which file",
    "6/archives/#/package": "the collector compares it with the file's name",
    "6/archives/#/version": "the same",
    "6/archives/#/files": "any number will do",
    "7/buildDefinition/buildType": "any text is a type",
    "7/buildDefinition/externalParameters": "a builder may take no parameter",
    "7/buildDefinition/externalParameters/ref": "what was asked of the builder, is for people",
    "7/buildDefinition/resolvedDependencies/#/uri": "the digest says which source",
    "7/runDetails/builder/id": "only where the data names builders; see the mutants",
    "7/runDetails/metadata": "when and as which run it was built, is for people",
    "7/runDetails/metadata/*": "the same",
    "6/installed": "null is how nobody asked, which then does not count",
    "6/drift": "the same",
}
"""Where a change may go unnoticed by the checks, and why that is right."""


UNASKED = {"reviews.unresolved", "signoff.by_policy"}
"""Checks that apply where somebody reviewed, or where policy data demands it."""


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    """Return the built-in policy set."""
    return RegorusEngine().load([pack.folder for pack in packs.built_in()], [])


def _judge(policies: PolicySet, document: object) -> dict[str, RuleResult]:
    data = json.dumps(document).encode()
    return dict(RegorusEngine().evaluate(policies, data, timeout_seconds=60))


def _passes(result: RuleResult) -> bool:
    return (
        result.error is None
        and result.applies is True
        and result.evaluated is True
        and result.findings == []
    )


def _unhappy(found: dict[str, RuleResult]) -> list[str]:
    """Return the checks that do not pass, apart from those that nothing here asks for."""
    return [
        check
        for check, result in found.items()
        if not _passes(result) and not (check in UNASKED and _does_not_apply(result))
    ]


def _does_not_apply(result: RuleResult) -> bool:
    return result.error is None and isinstance(result.applies, dict)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each part of `value`; of lists, the first item stands for the rest."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value))[:1]:
            yield (*path, key)
            yield from _paths(value[key], (*path, key))


def _changed(line: int, path: tuple[Any, ...], change: Any) -> Any:
    document = copy.deepcopy(GOOD)
    parent = document["evidence"][line - 1]["predicate"]
    for step in path[:-1]:
        parent = parent[step]
    if change is Ellipsis:
        del parent[path[-1]]
    else:
        parent[path[-1]] = change
    return document


def _is_reasoned(line: int, path: tuple[Any, ...]) -> bool:
    words = [str(line), *("#" if isinstance(step, int) else step for step in path)]
    return "/".join(words) in REASONED or any(
        "/".join([*words[:size], "*"]) in REASONED for size in range(1, len(words))
    )


def test_the_good_release_passes_every_check(policies: PolicySet) -> None:
    """All that apply say PASS, so that what follows means something."""
    found = _judge(policies, GOOD)
    assert {check.id for check in policies.checks} == set(found)
    assert [] == _unhappy(found)


def test_the_sample_for_rego_tests_is_the_same(policies: PolicySet) -> None:
    """`assurance.lib.sample` and the JSON vector are one."""
    import regorus

    engine = regorus.Engine()
    file = packs.folder() / "lib" / "sample_test.rego"
    engine.add_policy(file.name, file.read_text(encoding="utf-8"))
    assert GOOD == json.loads(engine.eval_rule_as_json("data.assurance.lib.sample.good"))


@pytest.mark.parametrize("line", [2, 3, 4, 5, 6])
def test_without_its_evidence_no_check_passes(line: int, policies: PolicySet) -> None:
    """Evidence that is gone, or empty, or that nobody can read, makes no check pass."""
    item = GOOD["evidence"][line - 1]
    readers = [c.id for c in policies.checks if item["predicate_type"] in c.requires]
    assert readers
    gone = copy.deepcopy(GOOD)
    del gone["evidence"][line - 1]
    found = [_judge(policies, gone)]
    for odd in ODD:
        document = copy.deepcopy(GOOD)
        document["evidence"][line - 1]["predicate"] = odd
        found.append(_judge(policies, document))
    for result in found:
        assert [] == [check for check in readers if _passes(result[check])]


@pytest.mark.parametrize("line", [2, 3, 4, 5, 6])
def test_a_second_empty_one_spoils_the_good_one(line: int, policies: PolicySet) -> None:
    """All evidence of a kind counts: a good one does not hide an empty one, in either order."""
    item = GOOD["evidence"][line - 1]
    readers = [c.id for c in policies.checks if item["predicate_type"] in c.requires]
    for at in (0, len(GOOD["evidence"])):
        document = copy.deepcopy(GOOD)
        document["evidence"].insert(at, item | {"predicate": {}, "line": 9})
        result = _judge(policies, document)
        assert [] == [check for check in readers if _passes(result[check])]


@pytest.mark.parametrize("line", [1, 2, 3, 4, 5, 6, 7])
def test_nothing_is_lost_without_a_word(line: int, policies: PolicySet, in_process: Any) -> None:
    """Any part of any predicate dropped or made odd: some check says so, or there is a reason."""
    item = GOOD["evidence"][line - 1]
    # Who does not read this kind cannot say anything of it.
    readers = [
        check
        for check in policies.checks
        if item["predicate_type"] in {*check.requires, *check.reads}
    ]
    assert readers
    asked = replace(policies, checks=tuple(readers))
    engine = in_process(policies)
    silent = []
    for path in _paths(item["predicate"]):
        if _is_reasoned(line, path):
            continue
        for change in (Ellipsis, *(ODD if len(path) < 3 else (None,))):
            old = item["predicate"][path[0]] if len(path) == 1 else Ellipsis
            if change is not Ellipsis and change == old:
                continue
            engine.document = _changed(line, path, change)
            found = engine.evaluate(asked, b"", timeout_seconds=60)
            errors = [result.error for result in found.values() if result.error]
            assert [] == errors, (path, change)
            if not _unhappy(found):
                silent.append((path, change))
    # An empty list of failures or skips is the good case itself.
    assert [] == [item for item in silent if item[1] != []]


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"severity": [{"method": "band", "score": "high"}]}, "FAIL"),
        ({"severity": [{"method": "band", "score": "unknown"}]}, "FAIL"),
        ({"severity": []}, "FAIL"),
        ({"severity": [{"method": "band", "score": "low"}]}, "WARN"),
    ],
)
def test_a_vulnerability_is_judged_by_its_rating(
    change: dict[str, Any], check: str, policies: PolicySet
) -> None:
    """High and unrated ones fail, low ones warn; each finding names the package."""
    note = {"package": "pkg:pypi/idna@3.10", "kev": False, "fixedVersions": ["3.11"]}
    document = copy.deepcopy(GOOD)
    scanner = document["evidence"][2]["predicate"]["scanner"]
    scanner["result"] = [{"id": "PYSEC-1", "annotations": [note]} | change]
    found = _judge(policies, document)["vulnerabilities.unresolved"]
    assert [check] == [finding["status"] for finding in found.findings]
    note["kev"] = True
    found = _judge(policies, document)["vulnerabilities.unresolved"]
    assert ["FAIL"] == [finding["status"] for finding in found.findings]
    assert "known to be exploited" in found.findings[0]["message"]
    assert "pkg:pypi/idna@3.10" == found.findings[0]["subject"]


def test_an_sbom_of_5000_components_is_judged(policies: PolicySet) -> None:
    """Within the limit of time; how that grows with them is measured in `benchmarks`."""
    count = 5_000
    document = copy.deepcopy(GOOD)
    bom = document["evidence"][1]["predicate"]
    model = bom["components"][0]
    purls = [f"pkg:pypi/p{number}@1.{number}" for number in range(count)]
    bom["components"] = [
        model | {"bom-ref": purl, "purl": purl, "name": purl[9:]} for purl in purls
    ]
    root = bom["metadata"]["component"]["bom-ref"]
    bom["dependencies"] = [{"ref": ref, "dependsOn": purls[:3]} for ref in [root, *purls]]
    detail = document["evidence"][2]["predicate"][
        "https://w3id.org/release-assurance/vulns-detail/v1"
    ]
    document["evidence"][5]["predicate"]["documents"][0]["packages"] = count
    detail |= {"expected": count, "audited": count, "packages": purls}
    assert [] == _unhappy(_judge(policies, document))
