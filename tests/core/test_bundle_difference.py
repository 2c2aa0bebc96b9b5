"""What differs between two sealed bundles: every section, and what must never look like better."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import assurance
from assurance import difference_rows, verdict_difference
from assurance.bundle_difference import SECTIONS, difference
from assurance.bundle_inventory import split_purl
from assurance.errors import FormatError
from assurance.model import Status
from assurance.predicates import (
    CYCLONEDX,
    READINESS,
    RELEASE,
    SPDX,
    TEST_RESULT,
    VULNERABILITIES,
    WAIVER,
)
from assurance.report_bundle import open_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from assurance.report_bundle import SealedBundle

VECTORS = Path(__file__).parents[1] / "vectors"
SCHEMA = json.loads(
    (Path(assurance.__file__).parent / "schemas/output/diff.schema.json").read_text()
)
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


def _parts() -> Any:
    """Load `bundle_parts`, which lies beside the vectors."""
    spec = importlib.util.spec_from_file_location("bundle_parts", VECTORS / "bundle_parts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bundle_parts"] = module
    spec.loader.exec_module(module)
    return module


parts = _parts()
GOOD = (VECTORS / "bundles/good.intoto.jsonl").read_bytes()
LAST = (VECTORS / "bundles/last.intoto.jsonl").read_bytes()


def sealed(tmp_path: Path, data: bytes, name: str = "b") -> SealedBundle:
    """Return bytes as a bundle that was read."""
    path = tmp_path / f"{name}.intoto.jsonl"
    path.write_bytes(data)
    return open_bundle(str(path), None, now=NOW)


def compare(
    tmp_path: Path, edit: Callable[[Any], None], *, old: Callable[[Any], None] | None = None
) -> dict[str, Any]:
    """Return the difference of the good bundle and of it edited; `old` edits the first."""
    first = GOOD if old is None else parts.rebuild(GOOD, old, agree=False)
    second = parts.rebuild(GOOD, edit, agree=False)
    found = difference(sealed(tmp_path, first, "a"), sealed(tmp_path, second, "b"))
    jsonschema.validate(found, SCHEMA)
    return found


def said(found: dict[str, Any], section: str) -> list[tuple[str, str, str, str]]:
    """Return the rows of a section."""
    return [
        (row.mark, row.what, row.said, row.tone) for row in difference_rows.rows(found)[section]
    ]


def added(predicate_type: str, predicate: dict[str, Any]) -> Callable[[Any], None]:
    """Return an edit that puts one more collected line into a bundle."""

    def edit(lines: Any) -> None:
        made = parts.Line(parts.lines_of(GOOD)[1])
        made.statement["predicateType"] = predicate_type
        made.statement["predicate"] = predicate
        lines.insert(2, made)

    return edit


def in_readiness(**changes: Any) -> Callable[[Any], None]:
    """Return an edit of the verdict."""
    return lambda lines: lines.of(READINESS).predicate.update(changes)


def components(*items: dict[str, Any]) -> Callable[[Any], None]:
    """Return an edit that makes these the SBOM's components."""
    return lambda lines: lines.of(CYCLONEDX).predicate.update(components=list(items))


def scan(*found: tuple[str, str, tuple[str, ...]], band: str = "high") -> dict[str, Any]:
    """Return a scan that found (id, purl, aliases)."""
    return {
        "scanner": {
            "result": [
                {
                    "id": name,
                    "severity": [{"method": "band", "score": band}],
                    "annotations": [
                        {"package": purl, "aliases": list(aliases), "fixedVersions": ["1.26.5"]}
                    ],
                }
                for name, purl, aliases in found
            ]
        }
    }


def test_a_bundle_and_itself(tmp_path: Path) -> None:
    """Nothing differs, and every section is told to be the same."""
    found = compare(tmp_path, lambda _: None)
    assert [] == found["changed"]
    assert {} == difference_rows.rows(found)
    assert tuple(difference_rows.TITLES.values()) == difference_rows.unchanged(found)
    assert tuple(difference_rows.TITLES) == SECTIONS
    assert {*SECTIONS, "changed", "a", "b"} == set(SCHEMA["properties"])


def test_two_releases(tmp_path: Path) -> None:
    """The release before and this one: the wheel is another, its version is not a difference."""
    found = difference(sealed(tmp_path, LAST, "a"), sealed(tmp_path, GOOD, "b"))
    jsonschema.validate(found, SCHEMA)
    assert ["artifacts"] == found["changed"]
    assert ["ledger_api-VERSION-py3-none-any.whl"] == [item["name"] for item in found["artifacts"]]
    assert ("2.4.0", "2.4.1") == (
        found["a"]["release"]["version"],
        found["b"]["release"]["version"],
    )
    ((mark, what, text, _),) = said(found, "artifacts")
    assert ("~", "ledger_api-2.4.1-py3-none-any.whl") == (mark, what)
    assert text.endswith(", +28 bytes")


