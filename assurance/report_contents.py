"""What the evidence itself says, as plain tables and charts that every view can show.

One entry a line of the bundle whose kind is known here: a title, facts, tables and charts. All of
it is text as found (a view escapes it), and all of it is bounded. Predicates are looked at as they
come, signed or not: whatever their shape is, nothing here fails, and what is not readable is left
out. Nothing is decided by it; that is what policies are for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assurance.predicates import (
    AUTH_HARDENING,
    CHECKPOINT,
    CYCLONEDX,
    DRILL,
    FREEZE,
    FUZZ,
    REFERENCE,
    REVIEW,
    SLO,
    SPDX,
    TELEMETRY,
    TEST_RESULT,
    TESTS_DETAIL,
    VULNERABILITIES,
)
from assurance.report_entry import at, entry, objects, table, text, texts, yes_no

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from assurance.bundle import Line

_BANDS: Final = ("critical", "high", "unknown", "medium", "low")
"""Worst first. What nobody has rated is not low."""


def contents(
    lines: Iterable[Line], sections: Mapping[str, Mapping[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Return the entries of `lines`, in their order; kinds that nobody shows have none.

    Args:
        lines: Of a bundle.
        sections: What policy packs say about kinds of their own (`assurance.report_sections`).
    """
    found = []
    for line in lines:
        kind, predicate = line.statement.predicate_type, line.statement.predicate
        read = _READERS.get(kind)
        if read is not None:
            found.append({"line": line.number, **read(predicate)})
        elif sections and kind in sections:
            from assurance import report_sections

            shown = report_sections.content(sections[kind], predicate)
            found.append({"line": line.number, **shown})
    return found


