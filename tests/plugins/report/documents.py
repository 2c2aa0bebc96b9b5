"""Reports of made-up releases, as the views get them: every verdict, every section, and sizes.

The predicates behind `contents` are the examples that the package ships for each kind.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import assurance
from assurance import bundle_difference, predicates, report_bundle, timestamps
from assurance.report import document
from assurance.report_contents import content

_EXAMPLES = Path(assurance.__file__).parent / "schemas" / "predicates" / "examples"
_BUNDLES = Path(__file__).parents[2] / "vectors" / "bundles"
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
_AREAS = ("vulnerabilities", "sbom", "tests", "fuzz", "slo", "log", "image", "drill")
_OWNERS = ("Platform Security", "QA", "SRE", "DevEx", "Core Backend")


def check(name: str, status: str = "PASS", **more: Any) -> dict[str, Any]:
    """Return one finding of the document."""
    return {
        "id": name,
        "area": name.partition(".")[0],
        "status": status,
        "would_be": None,
        "blocking": status not in {"WARN", "WAIVED"},
        "severity": "high",
        "message": "as it should be",
        "actual": None,
        "required": None,
        "subject": None,
        "owner": _OWNERS[len(name) % len(_OWNERS)],
        "remedy": None,
        "weight": 1 + len(name) % 6,
        "evidence": [],
        "waiver": None,
        **more,
    }


def rule(item: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of a check."""
    return {
        "id": item["id"],
        "title": f"{item['id'].partition('.')[2].replace('_', ' ').capitalize()} is as agreed",
        "description": "What the team agreed on, as a policy.",
        "severity": item["severity"],
        "weight": item["weight"],
        "blocking": item["blocking"],
        "owner": item["owner"],
        "remedy": item["remedy"] or "see the finding",
        "requires": [],
        "reads": [],
        "max_age_seconds": 604_800,
        "controls": ["SSDF RV.2.2", "OSPS-VM-05"],
        "waivable": True,
        "source": f"security/{item['id']}.rego:14",
    }


def attestation(
    line: int, predicate_type: str, age: int | None, limit: int | None
) -> dict[str, Any]:
    """Return one line of the bundle; `age` and `limit` in seconds."""
    return {
        "line": line,
        "lines": 1,
        "sha256": f"{line:02x}" * 32,
        "kind": predicates.kind_of(predicate_type).name,
        "predicate_type": predicate_type,
        "says": None,
        "subjects": 2,
        "signers": [{"holder": "release-gate", "roles": ["collector"]}],
        "as_of": None if age is None else timestamps.format_utc(NOW - timedelta(seconds=age)),
        "age_seconds": age,
        "max_age_seconds": limit,
    }


def example(name: str) -> dict[str, Any]:
    """Return the predicate that the package ships as the example of a kind."""
    found: dict[str, Any] = json.loads((_EXAMPLES / f"{name}.json").read_bytes())
    return found