def test_artifacts_whose_names_fall_together(tmp_path: Path) -> None:
    """Where a version stands in more than one name, names are compared as they are."""

    def edit(lines: Any) -> None:
        artifacts = lines.of(READINESS).predicate["release"]["artifacts"]
        artifacts[:] = [{**artifacts[0], "name": name} for name in ("a-2.4.1", "a-VERSION")]

    found = compare(tmp_path, edit)
    assert {"a-2.4.1", "a-VERSION"} < {item["name"] for item in found["artifacts"]}


def test_verdict_grade_and_checks(tmp_path: Path) -> None:
    """A failed check: verdict, grade item by item, check and finding tell it, worst first."""
    found = difference(
        sealed(tmp_path, GOOD, "a"),
        sealed(tmp_path, (VECTORS / "bundles/no-go.intoto.jsonl").read_bytes(), "b"),
    )
    jsonschema.validate(found, SCHEMA)
    assert ["verdict", "grade", "checks", "findings"] == found["changed"]
    assert [("~", "", "GO → NO-GO", "worse")] == said(found, "verdict")
    assert [
        ("~", "", "100 → 50", "worse"),
        (
            "~",
            "qa.tests",
            "PASS of weight 10 → FAIL of weight 10, -50.0 points",
            "worse",
        ),
    ] == said(found, "grade")
    assert ["worse", "worse"] == [item["turn"] for item in found["checks"]]
    assert ("~", "qa.tests", "PASS → FAIL: the tests say FAILED", "worse") in said(
        found, "findings"
    )
    back = difference(
        sealed(tmp_path, (VECTORS / "bundles/no-go.intoto.jsonl").read_bytes(), "a"),
        sealed(tmp_path, GOOD, "b"),
    )
    assert [("~", "", "NO-GO → GO", "better")] == said(back, "verdict")
    assert {"gate.grade": "gone", "qa.tests": "better"} == {
        item["check"]: item["turn"] for item in back["checks"]
    }


def test_a_check_that_is_gone_is_not_better(tmp_path: Path) -> None:
    """Who takes a failing check away gets no `better` for it."""
    no_go = (VECTORS / "bundles/no-go.intoto.jsonl").read_bytes()

    def edit(lines: Any) -> None:
        predicate = lines.of(READINESS).predicate
        predicate["findings"] = [
            item for item in predicate["findings"] if item["check"] != "qa.tests"
        ]

    found = difference(
        sealed(tmp_path, no_go, "a"), sealed(tmp_path, parts.rebuild(no_go, edit, agree=False), "b")
    )
    assert ("-", "qa.tests", "FAIL → no longer made", "worse") in said(found, "checks")
    assert "gone" == found["checks"][0]["turn"]


def test_a_new_check(tmp_path: Path) -> None:
    """A check that passes is new, one that fails makes it worse."""

    def edit(lines: Any) -> None:
        findings = lines.of(READINESS).predicate["findings"]
        findings += [
            {**findings[0], "check": "a.new", "status": "PASS"},
            {**findings[0], "check": "b.new", "status": "MISSING"},
        ]

    found = compare(tmp_path, edit)
    assert [("b.new", "worse"), ("a.new", "new")] == [
        (item["check"], item["turn"]) for item in found["checks"]
    ]
    assert ("+", "a.new", "none → PASS of weight 10, +25.0 points", "better") in said(
        found, "grade"
    )


def test_findings_by_subject(tmp_path: Path) -> None:
    """Findings of one check about different subjects are told apart; the worst of one counts."""

    def findings(*items: tuple[str, str]) -> Callable[[Any], None]:
        def edit(lines: Any) -> None:
            known = lines.of(READINESS).predicate["findings"]
            known[:] = [
                {**known[0], "check": "x.y", "subject": subject, "status": status}
                for subject, status in items
            ]

        return edit

    found = compare(
        tmp_path,
        findings(("a", "FAIL"), ("b", "PASS"), ("c", "WARN"), ("c", "STALE")),
        old=findings(("a", "FAIL"), ("b", "FAIL"), ("d", "WARN")),
    )
    assert [("b", "FAIL", "PASS"), ("c", None, "STALE"), ("d", "WARN", None)] == [
        (
            item["subject"],
            item["from"] and item["from"]["status"],
            item["to"] and item["to"]["status"],
        )
        for item in found["findings"]
    ]
    marks = [(row[0], row[3]) for row in said(found, "findings")]
    assert [("+", "worse"), ("~", "better"), ("-", "")] == marks