def content(predicate_type: str, predicate: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what one predicate says, None for a kind that is not known here."""
    read = _READERS.get(predicate_type)
    return None if read is None else read(predicate)


def _cyclonedx(predicate: Mapping[str, Any]) -> dict[str, Any]:
    components = objects(predicate, "components")
    version = text(at(predicate, "specVersion"))
    return entry(
        "Components",
        facts=(
            ("Format", f"CycloneDX {version}" if version else "CycloneDX"),
            ("About", _named(at(predicate, "metadata", "component"))),
            ("Serial number", text(at(predicate, "serialNumber"))),
        ),
        tables=(
            table(
                "Components of the SBOM",
                ("Component", "Licence", "Supplier", "Package URL"),
                [
                    (
                        _named(item),
                        _licence(item),
                        text(at(item, "supplier", "name")) or text(at(item, "publisher")),
                        text(at(item, "purl")),
                    )
                    for item in components
                ],
            ),
        ),
    )


def _named(item: object) -> str | None:
    parts = [text(at(item, "name")), text(at(item, "version"))]
    return " ".join(part for part in parts if part) or None


def _licence(item: Mapping[str, Any]) -> str | None:
    found = []
    for choice in objects(item, "licenses"):
        said = (
            text(at(choice, "expression"))
            or text(at(choice, "license", "id"))
            or text(at(choice, "license", "name"))
        )
        if said:
            found.append(said)
    return ", ".join(found) or None


def _spdx(predicate: Mapping[str, Any]) -> dict[str, Any]:
    return entry(
        "Packages",
        facts=(
            ("Format", text(at(predicate, "spdxVersion"))),
            ("About", text(at(predicate, "name"))),
        ),
        tables=(
            table(
                "Packages of the SBOM",
                ("Package", "Licence", "Supplier"),
                [
                    (
                        " ".join(
                            filter(None, (text(at(item, "name")), text(at(item, "versionInfo"))))
                        )
                        or None,
                        text(at(item, "licenseConcluded")) or text(at(item, "licenseDeclared")),
                        text(at(item, "supplier")),
                    )
                    for item in objects(predicate, "packages")
                ],
            ),
        ),
    )


def _vulnerabilities(predicate: Mapping[str, Any]) -> dict[str, Any]:
    detail = at(predicate, "https://w3id.org/release-assurance/vulns-detail/v1")
    audited, expected = text(at(detail, "audited")), text(at(detail, "expected"))
    found = []
    for result in objects(predicate, "scanner", "result"):
        band = next(
            (
                str(item.get("score"))
                for item in objects(result, "severity")
                if item.get("method") == "band"
            ),
            "unknown",
        )
        rank = _BANDS.index(band) if band in _BANDS else _BANDS.index("unknown")
        for note in objects(result, "annotations") or [{}]:
            fixed = texts(note, "fixedVersions")
            found.append(
                (
                    rank,
                    (
                        _named(note) or text(at(note, "package")),
                        ", ".join(filter(None, (text(result.get("id")), *texts(note, "aliases")))),
                        "not rated" if band == "unknown" else band,
                        fixed[0] if fixed else "no fix is known",
                        yes_no(at(note, "kev")),
                        text(at(note, "summary")),
                    ),
                )
            )
    found.sort(key=lambda item: item[0])
    return entry(
        "Vulnerabilities",
        facts=(
            ("Scanner", text(at(predicate, "scanner", "uri"))),
            ("Advisories", text(at(predicate, "scanner", "db", "records"))),
            ("Newest advisory", text(at(predicate, "scanner", "db", "lastUpdate"))),
            ("Packages looked up", f"{audited} of {expected}" if audited and expected else None),
            ("Planted and found", ", ".join(texts(detail, "canaries")) or None),
        ),
        tables=(
            table(
                "Open vulnerabilities, worst first",
                ("Component", "Advisory", "Severity", "Fixed in", "Exploited", "Summary"),
                [row for _, row in found],
            ),
        ),
    )


def _tests(predicate: Mapping[str, Any]) -> dict[str, Any]:
    return entry(
        "Test result",
        facts=(
            ("Result", text(at(predicate, "result"))),
            ("Passed", text(len(texts(predicate, "passedTests")))),
            ("Failed", text(len(texts(predicate, "failedTests")))),
        ),
        tables=(
            table("Failed tests", ("Test",), [(name,) for name in texts(predicate, "failedTests")]),
            table(
                "Tests that passed only when tried again",
                ("Test",),
                [(name,) for name in texts(predicate, "warnedTests")],
            ),
        ),
    )


def _tests_detail(predicate: Mapping[str, Any]) -> dict[str, Any]:
    seconds = text(at(predicate, "durationSeconds"))
    return entry(
        "Tests",
        facts=(
            *(
                (word.capitalize(), text(at(predicate, "totals", word)))
                for word in ("tests", "passed", "flaky", "failed", "errors", "skipped")
            ),
            ("Duration", f"{seconds} s" if seconds else None),
        ),
        tables=(
            table(
                "What speaks against the run",
                ("Problem",),
                [(problem,) for problem in texts(predicate, "problems")],
            ),
            table(
                "Reports",
                ("File", "Tests", "SHA-256"),
                [
                    (text(item.get("name")), text(item.get("tests")), text(item.get("sha256")))
                    for item in objects(predicate, "files")
                ],
            ),
            table(
                "Skipped tests",
                ("Test",),
                [(name,) for name in texts(predicate, "skippedTests")],
            ),
        ),
    )


def _lazily(name: str, which: str = "service") -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return a reader of `report_<which>_contents`, which is imported when it is needed."""

    def read(predicate: Mapping[str, Any]) -> dict[str, Any]:
        from importlib import import_module

        module = import_module(f"assurance.report_{which}_contents")
        found: dict[str, Any] = getattr(module, name)(predicate)
        return found

    return read


_READERS: Final[dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    CYCLONEDX: _cyclonedx,
    SPDX: _spdx,
    VULNERABILITIES: _vulnerabilities,
    TEST_RESULT: _tests,
    TESTS_DETAIL: _tests_detail,
    FUZZ: _lazily("fuzz"),
    SLO: _lazily("slo"),
    DRILL: _lazily("drill"),
    TELEMETRY: _lazily("telemetry"),
    AUTH_HARDENING: _lazily("auth_hardening"),
    REVIEW: _lazily("review", "people"),
    REFERENCE: _lazily("reference", "people"),
    FREEZE: _lazily("freeze", "people"),
    CHECKPOINT: _lazily("checkpoint"),
}