def sbom(components: int) -> dict[str, Any]:
    """Return a CycloneDX document of that many components."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "metadata": {"component": {"name": "ledger-api", "version": "2.4.1"}},
        "components": [
            {
                "name": f"component-{number}",
                "version": f"{number % 9}.{number % 17}.{number}",
                "purl": f"pkg:pypi/component-{number}@{number % 9}.{number % 17}.{number}",
                "licenses": [
                    {"license": {"id": ("MIT", "Apache-2.0", "BSD-3-Clause")[number % 3]}}
                ],
                "supplier": {"name": f"Supplier {number % 40} Ltd."},
            }
            for number in range(components)
        ],
    }


def fuzzing() -> dict[str, Any]:
    """Return 30 days of three targets, one of which began again on day 9."""
    start = datetime(2026, 10, 25, tzinfo=UTC)
    days = [(start + timedelta(days=number)).date().isoformat() for number in range(30)]
    target = example("fuzz")["targets"][0]

    def made(name: str, first: int) -> dict[str, Any]:
        return {
            **target,
            "name": name,
            "cleanDays": 30 - first,
            "days": [{"date": day, "clean": True} for day in days[first:]],
        }

    return {
        **example("fuzz"),
        "window": {"start": "2026-10-25T00:00:00Z", "end": "2026-11-24T00:00:00Z"},
        "targets": [made("parse_note", 0), made("read_envelope", 0), made("http_api", 8)],
    }


_LINES: tuple[tuple[str, int | None, int | None], ...] = (
    (predicates.RELEASE, 120, None),
    (predicates.CYCLONEDX, 120, 30 * 86_400),
    (predicates.VULNERABILITIES, 25_200, 7 * 86_400),
    (predicates.TESTS_DETAIL, 18_000, 86_400),
    (predicates.FUZZ, 75_600, 86_400),
    (predicates.SLO, 86_400, 2 * 86_400),
    (predicates.DRILL, 97 * 86_400, 90 * 86_400),
    (predicates.CHECKPOINT, 600, 86_400),
    (predicates.POLICY_SET, None, None),
    (predicates.WAIVER, 0, None),
    (predicates.READINESS, None, None),
    (predicates.VSA, None, None),
    (predicates.BUNDLE_MANIFEST, None, None),
)


def report(
    verdict: str, checks: list[dict[str, Any]], *, components: int = 84, **more: Any
) -> dict[str, Any]:
    """Return the whole document of a release with these findings."""
    shown = {
        predicates.CYCLONEDX: sbom(components),
        predicates.VULNERABILITIES: example("vulns"),
        predicates.TESTS_DETAIL: example("tests-detail"),
        predicates.FUZZ: fuzzing(),
        predicates.SLO: example("slo"),
        predicates.DRILL: example("drill"),
        predicates.CHECKPOINT: example("checkpoint"),
    }
    lines = [attestation(number, *line) for number, line in enumerate(_LINES, 1)]
    made = []
    for item in lines:
        if item["predicate_type"] in shown:
            found = content(item["predicate_type"], shown[item["predicate_type"]])
            assert found is not None
            made.append({"line": item["line"], **found})
    fields: dict[str, Any] = {
        "verdict": verdict,
        "environment": "production",
        "grade": 87,
        "target_grade": 90,
        "release": {
            "name": "ledger-api",
            "version": "2.4.1",
            "revision": "8f3c1d2a90b7465c1e0f3d2b5a69788796a5b4c3",
            "resource_uri": "pkg:pypi/ledger-api",
            "artifacts": [
                {
                    "name": f"ledger_api-2.4.1-{kind}",
                    "sha256": f"{number}c" * 32,
                    "size": 1_204_096 + number,
                    "platform": "py3-none-any" if kind.endswith("whl") else None,
                }
                for number, kind in enumerate(("py3-none-any.whl", "sdist.tar.gz"), 4)
            ],
        },
        "checks": checks,
        "weakenings": ["collector tests offers no self-test"],
        "not_checked": ["branch protection of the source repository: no collector is configured"],
        "sign_offs": [
            {
                "area": "integrity",
                "state": "GIVEN",
                "needs": 1,
                "has": 1,
                "by": ["m.okafor"],
                "reason": None,
            },
            {
                "area": "security",
                "state": "VOID",
                "needs": 1,
                "has": 0,
                "by": ["j.ferreira"],
                "reason": "the vulnerability scan changed after it",
            },
            {"area": "qa", "state": "MISSING", "needs": 1, "has": 0, "by": [], "reason": None},
        ],
        "approvals": [
            {
                "line": 10,
                "area": "integrity",
                "approver": "m.okafor",
                "approved_at": "2026-11-23T11:20:00Z",
                "evidence_sha256": "f3" * 32,
                "comment": "Replay looked at.",
            },
            {
                "line": 11,
                "area": "security",
                "approver": "j.ferreira",
                "approved_at": "2026-11-22T16:40:00Z",
                "evidence_sha256": "08" * 32,
                "comment": None,
            },
        ],
        "plugins": [
            {
                "name": name,
                "plugin": name,
                "distribution": "release-assurance",
                "version": "1.0.0",
                "sha256": "0" * 64,
                "status": status,
                "reason": reason,
                "remedy": remedy,
                "required": True,
                "self_test": "passed",
                "duration_ms": duration,
            }
            for name, status, reason, remedy, duration in (
                ("sbom", "ok", None, None, 310),
                ("vulnerabilities", "ok", None, None, 1_210),
                ("tests", "ok", None, None, 95),
                (
                    "image",
                    "INDETERMINATE",
                    "registry.example.com did not answer (3 tries in 30 s)",
                    "run it again when the registry answers",
                    30_000,
                ),
            )
        ],
        "waivers": [
            {
                "line": 10,
                "check": "fuzz.window",
                "subject": "http_api",
                "status": "FAIL",
                "reason": "Harness rewritten on 1 November; replay of 41 reproducers is clean.",
                "mitigation": "The proxy refuses bodies above 64 KiB.",
                "owner": "QA",
                "reference": "https://issues.example.com/LEDGER-2291",
                "requester": "j.ferreira",
                "approver": "a.novak",
                "requested_at": "2026-11-21T09:12:00Z",
                "expires_at": "2026-12-05T00:00:00Z",
            },
        ],
        "bundle": {
            "path": "evidence/ledger-api-2.4.1.intoto.jsonl",
            "sha256": "e7" * 32,
            "lines": len(lines),
        },
        "receipt": {
            "path": "evidence/ledger-api-2.4.1.tlog-proof",
            "origin": "log.example.com/ledger",
            "index": 4812,
        },
        "trust": {"path": "trust.json", "version": 7, "sha256": "a1" * 32, "profile": "production"},
        "decided_at": timestamps.format_utc(NOW),
        "valid_until": "2026-11-24T08:57:00Z",
        "policies": {"sha256": "1d" * 32, "engine": "regorus 0.13.0"},
        "evidence": {"sha256": "f3" * 32},
        "settings": {"sha256": "5e" * 32},
        "signatures_checked": True,
        "attestations": lines,
        "rules": [rule(item) for item in {item["id"]: item for item in checks}.values()],
        "contents": made,
    }
    return document("report", 0, **{**fields, **more})


def passing(count: int = 33) -> list[dict[str, Any]]:
    """Return that many checks that pass, spread over the areas."""
    return [
        check(f"{_AREAS[number % len(_AREAS)]}.check_{number}", evidence=[2 + number % 7])
        for number in range(count)
    ]


def blocking() -> list[dict[str, Any]]:
    """Return one finding of each status that blocks."""
    return [
        check(
            "vulnerabilities.unresolved",
            "FAIL",
            message="urllib3 1.26.4 has a high vulnerability that 1.26.5 fixes: CVE-2021-33503",
            subject="pkg:pypi/urllib3@1.26.4",
            actual="1 high",
            required="0 high or critical",
            remedy="upgrade the package to a version that fixes it, then collect again",
            evidence=[3],
            weight=6,
        ),
        check(
            "drill.rotation",
            "STALE",
            message="drill evidence is too old for production",
            actual="as of 2026-08-18 14:05 UTC",
            required="at most 90 d old",
            remedy="run the drill again on scratch copies",
            evidence=[7],
        ),
        check(
            "image.signature",
            "INDETERMINATE",
            message="could not decide: registry.example.com did not answer",
            required="a signature by release-gate on 2 platforms",
            remedy="run it again when the registry answers",
        ),
        check(
            "signoff.qa",
            "MISSING",
            message="0 of 1 sign-offs for qa",
            actual="0",
            required="1 by role sign-off:qa",
            remedy="ask for a sign-off of qa over this evidence",
        ),
        check(
            "gate.grade",
            "FAIL",
            message="grade 87 is below the target 90",
            actual="87",
            required="at least 90",
            remedy="mend the findings with the largest weights first",
            weight=0,
        ),
    ]


def watching() -> list[dict[str, Any]]:
    """Return what does not block and is not simply well."""
    return [
        check(
            "fuzz.window",
            "WAIVED",
            would_be="FAIL",
            message="22 of 30 clean days",
            subject="http_api",
            actual="22",
            required="30",
            evidence=[5],
            waiver=10,
            weight=5,
        ),
        check(
            "slo.low_traffic",
            "WARN",
            message="proof latency had few requests on 3 nights",
            evidence=[6],
        ),
        check("slo.mobile", "NOT_APPLICABLE", message="does not apply: no mobile client"),
    ]


def previous(*changes: tuple[str, str | None, str | None, str], **more: Any) -> dict[str, Any]:
    """Return the last release beside this one; a change is (check, from, to, turn)."""
    return {
        "name": "ledger-api",
        "version": "2.4.0",
        "environment": "production",
        "verdict": "GO",
        "grade": 81,
        "target_grade": 80,
        "decided_at": "2026-11-09T08:05:00Z",
        "bundle_sha256": "83" * 32,
        "policy_sha256": "53" * 32,
        "problem": None,
        "history": [
            {
                "version": version,
                "verdict": verdict,
                "grade": grade,
                "decided_at": decided_at,
            }
            for version, verdict, grade, decided_at in (
                ("2.3.0", "GO", 78, "2026-10-12T09:30:00Z"),
                ("2.2.1", "NO-GO", 61, "2026-09-14T09:30:00Z"),
                ("2.2.0", "GO", 68, "2026-08-17T09:30:00Z"),
            )
        ],
        "changes": [
            {"check": name, "from": was, "to": now, "turn": turn}
            for name, was, now, turn in changes
        ],
        **more,
    }


def not_comparable(problem: str) -> dict[str, Any]:
    """Return a last release that was named and cannot be used."""
    found: dict[str, Any] = dict.fromkeys(previous())
    return {**found, "problem": problem, "history": [], "changes": []}


def launch() -> dict[str, Any]:
    """Return a readiness checklist with its days, as `report_details` gives them."""

    def item(
        name: str, title: str, area: str, milestone: str | None, *needs: str
    ) -> dict[str, Any]:
        return {
            "id": name,
            "title": title,
            "area": area,
            "owner": _OWNERS[len(name) % len(_OWNERS)],
            "milestone": milestone,
            "weight": 3,
            "blocking": True,
            "needs": list(needs),
        }

    return {
        "checklist": {
            "items": [
                item(
                    "no-open-vulnerability",
                    "No unresolved high or critical vulnerability",
                    "security",
                    "a",
                    "check vulnerabilities.unresolved",
                ),
                item("fuzzing", "30 clean days of fuzzing", "qa", "b", "check fuzz.window"),
                item("runbook", "Runbook approved", "slo", None, "document runbook.md"),
            ],
            "milestones": [
                {"id": "a", "title": "Auth and key policy frozen", "due": "2026-11-20"},
                {"id": "b", "title": "Readiness review passed", "due": "2027-02-15"},
            ],
            "risks": [
                {
                    "id": "key-service",
                    "title": "The key service comes late",
                    "mitigation": "file keys first, providers one by one",
                    "owner": "Platform Security",
                    "items": ["runbook"],
                },
            ],
            "frozen_from": "2026-11-01",
        },
        "due": {
            "checklist.no-open-vulnerability": "2026-11-20",
            "vulnerabilities.unresolved": "2026-11-20",
            "checklist.fuzzing": "2027-02-15",
            "milestone.a": "2026-11-20",
            "milestone.b": "2027-02-15",
        },
        "estimate": {"grade": 68, "by": "a.novak", "on": "2026-09-01"},
    }


def launch_checks() -> list[dict[str, Any]]:
    """Return what became of that checklist."""
    return [
        check(
            "checklist.no-open-vulnerability",
            "FAIL",
            message="No unresolved high or critical vulnerability: vulnerabilities.unresolved is "
            "FAIL, due 2026-11-20",
            actual="0 of 1 parts hold",
            blocking=False,
            weight=8,
        ),
        check(
            "checklist.fuzzing",
            "WARN",
            message="30 clean days of fuzzing",
            actual="1 of 1 parts hold",
            weight=4,
        ),
        check(
            "checklist.runbook", message="Runbook approved", actual="1 of 1 parts hold", weight=2
        ),
        check(
            "milestone.a",
            "WARN",
            message="Auth and key policy frozen, due 2026-11-20: 1 item open",
            weight=0,
        ),
        check("milestone.b", message="Readiness review passed, due 2027-02-15", weight=0),
        check("risk.key-service", message="The key service comes late", weight=0),
    ]


def difference() -> dict[str, Any]:
    """Return what differs between two bundles of the vectors, with some packages more."""
    paths = [_BUNDLES / f"{name}.intoto.jsonl" for name in ("last", "no-go")]
    found = bundle_difference.difference(
        *(report_bundle.open_bundle(str(path), None, now=NOW) for path in paths)
    )
    for side, path in zip(("a", "b"), paths, strict=True):
        found[side]["path"] = f"evidence/{path.name}"
    found["changed"] += ["components"]
    found["components"]["packages"] = [
        {
            "package": f"pkg:pypi/package-{number}",
            "from": ["1.0"] if number else [],
            "to": ["2.0"],
            "direction": "up" if number else None,
        }
        for number in range(60)
    ]
    return found


def samples() -> dict[str, dict[str, Any]]:
    """Return one report of each sort, by name."""
    ok: dict[str, Any] = {
        "grade": 93,
        "sign_offs": [],
        "approvals": [],
        "valid_until": "2026-11-24T08:57:00Z",
    }
    nothing: dict[str, Any] = {
        **dict.fromkeys(("attestations", "rules", "contents", "waivers", "approvals"), ()),
        **dict.fromkeys(("sign_offs", "plugins", "weakenings", "not_checked"), ()),
        **dict.fromkeys(("receipt", "bundle", "trust", "valid_until")),
        "grade": 0,
    }
    return {
        "go": report("GO", passing(), **ok, waivers=[]),
        "no-go": report(
            "NO-GO",
            [*blocking(), *watching(), *launch_checks(), *passing()],
            **launch(),
            difference=difference(),
            previous=previous(
                ("vulnerabilities.unresolved", "PASS", "FAIL", "worse"),
                ("drill.rotation", "PASS", "STALE", "worse"),
                ("sbom.supplier", "WARN", None, "gone"),
                ("fuzz.window", None, "WAIVED", "worse"),
                ("log.replay", "FAIL", "PASS", "better"),
            ),
        ),
        "indeterminate": report(
            "INDETERMINATE", [blocking()[2], *passing()], **{**ok, "grade": 91}, waivers=[]
        ),
        "waived": report("GO", [*watching(), *passing()], **ok, previous=previous()),
        "unchecked": report(
            "NO-GO",
            [*blocking(), *passing()],
            signatures_checked=False,
            trust=None,
            previous=not_comparable("line 3 is not the one in the bundle manifest"),
        ),
        "huge": report(
            "NO-GO",
            [
                *(
                    check(
                        f"vulnerabilities.check_{number % 60}",
                        "FAIL",
                        message="x" * 80,
                        subject=f"pkg:pypi/component-{number}@1.0",
                    )
                    for number in range(10_000)
                ),
                *passing(),
            ],
            components=5_000,
        ),
        "nothing": report("INDETERMINATE", [], **nothing),
    }


_OUR_WORDS = frozenset(
    {
        *("verdict", "status", "would_be", "state", "severity", "profile", "chart", "self_test"),
        *("from", "to", "turn", "changed", "direction"),
    }
)
_OUR_FORMS = (
    "_at",
    "_from",
    "due",
    "sha256",
    "as_of",
    "_until",
    "predicate_type",
    "schema",
    "start",
    "end",
)
"""Endings of keys whose values have a form that was checked when they were read."""


def _is_side(key: str, item: Any) -> bool:
    """Whether this is one side of a difference that holds more than a word."""
    return key in {"from", "to"} and isinstance(item, dict | list)


def with_text(value: Any, text: str) -> Any:
    """Return a report with `text` behind every text that is neither a word nor a form of ours."""
    if isinstance(value, dict):
        return {
            key: item
            if (key in _OUR_WORDS and not _is_side(key, item)) or key.endswith(_OUR_FORMS)
            else with_text(item, text)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [with_text(item, text) for item in value]
    return f"{value} {text}" if isinstance(value, str) else value