def test_components(tmp_path: Path) -> None:
    """Added, removed, another version, by package URL; an older version is said to be one."""
    found = compare(
        tmp_path,
        components(
            {"name": "h11", "purl": "pkg:pypi/h11@0.16.0"},
            {"name": "old", "purl": "pkg:pypi/old@1.9"},
            {"name": "odd", "purl": "pkg:pypi/odd@one"},
            {
                "name": "two",
                "purl": "pkg:npm/%40scope/two@1.0.0",
                "components": [
                    {"name": "inner", "version": "3", "type": "library"},
                    {"name": "a/file.py", "version": "3", "type": "file"},
                ],
            },
            {"name": "two", "purl": "pkg:npm/%40scope/two@2.0.0?os=linux#sub"},
        ),
        old=components(
            {"name": "h11", "purl": "pkg:pypi/h11@0.14.0"},
            {"name": "old", "purl": "pkg:pypi/old@1.10"},
            {"name": "odd", "purl": "pkg:pypi/odd@two"},
            {"name": "two", "purl": "pkg:npm/%40scope/two@1.0.0"},
            {"name": "six", "purl": "pkg:pypi/six@1.16.0"},
        ),
    )
    assert ["components"] == found["changed"]
    assert {"from": 5, "to": 5} == found["components"]["counts"]
    assert [
        ("+", "inner", "3", ""),
        ("~", "pkg:npm/%40scope/two", "1.0.0 → 1.0.0, 2.0.0", ""),
        ("~", "pkg:pypi/h11", "0.14.0 → 0.16.0", ""),
        ("~", "pkg:pypi/odd", "two → one", ""),
        ("~", "pkg:pypi/old", "1.10 → 1.9, an older version", "worse"),
        ("-", "pkg:pypi/six", "1.16.0", ""),
    ] == said(found, "components")


def test_no_sbom_is_not_an_empty_one(tmp_path: Path) -> None:
    """A bundle without SBOM is not compared, and that itself is a difference for the worse."""

    def edit(lines: Any) -> None:
        lines.remove(lines.of(CYCLONEDX))

    found = compare(tmp_path, edit)
    assert ["evidence", "components"] == found["changed"]
    assert [("-", CYCLONEDX, "sbom, 1 → 0", "worse")] == said(found, "evidence")
    assert [("~", "", "not compared: bundle B has no SBOM", "worse")] == said(found, "components")
    assert [] == found["components"]["packages"]
    neither = compare(tmp_path, edit, old=edit)
    assert [] == neither["changed"]
    assert "neither bundle has an SBOM" == neither["components"]["reason"]


def test_spdx_where_there_is_no_cyclonedx(tmp_path: Path) -> None:
    """SPDX packages count where a bundle has nothing else; beside CycloneDX they are the same."""
    spdx = {
        "packages": [
            {
                "name": "h11",
                "versionInfo": "0.14.0",
                "externalRefs": [
                    {"referenceType": "purl", "referenceLocator": "pkg:pypi/h11@0.14.0"}
                ],
            },
            {"name": "bare", "versionInfo": "2"},
        ]
    }

    def instead(lines: Any) -> None:
        line = lines.of(CYCLONEDX)
        line.statement["predicateType"] = SPDX
        line.statement["predicate"] = spdx

    found = compare(tmp_path, instead)
    assert [("+", "bare", "2"), ("-", "h11", "0.14.0"), ("+", "pkg:pypi/h11", "0.14.0")] == [
        row[:3] for row in said(found, "components")
    ]
    assert ["evidence"] == compare(tmp_path, added(SPDX, spdx))["changed"]


def test_vulnerabilities(tmp_path: Path) -> None:
    """New and no longer found; the same one under another of its names is neither."""
    found = compare(
        tmp_path,
        added(
            VULNERABILITIES,
            scan(
                ("CVE-2021-33503", "pkg:pypi/urllib3@1.26.4", ()),
                ("PYSEC-1", "pkg:pypi/new@1", ("CVE-1",)),
            ),
        ),
        old=added(
            VULNERABILITIES,
            scan(
                ("PYSEC-2021-108", "pkg:pypi/urllib3@1.26.3", ("CVE-2021-33503",)),
                ("CVE-1", "pkg:pypi/other@1", ()),
            ),
        ),
    )
    assert ["vulnerabilities"] == found["changed"]
    assert ["PYSEC-1"] == [item["id"] for item in found["vulnerabilities"]["new"]]
    assert [("CVE-1", "pkg:pypi/other")] == [
        (item["id"], item["package"]) for item in found["vulnerabilities"]["fixed"]
    ]
    assert [
        ("+", "PYSEC-1", "high, pkg:pypi/new 1, fixed in 1.26.5", "worse"),
        ("-", "CVE-1", "no longer found: high, pkg:pypi/other 1", "better"),
    ] == said(found, "vulnerabilities")


def test_no_scan_fixes_nothing(tmp_path: Path) -> None:
    """Without a scan in the newer bundle nothing is said to be fixed."""
    old = added(VULNERABILITIES, scan(("CVE-1", "pkg:pypi/other@1", ())))
    found = compare(tmp_path, lambda _: None, old=old)
    assert [] == found["vulnerabilities"]["fixed"]
    assert "bundle B has no scan for vulnerabilities" == found["vulnerabilities"]["reason"]
    assert "worse" == said(found, "vulnerabilities")[0][3]


@pytest.mark.parametrize("predicate", [{}, {"scanner": []}, {"scanner": {"result": [{}, 7]}}])
def test_a_scan_of_any_form(predicate: dict[str, Any], tmp_path: Path) -> None:
    """What cannot be read is left out, and nothing fails."""
    found = compare(tmp_path, added(VULNERABILITIES, predicate))
    assert "bundle A has no scan for vulnerabilities" == found["vulnerabilities"]["reason"]


def test_waivers_sign_offs_and_weakenings(tmp_path: Path) -> None:
    """What people signed, and what makes a verdict weaker."""
    waiver = {
        "check": "fuzz.window",
        "subject": {"name": "http_api"},
        "reason": "harness is new",
        "requester": "a",
        "expiresAt": "2026-12-05T00:00:00Z",
    }

    def edit(lines: Any) -> None:
        added(WAIVER, waiver)(lines)
        added(WAIVER, {**waiver, "approver": "m.okafor"})(lines)
        predicate = lines.of(READINESS).predicate
        predicate["weakenings"] = ["no log", "the clock was set"]
        predicate["signOffs"] = [
            {"area": "qa", "state": "VOID", "needs": 1, "has": 0, "by": [], "reason": "changed"},
            {"area": "slo", "state": "GIVEN", "needs": 1, "has": 1, "by": ["z"], "reason": None},
        ]

    def old(lines: Any) -> None:
        sign_off = {"area": "qa", "state": "GIVEN", "needs": 1, "has": 1, "by": ["n.abara"]}
        lines.of(READINESS).predicate["signOffs"] = [{**sign_off, "reason": None}]

    found = compare(tmp_path, edit, old=old)
    assert ["evidence", "waivers", "sign_offs", "weakenings"] == found["changed"]
    assert [
        (
            "+",
            "fuzz.window",
            "http_api, until 2026-12-05, approved by m.okafor: harness is new",
            "worse",
        )
    ] == said(found, "waivers")
    assert [
        ("~", "qa", "GIVEN 1 of 1 by n.abara → VOID 0 of 1", "worse"),
        ("+", "slo", "not asked for → GIVEN 1 of 1 by z", ""),
    ] == said(found, "sign_offs")
    assert [("+", "", "the clock was set", "worse")] == said(found, "weakenings")


def test_policies(tmp_path: Path) -> None:
    """Another policy set: its digest, what a check counts for, and which file changed."""

    def edit(lines: Any) -> None:
        line = lines.of("https://w3id.org/release-assurance/policy-set/v1")
        old = parts.policy_set.unpack(
            parts.base64.b64decode(line.predicate["policySet"]["content"]), where="t"
        )
        checks = [
            parts.policy_set.check_from(
                {**vars(check), "max_age": dict(check.max_age), "blocking": False}
            )
            for check in old.checks
            if check.id != "qa.tests"
        ]
        files = [
            (path, content + b"# more\n" if path.endswith(".rego") else content)
            for path, content in old.files
            if path != "checks.json" and not path.endswith("tests_passed.rego")
        ]
        made = parts.policy_set.pack(parts.policy_set.build(files, checks))
        line.predicate["policySet"]["content"] = parts.base64.b64encode(made).decode()
        line.predicate["policySet"]["digest"] = {"sha256": parts.sha256(made).hexdigest()}
        lines.of(READINESS).predicate["policy"] = {
            "digest": {"sha256": parts.sha256(made).hexdigest()},
            "engine": "other 1",
        }

    found = compare(tmp_path, edit)
    assert ["policies"] == found["changed"]
    rows = said(found, "policies")
    assert ("-", "qa.tests", "the check is gone", "worse") in rows
    assert any(row[2] == "blocking yes → no" and row[3] == "worse" for row in rows)
    assert any(row[2] == "the file is gone" for row in rows)
    assert any(row[1] == "engine" for row in rows)
    assert any(row[1] == "policy set" for row in rows)


def test_collectors_trust_signers_and_settings(tmp_path: Path) -> None:
    """A collector that failed or is gone, an older trust file, another key, other settings."""

    def edit(lines: Any) -> None:
        predicate = lines.of(READINESS).predicate
        predicate["collectors"][0].update(status="INDETERMINATE", reason="killed")
        predicate["collectors"] = predicate["collectors"][:1]
        predicate["trust"]["version"] = 6
        predicate["settingsDigest"] = {"sha256": "9" * 64}
        lines.of(TEST_RESULT).key = "stranger"

    found = compare(tmp_path, edit)
    assert ["collectors", "trust", "signers", "settings"] == found["changed"]
    assert [
        ("~", "sbom", "status ok → INDETERMINATE, reason none → killed", "worse"),
        ("-", "tests", "ok, release-assurance 0.1.0 → none", "worse"),
    ] == said(found, "collectors")
    (trust,) = said(found, "trust")
    assert trust[2].startswith("version 7 (sha256:")
    assert "worse" == trust[3]
    stranger = parts.KEYS["stranger"].key_id
    assert [("+", f"key {stranger[:16]}…", "signs tests", "")] == said(found, "signers")
    assert 1 == len(said(found, "settings"))


def test_another_environment(tmp_path: Path) -> None:
    """The environment is part of the verdict's name."""

    def edit(lines: Any) -> None:
        lines.of(READINESS).predicate["environment"] = "staging"
        lines.of(READINESS).predicate["grade"]["target"] = 40

    found = compare(tmp_path, edit)
    assert ["verdict", "grade"] == found["changed"]
    assert ("~", "environment", "for production → staging", "") in said(found, "verdict")
    assert ("~", "target", "60 → 40", "worse") in said(found, "grade")


def test_readable_for_every_release_manifest(tmp_path: Path) -> None:
    """A manifest that cannot be read is an error with its place, not an empty section."""
    with pytest.raises(FormatError, match="must be"):
        compare(tmp_path, lambda lines: lines.of(RELEASE).predicate.update(collected=7))


@given(st.text(max_size=60))
def test_split_purl_never_fails(text: str) -> None:
    """Any text is split into two parts, the version without qualifiers."""
    package, version = split_purl(text)
    assert "?" not in version
    assert "#" not in package + version
    assert text.startswith(package)


@pytest.mark.parametrize(
    ("purl", "package", "version"),
    [
        ("pkg:pypi/h11@0.14.0", "pkg:pypi/h11", "0.14.0"),
        ("pkg:npm/%40scope/x@1?a=b@c#d", "pkg:npm/%40scope/x", "1"),
        ("pkg:npm/@scope", "pkg:npm/@scope", ""),
        ("pkg:npm/@scope/x@1", "pkg:npm/@scope/x", "1"),
        ("pkg:golang/github.com/a/b@v1.2.3", "pkg:golang/github.com/a/b", "v1.2.3"),
        ("pkg:pypi/bare", "pkg:pypi/bare", ""),
    ],
)
def test_split_purl(purl: str, package: str, version: str) -> None:
    """The version is what stands behind the last `@` of the last part."""
    assert (package, version) == split_purl(purl)


@pytest.mark.parametrize(
    ("before", "after", "turn"),
    [
        ("NOT_APPLICABLE", "PASS", "better"),
        ("PASS", "NOT_APPLICABLE", "worse"),
        ("NOT_APPLICABLE", "WARN", "worse"),
        ("FAIL", "WARN", "better"),
        ("PASS", "WAIVED", "worse"),
        (None, "NOT_APPLICABLE", "new"),
        ("PASS", None, "gone"),
    ],
)
def test_which_way_a_check_went(before: str | None, after: str | None, turn: str) -> None:
    """What no longer applies has not got better, and what is looked at now has."""
    old, new = ({"a.b": Status(it)} if it else {} for it in (before, after))
    assert [turn] == [item["turn"] for item in verdict_difference.statuses(old, new)]
